import Crypto
import Foundation

/// An Ed25519 key pair (RFC 8032): a site's, with which it signs messages, or a relay's, with which it signs acks.
public struct SigningKey: Sendable {
    private let key: Curve25519.Signing.PrivateKey

    /// Bytes of the secret seed: the whole key.
    public static let seedBytes = 32

    public init() { key = Curve25519.Signing.PrivateKey() }

    /// - Returns: nil when `seed` is not ``seedBytes`` long.
    public init?(seed: [UInt8]) {
        guard seed.count == Self.seedBytes, let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed)
        else { return nil }
        self.key = key
    }

    public var seed: [UInt8] { [UInt8](key.rawRepresentation) }

    public var publicKey: VerifyingKey { VerifyingKey(key.publicKey) }

    /// - Throws: only what the library throws when it cannot sign at all.
    func signature(of bytes: Data) throws -> Data { try key.signature(for: bytes) }
}

/// The public half: what the other side pins.
///
/// As text: `ed25519:` and the 32 bytes in base64, in one line.
public struct VerifyingKey: Sendable, Hashable, CustomStringConvertible {
    private let bytes: Data

    private static let scheme = "ed25519:"

    init(_ key: Curve25519.Signing.PublicKey) { bytes = key.rawRepresentation }

    /// - Returns: nil for anything but a key as ``description`` writes it; white space around it is fine.
    public init?(_ text: some StringProtocol) {
        let line = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard line.utf8.count <= 100, line.hasPrefix(Self.scheme),
            let bytes = Data(base64Encoded: String(line.dropFirst(Self.scheme.count))), bytes.count == 32
        else { return nil }
        self.bytes = bytes
    }

    public var description: String { Self.scheme + bytes.base64EncodedString() }

    /// The first 16 hexadecimal digits of SHA-256, to compare by eye or over a telephone.
    public var fingerprint: String { String(OutboxMessage.sha256(bytes).prefix(16)) }

    func holds(_ signature: Data, for signed: Data) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes) else { return false }
        return key.isValidSignature(signature, for: signed)
    }
}

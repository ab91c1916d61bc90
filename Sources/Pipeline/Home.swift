import Delivery
import Events
import Foundation

/// Where everything that the appliance keeps lies: one directory.
public struct Home: Sendable, Hashable {
    public let path: String

    public init(path: String) {
        self.path = URL(fileURLWithPath: path).standardizedFileURL.path
    }

    /// `--home`, else `APPLIANCE_HOME`, else `/var/lib/appliance` when it exists and is writable, else
    /// `$XDG_STATE_HOME/appliance` or `~/.local/state/appliance`.
    public static func find(option: String?, environment: [String: String]) -> Home {
        if let option { return Home(path: option) }
        if let path = environment["APPLIANCE_HOME"], !path.isEmpty { return Home(path: path) }
        if access("/var/lib/appliance", W_OK) == 0 { return Home(path: "/var/lib/appliance") }
        let state = environment["XDG_STATE_HOME"] ?? "\(environment["HOME"] ?? ".")/.local/state"
        return Home(path: "\(state)/appliance")
    }

    public var history: String { "\(path)/history.sqlite" }
    public var outbox: String { "\(path)/outbox" }
    public var reports: String { "\(path)/reports" }
    public var drafts: String { "\(path)/drafts" }
    public var keys: String { "\(path)/keys" }
    /// What the HTTP door accepted and no run has read yet.
    public var inbox: String { "\(path)/inbox" }
    public var lock: String { "\(path)/run.lock" }
    public var redactionKey: String { "\(keys)/redaction.key" }
    public var signingKey: String { "\(keys)/signing.key" }
    /// The public half of the signing key, for the relay to pin.
    public var siteKey: String { "\(keys)/site.pub" }

    /// Makes the directories that are missing, readable by their owner alone.
    public func prepare() throws(HomeError) {
        for directory in [path, inbox, outbox, "\(outbox)/tmp", "\(outbox)/new", "\(outbox)/sent", reports, keys] {
            do {
                try FileManager.default.createDirectory(
                    atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            } catch {
                throw .cannotCreate(path: directory, reason: error.systemWords)
            }
        }
    }

    /// The site's key for placeholders of masked values: 32 random bytes, made on first use, never exported.
    public func loadRedactionKey() throws(HomeError) -> [UInt8] {
        try loadKey(redactionKey, bytes: 32) {
            var generator = SystemRandomNumberGenerator()
            return (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        }
    }

    /// The site's Ed25519 key, made on first use; its public half lies beside it for the relay.
    public func loadSigningKey() throws(HomeError) -> SigningKey {
        let seed = try loadKey(signingKey, bytes: SigningKey.seedBytes) { SigningKey().seed }
        guard let key = SigningKey(seed: seed) else { throw .badKey(path: signingKey, bytes: seed.count) }
        if !FileManager.default.fileExists(atPath: siteKey) {
            try Self.writeSecret(Array("\(key.publicKey)\n".utf8), to: siteKey)
        }
        return key
    }

    /// The site's public key; nil before the first message was signed.
    public func loadSiteKey() throws(HomeError) -> VerifyingKey? {
        guard let data = FileManager.default.contents(atPath: siteKey) else { return nil }
        guard let key = VerifyingKey(String(decoding: data.prefix(1000), as: UTF8.self)) else {
            throw .badKey(path: siteKey, bytes: data.count)
        }
        return key
    }

    private func loadKey(_ path: String, bytes: Int, make: () -> [UInt8]) throws(HomeError) -> [UInt8] {
        if let data = FileManager.default.contents(atPath: path) {
            guard data.count == bytes else { throw .badKey(path: path, bytes: data.count) }
            return [UInt8](data)
        }
        let key = make()
        try Self.writeSecret(key, to: path)
        return key
    }

    /// Creates a file that only its owner can read; an existing one is never replaced.
    static func writeSecret(_ bytes: [UInt8], to path: String) throws(HomeError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .cannotCreate(path: path, reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        guard written == bytes.count, fsync(descriptor) == 0 else {
            throw .cannotCreate(path: path, reason: String(cString: strerror(errno)))
        }
    }
}

/// What can be wrong with the home directory.
public enum HomeError: OperatorFacing, Equatable {
    case cannotCreate(path: String, reason: String)
    case badKey(path: String, bytes: Int)
    case busy(path: String, holder: String)
    case full(path: String, freeBytes: Int64)

    public var description: String {
        switch self {
        case .cannotCreate(let path, let reason): "cannot create \(path): \(reason)"
        case .badKey(let path, let bytes): "\(path) is not a key (\(bytes) bytes)"
        case .full(let path, let free): "the file system of \(path) has \(free / 1_000_000) MB left"
        case .busy(let path, let holder): "another run is at work (\(holder)); it holds \(path)"
        }
    }

    public var remedy: String? {
        switch self {
        case .cannotCreate: "Choose another place with --home DIR, or make it writable for this user."
        case .badKey:
            "Restore it from a backup; without it, masked values no longer match earlier ones, and a relay trusts no "
                + "message of this site until it is given the new key."
        case .full: "Make room, or move the home with --home DIR."
        case .busy: "Wait for it to end, then run this again."
        }
    }

    public var kind: FailureKind {
        switch self {
        case .cannotCreate, .full: .io
        case .badKey: .data
        case .busy: .busy
        }
    }
}

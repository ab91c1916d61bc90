import Foundation

/// A JSON object whose last member is its signature: `{…,"signature":"BASE64"}`.
///
/// Signed are the object's exact bytes without that member, after a line that names what kind of object it is, so that
/// a signature of one kind never passes for another's. Nothing is parsed before the signature holds.
enum SignedObject {
    /// What is signed, and the format's version.
    enum Kind: String, Sendable {
        case message = "appliance message 1"
        case manifest = "appliance manifest 1"
        case acknowledgement = "appliance ack 1"
    }

    /// 64 bytes in base64.
    private static let digits = 88
    private static let opening = Data(",\"signature\":\"".utf8)
    private static let closing = Data("\"}".utf8)

    /// - Parameter object: canonical JSON of an object with at least one member.
    static func sign(_ object: Data, as kind: Kind, with key: SigningKey) throws -> Data {
        let signature = try key.signature(of: signed(object, kind))
        return object.dropLast() + opening + Data(signature.base64EncodedString().utf8) + closing
    }

    /// The object without its signature, and the signature; nil when it carries none.
    static func split(_ bytes: Data) -> (object: Data, signature: Data)? {
        let tail = opening.count + digits + closing.count
        guard bytes.count > tail + 1, bytes.suffix(closing.count) == closing else { return nil }
        let start = bytes.endIndex - tail
        let text = bytes[(start + opening.count)..<(bytes.endIndex - closing.count)]
        guard bytes[start..<(start + opening.count)] == opening, let signature = Data(base64Encoded: text),
            // One signature has one spelling: the last digit's unused bits would let a changed file pass for whole.
            signature.count == 64, Data(signature.base64EncodedString().utf8) == text
        else { return nil }
        return (bytes[..<start] + Data("}".utf8), signature)
    }

    /// The object without its signature, when one of `keys` made the signature.
    static func open(_ bytes: Data, as kind: Kind, by keys: [VerifyingKey]) -> Data? {
        guard let (object, signature) = split(bytes) else { return nil }
        let signed = signed(object, kind)
        return keys.contains { $0.holds(signature, for: signed) } ? object : nil
    }

    private static func signed(_ object: Data, _ kind: Kind) -> Data { Data("\(kind.rawValue)\n".utf8) + object }
}

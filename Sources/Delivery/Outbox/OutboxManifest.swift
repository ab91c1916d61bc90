import Events
import Foundation

/// What one shipment holds, signed by the site: without it, nobody could tell that the last message was lost.
///
/// A file beside the messages: `manifest-00000040-00000052-DIGEST.json`.
public struct OutboxManifest: Sendable, Hashable, Codable {
    public struct Entry: Sendable, Hashable, Codable {
        public var sequence: Int
        public var name: String
        /// Of the message's file; the next message names it as `previous`.
        public var sha256: String
        public var size: Int
        public var attachments: [String]
    }

    public var v = 1
    /// The envelope's `source`.
    public var source: String
    public var time: Timestamp
    public var messages: [Entry]

    var fileName: String {
        let numbers = messages.map(\.sequence)
        func padded(_ number: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
        }
        let digest = OutboxMessage.sha256(Data(messages.map(\.sha256).joined().utf8)).prefix(16)
        return "manifest-\(padded(numbers.min() ?? 0))-\(padded(numbers.max() ?? 0))-\(digest).json"
    }

    static func isManifest(_ name: String) -> Bool { name.hasPrefix("manifest-") && name.hasSuffix(".json") }
}

extension OutboxManifest {
    /// The manifest of these messages: its file's name and bytes.
    ///
    /// - Throws: only what the library throws when it cannot sign or encode at all.
    static func make(
        of files: [OutboxFile], site: String, at time: Timestamp, key: SigningKey
    ) throws -> (name: String, bytes: Data) {
        let entries = files.map { file in
            Entry(
                sequence: file.link.sequence, name: file.name, sha256: file.link.digest, size: file.bytes.count,
                attachments: file.attachments.map(\.sha256))
        }
        return try OutboxManifest(source: OutboxMessage.source(of: site), time: time, messages: entries).sealed(key)
    }

    func sealed(_ key: SigningKey) throws -> (name: String, bytes: Data) {
        (fileName, try SignedObject.sign(try CanonicalJSON.encode(self), as: .manifest, with: key))
    }
}

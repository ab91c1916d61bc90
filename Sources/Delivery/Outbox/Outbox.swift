import Foundation
import Glibc

/// The directory `outbox/{tmp,new,sent}`: one message a file, complete or not there at all.
///
/// Delivery guarantee: when ``write(name:bytes:)`` returns, the message survives a loss of power. Writing the same
/// name and bytes again changes nothing, so that a restart replays what history holds. One writer at a time: the
/// holder of the run lock.
public struct Outbox: Sendable {
    /// A message is a page of text; anything larger is a mistake, or not ours.
    public static let maximumBytes = 8 * 1024 * 1024

    public let directory: String

    public init(directory: String) { self.directory = directory }

    /// Where a message's file lies.
    public enum Place: String, Sendable, CaseIterable { case new, sent }

    /// One message's file, by its name alone.
    public struct Entry: Sendable, Hashable {
        public let name: String
        public let sequence: Int
        public let place: Place
    }

    /// Makes the directories that are missing, and removes what a crash left in `tmp`.
    ///
    /// - Returns: names of the files removed; history holds their messages and replays them.
    @discardableResult
    public func prepare() throws(OutboxError) -> [String] {
        try DurableFile.makeDirectory(directory)
        for name in ["tmp", "new", "sent"] { try DurableFile.makeDirectory("\(directory)/\(name)") }
        let leftovers = try DurableFile.names(in: "\(directory)/tmp")
        for name in leftovers { try DurableFile.remove("\(directory)/tmp/\(name)") }
        return leftovers
    }

    /// Writes one message: temporary file, fsync, rename into `new`, fsync of the directory.
    ///
    /// - Throws: ``OutboxError/conflict(name:)`` when that name is taken by other bytes; nothing is changed then.
    public func write(name: String, bytes: Data) throws(OutboxError) {
        guard Self.sequence(of: name) != nil else { throw .badName(name) }
        guard bytes.count <= Self.maximumBytes else {
            throw .tooLarge(name: name, bytes: bytes.count, limit: Self.maximumBytes)
        }
        try place(name: name, bytes: bytes)
    }

    private func place(name: String, bytes: Data) throws(OutboxError) {
        for place in Place.allCases {
            guard let found = try DurableFile.read(path(name, place), limit: Self.maximumBytes) else { continue }
            guard found == bytes else { throw .conflict(name: name) }
            // The crash may have come between the rename and the sync of the directory.
            try DurableFile.syncDirectory("\(directory)/\(place.rawValue)")
            return
        }
        let temporary = "\(directory)/tmp/\(name)"
        do throws(OutboxError) {
            try DurableFile.write(bytes, to: temporary)
            try DurableFile.rename(temporary, to: path(name, .new))
        } catch {
            // Best effort: a full disk needs the room back, and `prepare` removes what stays.
            unlinkQuietly(temporary)
            throw error
        }
    }

    /// Writes a message and what travels beside it: the attachments first, so that no message is there without them.
    public func write(_ file: OutboxFile) throws(OutboxError) {
        for attachment in file.attachments { try write(attachment: attachment.fileName, bytes: attachment.bytes) }
        try write(name: file.name, bytes: file.bytes)
    }

    /// Writes an attachment under the name that ``OutboxAttachment/fileName`` gives it.
    public func write(attachment name: String, bytes: Data) throws(OutboxError) {
        guard name == OutboxAttachment.fileName(sha256: OutboxMessage.sha256(bytes)) else { throw .badName(name) }
        guard bytes.count <= Self.maximumBytes else {
            throw .tooLarge(name: name, bytes: bytes.count, limit: Self.maximumBytes)
        }
        try place(name: name, bytes: bytes)
    }

    /// The messages of one place, in order of their numbers; files of other names are not messages.
    public func list(_ place: Place = .new) throws(OutboxError) -> [Entry] {
        try DurableFile.names(in: "\(directory)/\(place.rawValue)")
            .compactMap { name in Self.sequence(of: name).map { Entry(name: name, sequence: $0, place: place) } }
            .sorted { ($0.sequence, $0.name) < ($1.sequence, $1.name) }
    }

    /// A message's bytes; nil when it is not there.
    public func read(_ entry: Entry) throws(OutboxError) -> Data? {
        try DurableFile.read(path(entry.name, entry.place), limit: Self.maximumBytes)
    }

    /// An attachment's bytes; nil when it is not there, or is not what its name says.
    public func read(attachment name: String) throws(OutboxError) -> Data? {
        for place in Place.allCases {
            guard let bytes = try DurableFile.read(path(name, place), limit: Self.maximumBytes) else { continue }
            return name == OutboxAttachment.fileName(sha256: OutboxMessage.sha256(bytes)) ? bytes : nil
        }
        return nil
    }

    /// Whether it is the name of an attachment's file.
    static func isAttachment(_ name: String) -> Bool {
        let digits = name.utf8.dropFirst(7)
        return name.hasPrefix("sha256-") && digits.count == 64
            && digits.allSatisfy { $0 &- 0x30 < 10 || $0 &- 0x61 < 6 }
    }

    func path(_ name: String, _ place: Place) -> String { "\(directory)/\(place.rawValue)/\(name)" }

    private func unlinkQuietly(_ path: String) { unlink(path) }

    /// The number in `00000412-….json`: 8 to 18 digits, a dash, 32 hexadecimal digits.
    static func sequence(of name: String) -> Int? {
        let bytes = Array(name.utf8)
        guard let dash = bytes.firstIndex(of: 0x2D), (8...18).contains(dash), bytes.count == dash + 1 + 32 + 5,
            name.hasSuffix(".json"), bytes[..<dash].allSatisfy({ $0 &- 0x30 < 10 }),
            bytes[(dash + 1)..<(dash + 33)].allSatisfy({ $0 &- 0x30 < 10 || $0 &- 0x61 < 6 })
        else { return nil }
        return Int(String(decoding: bytes[..<dash], as: UTF8.self))
    }
}

import Crypto
import Foundation
import GRDB

/// Strings that recur, stored once: gives each its number in this file.
///
/// Lives for one transaction, so that what it remembers is never of a transaction that was rolled back.
struct TextDictionary {
    private let db: Database
    private let find: Statement
    private let insert: Statement
    private var known: [String: Int64] = [:]

    init(_ db: Database) throws {
        self.db = db
        find = try db.cachedStatement(sql: "SELECT id FROM text WHERE hash = ? AND value = ?")
        insert = try db.cachedStatement(sql: "INSERT INTO text (hash, value) VALUES (?, ?)")
    }

    mutating func id(_ text: String) throws -> Int64 {
        if let id = known[text] { return id }
        let bytes = Data(Self.cut(text).utf8)
        let hash = Int64(
            bitPattern: SHA256.hash(data: bytes).withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }.bigEndian)
        let id: Int64
        if let found = try Int64.fetchOne(find, arguments: [hash, bytes]) {
            id = found
        } else {
            try insert.execute(arguments: [hash, bytes])
            id = db.lastInsertedRowID
        }
        known[text] = id
        return id
    }

    mutating func id(_ text: String?) throws -> Int64? {
        guard let text else { return nil }
        return try id(text) as Int64
    }

    /// At most ``HistoryLimits/textBytes`` bytes, cut between characters.
    static func cut(_ text: String) -> String {
        guard text.utf8.count > HistoryLimits.textBytes else { return text }
        var end = text.utf8.index(text.startIndex, offsetBy: HistoryLimits.textBytes)
        while end > text.startIndex, end.samePosition(in: text.unicodeScalars) == nil {
            end = text.utf8.index(before: end)
        }
        return String(text.unicodeScalars[..<end])
    }
}

extension Row {
    /// Text from a log, which is stored as bytes.
    func storedText(_ index: Int) throws -> String? {
        try withUnsafeData(atIndex: index) { $0.map { String(decoding: $0, as: UTF8.self) } }
    }
}

extension String {
    /// For TEXT columns: NUL ends SQLite's text, so it is replaced.
    var withoutNUL: String {
        utf8.contains(0) ? replacing("\0", with: "\u{FFFD}") : self
    }
}

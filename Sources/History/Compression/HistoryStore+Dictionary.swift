import Events
import Foundation
import GRDB

extension HistoryStore {
    /// Records that a first dictionary is trained from, at least, and that are looked at, at most.
    private static let (leastRecords, mostRecords) = (256, 2000)
    /// A dictionary is replaced when it packs new records by this share worse than those it was made for.
    private static let worse = 0.8
    /// And when another one packs records that neither was trained on by this factor better.
    private static let better = 1.05

    /// Trains a dictionary from the newest records where there is none, or where the one in use no longer fits.
    ///
    /// Records that are there stay as they are, with the dictionary that they name; none is ever removed.
    ///
    /// - Returns: whether there is a new one.
    @discardableResult
    public func trainDictionary(now: Timestamp) throws(HistoryError) -> Bool {
        let found = try read { db in try DictionarySurvey(db, codec: codec(db), limit: Self.mostRecords) }
        guard found.records.count >= Self.leastRecords else { return false }
        // Every second one is kept to judge by.
        let known = found.records.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        let judged = found.records.enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
        let current = DictionarySurvey.ratio(of: judged, with: found.dictionary)
        if let made = found.ratio, current >= made * Self.worse { return false }
        guard let trained = DictionaryTrainer.train(known) else { return false }
        let ratio = DictionarySurvey.ratio(of: judged, with: trained)
        guard ratio >= current * Self.better else { return false }
        try write { db in
            try db.execute(
                sql: "INSERT INTO dictionary (made, ratio, bytes) VALUES (?, ?, ?)",
                arguments: [now.nanoseconds, ratio, Data(trained)])
        }
        return true
    }
}

/// The newest records, unpacked, and the dictionary in use.
private struct DictionarySurvey {
    var records: [[UInt8]] = []
    var dictionary: [UInt8] = []
    /// What the dictionary reached when it was made.
    var ratio: Double?

    init(_ db: Database, codec: RecordCodec, limit: Int) throws {
        let row = try Row.fetchOne(db, sql: "SELECT ratio, bytes FROM dictionary ORDER BY id DESC LIMIT 1")
        ratio = row?[0]
        dictionary = row.map { [UInt8]($0[1] as Data) } ?? []
        for table in ["sample", "diagnosis"] {
            let rows = try Row.fetchCursor(
                db, sql: "SELECT record FROM \(table) ORDER BY rowid DESC LIMIT ?", arguments: [limit / 2])
            while let row = try rows.next() {
                // A damaged record is for `verify` to tell.
                do throws(RecordError) { records.append(try codec.unpack([UInt8](row[0] as Data))) } catch { continue }
            }
        }
    }

    static func ratio(of records: [[UInt8]], with dictionary: [UInt8]) -> Double {
        let raw = records.reduce(0) { $0 + $1.count }
        let packer = LZ4Packer(dictionary: dictionary)
        let packed = records.reduce(0) { $0 + (packer.compress($1)?.count ?? $1.count) }
        return Double(raw) / Double(max(1, packed))
    }
}

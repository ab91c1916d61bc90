import Events
import Foundation
import GRDB

/// A row's columns in one go, without the detour over a row's values: the rows of a window are many.
protocol RowColumns: DatabaseValueConvertible, StatementColumnConvertible {}

extension RowColumns {
    /// Never asked for: a row of several columns is not one value.
    static func fromDatabaseValue(_ value: DatabaseValue) -> Self? { nil }
    var databaseValue: DatabaseValue { .null }
}

struct BucketColumns: RowColumns {
    let minute, group, count: Int64

    init?(sqliteStatement statement: SQLiteStatement, index: CInt) {
        minute = Int64(sqliteStatement: statement, index: index)
        group = Int64(sqliteStatement: statement, index: index + 1)
        count = Int64(sqliteStatement: statement, index: index + 2)
    }
}

struct SightingColumns: RowColumns {
    let group, first, last, level: Int64
    let fingerprint: Fingerprint?

    init?(sqliteStatement statement: SQLiteStatement, index: CInt) {
        group = Int64(sqliteStatement: statement, index: index)
        fingerprint = Fingerprint(bytes: Data(sqliteStatement: statement, index: index + 1))
        first = Int64(sqliteStatement: statement, index: index + 2)
        last = Int64(sqliteStatement: statement, index: index + 3)
        level = Int64(sqliteStatement: statement, index: index + 4)
    }
}

struct ValueColumns: RowColumns {
    let group, kind, value, first, last, count: Int64

    init?(sqliteStatement statement: SQLiteStatement, index: CInt) {
        group = Int64(sqliteStatement: statement, index: index)
        kind = Int64(sqliteStatement: statement, index: index + 1)
        value = Int64(sqliteStatement: statement, index: index + 2)
        first = Int64(sqliteStatement: statement, index: index + 3)
        last = Int64(sqliteStatement: statement, index: index + 4)
        count = Int64(sqliteStatement: statement, index: index + 5)
    }
}

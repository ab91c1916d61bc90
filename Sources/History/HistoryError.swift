import Events
import Foundation
import GRDB

/// Why the history could not be opened, read or written.
public enum HistoryError: OperatorFacing, Equatable {
    /// There is no history at this path, and it was opened for reading only.
    case missing(path: String)
    case locked(path: String, waited: Duration)
    case newerSchema(path: String, found: Int, supported: Int)
    /// A SQLite file of another program.
    case foreign(path: String)
    case corrupt(path: String, detail: String)
    /// One stored record does not read back as it was written; the rest of the history is fine.
    case damagedRecord(what: String, reason: RecordError)
    case full(path: String)
    case readOnly(path: String)
    case io(path: String, detail: String)
    /// A call that names what is not there.
    case unknownGroup(Fingerprint)
    /// The target of a backup or a recovery is in the way.
    case exists(path: String)
    /// A statement failed in a way that we did not foresee.
    case unexpected(path: String, detail: String)

    public var description: String {
        switch self {
        case .missing(let path): "there is no history at \(path)"
        case .locked(let path, let waited):
            "the history \(path) is in use by another writer (waited \(waited.inSeconds) s)"
        case .newerSchema(let path, let found, let supported):
            "the history \(path) has schema \(found), this program knows up to \(supported)"
        case .foreign(let path): "\(path) is a SQLite file of another program, not a history"
        case .corrupt(let path, let detail): "the history \(path) is damaged: \(detail)"
        case .damagedRecord(let what, let reason): "a stored record is damaged (\(what)): \(reason)"
        case .full(let path): "no space left to write the history \(path)"
        case .readOnly(let path): "the history \(path) cannot be written: it or its directory is read-only"
        case .io(let path, let detail): "cannot read or write the history \(path): \(detail)"
        case .unknownGroup(let fingerprint): "the history has no group \(fingerprint)"
        case .exists(let path): "\(path) exists already"
        case .unexpected(let path, let detail): "the history \(path) refused a statement: \(detail)"
        }
    }

    public var remedy: String? {
        switch self {
        case .missing: "Run appliance batch once, or name the right directory with --home."
        case .locked(let path, _): "Stop the other appliance using \(path), or retry later."
        case .newerSchema: "Upgrade appliance, or restore an older backup."
        case .foreign: "Name the right directory with --home."
        case .corrupt:
            "Bring out what can be read with appliance history recover, or restore a backup; without both, move the file away."
        case .damagedRecord: "Find all damaged records with appliance history verify; restore a backup if they matter."
        case .full: "Free space on that file system, then retry; nothing already stored was changed."
        case .readOnly: "Make the file and its directory writable for this user."
        case .io: "Check the disk and the path's permissions, then retry."
        case .unknownGroup: "List the groups with appliance report."
        case .exists: "Name a file that does not exist."
        case .unexpected: "Report this with the output of appliance history verify."
        }
    }

    public var kind: FailureKind {
        switch self {
        case .missing, .unknownGroup: .noInput
        case .locked: .busy
        case .newerSchema, .foreign, .corrupt, .damagedRecord: .data
        case .full, .readOnly, .io: .io
        case .exists: .usage
        case .unexpected: .bug
        }
    }

    /// What SQLite said, in our words. Bound values never enter it: GRDB's message names none.
    init(_ error: any Error, path: String) {
        if let own = error as? HistoryError {
            self = own
            return
        }
        guard let database = error as? DatabaseError else {
            self = .unexpected(path: path, detail: "\(error)")
            return
        }
        let detail = database.message ?? "SQLite error \(database.extendedResultCode.rawValue)"
        switch database.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED: self = .locked(path: path, waited: HistoryStore.busyTimeout)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .corrupt(path: path, detail: detail)
        case .SQLITE_FULL: self = .full(path: path)
        case .SQLITE_READONLY, .SQLITE_PERM: self = .readOnly(path: path)
        // What SQLite cannot extend on a full disk besides its pages, it calls an error of the disk.
        case .SQLITE_IOERR, .SQLITE_CANTOPEN:
            self = Self.isFull(path) ? .full(path: path) : .io(path: path, detail: detail)
        default: self = .unexpected(path: path, detail: detail)
        }
    }

    /// Less than SQLite's smallest step.
    private static let leastBytes: UInt64 = 64 << 10

    /// Whether the file system that holds the file has no room left.
    private static func isFull(_ path: String) -> Bool {
        var status = statvfs()
        guard statvfs((path as NSString).deletingLastPathComponent, &status) == 0 else { return false }
        let (free, overflow) = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
        return !overflow && free < leastBytes
    }
}

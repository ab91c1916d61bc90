import Events
import Foundation

/// What lies at a path, told from the first bytes, so that a file that is not ours is never opened for writing.
///
/// Offsets are those of the database header, https://www.sqlite.org/fileformat2.html#the_database_header.
enum FileInspection {
    case absent
    case empty
    case history

    private static let magic = Array("SQLite format 3\0".utf8)
    private static let headerLength = 100

    static func inspect(_ path: String) throws(HistoryError) -> FileInspection {
        var status = stat()
        guard stat(path, &status) == 0 else {
            let code = errno
            if code == ENOENT { return .absent }
            throw .io(path: path, detail: String(cString: strerror(code)))
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .io(path: path, detail: "not a regular file") }
        if status.st_size == 0 { return .empty }
        let header = try head(of: path)
        guard header.starts(with: magic) else {
            throw .corrupt(path: path, detail: "it is not a SQLite file")
        }
        guard header.count == headerLength else { throw .corrupt(path: path, detail: "it ends within its header") }
        try check(header, size: Int64(status.st_size), hasLog: hasLog(path), path: path)
        return .history
    }

    /// Makes an empty file that only its owner can read; SQLite gives the same mode to its companions.
    static func create(_ path: String) throws(HistoryError) {
        let descriptor = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            let code = errno
            switch code {
            case EEXIST: return
            case EACCES, EROFS, EPERM: throw .readOnly(path: path)
            case ENOSPC, EDQUOT: throw .full(path: path)
            default: throw .io(path: path, detail: String(cString: strerror(code)))
            }
        }
        close(descriptor)
    }

    private static func head(of path: String) throws(HistoryError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .io(path: path, detail: String(cString: strerror(errno)))
        }
        defer { close(descriptor) }
        var header = [UInt8](repeating: 0, count: headerLength)
        let count = pread(descriptor, &header, headerLength, 0)
        guard count >= 0 else { throw .io(path: path, detail: String(cString: strerror(errno))) }
        return Array(header.prefix(count))
    }

    /// A write-ahead log that holds anything: SQLite completes the file from it.
    private static func hasLog(_ path: String) -> Bool {
        var status = stat()
        return stat(path + "-wal", &status) == 0 && status.st_size > 0
    }

    /// - Parameter hasLog: a checkpoint on a full disk leaves a short file, and all of its pages in the log.
    private static func check(
        _ header: [UInt8], size: Int64, hasLog: Bool, path: String
    ) throws(HistoryError) {
        func number(_ offset: Int) -> Int64 { header[offset..<offset + 4].reduce(0) { $0 << 8 | Int64($1) } }
        let pageSize = Int64(header[16]) << 8 | Int64(header[17])
        let pages = number(28)
        // The page count is valid only if the two change counters agree.
        if !hasLog, number(24) == number(92), (pageSize == 1 ? 65536 : pageSize) * pages > size {
            throw .corrupt(path: path, detail: "it is truncated: \(size) bytes of \(pageSize * pages)")
        }
        let (application, version) = (number(68), number(60))
        if application != 0, application != Int64(Schema.applicationID) { throw .foreign(path: path) }
        if application == 0, version != 0 { throw .foreign(path: path) }
        if version > Schema.version {
            throw .newerSchema(path: path, found: Int(version), supported: Schema.version)
        }
    }
}

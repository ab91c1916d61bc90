import Foundation
import Glibc

/// Looks at files of a hostile folder without following links, opening devices, or reading without bound.
enum FileProbe {
    enum Kind: Equatable { case missing, file, folder, link, other }

    struct Status: Equatable {
        var kind: Kind
        var size: Int64
        var inode: UInt64
        /// Nanoseconds since the epoch.
        var modified: Int64
    }

    static func status(_ path: String) -> Status {
        var info = stat()
        guard lstat(path, &info) == 0 else { return Status(kind: .missing, size: 0, inode: 0, modified: 0) }
        let kind: Kind =
            switch info.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .folder
            case S_IFLNK: .link
            default: .other
            }
        let modified = Int64(info.st_mtim.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
        return Status(
            kind: kind, size: Int64(info.st_size), inode: UInt64(info.st_ino),
            modified: modified.overflow ? 0 : modified.partialValue &+ Int64(info.st_mtim.tv_nsec))
    }

    static func kind(_ path: String) -> Kind { status(path).kind }

    /// Reads a regular file of at most `limit` bytes.
    ///
    /// - Returns: nil when there is no such file, it is not a regular one, it cannot be opened, or it is larger.
    static func read(_ path: String, limit: Int) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var info = stat()
        guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG, info.st_size <= limit else {
            return nil
        }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while bytes.count <= limit {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
        return nil
    }

    /// The first bytes of a regular file; nil where there is none.
    static func head(_ path: String, count: Int) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var info = stat()
        guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG else { return nil }
        var bytes = [UInt8](repeating: 0, count: count)
        let got = pread(descriptor, &bytes, count, 0)
        return got < 0 ? nil : Array(bytes.prefix(got))
    }

    /// Names in a folder, sorted, at most `limit`; nil when it cannot be listed or holds more.
    static func names(_ path: String, limit: Int) -> [String]? {
        guard kind(path) == .folder, let folder = opendir(path) else { return nil }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name == "." || name == ".." { continue }
            guard names.count < limit else { return nil }
            names.append(name)
        }
        return names.sorted()
    }

    /// The path without links and `..`; nil when it does not exist.
    static func realPath(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}

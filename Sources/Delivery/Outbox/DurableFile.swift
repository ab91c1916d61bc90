import Foundation
import Glibc

/// The few file operations that durability is made of. Every failure names its path and its cause.
///
/// Directories are made with mode 0700 and files with 0600, whatever the umask.
enum DurableFile {
    /// Makes a directory unless it is there, and makes its name durable.
    static func makeDirectory(_ path: String) throws(OutboxError) {
        guard mkdir(path, 0o700) == 0 else {
            let code = errno
            if code == EEXIST, isDirectory(path) { return }
            throw error(code, "make the directory", path)
        }
        try syncDirectory((path as NSString).deletingLastPathComponent)
    }

    /// Writes a new file, not yet named for good; an earlier attempt is overwritten.
    ///
    /// - Parameter isSynced: whether it is on the disk when this returns; else ``sync(_:)`` brings it there.
    static func write(_ bytes: Data, to path: String, isSynced: Bool = true) throws(OutboxError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw error(errno, "make", path) }
        do throws(OutboxError) {
            try writeAll(bytes, to: descriptor, path: path)
            guard !isSynced || fsync(descriptor) == 0 else { throw error(errno, "sync", path) }
        } catch {
            close(descriptor)
            throw error
        }
        guard close(descriptor) == 0 else { throw error(errno, "close", path) }
    }

    /// Brings a file's bytes to the disk, whoever wrote them.
    static func sync(_ path: String) throws(OutboxError) {
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw error(errno, "open", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw error(errno, "sync", path) }
    }

    /// - Parameter offset: where to write; nil goes on where the descriptor stands.
    static func writeAll(
        _ bytes: Data, to descriptor: Int32, at offset: Int? = nil, path: String
    ) throws(OutboxError) {
        var failure: Int32 = 0
        bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                let rest = UnsafeRawBufferPointer(rebasing: buffer[done...])
                let written =
                    offset.map { pwrite(descriptor, rest.baseAddress, rest.count, off_t($0 + done)) }
                    ?? Glibc.write(descriptor, rest.baseAddress, rest.count)
                if written > 0 {
                    done += written
                } else if written == 0 || errno != EINTR {
                    failure = written == 0 ? EIO : errno
                    return
                }
            }
        }
        if failure != 0 { throw error(failure, "write", path) }
    }

    /// Gives a synced file its name, and makes the name durable.
    static func rename(_ old: String, to new: String) throws(OutboxError) {
        guard Glibc.rename(old, new) == 0 else { throw error(errno, "rename to", new) }
        try syncDirectory((new as NSString).deletingLastPathComponent)
    }

    static func remove(_ path: String) throws(OutboxError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw error(errno, "remove", path) }
    }

    static func syncDirectory(_ path: String) throws(OutboxError) {
        let descriptor = open(path.isEmpty ? "." : path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw error(errno, "open the directory", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw error(errno, "sync the directory", path) }
    }

    /// A regular file's bytes; nil when there is no such file.
    static func read(_ path: String, limit: Int) throws(OutboxError) -> Data? {
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw error(errno, "open", path)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw error(errno, "look at", path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .failed(operation: "read", path: path, reason: "not a regular file")
        }
        guard status.st_size <= limit else {
            throw .tooLarge(name: (path as NSString).lastPathComponent, bytes: Int(status.st_size), limit: limit)
        }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(
                    descriptor, UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]).baseAddress,
                    buffer.count - filled)
            }
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                throw error(errno, "read", path)
            }
            filled += count
        }
        return Data(bytes.prefix(filled))
    }

    /// Names in a directory, without `.` and `..`, sorted.
    static func names(in path: String) throws(OutboxError) -> [String] {
        guard let directory = opendir(path) else { throw error(errno, "list", path) }
        defer { closedir(directory) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(directory) else {
                if errno != 0 { throw error(errno, "list", path) }
                return names.sorted()
            }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { buffer in
                String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
    }

    /// Whether nobody but its owner (and root) can open the file.
    ///
    /// A file of root and root's group that the group may read passes: so systemd hands over what `LoadCredential=`
    /// names, where the group's bits are the mask of an access list that names the service's user alone
    /// (systemd.exec(5), acl(5)). Nobody else is in root's group.
    static func isPrivate(_ path: String) throws(OutboxError) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0 else { throw error(errno, "look at", path) }
        return isPrivate(mode: status.st_mode, owner: status.st_uid, group: status.st_gid)
    }

    static func isPrivate(mode: mode_t, owner: uid_t, group: gid_t) -> Bool {
        mode & 0o077 == 0 || (mode & 0o037 == 0 && owner == 0 && group == 0)
    }

    static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Not a link to one: what lies on a stick leads nowhere else.
    static func isDirectoryItself(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    static func error(_ code: Int32, _ operation: String, _ path: String) -> OutboxError {
        let reason = String(cString: strerror(code))
        return switch code {
        case ENOSPC, EDQUOT, EFBIG: .full(path: path)
        case EACCES, EPERM, EROFS: .denied(path: path, reason: reason)
        default: .failed(operation: operation, path: path, reason: reason)
        }
    }
}

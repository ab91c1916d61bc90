import Glibc

/// A file that is there whole, or not at all.
enum DurableFile {
    /// What is being written, beside its place; a killed import leaves it, and the next one makes it anew.
    private static let making = ".incoming"

    /// - Parameter lock: made exclusively before the file changes, as git does: another writer's is an error. One that a
    ///   killed import left is known by being the same file as what it was writing, and taken away.
    static func replace(_ path: String, by bytes: [UInt8], lock: String? = nil) throws(MirrorError) {
        let temporary = path + making
        if let lock { release(lock, leftWith: temporary) }
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw .notWritten(path: temporary, code: errno) }
        var code: Int32 = 0
        var written = 0
        while written < bytes.count, code == 0 {
            let count = bytes.withUnsafeBytes {
                write(descriptor, $0.baseAddress?.advanced(by: written), $0.count - written)
            }
            if count > 0 { written += count } else if errno != EINTR { code = errno == 0 ? EIO : errno }
        }
        if code == 0, fsync(descriptor) != 0 { code = errno }
        close(descriptor)
        var failed = path
        if code == 0, let lock, link(temporary, lock) != 0 { (code, failed) = (errno, lock) }
        if code == 0, rename(lock ?? temporary, path) != 0 { code = errno }
        if lock != nil || code != 0 { unlink(temporary) }
        guard code == 0 else { throw .notWritten(path: failed, code: code) }
        try sync(folderOf: path)
    }

    private static func release(_ lock: String, leftWith temporary: String) {
        let (left, own) = (FileProbe.status(lock), FileProbe.status(temporary))
        if left.kind == .file, own.kind == .file, left.inode == own.inode { unlink(lock) }
    }

    /// Moves a file between file systems too: copied beside the target, synced, renamed.
    static func move(_ source: String, to target: String) throws(MirrorError) {
        let input = open(source, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard input >= 0 else { throw .notWritten(path: target, code: errno) }
        defer { close(input) }
        let temporary = target + making
        unlink(temporary)
        let output = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o444)
        guard output >= 0 else { throw .notWritten(path: target, code: errno) }
        var chunk = [UInt8](repeating: 0, count: 1 << 18)
        var code: Int32 = 0
        copying: while code == 0 {
            let count = read(input, &chunk, chunk.count)
            if count == 0 { break }
            if count < 0 {
                if errno != EINTR { code = errno }
                continue
            }
            var done = 0
            while done < count {
                let part = chunk.withUnsafeBytes { write(output, $0.baseAddress?.advanced(by: done), count - done) }
                if part > 0 {
                    done += part
                } else if errno != EINTR {
                    code = errno == 0 ? EIO : errno
                    break copying
                }
            }
        }
        if code == 0, fsync(output) != 0 { code = errno }
        close(output)
        if code == 0, rename(temporary, target) != 0 { code = errno }
        guard code == 0 else {
            unlink(temporary)
            throw .notWritten(path: target, code: code)
        }
        try sync(folderOf: target)
    }

    static func sync(folderOf path: String) throws(MirrorError) {
        try sync(folder: path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? ".")
    }

    static func sync(folder: String) throws(MirrorError) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .notWritten(path: folder, code: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .notWritten(path: folder, code: errno) }
    }
}

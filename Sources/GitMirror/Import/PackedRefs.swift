import Glibc

/// The refs of a mirror as one file, so that all of them change at one instant.
///
/// Git's own protocol is kept (gitrepository-layout(5)): `packed-refs.lock` is made first, and renamed over the file.
/// A loose ref hides a packed one, so those to be changed are first packed as they are and taken away.
struct PackedRefs {
    private let folder: String
    private var refs: [String: String] = [:]

    init(_ layout: RepositoryLayout) throws(MirrorError) {
        folder = layout.commonDirectory
        let file = folder + "/packed-refs"
        guard FileProbe.kind(file) != .missing else { return }
        guard let bytes = FileProbe.read(file, limit: MirrorRefs.maxPackedBytes) else {
            throw .notRepository(path: folder, reason: "packed-refs cannot be read, or is too large")
        }
        for line in bytes.split(separator: 0x0A)
        where line.first != UInt8(ascii: "#") && line.first != UInt8(ascii: "^") {
            let words = String(decoding: line, as: UTF8.self).split(separator: " ", maxSplits: 1)
            guard words.count == 2, ObjectName(words[0]) != nil else { continue }
            refs[String(words[1])] = String(words[0])
        }
    }

    /// - Parameter loose: those of the changed refs that are files of their own, as they are now.
    mutating func change(to values: [String: ObjectName], loose: [String: ObjectName]) throws(MirrorError) {
        if !loose.isEmpty {
            for (name, object) in loose { refs[name] = object.hex }
            try write()
            for name in loose.keys.sorted() where unlink(folder + "/" + name) != 0 && errno != ENOENT {
                throw .notWritten(path: folder + "/" + name, code: errno)
            }
        }
        for (name, object) in values { refs[name] = object.hex }
        try write()
    }

    private func write() throws(MirrorError) {
        let lines = refs.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map { "\($0.value) \($0.key)\n" }
        try DurableFile.replace(
            folder + "/packed-refs", by: Array(("# pack-refs with: sorted \n" + lines.joined()).utf8),
            through: folder + "/packed-refs.lock")
    }
}

/// A file that is there whole, or not at all.
enum DurableFile {
    /// - Parameter temporary: made exclusively: another writer's is an error.
    static func replace(_ path: String, by bytes: [UInt8], through temporary: String) throws(MirrorError) {
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
        if code == 0, rename(temporary, path) != 0 { code = errno }
        guard code == 0 else {
            unlink(temporary)
            throw .notWritten(path: path, code: code)
        }
        try sync(folderOf: path)
    }

    /// Moves a file between file systems too: copied beside the target, synced, renamed.
    static func move(_ source: String, to target: String) throws(MirrorError) {
        let input = open(source, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard input >= 0 else { throw .notWritten(path: target, code: errno) }
        defer { close(input) }
        let temporary = target + ".incoming"
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

    private static func sync(folderOf path: String) throws(MirrorError) {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .notWritten(path: folder, code: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .notWritten(path: folder, code: errno) }
    }
}

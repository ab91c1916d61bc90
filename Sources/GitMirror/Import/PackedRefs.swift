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
            lock: folder + "/packed-refs.lock")
    }
}

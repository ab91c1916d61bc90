import Glibc

/// A bare repository in the making, beside the place where it will stand, so that it is there whole or not at all.
struct NewMirror {
    /// Where it is made; what a killed import left there is made anew.
    let making: String
    private let path: String

    /// Whether nothing is there yet: no file, or an empty folder.
    static func isNeeded(at path: String) -> Bool {
        switch FileProbe.kind(path) {
        case .missing: true
        case .folder: FileProbe.names(path, limit: 1)?.isEmpty ?? false
        default: false
        }
    }

    /// - Parameter branch: what its HEAD names.
    init(at path: String, branch: String, format: ObjectFormat) throws(MirrorError) {
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        making = self.path + ".incoming"
        remove()
        for folder in ["", "/objects", "/objects/pack", "/refs", "/refs/heads", "/refs/tags"]
        where mkdir(making + folder, 0o755) != 0 {
            throw .notWritten(path: making + folder, code: errno)
        }
        try write("ref: refs/heads/\(branch)\n", "HEAD")
        let version = format == .sha256 ? 1 : 0
        let extensions = format == .sha256 ? "[extensions]\n\tobjectformat = sha256\n" : ""
        try write("[core]\n\trepositoryformatversion = \(version)\n\tbare = true\n\(extensions)", "config")
    }

    private func write(_ text: String, _ name: String) throws(MirrorError) {
        try DurableFile.replace(making + "/" + name, by: Array(text.utf8))
    }

    /// Puts it in its place.
    func finish() throws(MirrorError) {
        try DurableFile.sync(folder: making)
        guard rename(making, path) == 0 else { throw .notWritten(path: path, code: errno) }
        try DurableFile.sync(folderOf: path)
    }

    func remove() { if FileProbe.kind(making) == .folder { ShadowLock.remove(making) } }
}

/// Where a repository keeps what is read, checked to lead nowhere else.
struct RepositoryLayout: Sendable {
    /// Holds HEAD.
    let gitDirectory: String
    /// Holds objects, refs and packed-refs; differs from `gitDirectory` in a linked work tree.
    let commonDirectory: String
    var objects: String { commonDirectory + "/objects" }

    static let maxPackFiles = 20_000
    static let maxLinkBytes = 4096

    /// Finds and checks the repository at a configured path. The path itself may be a link, since the
    /// operator wrote it; nothing below it may.
    init(path: String) throws(MirrorError) {
        guard let root = FileProbe.realPath(path) else { throw .missing(path: path) }
        switch FileProbe.kind(root) {
        case .folder: break
        case .file: throw .notRepository(path: path, reason: "it is a file")
        default: throw .notRepository(path: path, reason: "it is neither a folder nor a file")
        }
        if FileProbe.kind(root + "/HEAD") == .file, FileProbe.kind(root + "/objects") != .missing {
            gitDirectory = root
        } else {
            gitDirectory = try Self.gitDirectory(ofWorkTree: root, path: path)
        }
        commonDirectory = try Self.commonDirectory(of: gitDirectory, path: path)
        try checkObjects(path: path)
        if FileProbe.kind(commonDirectory + "/reftable") != .missing {
            throw .unsupported(path: path, feature: "the reftable format of refs")
        }
    }

    private static func gitDirectory(ofWorkTree root: String, path: String) throws(MirrorError) -> String {
        let dotGit = root + "/.git"
        switch FileProbe.kind(dotGit) {
        case .folder:
            guard FileProbe.kind(dotGit + "/HEAD") == .file else {
                throw .notRepository(path: path, reason: "its .git has no HEAD")
            }
            return dotGit
        case .file: return try followLink(dotGit, root: root, path: path)
        case .missing: throw .notRepository(path: path, reason: "it has neither HEAD and objects nor .git")
        case .link: throw .unsafe(path: path, reason: "its .git is a symbolic link")
        case .other: throw .unsafe(path: path, reason: "its .git is neither a folder nor a file")
        }
    }

    /// Follows `gitdir: PATH` where the target lies inside the work tree, or names this very link in its
    /// own `gitdir` file, as a linked work tree does (gitrepository-layout(5)).
    private static func followLink(_ link: String, root: String, path: String) throws(MirrorError) -> String {
        guard let bytes = FileProbe.read(link, limit: maxLinkBytes), let target = firstLine(bytes),
            target.hasPrefix("gitdir: ")
        else { throw .notRepository(path: path, reason: "its .git file does not say gitdir: PATH") }
        let named = String(target.dropFirst(8))
        guard let folder = FileProbe.realPath(named.hasPrefix("/") ? named : root + "/" + named),
            FileProbe.kind(folder + "/HEAD") == .file
        else { throw .notRepository(path: path, reason: "its .git file names no repository") }
        if folder.hasPrefix(root + "/") { return folder }
        if let back = FileProbe.read(folder + "/gitdir", limit: maxLinkBytes).flatMap(firstLine),
            FileProbe.realPath(back) == link
        {
            return folder
        }
        throw .unsafe(path: path, reason: "its .git file leads elsewhere; name that git directory as the path instead")
    }

    private static func commonDirectory(of folder: String, path: String) throws(MirrorError) -> String {
        switch FileProbe.kind(folder + "/commondir") {
        case .missing: return folder
        case .file: break
        default: throw .unsafe(path: path, reason: "its commondir is not a file")
        }
        guard let named = FileProbe.read(folder + "/commondir", limit: maxLinkBytes).flatMap(firstLine),
            let common = FileProbe.realPath(named.hasPrefix("/") ? named : folder + "/" + named)
        else { throw .notRepository(path: path, reason: "its commondir names nothing") }
        guard folder.hasPrefix(common + "/worktrees/") else {
            throw .unsafe(path: path, reason: "its commondir leads elsewhere")
        }
        return common
    }

    private func checkObjects(path: String) throws(MirrorError) {
        for folder in [objects, objects + "/pack", objects + "/info"] {
            switch FileProbe.kind(folder) {
            case .folder: break
            case .missing where folder != objects: continue
            case .missing: throw .notRepository(path: path, reason: "it has no objects")
            case .link: throw .unsafe(path: path, reason: "\(name(folder)) is a symbolic link")
            default: throw .unsafe(path: path, reason: "\(name(folder)) is not a folder")
            }
            guard let entries = FileProbe.names(folder, limit: Self.maxPackFiles) else {
                throw .unsafe(path: path, reason: "\(name(folder)) cannot be listed, or holds too many files")
            }
            for entry in entries {
                switch FileProbe.kind(folder + "/" + entry) {
                case .file, .folder, .missing: continue
                case .link: throw .unsafe(path: path, reason: "\(name(folder))/\(entry) is a symbolic link")
                case .other: throw .unsafe(path: path, reason: "\(name(folder))/\(entry) is not a regular file")
                }
            }
        }
        guard FileProbe.kind(objects + "/info/alternates") == .missing else {
            throw .unsafe(path: path, reason: "objects/info/alternates borrows objects from another folder")
        }
    }

    private func name(_ folder: String) -> String { String(folder.dropFirst(commonDirectory.count + 1)) }

    static func firstLine(_ bytes: [UInt8]) -> String? {
        let line = bytes.prefix { $0 != 0x0A }
        guard !line.isEmpty, !line.contains(0) else { return nil }
        let text = String(decoding: line, as: UTF8.self)
        return text.hasSuffix("\r") ? String(text.dropLast()) : text
    }
}

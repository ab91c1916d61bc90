/// A folder that holds several mirrors: bare repositories and work trees, perhaps grouped in folders.
public enum MirrorFolder {
    /// Folders between the configured one and a mirror, as `GROUP/SUBGROUP/NAME` needs.
    static let maxDepth = 3
    static let maxMembers = 1000
    /// Entries of one folder that are looked at.
    static let maxEntries = 20_000
    static let maxConfigBytes = 1 << 16

    /// The mirrors below a configured path, each with what is configured for the folder, ordered by their names.
    ///
    /// Their names are the folder's and their path in it without `.git`: `all/acme/shop`. Each serves the service that
    /// is called like its last part, where no other is; where `services` is configured, those alone.
    ///
    /// - Returns: nil where the path is a repository itself, or holds none.
    public static func members(of folder: MirrorSettings) -> [MirrorSettings]? {
        guard let root = FileProbe.realPath(folder.path), FileProbe.kind(root) == .folder, !isRepository(root) else {
            return nil
        }
        let paths = repositories(below: root)
        guard !paths.isEmpty else { return nil }
        let names = paths.map(name)
        let lasts = Dictionary(names.map { (last($0), 1) }, uniquingKeysWith: +)
        return zip(paths, names).map { path, name in
            var member = folder
            member.path = root + "/" + path
            member.name = folder.name + "/" + name
            member.pathInFolder = name
            let service = last(name)
            let isServed = folder.services.isEmpty || folder.services.contains(service)
            member.services = lasts[service] == 1 && isServed ? [service] : []
            member.urls = origin(of: member.path).map { [$0] } ?? []
            return member
        }
    }

    /// Whether a configured path is a folder with nothing in it yet, which may become one of mirrors.
    public static func isEmpty(_ folder: MirrorSettings) -> Bool {
        FileProbe.realPath(folder.path).flatMap { FileProbe.names($0, limit: 1) }?.isEmpty ?? false
    }

    /// Where a mirror of that name would lie in the folder; nil for a name that leads elsewhere.
    public static func place(of name: String, in folder: MirrorSettings) -> String? {
        guard name.hasPrefix(folder.name + "/") else { return nil }
        let path = name.dropFirst(folder.name.count + 1)
        guard RepositoryPath.isSafe(path), path.split(separator: "/").count <= maxDepth else { return nil }
        return folder.path + "/" + path + ".git"
    }

    private static func repositories(below root: String) -> [String] {
        var (found, pending): ([String], [(path: String, depth: Int)]) = ([], [("", 0)])
        while let (folder, depth) = pending.popLast(), found.count < maxMembers {
            guard let entries = FileProbe.names(root + "/" + folder, limit: maxEntries) else { continue }
            let kinds = entries.map { FileProbe.kind(root + "/" + (folder.isEmpty ? $0 : folder + "/" + $0)) }
            let repositories = zip(entries, kinds).filter { entry, kind in
                kind == .folder && isRepository(root + "/" + folder + "/" + entry)
            }
            // Unpacked source may carry a repository somewhere: files beside the folders tell it.
            if repositories.isEmpty, kinds.contains(.file) { continue }
            for (entry, kind) in zip(entries, kinds) where kind == .folder && !entry.hasPrefix(".") {
                let path = folder.isEmpty ? entry : folder + "/" + entry
                guard RepositoryPath.isSafe(path) else { continue }
                if repositories.contains(where: { $0.0 == entry }) {
                    found.append(path)
                } else if depth + 1 < maxDepth {
                    pending.append((path, depth + 1))
                }
            }
        }
        return found.prefix(maxMembers).sorted()
    }

    private static func isRepository(_ path: String) -> Bool {
        if FileProbe.kind(path + "/HEAD") == .file, FileProbe.kind(path + "/objects") != .missing { return true }
        return FileProbe.kind(path + "/.git") != .missing
    }

    private static func name(_ path: String) -> String { path.hasSuffix(".git") ? String(path.dropLast(4)) : path }

    private static func last(_ name: String) -> String { name.split(separator: "/").last.map(String.init) ?? name }

    /// The address that a mirror was cloned from, as its configuration says (git-config(1)): a key and nothing else.
    private static func origin(of path: String) -> String? {
        let place = FileProbe.kind(path + "/.git") == .folder ? path + "/.git/config" : path + "/config"
        guard let bytes = FileProbe.read(place, limit: maxConfigBytes) else { return nil }
        var isOrigin = false
        for line in bytes.split(separator: 0x0A) {
            let text = String(decoding: line, as: UTF8.self)
            let words = text.split { $0 == " " || $0 == "\t" || $0 == "\r" }
            if words.first?.hasPrefix("[") == true {
                isOrigin = text.contains("[remote \"origin\"]")
            } else if isOrigin, words.count == 3, words[0].lowercased() == "url", words[1] == "=" {
                return String(words[2])
            }
        }
        return nil
    }
}

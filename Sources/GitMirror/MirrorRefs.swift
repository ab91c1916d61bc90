/// Branches and tags, read by ourselves: git would read the mirror's configuration with them.
struct MirrorRefs: Sendable {
    /// Short branch name → commit.
    private(set) var branches: [String: ObjectName] = [:]
    /// Short tag name → commit or tag object.
    private(set) var tags: [String: ObjectName] = [:]
    /// The branch that HEAD names.
    private(set) var headBranch: String?
    private(set) var detachedHead: ObjectName?
    /// Refs left out because their names or values are malformed.
    private(set) var rejected = 0

    static let maxPackedBytes = 64 << 20
    static let maxRefs = 200_000
    static let maxDepth = 8
    static let maxLooseBytes = 1024
    static let maxNameBytes = 512

    init(_ layout: RepositoryLayout) throws(MirrorError) {
        try readPacked(layout.commonDirectory + "/packed-refs", path: layout.commonDirectory)
        readLoose(layout.commonDirectory, "refs/heads")
        readLoose(layout.commonDirectory, "refs/tags")
        readHead(layout.gitDirectory + "/HEAD")
    }

    /// nil when there is no ref at all: the format shows in the names' length.
    var format: ObjectFormat? { (detachedHead ?? branches.values.first ?? tags.values.first)?.format }

    /// The deployed branch: the configured one, else HEAD's, else `main`, else `master`.
    func tip(configured: String?) -> (branch: String?, commit: ObjectName)? {
        if let configured { return branches[configured].map { (configured, $0) } }
        if let headBranch, let commit = branches[headBranch] { return (headBranch, commit) }
        if let detachedHead { return (nil, detachedHead) }
        for name in ["main", "master"] {
            if let commit = branches[name] { return (name, commit) }
        }
        return nil
    }

    /// The tag of a release: its exact name, with or without `v`, the version after `name@`, or a tag whose
    /// last path segment is one of these (the only such tag).
    func tag(ofRelease release: String) -> (name: String, object: ObjectName)? {
        guard !release.isEmpty, release.utf8.count <= Self.maxNameBytes else { return nil }
        var names = [release]
        if let version = release.split(separator: "@").last, version.count < release.count {
            names.append(String(version))
        }
        if let last = release.split(separator: "/").last, last.count < release.count { names.append(String(last)) }
        names = names.flatMap { $0.hasPrefix("v") ? [$0, String($0.dropFirst())] : [$0, "v" + $0] }
        for name in names {
            if let object = tags[name] { return (name, object) }
        }
        let wanted = Set(names)
        let matching = tags.keys.filter { name in
            guard let slash = name.lastIndex(where: { $0 == "/" || $0 == "@" }) else { return false }
            return wanted.contains(String(name[name.index(after: slash)...]))
        }
        guard matching.count == 1, let name = matching.first, let object = tags[name] else { return nil }
        return (name, object)
    }

    private mutating func insert(_ name: Substring, _ object: ObjectName) {
        guard branches.count + tags.count < Self.maxRefs else { return }
        if name.hasPrefix("refs/heads/") {
            branches[String(name.dropFirst(11))] = object
        } else if name.hasPrefix("refs/tags/") {
            tags[String(name.dropFirst(10))] = object
        }
    }

    private mutating func readPacked(_ file: String, path: String) throws(MirrorError) {
        switch FileProbe.kind(file) {
        case .missing: return
        case .file: break
        default: throw .unsafe(path: path, reason: "packed-refs is not a regular file")
        }
        guard let bytes = FileProbe.read(file, limit: Self.maxPackedBytes) else {
            throw .notRepository(path: path, reason: "packed-refs cannot be read, or is too large")
        }
        var last: Substring = ""
        for line in bytes.split(separator: 0x0A) {
            guard let first = line.first, first != UInt8(ascii: "#") else { continue }
            if first == UInt8(ascii: "^") {
                // The commit that the annotated tag of the line before leads to.
                if let peeled = ObjectName(String(decoding: line.dropFirst(), as: UTF8.self)) { insert(last, peeled) }
                continue
            }
            let text = String(decoding: line, as: UTF8.self)
            guard let space = text.firstIndex(of: " "), let object = ObjectName(text[..<space]),
                Self.isSafe(text[text.index(after: space)...])
            else {
                rejected += 1
                continue
            }
            last = text[text.index(after: space)...]
            insert(last, object)
        }
    }

    private mutating func readLoose(_ root: String, _ start: String) {
        var pending = [(start, 0)]
        var seen = 0
        while let (folder, depth) = pending.popLast() {
            guard FileProbe.kind(root + "/" + folder) == .folder else { continue }
            guard let names = FileProbe.names(root + "/" + folder, limit: Self.maxRefs) else {
                rejected += 1
                continue
            }
            for entry in names {
                seen += 1
                let name = folder + "/" + entry
                guard seen <= Self.maxRefs, Self.isSafe(name[...]) else {
                    rejected += 1
                    continue
                }
                switch FileProbe.kind(root + "/" + name) {
                case .folder where depth < Self.maxDepth: pending.append((name, depth + 1))
                case .file:
                    guard
                        let line = FileProbe.read(root + "/" + name, limit: Self.maxLooseBytes)
                            .flatMap(RepositoryLayout.firstLine),
                        let object = ObjectName(line)
                    else {
                        rejected += 1
                        continue
                    }
                    insert(name[...], object)
                default: rejected += 1
                }
            }
        }
    }

    private mutating func readHead(_ file: String) {
        guard let line = FileProbe.read(file, limit: Self.maxLooseBytes).flatMap(RepositoryLayout.firstLine) else {
            return
        }
        if line.hasPrefix("ref: refs/heads/") {
            let name = line.dropFirst(5)
            if Self.isSafe(name) { headBranch = String(name.dropFirst(11)) } else { rejected += 1 }
        } else {
            detachedHead = ObjectName(line)
        }
    }

    /// The rules of git-check-ref-format(1) that matter to us.
    static func isSafe(_ name: Substring) -> Bool {
        guard name.utf8.count <= maxNameBytes, name.hasPrefix("refs/"), !name.contains(".."), !name.contains("@{"),
            !name.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F || "~^:?*[\\".utf8.contains($0) })
        else { return false }
        return name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
            !$0.isEmpty && !$0.hasPrefix(".") && !$0.hasPrefix("-") && !$0.hasSuffix(".lock")
        }
    }
}

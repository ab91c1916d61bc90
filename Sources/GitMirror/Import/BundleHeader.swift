/// What a git bundle says before its pack (gitformat-bundle(5)), versions 2 and 3.
struct BundleHeader: Sendable, Equatable {
    var format = ObjectFormat.sha1
    /// Commits that the receiver must have.
    var prerequisites: [ObjectName] = []
    /// Full ref name → object.
    var refs: [String: ObjectName] = [:]
    /// What HEAD was, where the bundle tells.
    var head: ObjectName?
    /// Where the pack begins.
    var packOffset = 0

    static let maxBytes = 32 << 20
    static let maxRefs = MirrorRefs.maxRefs

    /// - Parameter head: the first ``maxBytes`` bytes of the file, or all of a shorter one.
    init(_ head: [UInt8], path: String) throws(MirrorError) {
        var (index, isFirst) = (0, true)
        while let end = head[index...].firstIndex(of: 0x0A) {
            let line = String(decoding: head[index..<end], as: UTF8.self)
            index = end + 1
            if isFirst {
                guard line == "# v2 git bundle" || line == "# v3 git bundle" else {
                    throw .badBundle(path: path, reason: "it does not begin as a git bundle does")
                }
                isFirst = false
            } else if line.isEmpty {
                packOffset = index
                guard !refs.isEmpty else { throw .badBundle(path: path, reason: "it names no branch or tag") }
                return
            } else {
                try take(line, path)
            }
        }
        throw .badBundle(path: path, reason: "its header has no end")
    }

    private mutating func take(_ line: String, _ path: String) throws(MirrorError) {
        if line.hasPrefix("@") {
            switch line {
            case "@object-format=sha1": format = .sha1
            case "@object-format=sha256": format = .sha256
            default: throw .badBundle(path: path, reason: "it needs \(line.prefix(60)), which is not read")
            }
            return
        }
        let isPrerequisite = line.hasPrefix("-")
        let words = line.dropFirst(isPrerequisite ? 1 : 0).split(separator: " ", maxSplits: 1)
        guard let name = words.first.flatMap({ ObjectName($0) }), name.format == format,
            refs.count + prerequisites.count < Self.maxRefs
        else { throw .badBundle(path: path, reason: "its header is not understood at \"\(line.prefix(60))\"") }
        if isPrerequisite {
            prerequisites.append(name)
        } else if words.count == 2, MirrorRefs.isSafe(words[1]) {
            refs[String(words[1])] = name
        } else if words.count == 2, words[1] == "HEAD" {
            head = name
        } else {
            throw .badBundle(path: path, reason: "it names an unsafe ref")
        }
    }

    /// The branch that HEAD probably named: one that is where it is, `main` or `master` before others.
    var branch: String? {
        let branches = refs.keys.filter { $0.hasPrefix("refs/heads/") }.sorted()
        let there = head.map { head in branches.filter { refs[$0] == head } } ?? []
        let likely = there.isEmpty ? branches : there
        let known = ["refs/heads/main", "refs/heads/master"].first(where: likely.contains)
        return (known ?? likely.first).map { String($0.dropFirst(11)) }
    }
}

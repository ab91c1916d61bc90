/// Git's commit-graph with changed paths (gitformat-commit-graph(5)): which commits touch a file, without reading trees.
enum HistoryIndex {
    /// Below this many objects, walking the history is as quick.
    static let worthwhileObjects = 20_000
    /// Events of one session from which on the index is made unasked.
    static let worthwhileEvents = 10
    static let timeout = Duration.seconds(120)
    static let maxTips = 1000

    /// Whether the mirror has no index of its own, or one without changed paths.
    static func isMissing(_ layout: RepositoryLayout) -> Bool {
        let info = layout.objects + "/info"
        if FileProbe.kind(info + "/commit-graphs") == .folder { return false }
        guard let head = FileProbe.head(info + "/commit-graph", count: headBytes) else { return true }
        return !Array(head.dropFirst(8)).indices.contains { head.dropFirst(8 + $0).starts(with: changedPaths) }
    }

    /// Room for the table of chunks.
    private static let headBytes = 8 + 12 * 16
    /// The chunk that holds the index of changed paths.
    private static let changedPaths = Array("BIDX".utf8)

    private static let maxLooseListed = 100_000

    /// Objects in the mirror: of packs, what the last entry of each index's fan-out table says.
    static func objects(_ layout: RepositoryLayout) -> Int {
        let names = FileProbe.names(layout.objects + "/pack", limit: RepositoryLayout.maxPackFiles) ?? []
        // Loose objects are spread evenly over 256 folders: one tells, as for git gc --auto.
        let loose = 256 * (FileProbe.names(layout.objects + "/17", limit: maxLooseListed)?.count ?? 0)
        return names.filter { $0.hasSuffix(".idx") }.reduce(loose) { sum, name in
            guard let head = FileProbe.head(layout.objects + "/pack/" + name, count: 8 + 1024), head.count == 8 + 1024
            else { return sum }
            return sum + head.suffix(4).reduce(0) { $0 << 8 | Int($1) }
        }
    }

    static func write(_ git: GitCommand, tips: [String]) async throws(MirrorError) {
        let input = tips.prefix(maxTips).map { $0 + "\n" }.joined()
        _ = try await git.run(
            ["commit-graph", "write", "--stdin-commits", "--changed-paths", "--no-progress"], input: Array(input.utf8),
            limit: GitCommand.maxErrorBytes, within: timeout)
    }
}

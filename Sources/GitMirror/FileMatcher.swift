import Events

/// Finds the files that a frame may mean, with how sure that is.
struct FileMatcher: Sendable {
    struct Candidate: Sendable, Equatable {
        var path: String
        var blob: ObjectName
        /// 0 to 1.
        var score: Double
        /// The score with what else speaks for the file; orders the candidates.
        var rank = 0.0
    }

    let tree: TreeIndex
    let sourceRoots: [String]
    let subdirectory: String?
    /// Folders that the event's service may be in: `orders-api`, `orders`.
    let serviceFolders: [String]

    static let maxSameName = 2000
    static let maxCandidates = 4
    /// Files whose text is compared with the frame, where their names do not settle it.
    static let maxRivals = 6
    /// How far behind the first a file may be to be compared, and to be told.
    static let rivalReach = 0.35
    static let doubtReach = 0.12
    /// Guesses weaker than this are none.
    static let minScore = 0.35
    /// What is left of a score when only the file's name agrees.
    static let nameOnly = 0.55

    init(tree: TreeIndex, settings: MirrorSettings, service: String? = nil) {
        self.tree = tree
        sourceRoots = settings.sourceRoots.map { Self.trimmed($0) }
        subdirectory = settings.subdirectory.map(Self.trimmed)
        let name = service?.lowercased() ?? ""
        let head = name.split { "-_./".contains($0) }.first.map(String.init) ?? ""
        serviceFolders = [name, head].filter { $0.utf8.count >= 3 }
    }

    /// The likeliest first; several when the frame does not tell them apart, then none is sure.
    ///
    /// - Parameter neighbours: folders of files that other frames of the trace named without doubt.
    func candidates(for hint: FrameHint, neighbours: Set<String>) -> [Candidate] {
        Self.settled(rivals(for: hint, neighbours: neighbours))
    }

    /// The same before they are held against each other: for whoever knows more of them.
    func rivals(for hint: FrameHint, neighbours: Set<String>) -> [Candidate] {
        var best: [String: Candidate] = [:]
        for ending in hint.endings {
            guard let name = ending.components.last else { continue }
            for file in tree.files(named: name).prefix(Self.maxSameName) {
                let score = ending.weight * agreement(ending.components, file.path, guessed: ending.weight < 1)
                guard score >= Self.minScore, score > best[file.path]?.score ?? 0 else { continue }
                best[file.path] = Candidate(path: file.path, blob: file.blob, score: score)
            }
        }
        let ranked = best.values.map { candidate in
            var candidate = candidate
            candidate.rank = candidate.score + preference(candidate.path, neighbours, hint.places)
            return candidate
        }.sorted { ($0.rank, $1.path) > ($1.rank, $0.path) }
        guard let first = ranked.first, !hint.isLibrary || first.score >= 0.8 else { return [] }
        return Array(ranked.prefix { $0.rank > first.rank - Self.rivalReach }.prefix(Self.maxRivals))
    }

    /// Takes from each what its rivals leave in doubt.
    static func settled(_ rivals: [Candidate]) -> [Candidate] {
        let ranked = rivals.sorted { ($0.rank, $1.path) > ($1.rank, $0.path) }
        guard let first = ranked.first else { return [] }
        let rivals = ranked.prefix { $0.rank > first.rank - doubtReach }
        let near = rivals.filter { $0.rank > first.rank - 0.02 }.count
        return rivals.prefix(maxCandidates).map { entry in
            var candidate = entry
            if near > 1 { candidate.score /= Double(min(near, maxCandidates)) }
            if rivals.count > 1, near == 1 { candidate.score *= entry.rank == first.rank ? 0.9 : 0.5 }
            candidate.score = min(1, max(0.01, candidate.score))
            return candidate
        }
    }

    /// How many trailing components agree, as a score: all of the path or all of the hint is nearly sure.
    private func agreement(_ hint: [String], _ path: String, guessed: Bool) -> Double {
        let parts = path.split(separator: "/")
        var common = 0
        while common < hint.count, common < parts.count {
            let (left, right) = (hint[hint.count - 1 - common], parts[parts.count - 1 - common])
            guard left == right || left.lowercased() == right.lowercased() else { break }
            common += 1
        }
        if guessed {
            // A guessed ending counts only when all of it agrees, or at least two components of it.
            if common == hint.count { return hint.count > 1 ? 1 : 0.6 }
            return common >= 2 ? 0.55 + 0.3 * Double(common) / Double(hint.count) : 0
        }
        if common == parts.count { return parts.count > 1 || hint.count == 1 ? 1 : 0.75 }
        if common == hint.count { return hint.count > 1 ? 0.97 : 0.8 }
        switch common {
        case 1: return Self.nameOnly
        case 2: return 0.78
        default: return min(0.94, 0.82 + 0.03 * Double(common))
        }
    }

    /// Small weights that choose between files alike in name: never enough to make a wrong one look sure.
    private func preference(_ path: String, _ neighbours: Set<String>, _ places: [String]) -> Double {
        var weight = -0.002 * Double(path.utf8.count { $0 == 0x2F })
        if let root = sourceRoots.firstIndex(where: { path.hasPrefix($0 + "/") }) {
            weight += 0.1 / Double(root + 1)
        }
        if let subdirectory { weight += path.hasPrefix(subdirectory + "/") ? 0.15 : -0.1 }
        let folder = FileMatcher.folder(of: path)
        if neighbours.contains(folder) {
            weight += 0.08
        } else if let top = folder.split(separator: "/").first,
            neighbours.contains(where: { $0 == top || $0.hasPrefix(top + "/") })
        {
            weight += 0.03
        }
        let components = path.lowercased().split(separator: "/")
        if components.contains(where: { component in places.contains { component == $0.lowercased() } }) {
            weight += Self.placeGain
        }
        if components.contains(where: { component in serviceFolders.contains { component == $0 } }) {
            weight += Self.placeGain
        }
        if Self.isAside(path) { weight -= Self.asideLoss }
        return weight
    }

    /// Just enough that a file in another crate or service leaves no doubt.
    private static let placeGain = 0.13
    /// Enough that a test beside the code does not make it doubtful, where the frame's path names no test.
    private static let asideLoss = 0.2

    /// Tests, examples and generated files are rarely what runs.
    static func isAside(_ path: String) -> Bool {
        path.lowercased().split(separator: "/").contains {
            [
                "test", "tests", "spec", "specs", "__tests__", "examples", "fixtures", "testdata", "docs", "dist",
                "mocks",
            ]
            .contains($0) || $0.hasSuffix("_test.go") || $0.hasPrefix("test_")
        }
    }

    static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    }

    static func trimmed(_ path: String) -> String {
        path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    }
}

/// Finds skeletons that differ in one word only, and decides whether that word varies.
struct SkeletonMerge {
    /// Passes over the skeletons: each may open the way for another word.
    private static let maxPasses = 3
    /// Constant words that both must have in common.
    private static let minCommon = 3
    /// Constant words where the differing words look like identifiers (`FOLLOWING`, `host-7`, `a.b`).
    private static let minCommonOfIdentifiers = 2
    /// Different words that show that a plain word varies.
    private static let minPlainWords = 3
    private static let minIdentifiers = 2

    private var skeletons: [Skeleton]
    private var places: [Skeleton: Int] = [:]
    private var parents: [Int]
    /// For each word number, whether it looks like an identifier.
    private let isIdentifier: [Bool]

    init(_ skeletons: [Skeleton], isIdentifier: [Bool]) {
        self.skeletons = skeletons
        self.isIdentifier = isIdentifier
        parents = Array(skeletons.indices)
        for (place, skeleton) in skeletons.enumerated() { places[skeleton] = place }
    }

    /// - Returns: for each skeleton given, the one it is part of.
    mutating func run() -> [Skeleton] {
        let count = skeletons.count
        for _ in 0..<Self.maxPasses {
            let merged = families().reduce(into: false) { merged, family in merged = merge(family) || merged }
            guard merged else { break }
        }
        return (0..<count).map { skeletons[root($0)] }
    }

    /// Skeletons that are equal but for the word at one position.
    private struct Family {
        var position: Int
        var members: [Int]
    }

    private func families() -> [Family] {
        let roots = Set(parents.indices.map(root)).sorted()
        var entries: [(hash: UInt64, position: Int, member: Int)] = []
        for member in roots {
            let words = skeletons[member].words
            var whole = UInt64(words.count)
            for (position, word) in words.enumerated() { whole &+= Self.mix(word, position) }
            for (position, word) in words.enumerated() {
                let hash = whole &- Self.mix(word, position) &+ Self.mix(.max, position)
                entries.append((hash, position, member))
            }
        }
        entries.sort { ($0.hash, $0.position, $0.member) < ($1.hash, $1.position, $1.member) }
        var families: [Family] = []
        var start = 0
        while start < entries.count {
            var end = start + 1
            while end < entries.count, entries[end].hash == entries[start].hash,
                entries[end].position == entries[start].position
            {
                end += 1
            }
            if end - start > 1 {
                families.append(Family(position: entries[start].position, members: entries[start..<end].map(\.member)))
            }
            start = end
        }
        return families.sorted {
            ($1.members.count, $0.members[0], $0.position) < ($0.members.count, $1.members[0], $1.position)
        }
    }

    /// - Returns: whether the family's word varies, and its members are one now.
    private mutating func merge(_ family: Family) -> Bool {
        let members = family.members.filter { root($0) == $0 }
        guard members.count > 1, isVarying(family.position, members) else { return false }
        var words = skeletons[members[0]].words
        words[family.position] = Skeleton.variable
        let joined = Skeleton(
            words: words.enumerated().filter { place, word in
                word != Skeleton.variable || place == 0 || words[place - 1] != Skeleton.variable
            }.map(\.element))
        let target = place(of: joined)
        for member in members where root(member) != target { parents[member] = target }
        return true
    }

    private func isVarying(_ position: Int, _ members: [Int]) -> Bool {
        let rest = skeletons[members[0]].words
        let common = rest.enumerated().count { $0.offset != position && $0.element != Skeleton.variable }
        let words = members.map { skeletons[$0].words[position] }.filter { $0 != Skeleton.variable }
        if words.count < members.count { return common >= Self.minCommon }
        // The first word of a message says what it is about.
        guard position > 0 else { return false }
        if common >= Self.minCommon, words.count >= Self.minPlainWords { return true }
        return common >= Self.minCommonOfIdentifiers && words.count >= Self.minIdentifiers
            && words.allSatisfy { isIdentifier[Int($0)] }
    }

    private mutating func place(of skeleton: Skeleton) -> Int {
        if let place = places[skeleton] { return root(place) }
        let place = skeletons.count
        skeletons.append(skeleton)
        parents.append(place)
        places[skeleton] = place
        return place
    }

    private func root(_ place: Int) -> Int {
        var place = place
        while parents[place] != place { place = parents[place] }
        return place
    }

    /// Finalizer of SplitMix64 over a word and its position.
    private static func mix(_ word: UInt32, _ position: Int) -> UInt64 {
        var value = (UInt64(word) << 16 | UInt64(position)) &+ 0x9E37_79B9_7F4A_7C15
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

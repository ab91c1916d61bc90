/// Finds skeletons that differ in few words, and decides whether these vary.
///
/// One word: where enough others are the same. Several: where all of them look like identifiers. A word more: where it
/// looks like an identifier and stands beside what varies, as a host's name does before its address.
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
    /// Skeletons that show that several identifiers vary at once (`from NEW to RUNNING`).
    private static let minSeveral = 3

    private var skeletons: [Skeleton]
    private var places: [Skeleton: Int] = [:]
    private var parents: [Int]
    /// For each word number, what it looks like.
    private let looks: [WordLook]

    init(_ skeletons: [Skeleton], looks: [WordLook]) {
        self.skeletons = skeletons
        self.looks = looks
        parents = Array(skeletons.indices)
        for (place, skeleton) in skeletons.enumerated() { places[skeleton] = place }
    }

    /// - Returns: for each skeleton given, the one it is part of.
    mutating func run() -> [Skeleton] {
        let count = skeletons.count
        for _ in 0..<Self.maxPasses {
            var merged = families().reduce(into: false) { merged, family in merged = merge(family) || merged }
            merged = mergeIdentifiers() || merged
            merged = dropNames() || merged
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
        let roots = roots()
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
        let target = place(of: Skeleton(words: Self.collapsed(words)))
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
        let looks = words.map { self.looks[Int($0)] }
        // What was done, or asked, tells messages apart.
        guard !looks.contains(where: { $0.contains(.method) }), !looks.allSatisfy({ $0.contains(.action) }) else {
            return false
        }
        if common >= Self.minCommon, words.count >= Self.minPlainWords { return true }
        return common >= Self.minCommonOfIdentifiers && words.count >= Self.minIdentifiers
            && looks.allSatisfy { $0.contains(.identifier) }
    }

    // MARK: - Several identifiers at once

    /// Joins skeletons that are the same but for identifiers, in any number of places.
    private mutating func mergeIdentifiers() -> Bool {
        var families: [[UInt32]: [Int]] = [:]
        for member in roots() {
            let words = skeletons[member].words
            let marked = words.enumerated().map { place, word in isFreeIdentifier(word, place) ? UInt32.max : word }
            let common = marked.count(where: { $0 != UInt32.max && $0 != Skeleton.variable })
            if marked.contains(UInt32.max), common >= Self.minCommon { families[marked, default: []].append(member) }
        }
        var merged = false
        for members in families.values.sorted(by: { $0[0] < $1[0] }) where members.count >= Self.minSeveral {
            let first = skeletons[members[0]].words
            let joined = first.indices.map { place in
                members.allSatisfy { skeletons[$0].words[place] == first[place] } ? first[place] : Skeleton.variable
            }
            let target = place(of: Skeleton(words: Self.collapsed(joined)))
            for member in members where root(member) != target { parents[member] = target }
            merged = true
        }
        return merged
    }

    private func isFreeIdentifier(_ word: UInt32, _ place: Int) -> Bool {
        let look = looks[Int(word)]
        return place > 0 && word != Skeleton.variable && look.contains(.identifier) && !look.contains(.method)
    }

    // MARK: - A name beside a value

    /// Joins `for web-7 <*> failed` to `for <*> failed`.
    private mutating func dropNames() -> Bool {
        var merged = false
        for member in roots() {
            let words = skeletons[member].words
            guard words.count(where: { $0 != Skeleton.variable }) > Self.minCommon else { continue }
            for place in words.indices.dropFirst().dropLast() where looks[Int(words[place])].contains(.name) {
                guard words[place - 1] != Skeleton.variable, words[place + 1] == Skeleton.variable else { continue }
                let rest = words[..<place] + words[(place + 1)...]
                guard let known = places[Skeleton(words: Self.collapsed(Array(rest)))] else { continue }
                let target = root(known)
                guard target != root(member) else { continue }
                parents[root(member)] = target
                merged = true
                break
            }
        }
        return merged
    }

    private func roots() -> [Int] { parents.indices.filter { parents[$0] == $0 } }

    /// Stretches that vary, one after the other, become one.
    private static func collapsed(_ words: [UInt32]) -> [UInt32] {
        words.enumerated().filter { place, word in
            word != Skeleton.variable || place == 0 || words[place - 1] != Skeleton.variable
        }.map(\.element)
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

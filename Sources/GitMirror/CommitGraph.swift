/// Git's commit-graph with changed paths, read in process (gitformat-commit-graph(5)): parents, times, and which commits
/// may have changed a path. Walking 100,000 commits takes git 170 ms of processor, and this some milliseconds.
///
/// The file may be a hostile mirror's own: whatever lies outside of it is nil, and nothing traps.
struct CommitGraph: Sendable {
    static let maxBytes = 256 << 20

    var count: Int { order.count }
    private let bytes: [UInt8]
    private let nameLength: Int
    private let names: Range<Int>
    private let data: Range<Int>
    private let edges: Range<Int>
    private let hashes: Int
    // Git's tables stand in the order of the names, and a walk would jump about in them; these stand in the walk's order.
    /// Places in git's tables, the newest commit first.
    private let order: [Int32]
    /// For each place in git's tables, where the commit stands in `order`.
    private let ranks: [Int32]
    /// First parents, as ranks; -1 for none.
    private let firstParents: [Int32]
    private let filterStarts: [UInt32]
    private let filters: [UInt8]

    private static let noParent: UInt32 = 0x7000_0000
    private static let more: UInt32 = 0x8000_0000
    /// `BDAT` begins with version, hashes a path, and bits a path.
    private static let filterHead = 12
    private static let maxHashes = 64
    private static let maxParents = 64
    private static let maxFilter = 1 << 24

    /// - Returns: nil for what is no whole graph with changed paths of the first version, or one that builds on others.
    init?(_ bytes: [UInt8]) {
        guard bytes.count > 8, bytes.starts(with: Array("CGPH".utf8)), bytes[4] == 1, bytes[5] == 1 || bytes[5] == 2,
            bytes[7] == 0
        else { return nil }
        let nameLength = bytes[5] == 1 ? 20 : 32
        var chunks: [[UInt8]: Range<Int>] = [:]
        for index in 0..<Int(bytes[6]) {
            let entry = 8 + 12 * index
            guard let start = Self.long(bytes, entry + 4), let end = Self.long(bytes, entry + 16), start <= end,
                end <= bytes.count
            else { return nil }
            chunks[Array(bytes[entry..<entry + 4])] = start..<end
        }
        func chunk(_ name: String) -> Range<Int>? { chunks[Array(name.utf8)] }
        guard let names = chunk("OIDL"), let data = chunk("CDAT"), let ends = chunk("BIDX"), let held = chunk("BDAT"),
            held.count >= Self.filterHead, let version = Self.word(bytes, held.lowerBound), version == 1,
            let hashes = Self.word(bytes, held.lowerBound + 4), (1...Self.maxHashes).contains(Int(hashes))
        else { return nil }
        let (count, width) = (names.count / nameLength, nameLength + 16)
        guard data.count >= count * width, ends.count >= count * 4, count < Int(Self.noParent) else { return nil }
        func value(_ place: Int) -> UInt32 { Self.word(bytes, place) ?? 0 }
        let times = (0..<count).map { Self.time(bytes, data.lowerBound + $0 * width + nameLength + 8) }
        let order = (0..<Int32(count)).sorted { (times[Int($0)], $1) > (times[Int($1)], $0) }
        var ranks = [Int32](repeating: 0, count: count)
        for (rank, place) in order.enumerated() { ranks[Int(place)] = Int32(rank) }
        var (firstParents, starts, filters): ([Int32], [UInt32], [UInt8]) = ([], [0], [])
        filters.reserveCapacity(held.count)
        for place in order.map(Int.init) {
            let parent = value(data.lowerBound + place * width + nameLength)
            firstParents.append(parent < count ? ranks[Int(parent)] : -1)
            let start = place == 0 ? 0 : Int(value(ends.lowerBound + 4 * (place - 1)))
            let end = Int(value(ends.lowerBound + 4 * place))
            if start < end, end <= held.count - Self.filterHead, end - start < Self.maxFilter {
                let base = held.lowerBound + Self.filterHead
                filters += bytes[base + start..<base + end]
            }
            // One that lies twice in the file is no table of git's.
            guard filters.count <= held.count else { return nil }
            starts.append(UInt32(filters.count))
        }
        (self.bytes, self.nameLength, self.names, self.data) = (bytes, nameLength, names, data)
        (self.hashes, edges) = (Int(hashes), chunk("EDGE") ?? 0..<0)
        (self.order, self.ranks, self.firstParents) = (order, ranks, firstParents)
        (filterStarts, self.filters) = (starts, filters)
    }

    private static func word(_ bytes: [UInt8], _ place: Int) -> UInt32? {
        guard place >= 0, place + 4 <= bytes.count else { return nil }
        return UInt32(bytes[place]) << 24 | UInt32(bytes[place + 1]) << 16 | UInt32(bytes[place + 2]) << 8
            | UInt32(bytes[place + 3])
    }

    private static func long(_ bytes: [UInt8], _ place: Int) -> Int? {
        guard let high = word(bytes, place), let low = word(bytes, place + 4) else { return nil }
        return Int(exactly: UInt64(high) << 32 | UInt64(low))
    }

    /// The committer's time, in seconds: 34 bits.
    private static func time(_ bytes: [UInt8], _ place: Int) -> UInt64 {
        guard let high = word(bytes, place), let low = word(bytes, place + 4) else { return 0 }
        return UInt64(high & 3) << 32 | UInt64(low)
    }
}

extension CommitGraph {
    /// - Parameter rank: the newest commit is 0.
    func name(at rank: Int) -> ObjectName? {
        guard order.indices.contains(rank) else { return nil }
        let start = names.lowerBound + Int(order[rank]) * nameLength
        return ObjectName(Self.hex(bytes[start..<start + nameLength]))
    }

    private static func hex(_ bytes: ArraySlice<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// The names are sorted.
    func rank(of name: ObjectName) -> Int? {
        let digits = Array(name.hex.utf8)
        guard digits.count == 2 * nameLength else { return nil }
        func value(_ digit: UInt8) -> UInt8 { digit < 0x3A ? digit &- 0x30 : (digit | 0x20) &- 0x57 }
        let wanted = (0..<nameLength).map { value(digits[2 * $0]) << 4 | value(digits[2 * $0 + 1]) }
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            let start = names.lowerBound + middle * nameLength
            let own = bytes[start..<start + nameLength]
            if own.elementsEqual(wanted) { return Int(ranks[middle]) }
            if own.lexicographicallyPrecedes(wanted) { low = middle + 1 } else { high = middle }
        }
        return nil
    }

    /// Ranks of the parents, the first one first; nil where the file says what cannot be.
    func parents(of rank: Int) -> [Int]? {
        guard order.indices.contains(rank) else { return nil }
        let place = data.lowerBound + Int(order[rank]) * (nameLength + 16) + nameLength
        guard let first = Self.word(bytes, place), let second = Self.word(bytes, place + 4) else { return nil }
        var found: [UInt32] = first == Self.noParent ? [] : [first]
        if second & Self.more != 0 {
            var index = Int(second & ~Self.more)
            while found.count < Self.maxParents {
                guard index < edges.count / 4, let edge = Self.word(bytes, edges.lowerBound + 4 * index) else {
                    return nil
                }
                found.append(edge & ~Self.more)
                if edge & Self.more != 0 { break }
                index += 1
            }
        } else if second != Self.noParent {
            found.append(second)
        }
        guard found.allSatisfy({ $0 < count }) else { return nil }
        return found.map { Int(ranks[Int($0)]) }
    }

    /// The first commit on the way of first parents that may have changed a path, as against its own first parent, or
    /// has none; the one to begin with counts.
    func skip(from rank: Int, to path: ChangedPathKey) -> Int {
        guard order.indices.contains(rank) else { return rank }
        var (rank, steps) = (rank, 0)
        // A circle ends after as many steps as there are commits.
        while steps < count {
            let (start, end) = (Int(filterStarts[rank]), Int(filterStarts[rank + 1]))
            if start == end || mayHold(start, UInt32(end - start) * 8, path) { return rank }
            let parent = firstParents[rank]
            guard parent >= 0 else { return rank }
            rank = Int(parent)
            steps += 1
        }
        return rank
    }

    /// Whether a filter may hold the path and every folder of it.
    private func mayHold(_ start: Int, _ bits: UInt32, _ path: ChangedPathKey) -> Bool {
        for index in path.firsts.indices {
            var hash = path.firsts[index]
            for _ in 0..<hashes {
                let bit = hash % bits
                if filters[start + Int(bit >> 3)] & (1 << UInt8(bit & 7)) == 0 { return false }
                hash = hash &+ path.steps[index]
            }
        }
        return true
    }
}

/// A path as changed-path filters know it: itself, and the folders that it lies in.
struct ChangedPathKey: Sendable {
    /// First hashes of the path, then of its folders, the innermost first.
    let firsts: [UInt32]
    let steps: [UInt32]

    /// - Returns: nil for paths beyond ASCII, which git's first version of the filters hashed by the machine's `char`.
    init?(_ path: String) {
        let bytes = Array(path.utf8)
        guard !bytes.isEmpty, bytes.allSatisfy({ $0 < 0x80 }) else { return nil }
        let ends = ([bytes.count] + bytes.indices.filter { bytes[$0] == 0x2F }.reversed()).prefix(Self.maxFolders)
        firsts = ends.map { Self.murmur(bytes[..<$0], seed: 0x293A_E76F) }
        steps = ends.map { Self.murmur(bytes[..<$0], seed: 0x7E64_6E2C) }
    }

    private static let maxFolders = 8

    /// MurmurHash3, 32 bits, by Austin Appleby (public domain), as gitformat-commit-graph(5) names it.
    static func murmur(_ bytes: ArraySlice<UInt8>, seed: UInt32) -> UInt32 {
        func turned(_ value: UInt32, _ by: UInt32) -> UInt32 { value << by | value >> (32 - by) }
        func mixed(_ value: UInt32) -> UInt32 { turned(value &* 0xCC9E_2D51, 15) &* 0x1B87_3593 }
        var (hash, word, filled): (UInt32, UInt32, UInt32) = (seed, 0, 0)
        for byte in bytes {
            word |= UInt32(byte) << (8 * filled)
            filled += 1
            if filled == 4 {
                hash = turned(hash ^ mixed(word), 13) &* 5 &+ 0xE654_6B64
                (word, filled) = (0, 0)
            }
        }
        if filled > 0 { hash ^= mixed(word) }
        hash ^= UInt32(truncatingIfNeeded: bytes.count)
        hash = (hash ^ hash >> 16) &* 0x85EB_CA6B
        hash = (hash ^ hash >> 13) &* 0xC2B2_AE35
        return hash ^ hash >> 16
    }
}

/// How alike two errors are, and why.
struct Likeness: Sendable, Hashable {
    /// 0 (nothing in common) to 1 (the same).
    var score: Double
    var sameType: Bool
    var sameCode: Bool
    /// Frames that agree in order, of those of the query.
    var sharedFrames: Int
    var queryFrames: Int
    var sharedWords: Int
    var queryWords: Int

    /// "same type, 5 of 7 frames, 4 of 6 words": says nothing that a log chose.
    var reason: String {
        var parts: [String] = []
        if sameType { parts.append("same type") }
        if sameCode { parts.append("same code") }
        if sharedFrames > 0 { parts.append("\(sharedFrames) of \(queryFrames) frames") }
        if sharedWords > 0 { parts.append("\(sharedWords) of \(queryWords) words") }
        return parts.isEmpty ? "nothing in common" : parts.joined(separator: ", ")
    }
}

/// Compares documents with one query: frames in order, weighted by rarity and nearness to the fault; words by
/// rarity; type and code.
struct LikenessScorer {
    /// Shares of the score. A part that both lack counts for neither; one that only one of them has counts half.
    private static let (wordShare, frameShare, typeShare, codeShare) = (0.44, 0.36, 0.12, 0.08)
    /// A frame's weight falls by this much a call away from the fault.
    private static let frameDecay = 0.08

    private let query: SearchTokens
    private let queryWords: Set<UInt32>
    private let queryWordWeight: Double
    private let queryFrameWeights: [Double]
    private let queryFrameWeight: Double

    init(_ query: SearchTokens, _ weights: inout TermWeights) throws {
        self.query = query
        queryWords = Set(query.words)
        queryWordWeight = try Self.total(query.words, &weights)
        queryFrameWeights = try Self.frameWeights(query.frames, &weights)
        queryFrameWeight = queryFrameWeights.reduce(0, +)
    }

    func compare(_ document: SearchTokens, _ weights: inout TermWeights) throws -> Likeness {
        let documentWords = Set(document.words)
        let sharedWords = query.words.filter(documentWords.contains)
        let wordLikeness = Self.dice(
            try Self.total(sharedWords, &weights), queryWordWeight, try Self.total(document.words, &weights))
        let frameWeights = try Self.frameWeights(document.frames, &weights)
        let aligned = align(document.frames, frameWeights)
        let frameLikeness = Self.dice(aligned.weight, queryFrameWeight, frameWeights.reduce(0, +))
        var (sum, shares) = (0.0, 0.0)
        func add(_ likeness: Double, _ share: Double, _ queryHas: Bool, _ documentHas: Bool) {
            guard queryHas || documentHas else { return }
            let share = queryHas && documentHas ? share : share / 2
            sum += likeness * share
            shares += share
        }
        let sameType = query.type != 0 && query.type == document.type
        let sameCode = query.code != 0 && query.code == document.code
        add(wordLikeness, Self.wordShare, !query.words.isEmpty, !document.words.isEmpty)
        add(frameLikeness, Self.frameShare, !query.frames.isEmpty, !document.frames.isEmpty)
        add(sameType ? 1 : 0, Self.typeShare, query.type != 0, document.type != 0)
        add(sameCode ? 1 : 0, Self.codeShare, query.code != 0, document.code != 0)
        return Likeness(
            score: shares > 0 ? min(1, sum / shares) : 0, sameType: sameType, sameCode: sameCode,
            sharedFrames: aligned.count, queryFrames: query.frames.count,
            sharedWords: queryWords.intersection(documentWords).count, queryWords: queryWords.count)
    }

    /// The heaviest common subsequence of the two traces, each pair weighing the mean of its two frames.
    private func align(_ frames: [UInt32], _ frameWeights: [Double]) -> (weight: Double, count: Int) {
        guard !frames.isEmpty, !query.frames.isEmpty else { return (0, 0) }
        var above = [(weight: Double, count: Int)](repeating: (0, 0), count: frames.count + 1)
        var row = above
        for (i, frame) in query.frames.enumerated() {
            for j in frames.indices {
                var best = row[j].weight >= above[j + 1].weight ? row[j] : above[j + 1]
                if frame == frames[j] {
                    let weight = above[j].weight + (queryFrameWeights[i] + frameWeights[j]) / 2
                    if weight > best.weight { best = (weight, above[j].count + 1) }
                }
                row[j + 1] = best
            }
            swap(&above, &row)
        }
        return above[frames.count]
    }

    private static func dice(_ shared: Double, _ left: Double, _ right: Double) -> Double {
        left + right > 0 ? min(1, 2 * shared / (left + right)) : 0
    }

    /// Each word counts once, however often it is said.
    private static func total(_ words: [UInt32], _ weights: inout TermWeights) throws -> Double {
        var (sum, seen) = (0.0, Set<UInt32>())
        for word in words where seen.insert(word).inserted { sum += try weights.weight(of: word) }
        return sum
    }

    private static func frameWeights(_ frames: [UInt32], _ weights: inout TermWeights) throws -> [Double] {
        try frames.enumerated().map { try weights.weight(of: $1) / (1 + frameDecay * Double($0)) }
    }
}

/// How alike two errors are, and why.
struct Likeness: Sendable, Hashable {
    /// 0 (nothing in common) to 1 (the same).
    var score: Double
    var sameType: Bool
    var sameCode: Bool
    /// Frames that agree in order, of those of the query; the runtime's are not told.
    var sharedFrames: Int
    var queryFrames: Int
    var sharedWords: Int
    var queryWords: Int
    /// By an embedding model, 0 (as near as most are) to 1; nil where it was not asked.
    var nearness: Double?

    /// "same type, 5 of 7 frames, 4 of 6 words": says nothing that a log chose.
    var reason: String {
        var parts: [String] = []
        if sameType { parts.append("same type") }
        if sameCode { parts.append("same code") }
        if sharedFrames > 0 { parts.append("\(sharedFrames) of \(queryFrames) frames") }
        if sharedWords > 0 { parts.append("\(sharedWords) of \(queryWords) words") }
        if let nearness, nearness > 0 { parts.append("\(Int(nearness * 100)) % near in meaning") }
        return parts.isEmpty ? "nothing in common" : parts.joined(separator: ", ")
    }

    /// Where an embedding model puts the two adds to what words and frames tell, and takes nothing from it: a model
    /// that knows little of a site's errors does no harm. What stands out little counts next to nothing.
    func raised(by nearness: Double?) -> Likeness {
        guard let nearness else { return self }
        var likeness = self
        likeness.nearness = nearness
        likeness.score += (1 - score) * Nearness.share * nearness * nearness
        return likeness
    }
}

extension Comparison {
    /// Each candidate's likeness to the query, in the order in which they were added.
    func likenesses() -> [Likeness] {
        var weighed = self
        weighed.weighLines()
        var scorer = LikenessScorer(weighed)
        return extents.indices.dropFirst().map { scorer.compare($0) }
    }
}

/// Scores documents: the weight of what they share with the query, of the weight of all that either has (Dice), and
/// the same for pairs of neighbouring tokens, which tell the order.
///
/// A token weighs by its rarity, by what it is (``Comparison/Kind``), and by its place (``Neighbours``); frames that
/// align in order weigh by rarity and nearness to the fault, and more where the line is the same.
struct LikenessScorer {
    /// What the agreement of neighbours counts, beside 1 for the rest.
    private static let pairShare: Float = 0.5
    /// Sums of the same weights in another order differ by less.
    private static let rounding: Float = 1e-5

    private let comparison: Comparison
    private let neighbours: Neighbours
    private let query: Outline
    /// By token: the query's weight, or 0.
    private var queryWeights: [Float]
    private var queryIsWord: [Bool]
    private var isQueryPair: [Bool]
    private let queryPairs: Int
    /// What the query itself would reach.
    private let best: Float
    /// By token and by pair: the last document that it was counted for.
    private var tokenMarks: [Int32]
    private var pairMarks: [Int32]
    private var tokenWeights: [Float]

    /// What a document weighs by itself.
    private struct Outline {
        var tokens: [Int32] = []
        var weight: Float = 0
        var frameWeights: [Float] = []
        var lineWeights: [Float] = []
    }

    init(_ comparison: Comparison) {
        self.comparison = comparison
        neighbours = Neighbours(comparison)
        tokenMarks = Array(repeating: -1, count: comparison.tokens.count)
        pairMarks = Array(repeating: -1, count: neighbours.pairCount)
        tokenWeights = Array(repeating: 0, count: comparison.tokens.count)
        queryWeights = tokenWeights
        queryIsWord = Array(repeating: false, count: comparison.tokens.count)
        isQueryPair = Array(repeating: false, count: neighbours.pairCount)
        query = Self.outline(0, comparison, neighbours, &tokenWeights, &tokenMarks)
        for token in query.tokens { queryWeights[Int(token)] = tokenWeights[Int(token)] }
        let range = comparison.extents[0].sequence
        for element in comparison.sequence[range] where element.kind == .word && element.token > TokenTable.end {
            queryIsWord[Int(element.token)] = true
        }
        var count = 0
        for pair in neighbours.pairs[range.dropLast()] where !isQueryPair[Int(pair)] {
            isQueryPair[Int(pair)] = true
            count += 1
        }
        queryPairs = count
        let lost = zip(comparison.frames[comparison.extents[0].frames], query.lineWeights)
            .reduce(Float(0)) { $0 + (comparison.volatility[$1.0.token] ?? 0) * $1.1 }
        best = Self.pairShare + (query.weight > 0 ? 1 - lost / query.weight : 1)
    }

    mutating func compare(_ number: Int) -> Likeness {
        let extent = comparison.extents[number]
        let outline = Self.outline(number, comparison, neighbours, &tokenWeights, &tokenMarks)
        var shared: Float = 0
        var sharedWords = 0
        for token in outline.tokens where queryWeights[Int(token)] > 0 {
            shared += queryWeights[Int(token)] + tokenWeights[Int(token)]
            if queryIsWord[Int(token)] { sharedWords += 1 }
        }
        let aligned = align(extent.frames, outline)
        let total = query.weight + outline.weight
        let tokens = total > 0 ? min(1, (shared + aligned.weight) / total) : 0
        let score = (tokens + Self.pairShare * pairLikeness(extent.sequence, Int32(number))) / best
        let subject = comparison.extents[0]
        return Likeness(
            score: score > 1 - Self.rounding ? 1 : Double(max(0, score)),
            sameType: subject.type != 0 && subject.type == extent.type,
            sameCode: subject.code != 0 && subject.code == extent.code, sharedFrames: aligned.count,
            queryFrames: comparison.frames[subject.frames].count { !$0.isRuntime }, sharedWords: sharedWords,
            queryWords: queryIsWord.count { $0 })
    }

    /// Each token of a document once, with the most that it weighs anywhere in it.
    private static func outline(
        _ number: Int, _ comparison: Comparison, _ neighbours: Neighbours, _ weights: inout [Float],
        _ marks: inout [Int32]
    ) -> Outline {
        let extent = comparison.extents[number]
        var outline = Outline()
        outline.tokens.reserveCapacity(extent.sequence.count + extent.features.count)
        func add(_ element: Comparison.Element, _ factor: Float) {
            let token = Int(element.token)
            let weight = comparison.tokens.weights[token] * comparison.factor(element) * factor
            if marks[token] != Int32(number) {
                marks[token] = Int32(number)
                weights[token] = weight
                outline.tokens.append(element.token)
            } else if weight > weights[token] {
                weights[token] = weight
            }
        }
        for index in extent.sequence.dropFirst().dropLast() where comparison.sequence[index].token > TokenTable.end {
            add(comparison.sequence[index], neighbours.weight(at: index))
        }
        for element in comparison.features[extent.features] { add(element, 1) }
        for token in outline.tokens { outline.weight += weights[Int(token)] }
        for (depth, frame) in comparison.frames[extent.frames].enumerated() {
            let base =
                comparison.tokens.weights[Int(frame.token)] / (1 + Comparison.frameDecay * Float(depth))
                * (frame.isRuntime ? comparison.runtimeFactor(frame.token) : 1)
            outline.frameWeights.append(Comparison.frameFactor * base)
            outline.weight += Comparison.frameFactor * base
            let line =
                frame.place == 0
                ? 0
                : comparison.tokens.weights[Int(frame.place)] * Comparison.lineFactor
                    * (frame.isRuntime ? Comparison.runtimeFactor : 1)
            outline.lineWeights.append(line)
            outline.weight += line
        }
        return outline
    }

    /// What the agreement of a frame's lines is worth, 0 to 1.
    private func trust(_ frame: Comparison.Frame) -> Float { 1 - (comparison.volatility[frame.token] ?? 0) }

    /// Dice's coefficient of the pairs of neighbours, each counted once.
    private mutating func pairLikeness(_ range: Range<Int>, _ number: Int32) -> Float {
        var (count, shared) = (0, 0)
        for pair in neighbours.pairs[range.dropLast()] where pairMarks[Int(pair)] != number {
            pairMarks[Int(pair)] = number
            count += 1
            if isQueryPair[Int(pair)] { shared += 1 }
        }
        return 2 * Float(shared) / Float(max(1, count + queryPairs))
    }

    /// The heaviest common subsequence of the two traces; what a pair weighs is what both give it.
    private func align(_ range: Range<Int>, _ outline: Outline) -> (weight: Float, count: Int) {
        let (left, right) = (comparison.frames[comparison.extents[0].frames], comparison.frames[range])
        guard left.contains(where: { frame in right.contains { $0.token == frame.token } }) else { return (0, 0) }
        var above = [(weight: Float, count: Int)](repeating: (0, 0), count: right.count + 1)
        var row = above
        for (i, frame) in left.enumerated() {
            for (j, other) in right.enumerated() {
                var best = row[j].weight >= above[j + 1].weight ? row[j] : above[j + 1]
                if frame.token == other.token {
                    var weight = above[j].weight + query.frameWeights[i] + outline.frameWeights[j]
                    if frame.place == other.place, frame.place != 0 {
                        weight += (query.lineWeights[i] + outline.lineWeights[j]) * trust(frame)
                    }
                    if weight > best.weight { best = (weight, above[j].count + (frame.isRuntime ? 0 : 1)) }
                }
                row[j + 1] = best
            }
            swap(&above, &row)
        }
        return above[right.count]
    }
}

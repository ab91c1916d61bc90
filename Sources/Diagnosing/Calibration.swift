import Events

/// How often a model's answers of a level of confidence were right here, as people judged them.
public struct Calibration: Sendable, Hashable {
    /// Answers from `least` up to the next level.
    public struct Level: Sendable, Hashable {
        public var least: Int
        public var right: Int
        public var judged: Int
    }

    /// The highest first.
    public private(set) var levels: [Level]

    /// Confidence is spoken of in three levels: sure, likely, a guess.
    public static let bounds = [70, 40, 0]
    /// From so many judgements of a level on, they bound what an answer of that level may claim.
    public static let leastJudged = 5

    /// - Parameter judged: a model's confidence, and what was said of its answer. What is partly right is not right.
    public init(_ judged: [(confidence: Int, verdict: Verdict)]) {
        levels = Self.bounds.map { Level(least: $0, right: 0, judged: 0) }
        for (confidence, verdict) in judged {
            let index = Self.index(of: confidence)
            levels[index].judged += 1
            if verdict == .correct { levels[index].right += 1 }
        }
    }

    /// Which level a confidence is of.
    public static func index(of confidence: Int) -> Int { bounds.firstIndex { confidence >= $0 } ?? bounds.count - 1 }

    public func level(of confidence: Int) -> Level { levels[Self.index(of: confidence)] }

    /// The diagnosis with what the site's own judgements tell of its confidence, which may fall by it and never rises.
    public func applied(to diagnosis: Diagnosis) -> Diagnosis {
        guard case .model = diagnosis.provenance.author else { return diagnosis }
        let level = level(of: diagnosis.confidence)
        guard level.judged > 0 else { return diagnosis }
        var copy = diagnosis
        copy.caveats.append("right \(level.right) of \(level.judged) times at this level of confidence on this site")
        guard level.judged >= Self.leastJudged else { return copy }
        // The rule of succession: a few judgements leave room for luck.
        let share = (level.right + 1) * 100 / (level.judged + 2)
        if copy.confidence > share {
            copy.caveats.append("confidence is lowered from \(copy.confidence) to \(share) by these judgements")
            copy.confidence = share
        }
        return copy
    }
}

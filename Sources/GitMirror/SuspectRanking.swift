import Events
import Foundation

/// Weighs what points at each commit: independent hints add up, and what is younger weighs more.
struct SuspectRanking: Sendable {
    /// One hint that a commit brought the error in.
    struct Evidence: Sendable {
        var commit: CommitFacts
        /// 0 to 1: how telling this hint is by itself.
        var weight: Double
        var reason: String
        /// Where the commit's change is shown from.
        var path: String?
        var line: Int?
        var hunk: String?
        /// What is left of the commit's score for what its change of the lines was: undone since, say. nil where the
        /// hint is not about lines.
        var factor: Double?
    }

    struct Ranked: Sendable {
        var commit: CommitFacts
        var score: Double
        var reason: String
        var path: String?
        var line: Int?
        var hunk: String?
    }

    static let maxSuspects = 5
    /// Ranked before those that only formatted a file are left out.
    static let maxCandidates = 10
    /// Hints age by half in this time before the error's first occurrence.
    static let halfLife = Duration.days(14)
    /// What a commit scores for being made just before.
    static let recencyWeight = 0.3

    /// The first occurrence known of the error.
    let firstSeen: Timestamp?
    /// Commits between the last release without the error and the first with it, where both are known.
    var span: Set<String>?
    /// What is left of the score of a commit that an earlier release held already.
    var outsideSpan = SuspectRanking.outsideKnownSpan

    /// That release had not the error.
    static let outsideKnownSpan = 0.5
    /// Whether that release had the error is not known.
    static let outsideSeenSpan = 0.75

    func rank(_ evidence: [Evidence]) -> [Ranked] {
        var merged: [String: Ranked] = [:]
        var factors: [String: Double] = [:]
        for hint in evidence {
            var entry =
                merged[hint.commit.name]
                ?? Ranked(commit: hint.commit, score: recency(hint.commit.time), reason: "")
            entry.score = 1 - (1 - entry.score) * (1 - max(0, min(1, hint.weight)))
            // One place where its change still counts is enough.
            if let factor = hint.factor {
                factors[hint.commit.name] = max(factors[hint.commit.name] ?? 0, factor)
            }
            if !entry.reason.contains(hint.reason) {
                entry.reason += entry.reason.isEmpty ? hint.reason : "; " + hint.reason
            }
            if entry.path == nil || entry.hunk == nil && hint.hunk != nil {
                (entry.path, entry.line) = (hint.path ?? entry.path, hint.line ?? entry.line)
                entry.hunk = hint.hunk ?? entry.hunk
            }
            merged[hint.commit.name] = entry
        }
        let ranked = merged.values.map { entry in
            var entry = entry
            entry.score *= factors[entry.commit.name] ?? 1
            if let span, !span.contains(entry.commit.name) { entry.score *= outsideSpan }
            if isTooLate(entry.commit.time) {
                entry.score *= 0.2
                entry.reason += "; but made after the error was first seen"
            }
            return entry
        }
        return Array(
            ranked.sorted {
                ($0.score, $0.commit.time.nanoseconds, $1.commit.name)
                    > ($1.score, $1.commit.time.nanoseconds, $0.commit.name)
            }.prefix(Self.maxCandidates))
    }

    /// Most for a commit made just before the error was first seen, half of it a half-life earlier.
    private func recency(_ time: Timestamp) -> Double {
        guard let firstSeen, !isTooLate(time) else { return 0 }
        let age = max(0, time.duration(to: firstSeen).inSeconds)
        return Self.recencyWeight * pow(0.5, age / Self.halfLife.inSeconds)
    }

    /// Clocks differ: a minute is forgiven.
    private func isTooLate(_ time: Timestamp) -> Bool {
        guard let firstSeen else { return false }
        return firstSeen.advanced(by: .minutes(1)) < time
    }
}

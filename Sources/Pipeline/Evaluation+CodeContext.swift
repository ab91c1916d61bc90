import Events
import Foundation
import GitMirror

/// The measuring door of the code context: frames to lines, lines to commits, no history and no model.
extension Evaluation {
    /// What all rows together came to, for the line on standard error. Shares are of the rows that expect something.
    public struct ContextFacts: Sendable, Encodable {
        public var rows = 0
        /// Rows whose expected file is among the excerpts, of all that name one; and so on.
        public var file: Double?
        public var function: Double?
        public var guiltyFirst: Double?
        public var guiltyInFirstThree: Double?
        public var medianMilliseconds: Double?
        public var worstMilliseconds: Double?
        /// Preparing the mirrors' histories for reading, not counted in the rows' times.
        public var preparedSeconds = 0.0
    }

    /// The code context of each row of a set.
    ///
    /// - Parameter emit: gets one JSON object a row, in order.
    public func codeContext(file: String, now: Timestamp, emit: (String) -> Void) async throws -> ContextFacts {
        var rows: [ContextRow] = []
        try LineFile.forEach(file, limit: Self.contextRowLimit) { number, text in
            guard let row = ContextRow(line: text, file: file, now: now) else {
                throw LineFileError.notAContextRow(path: file, number: number)
            }
            rows.append(row)
        }
        let (encoder, clock) = (JSONEncoder(), ContinuousClock())
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var tally = ContextTally()
        var pool = MirrorPool(context: configuration.context)
        var opened: Set<String> = []
        for row in rows {
            let settings = row.settings(configured: configuration.mirrors, router: configuration.makeRouter())
            if opened.insert(settings.name).inserted {
                if opened.count > Self.mirrorsAtOnce {
                    await pool.close()
                    (pool, opened) = (MirrorPool(context: configuration.context), [settings.name])
                }
                let start = clock.now
                await pool.prepare(settings)
                tally.facts.preparedSeconds += start.duration(to: clock.now).inSeconds
            }
            let start = clock.now
            let found = await pool.context(for: row.event.withLogSite(), in: settings, releases: row.releases)
            let milliseconds = start.duration(to: clock.now).inSeconds * 1000
            tally.add(found, row.expected, milliseconds: milliseconds)
            let answer = ContextAnswer(id: row.id, found, milliseconds: (milliseconds * 100).rounded() / 100)
            emit(String(decoding: try encoder.encode(answer), as: UTF8.self))
        }
        await pool.close()
        return tally.summary
    }

    private static let contextRowLimit = 16 << 20
    /// Mirrors that are open together.
    private static let mirrorsAtOnce = 8
}

private struct ContextAnswer: Encodable {
    struct Excerpt: Encodable {
        var file: String
        var first: Int
        var last: Int
        var marked: [Int]
        var score: Double
        var function: String?
        var about: String?
        var revision: String
    }

    struct Suspect: Encodable {
        var commit: String
        var score: Double
        var reason: String
        var subject: String
    }

    var id: Evaluation.RowID?
    var state: CodeContext.State
    var excerpts: [Excerpt]
    var suspects: [Suspect]
    var notes: [String]
    var milliseconds: Double

    init(id: Evaluation.RowID?, _ context: CodeContext, milliseconds: Double) {
        (self.id, state, notes, self.milliseconds) = (id, context.state, context.notes, milliseconds)
        excerpts = context.excerpts.map {
            Excerpt(
                file: $0.file, first: $0.firstLine, last: $0.lastLine, marked: $0.marked,
                score: ($0.score * 1000).rounded() / 1000, function: $0.function, about: $0.about,
                revision: $0.revision)
        }
        suspects = context.suspects.map {
            Suspect(commit: $0.commit, score: $0.score, reason: $0.reason, subject: $0.subject)
        }
    }
}

/// Counts rows that came out as expected.
private struct ContextTally {
    private struct Share {
        var (right, all) = (0, 0)

        mutating func add(_ isRight: Bool) {
            all += 1
            if isRight { right += 1 }
        }

        var value: Double? { all == 0 ? nil : Double(right) / Double(all) }
    }

    var facts = Evaluation.ContextFacts()
    private var (file, function, first, three) = (Share(), Share(), Share(), Share())
    private var times: [Double] = []

    mutating func add(_ found: CodeContext, _ expected: ContextRow.Expected?, milliseconds: Double) {
        facts.rows += 1
        times.append(milliseconds)
        guard let expected else { return }
        let excerpts = found.excerpts.filter { $0.file == expected.file }
        if expected.file != nil { file.add(!excerpts.isEmpty) }
        if let name = expected.function {
            function.add(excerpts.contains { $0.function == name })
        } else if let line = expected.line {
            function.add(excerpts.contains { $0.marked.contains(line) })
        }
        if let commit = expected.commit, !commit.isEmpty {
            let places = found.suspects.prefix(3).map { $0.commit.hasPrefix(commit) }
            first.add(places.first == true)
            three.add(places.contains(true))
        }
    }

    var summary: Evaluation.ContextFacts {
        var facts = facts
        (facts.file, facts.function) = (file.value, function.value)
        (facts.guiltyFirst, facts.guiltyInFirstThree) = (first.value, three.value)
        let sorted = times.sorted()
        if !sorted.isEmpty { facts.medianMilliseconds = sorted[sorted.count / 2] }
        facts.worstMilliseconds = sorted.last
        return facts
    }
}

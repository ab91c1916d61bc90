import Events

/// The rounds of a watch added up, until they are kept as one run: thousands of small runs tell nobody anything.
struct RunTally {
    private(set) var record: BatchRecord
    private(set) var isEmpty = true
    /// Failures and problems of one tally that are kept in words.
    private static let words = 50

    init(now: Timestamp) { record = BatchRecord(started: now, finished: now) }

    mutating func add(_ round: BatchRecord) {
        isEmpty = false
        record.finished = round.finished
        record.reading.sources = max(record.reading.sources, round.reading.sources)
        record.reading.lines += round.reading.lines
        record.reading.bytes += round.reading.bytes
        record.reading.events += round.reading.events
        record.reading.masked.merge(round.reading.masked, uniquingKeysWith: +)
        record.reading.problems = Self.joined(record.reading.problems, round.reading.problems)
        record.reading.unreadable = Self.optional(
            Self.joined(record.reading.unreadable ?? [], round.reading.unreadable ?? []))
        record.reading.heard = Self.optional(Self.joined(record.reading.heard ?? [], round.reading.heard ?? []))
        if let older = round.reading.older { record.reading.older = (record.reading.older ?? 0) + older }
        record.groups = max(record.groups, round.groups)
        record.newGroups += round.newGroups
        record.backGroups += round.backGroups
        record.messages += round.messages
        record.held += round.held
        record.failures = Self.joined(record.failures, round.failures)
        record.notices = round.notices ?? record.notices
        record.takeLanguages(of: round)
        add(round.diagnosing)
    }

    private mutating func add(_ round: BatchRecord.Diagnosing) {
        var sum = record.diagnosing
        sum.model = round.model ?? sum.model
        sum.digest = round.digest ?? sum.digest
        if round.model != nil || round.absence != nil {
            (sum.absence, sum.failed, sum.slowness) = (round.absence, round.failed, round.slowness)
        }
        sum.byModel += round.byModel
        sum.fromCache += round.fromCache
        sum.builtIn += round.builtIn
        sum.queued = round.queued
        sum.promptTokens += round.promptTokens
        sum.answerTokens += round.answerTokens
        sum.mirrorNotes = Self.joined(sum.mirrorNotes, round.mirrorNotes)
        if var embedding = round.embedding {
            embedding.made += sum.embedding?.made ?? 0
            embedding.tokens += sum.embedding?.tokens ?? 0
            sum.embedding = embedding
        }
        record.diagnosing = sum
    }

    private static func joined<Word: Hashable>(_ left: [Word], _ right: [Word]) -> [Word] {
        var known = Set(left)
        return Array((left + right.filter { known.insert($0).inserted }).prefix(max(words, left.count)))
    }

    private static func optional<Word>(_ words: [Word]) -> [Word]? { words.isEmpty ? nil : words }
}

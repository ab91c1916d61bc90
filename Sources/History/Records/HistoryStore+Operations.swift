import Events
import GRDB

/// One run of the program, as its report tells of it.
public struct RunRecord: Sendable, Hashable {
    /// `batch`, `explain` …
    public var kind: String
    public var started: Timestamp
    public var finished: Timestamp
    /// JSON of the caller's own.
    public var payload: String

    public init(kind: String, started: Timestamp, finished: Timestamp, payload: String) {
        (self.kind, self.started, self.finished, self.payload) = (kind, started, finished, payload)
    }
}

/// One call of the model, for the audit: what left the process, where to, and what came of it.
public struct ModelCall: Sendable, Hashable {
    public var time: Timestamp
    public var endpoint: String
    public var model: String
    /// SHA-256 of the prompt, hexadecimal; the prompt itself is not kept.
    public var promptDigest: String
    public var promptTokens: Int
    public var answerTokens: Int
    /// `answered`, or the failure in words.
    public var outcome: String
    public var seconds: Double
    /// What it is counted as.
    public var result = Result.ok

    public enum Result: String, Sendable {
        /// An answer that passed the checks.
        case ok
        /// An answer that did not.
        case refused
        case timeout, error
    }

    public init(
        time: Timestamp, endpoint: String, model: String, promptDigest: String, promptTokens: Int, answerTokens: Int,
        outcome: String, seconds: Double
    ) {
        (self.time, self.endpoint, self.model, self.promptDigest) = (time, endpoint, model, promptDigest)
        (self.promptTokens, self.answerTokens, self.outcome) = (promptTokens, answerTokens, outcome)
        self.seconds = seconds
    }
}

extension HistoryStore {
    public func recordRun(_ run: RunRecord) throws(HistoryError) {
        try write { db in
            try db.execute(
                sql: "INSERT INTO run (origin_id, kind, started, finished, payload) VALUES (?, ?, ?, ?, ?)",
                arguments: [
                    originID, run.kind.withoutNUL, run.started.nanoseconds, run.finished.nanoseconds,
                    run.payload.withoutNUL,
                ])
        }
    }

    /// Runs that began in the window, oldest first.
    public func runs(in window: TimeWindow) throws(HistoryError) -> [RunRecord] {
        try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT kind, started, finished, payload FROM run WHERE started >= ? AND started < ?
                    ORDER BY started, id
                    """, arguments: [window.start.nanoseconds, window.end.nanoseconds]
            ).map { row in
                RunRecord(
                    kind: row[0], started: Timestamp(nanoseconds: row[1]), finished: Timestamp(nanoseconds: row[2]),
                    payload: row[3])
            }
        }
    }

    public func recordModelCall(_ call: ModelCall) throws(HistoryError) {
        try write { db in
            try db.execute(
                sql: """
                    INSERT INTO model_call (origin_id, time, endpoint, model, prompt_digest, prompt_tokens,
                        answer_tokens, outcome, seconds) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    originID, call.time.nanoseconds, call.endpoint.withoutNUL, call.model.withoutNUL,
                    call.promptDigest.withoutNUL, call.promptTokens, call.answerTokens, call.outcome.withoutNUL,
                    call.seconds.isFinite ? call.seconds : 0,
                ])
            try Self.count(call.amounts, db)
        }
    }

    /// Calls made in the window, oldest first.
    public func modelCalls(in window: TimeWindow) throws(HistoryError) -> [ModelCall] {
        try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT time, endpoint, model, prompt_digest, prompt_tokens, answer_tokens, outcome, seconds
                    FROM model_call WHERE time >= ? AND time < ? ORDER BY time, id
                    """, arguments: [window.start.nanoseconds, window.end.nanoseconds]
            ).map { row in
                ModelCall(
                    time: Timestamp(nanoseconds: row[0]), endpoint: row[1], model: row[2], promptDigest: row[3],
                    promptTokens: row[4], answerTokens: row[5], outcome: row[6], seconds: row[7])
            }
        }
    }

    /// What the program has learned and keeps, by key (tokens a character of a model …).
    public func setting(_ key: String) throws(HistoryError) -> String? {
        try read { db in
            try String.fetchOne(db, sql: "SELECT value FROM setting WHERE key = ?", arguments: [key])
        }
    }

    /// - Parameter value: nil removes the setting.
    public func setSetting(_ key: String, to value: String?) throws(HistoryError) {
        try write { db in
            guard let value else {
                try db.execute(sql: "DELETE FROM setting WHERE key = ?", arguments: [key])
                return
            }
            try Self.set(key, to: value, db)
        }
    }

    static func set(_ key: String, to value: String, _ db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value
                """, arguments: [key.withoutNUL, value.withoutNUL])
    }
}

extension ModelCall {
    /// What the call adds to the counters; one without an answer took no time of its own.
    fileprivate var amounts: [CounterKey: Double] {
        var amounts = [
            CounterKey(.modelCalls, model, result.rawValue): 1,
            CounterKey(.modelTokens, model, "prompt"): Double(max(0, promptTokens)),
            CounterKey(.modelTokens, model, "answer"): Double(max(0, answerTokens)),
        ]
        if result == .ok || result == .refused, seconds.isFinite {
            amounts[CounterKey(.modelSeconds, model)] = max(0, seconds)
            amounts[CounterKey(.modelAnswers, model, CounterKey.bound(seconds))] = 1
        }
        return amounts
    }
}

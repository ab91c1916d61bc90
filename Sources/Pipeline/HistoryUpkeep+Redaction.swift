import Delivery
import Events
import Foundation
import History

extension HistoryUpkeep {
    /// Masks again all that is stored, with the rules of today: a rule came late.
    ///
    /// Report files in which something would be masked are removed, as the history can make them again. Messages that
    /// have not left become tombstones, and are told anew, masked.
    public func redactAgain(by author: String?, now: Timestamp) throws -> Outcome {
        let ledger = MaskLedger()
        let redactor = ledger.counting(try configuration.makeRedactor())
        var cleaned = OutboxCleaning.Cleaned()
        let summary = try writing("history redact", now) { history in
            // Before the history is rewritten, which overwrites what the messages leave behind.
            let site = try Site(configuration, mode: .readWrite, now: now)
            let cleaning = OutboxCleaning(site: site, now: now, author: author)
            cleaned = try cleaning.mask(by: try configuration.makeRedactor())
            try site.history.close()
            let summary = try history.redactAgain(by: .init(redactor), author: author, now: now)
            let masked = ledger.take()
            if !masked.isEmpty { _ = try history.record(RecordBatch(entries: [], masked: masked, now: now)) }
            return summary
        }
        func isClean(_ data: Data) -> Bool {
            let text = String(decoding: data, as: UTF8.self)
            return redactor(text).text == text
        }
        let reports = try removeReports { !isClean($0) }
        let lines = [
            "masked in \(summary.samples) samples, \(summary.diagnoses) diagnoses, \(summary.rawAnswers) raw answers, "
                + "\(summary.texts) texts; removed \(summary.drafts) fix drafts",
            "removed \(reports) report files; the history can make them again",
        ]
        return Outcome(
            lines: lines + Self.words(cleaned),
            json: try Self.json(Redone(history: summary, reports: reports, outbox: cleaned)))
    }

    private struct Redone: Encodable {
        var history: CleaningSummary
        /// Files removed.
        var reports: Int
        var outbox: OutboxCleaning.Cleaned
    }
}

extension StoredRedaction {
    init(_ redactor: @escaping Redactor) {
        func clean(_ text: String) -> String { redactor(text).text }
        self.init(
            text: clean,
            event: { event in
                // The redactor counts for itself.
                var ledger: [String: Int] = [:]
                return event.redacted(by: redactor, ledger: &ledger)
            },
            diagnosis: { record in
                var copy = record
                copy.diagnosis = record.diagnosis.redacted(by: redactor)
                copy.code = record.code.redacted(by: redactor)
                copy.similar = record.similar.map { similar in
                    var group = similar
                    (group.title, group.template) = (clean(similar.title), clean(similar.template))
                    group.rootCause = similar.rootCause.map(clean)
                    group.resolution = similar.resolution?.redacted(by: redactor)
                    return group
                }
                return copy
            },
            run: { _, payload in
                guard let record = try? JSONDecoder().decode(BatchRecord.self, from: Data(payload.utf8)),
                    let encoded = try? JSONEncoder().encode(record.redacted(by: clean))
                else { return clean(payload) }
                return record == record.redacted(by: clean) ? payload : String(decoding: encoded, as: UTF8.self)
            })
    }
}

extension BatchRecord {
    fileprivate func redacted(by clean: (String) -> String) -> BatchRecord {
        var copy = self
        copy.reading.problems = reading.problems.map(clean)
        copy.reading.unreadable = reading.unreadable?.map { problem in
            var told = problem
            (told.path, told.sample) = (clean(problem.path), problem.sample.map(clean))
            return told
        }
        copy.diagnosing.absence = diagnosing.absence.map(clean)
        copy.diagnosing.mirrorNotes = diagnosing.mirrorNotes.map(clean)
        copy.failures = failures.map(clean)
        copy.notices = notices?.map(clean)
        copy.diagnosing.slowness = diagnosing.slowness.map(clean)
        copy.diagnosing.embedding?.problem = diagnosing.embedding?.problem.map(clean)
        if let korean {
            copy.korean = Dictionary(korean.map { (clean($0.key), clean($0.value)) }, uniquingKeysWith: { $1 })
        }
        return copy
    }
}

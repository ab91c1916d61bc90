import Delivery
import Events
import Foundation
import History

extension HistoryUpkeep {
    /// Masks again all that is stored, with the rules of today: a rule came late.
    ///
    /// Report files in which something would be masked are removed, as the history can make them again. Messages are
    /// signed and chained, and so told instead.
    public func redactAgain(by author: String?, now: Timestamp) throws -> Outcome {
        let ledger = MaskLedger()
        let redactor = ledger.counting(try configuration.makeRedactor())
        let summary = try writing("history redact", now) { history in
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
        let messages = try waiting { redactor($0).text != $0 }
        let lines = [
            "masked in \(summary.samples) samples, \(summary.diagnoses) diagnoses, \(summary.rawAnswers) raw answers, "
                + "\(summary.texts) texts; removed \(summary.drafts) fix drafts",
            "removed \(reports) report files; the history can make them again",
        ]
        return Outcome(
            lines: lines + Self.words(waiting: messages),
            json: try Self.json(Redone(history: summary, reports: reports, messages: messages)))
    }

    private struct Redone: Encodable {
        var history: CleaningSummary
        /// Files removed.
        var reports: Int
        /// Files in `outbox/new` that hold something.
        var messages: [String]
    }

    static func words(waiting files: [String]) -> [String] {
        guard !files.isEmpty else { return [] }
        return [
            "\(files.joined(separator: ", ")) hold it and are signed and chained: look at outbox/new before they leave"
        ]
    }

    /// Files that wait in the outbox, and of whose content some text is as described; of a message its words alone
    /// count, not its signature and digests.
    func waiting(holding isMeant: (String) -> Bool) throws -> [String] {
        let directory = "\(configuration.home.outbox)/new"
        guard FileManager.default.fileExists(atPath: directory) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: directory).sorted().filter { name in
            guard let bytes = FileManager.default.contents(atPath: "\(directory)/\(name)") else { return false }
            guard name.hasSuffix(".json"), let message = try JSONSerialization.jsonObject(with: bytes) as? [String: Any]
            else { return isMeant(String(decoding: bytes, as: UTF8.self)) }
            return Self.strings(in: message["data"] ?? "").contains(where: isMeant)
        }
    }

    /// Every text within a JSON value of our own making.
    private static func strings(in value: Any) -> [String] {
        switch value {
        case let text as String: [text]
        case let list as [Any]: list.flatMap(strings(in:))
        case let object as [String: Any]: object.sorted { $0.key < $1.key }.flatMap { strings(in: $0.value) }
        default: []
        }
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
        return copy
    }
}

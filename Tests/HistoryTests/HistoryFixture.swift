import Crypto
import Events
import Foundation
import GRDB
import Testing

@testable import History

/// A directory of one test, removed with the test.
final class Scratch: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "history-tests-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        do { try FileManager.default.removeItem(atPath: path) } catch {
            Issue.record("cannot remove \(path): \(error)")
        }
    }

    var file: String { path + "/history.sqlite" }

    func open(_ mode: HistoryStore.Mode = .readWrite) throws -> HistoryStore {
        try HistoryStore.open(at: file, mode: mode, now: noon, newOrigin: home)
    }
}

/// 21 Nov 2026, 12:00 UTC.
let noon = Timestamp(seconds: 1_795_262_400)
let home = UUID(uuid: (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16))

func fingerprint(_ name: String) -> Fingerprint { Fingerprint(digest: SHA256.hash(data: Array(name.utf8))) }

func event(_ id: String, at time: Timestamp = noon, service: String? = nil, count: Int = 1) -> ErrorEvent {
    var event = ErrorEvent(id: id, time: time, message: "cannot reach pool \(id)")
    event.service = service
    event.count = count
    event.exceptions = [
        ExceptionInfo(
            type: "TimeoutException", message: "after 30 s", frames: [StackFrame(file: "Pool.java", line: 88)])
    ]
    return event
}

func grouping(
    _ name: String, type: String? = "TimeoutException", code: String? = nil, frames: [String] = [],
    words: [String]? = nil
) -> GroupingResult {
    GroupingResult(
        fingerprint: fingerprint(name), version: 1, rule: .typeAndTemplate, parts: ["TimeoutException", name],
        template: "cannot reach pool <id>", title: "TimeoutException: \(name)",
        searchKey: SearchKey(
            exceptionType: type, code: code, frames: frames.map { SearchKey.Frame(name: $0) },
            text: words?.joined(separator: " ") ?? "cannot reach pool \(name)"))
}

func entry(
    _ group: String, _ id: String, at time: Timestamp = noon, service: String? = nil, count: Int = 1
) -> RecordEntry {
    RecordEntry(event: event(id, at: time, service: service, count: count), grouping: grouping(group))
}

func batch(_ entries: [RecordEntry], cursors: [CursorRecord] = [], masked: [String: Int] = [:]) -> RecordBatch {
    RecordBatch(entries: entries, cursors: cursors, masked: masked, now: noon)
}

/// The 24 hours that end an hour after noon.
let today = TimeWindow(start: noon.advanced(by: .hours(-23)), end: noon.advanced(by: .hours(1)))

func modelDiagnosis(_ cause: String, key: String? = nil, at: Timestamp = noon) -> Diagnosis {
    let run = Provenance.ModelRun(
        model: "qwen", digest: nil, prompt: "diagnose", promptVersion: 1, promptTokens: 10, answerTokens: 5, seconds: 1,
        attempts: 1, citationsChecked: 1, citationsDropped: 0)
    return Diagnosis(
        severity: .high, rootCause: cause, confidence: 70,
        provenance: Provenance(author: .model(run), at: at, cacheKey: key))
}

func triage(_ reason: Provenance.BuiltInReason, at: Timestamp = noon) -> Diagnosis {
    Diagnosis(
        severity: .medium, rootCause: "a timeout", confidence: 30,
        provenance: Provenance(author: .builtIn(reason: reason), at: at))
}

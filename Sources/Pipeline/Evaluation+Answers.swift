import Diagnosing
import Events
import Foundation
import Synchronization

/// One row's answer, as it is printed and kept.
struct DiagnosisAnswer: Codable {
    var id: Evaluation.RowID?
    var model: String
    var prompt: String
    var diagnosis: Diagnosis?
    var rawAnswers: [String] = []
    var promptTokens = 0
    var answerTokens = 0
    var seconds = 0.0
    var calls = 0
    var leftOut: [String] = []
    /// nil where nothing is expected.
    var right: Bool?
    /// The root cause as the model itself wrote it, before any check, and whether that is right.
    var said: String?
    var saidRight: Bool?
    /// Row and way, where answers are kept.
    var row: String?

    /// The endpoint answered: another run would not do better.
    var isFinal: Bool {
        if case .builtIn(.unavailable) = diagnosis?.provenance.author { return false }
        return true
    }

    init?(line: String) {
        guard let answer = try? JSONDecoder().decode(DiagnosisAnswer.self, from: Data(line.utf8)) else { return nil }
        self = answer
    }

    init(id: Evaluation.RowID?, model: String, prompt: String) {
        (self.id, self.model, self.prompt) = (id, model, prompt)
    }
}

/// What a model wrote in an earlier run, given again in its order; the model itself is asked for what is missing.
final class KeptChat: Sendable {
    private struct State {
        var left: ArraySlice<String>
        var asked: [ChatAnswer] = []
    }

    private let state: Mutex<State>

    init(_ answers: [String]) { state = Mutex(State(left: answers[...])) }

    /// What the model was asked for anew.
    var asked: [ChatAnswer] { state.withLock { $0.asked } }

    func answer(_ request: ChatRequest, _ model: Diagnoser.Chat) async throws(ChatFailure) -> ChatAnswer {
        if let known = state.withLock({ $0.left.popFirst() }) {
            let bytes = request.messages.reduce(0) { $0 + $1.content.utf8.count }
            return ChatAnswer(
                content: known, isComplete: true, promptTokens: TokenEstimator().tokens(forBytes: bytes),
                answerTokens: 0)
        }
        let answer = try await model(request)
        state.withLock { $0.asked.append(answer) }
        return answer
    }
}

/// Answers of an earlier run that was cut short, by row and way; new ones are added at its end as they come.
struct KeptAnswers {
    private(set) var answers: [String: String] = [:]
    private let handle: FileHandle?

    private static let lineLimit = 16 << 20

    static func key(_ id: Evaluation.RowID?, _ number: Int, _ way: String) -> String {
        "\(id?.key ?? "#\(number)") \(way)"
    }

    /// - Parameter path: nil keeps nothing. A file that is not there is made; a last line that was torn is passed over.
    init(path: String?) throws {
        guard let path else {
            handle = nil
            return
        }
        if !FileManager.default.fileExists(atPath: path) {
            guard FileManager.default.createFile(atPath: path, contents: nil) else {
                throw LineFileError.unreadable(path: path, reason: String(cString: strerror(errno)))
            }
        }
        var found: [String: String] = [:]
        try LineFile.forEach(path, limit: Self.lineLimit) { _, text in
            guard let kept = DiagnosisAnswer(line: text), let row = kept.row else { return }
            found[row] = text
        }
        answers = found
        guard let handle = FileHandle(forUpdatingAtPath: path) else {
            throw LineFileError.unreadable(path: path, reason: String(cString: strerror(errno)))
        }
        self.handle = handle
        let end = try handle.seekToEnd()
        guard end > 0 else { return }
        try handle.seek(toOffset: end - 1)
        let last = try handle.read(upToCount: 1)
        _ = try handle.seekToEnd()
        if last != Data([0x0A]) { try handle.write(contentsOf: Data([0x0A])) }
    }

    func append(_ text: String) throws { try handle?.write(contentsOf: Data((text + "\n").utf8)) }
}

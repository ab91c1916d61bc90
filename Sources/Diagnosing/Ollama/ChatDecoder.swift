/// Reads the reply of `POST /api/chat`: one JSON object a line, in pieces of any size.
///
/// A pure state machine: bytes in, answer or failure out. Nothing that follows the line with `done: true` is read.
struct ChatDecoder {
    static let maximumLineBytes = 1 << 20
    /// Of content and thinking together: far more than any diagnosis needs.
    static let maximumAnswerBytes = 4 << 20
    /// Of the whole stream; a token of a few bytes comes in a line of about 130.
    static let maximumStreamBytes = 16 << 20

    private var splitter = LineSplitter(maximumLength: maximumLineBytes)
    private var content = ""
    private var thinking = ""
    private var streamBytes = 0
    private let model: String
    /// Lines that carried text: tokens, where the server sends one a line.
    private(set) var pieces = 0

    init(model: String) { self.model = model }

    /// - Returns: the answer, once its last line has come.
    mutating func read(_ piece: [UInt8]) throws(ChatFailure) -> ChatAnswer? {
        streamBytes += piece.count
        guard streamBytes <= Self.maximumStreamBytes else {
            throw .malformed("the reply is longer than \(Self.maximumStreamBytes) bytes")
        }
        guard let lines = splitter.lines(completedBy: piece) else {
            throw .malformed("a line is longer than \(Self.maximumLineBytes) bytes")
        }
        for line in lines {
            if let answer = try read(line: line) { return answer }
        }
        return nil
    }

    /// To be called at the stream's clean end: reads a last line without an end, and fails without `done: true`.
    mutating func finish() throws(ChatFailure) -> ChatAnswer {
        if let answer = try read(line: splitter.last()) { return answer }
        throw .endedEarly(received: content.utf8.count)
    }

    private mutating func read(line: [UInt8]) throws(ChatFailure) -> ChatAnswer? {
        if line.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) { return nil }
        guard let object = JSONText(line), case .object = object else {
            throw .malformed("not a JSON object: \(ServerWords.excerpt(line))")
        }
        if let error = object["error"] {
            throw ServerWords.failure(status: 200, error: error.string ?? "unreadable error", model: model)
        }
        try append(object)
        switch object["done"] {
        case .bool(true): return try answer(object)
        case .bool(false), nil: return nil
        default: throw .malformed("`done` is not a truth value")
        }
    }

    private mutating func append(_ object: JSONText) throws(ChatFailure) {
        guard let message = object["message"] else {
            if object["done"] == nil { throw .malformed("a line with neither `message` nor `done`") }
            return
        }
        guard case .object = message else { throw .malformed("`message` is not an object") }
        let text = try Self.text("content", of: message)
        let thought = try Self.text("thinking", of: message)
        if !text.isEmpty || !thought.isEmpty { pieces += 1 }
        content += text
        thinking += thought
        guard content.utf8.count + thinking.utf8.count <= Self.maximumAnswerBytes else {
            throw .malformed("the answer is longer than \(Self.maximumAnswerBytes) bytes")
        }
    }

    private static func text(_ name: String, of message: JSONText) throws(ChatFailure) -> String {
        switch message[name] {
        case .string(let text): return text
        case nil, .null: return ""
        default: throw .malformed("`message.\(name)` is not a text")
        }
    }

    private func answer(_ object: JSONText) throws(ChatFailure) -> ChatAnswer {
        let isComplete: Bool
        switch object["done_reason"]?.string {
        case "stop", nil: isComplete = true
        case "length": isComplete = false
        case let reason?: throw .malformed("the model was not asked: `done_reason` is \(ServerWords.bounded(reason))")
        }
        return ChatAnswer(
            content: content, isComplete: isComplete,
            promptTokens: try Self.count("prompt_eval_count", of: object),
            answerTokens: try Self.count("eval_count", of: object),
            loadTime: .nanoseconds(try Self.count("load_duration", of: object)),
            promptTime: .nanoseconds(try Self.count("prompt_eval_duration", of: object)),
            answerTime: .nanoseconds(try Self.count("eval_duration", of: object)), thinking: thinking)
    }

    /// 0 where the server does not tell.
    private static func count(_ name: String, of object: JSONText) throws(ChatFailure) -> Int {
        guard let value = object[name], value != .null else { return 0 }
        guard let count = value.integer, count >= 0 else { throw .malformed("`\(name)` is not a count") }
        return count
    }
}

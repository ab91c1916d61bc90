import Events
import HTTPTransport

/// One role's model, as `models.conf` describes it.
public struct ModelSettings: Sendable, Hashable {
    /// The name the server knows it by (`qwen2.5-coder:14b`).
    public var name: String
    /// The digest it must have; nil accepts any.
    public var digest: String?
    /// Tokens of prompt and answer together. Always sent, and constant: another value reloads the model.
    public var contextTokens: Int
    /// The most tokens of an answer (`num_predict`), at least 1.
    public var maxAnswerTokens: Int
    public var temperature: Double
    public var seed: Int
    /// Further options of the server, each `name=value`: `num_thread=8`, `top_k=20`.
    public var options: [String]
    /// What the model is there for, and how large it is among those of its role.
    public var role: Role
    public var size: Size
    /// How much it is shown, and how much it is asked to write.
    public var detail = Detail.auto
    /// How long the server keeps the model loaded (`keep_alive`), as Ollama writes it: `30m`, `-1`.
    public var keepAlive: String
    public var think: Think
    public var timeouts: Timeouts

    /// What a model is asked to do.
    public enum Role: String, Sendable, Hashable, CaseIterable { case triage, diagnose, fix, embed }

    /// Which cases a model is asked about first; the larger ones answer what smaller ones are not sure of.
    public enum Size: String, Sendable, Hashable, Comparable, CaseIterable {
        case small, medium, large

        private var rank: Int {
            switch self {
            case .small: 0
            case .medium: 1
            case .large: 2
            }
        }

        public static func < (left: Size, right: Size) -> Bool { left.rank < right.rank }

        /// The next one; `large` stays.
        public var raised: Size { self == .small ? .medium : .large }
    }

    /// What is sent as `think`. `off` sends false; `unset` sends nothing.
    public enum Think: String, Sendable, Hashable { case unset, off, low, medium, high, on }

    /// Waiting is told apart: a cold model loads for minutes, a loaded one answers in seconds.
    public struct Timeouts: Sendable, Hashable {
        public var connect: Duration
        /// Added to `firstToken` where the model may have to be loaded first: at its first answer of a run.
        public var load: Duration
        /// Queue and prompt evaluation: until the first token.
        public var firstToken: Duration
        /// Between two pieces of the answer.
        public var stall: Duration
        /// The whole exchange: a model that answers drop by drop ends too.
        public var total: Duration

        public init(
            connect: Duration = .seconds(5), load: Duration = .zero, firstToken: Duration = .seconds(600),
            stall: Duration = .seconds(60), total: Duration = .seconds(3600)
        ) {
            (self.connect, self.load, self.firstToken) = (connect, load, firstToken)
            (self.stall, self.total) = (stall, total)
        }
    }

    public init(
        name: String, digest: String? = nil, contextTokens: Int = 8192, maxAnswerTokens: Int = 1024,
        temperature: Double = 0, seed: Int = 1, options: [String] = [], role: Role = .diagnose, size: Size = .medium,
        keepAlive: String = "30m", think: Think = .unset, timeouts: Timeouts = Timeouts()
    ) {
        (self.options, self.role, self.size) = (options, role, size)
        (self.name, self.digest, self.contextTokens) = (name, digest, contextTokens)
        (self.maxAnswerTokens, self.temperature, self.seed) = (maxAnswerTokens, temperature, seed)
        (self.keepAlive, self.think, self.timeouts) = (keepAlive, think, timeouts)
    }
}

/// One message of a conversation.
public struct ChatMessage: Sendable, Hashable {
    public enum Role: String, Sendable { case system, user, assistant }
    public var role: Role
    public var content: String

    public init(_ role: Role, _ content: String) { (self.role, self.content) = (role, content) }
}

/// A request for one structured answer.
public struct ChatRequest: Sendable, Hashable {
    public var model: ModelSettings
    public var messages: [ChatMessage]
    /// The JSON schema of the answer, as JSON text; sent as `format`.
    public var schema: String
    /// The server may have to load the model for it: the wait for the first token is longer.
    public var awaitsLoad = false

    public init(model: ModelSettings, messages: [ChatMessage], schema: String) {
        (self.model, self.messages, self.schema) = (model, messages, schema)
    }
}

/// A complete answer: the stream ended with `done: true`.
public struct ChatAnswer: Sendable, Hashable {
    public var content: String
    /// False when the answer was cut at `num_predict` or at the end of the context (`done_reason: length`).
    public var isComplete: Bool
    /// As the server counted; 0 where it does not tell.
    public var promptTokens: Int
    public var answerTokens: Int
    public var loadTime: Duration
    public var promptTime: Duration
    public var answerTime: Duration
    /// What a thinking model thought aloud; no part of the answer.
    public var thinking: String

    /// Of loading, reading and writing.
    public var time: Duration { loadTime + promptTime + answerTime }

    /// The answer; where all of it came as thought, the JSON object that the thought ends with.
    public var said: String {
        guard content.utf8.allSatisfy({ $0 <= 0x20 }) else { return content }
        guard let open = thinking.firstIndex(of: "{"), let close = thinking.lastIndex(of: "}"), open < close,
            thinking[thinking.index(after: close)...].utf8.allSatisfy({ $0 <= 0x20 })
        else { return "" }
        return String(thinking[open...close])
    }

    public init(
        content: String, isComplete: Bool, promptTokens: Int, answerTokens: Int, loadTime: Duration = .zero,
        promptTime: Duration = .zero, answerTime: Duration = .zero, thinking: String = ""
    ) {
        (self.content, self.isComplete, self.promptTokens) = (content, isComplete, promptTokens)
        (self.answerTokens, self.loadTime, self.promptTime) = (answerTokens, loadTime, promptTime)
        (self.answerTime, self.thinking) = (answerTime, thinking)
    }
}

/// Every way in which a chat can fail, told apart because each asks for something else.
public enum ChatFailure: OperatorFacing, Equatable {
    /// The endpoint could not be reached or went away: refused, reset.
    case unreachable(TransportError)
    /// The connection is fine, but nothing came in time.
    case timedOut(Phase, after: Duration)
    /// 404: the server has no such model.
    case modelMissing(String)
    /// 400 `exceed_context_size_error`, with the server's own counts.
    case promptTooLong(promptTokens: Int?, contextTokens: Int?)
    /// The server evaluated far fewer tokens than were sent: it cut the prompt without a word.
    case silentlyTruncated(evaluated: Int, expected: Int)
    /// 503 queue full.
    case busy(String)
    /// Any other refusal, with the server's words (bounded). Status 200 is a refusal in the middle of a stream.
    case refused(status: Int, message: String)
    /// A clean 200 that did not end with `done: true`, after so many bytes of content.
    case endedEarly(received: Int)
    /// Bytes that are not Ollama's protocol: HTML, half JSON, endless lines.
    case malformed(String)
    case cancelled

    public enum Phase: String, Sendable, Equatable { case connect, load, firstToken, stall, total }

    public var description: String {
        switch self {
        case .unreachable(let error): "the model's server cannot be used: \(error)"
        case .timedOut(let phase, let after):
            "the model's server was silent for \(after.inSeconds) s (\(phase.rawValue))"
        case .modelMissing(let model): "the server has no model \"\(model)\""
        case .promptTooLong(let prompt?, let context?): "the prompt has \(prompt) tokens, the context \(context)"
        case .promptTooLong: "the prompt is longer than the model's context"
        case .silentlyTruncated(let evaluated, let expected):
            "the server read \(evaluated) tokens of a prompt of about \(expected)"
        case .busy(let words): "the model's server is busy: \(words)"
        case .refused(let status, let message): "the model's server refused (\(status)): \(message)"
        case .endedEarly(let received): "the answer ended before its end, after \(received) bytes"
        case .malformed(let what): "the reply is not Ollama's: \(what)"
        case .cancelled: "cancelled"
        }
    }

    public var remedy: String? {
        switch self {
        case .unreachable(let error): error.remedy
        case .timedOut: "Check the load of the model's server, or raise the time-outs in models.conf."
        case .modelMissing(let model): "Import the model on the server (`ollama list` shows what it has): \(model)."
        case .promptTooLong, .silentlyTruncated: "Raise the model's context in models.conf, or give less context."
        case .busy: "Try again later, or raise OLLAMA_MAX_QUEUE on the server."
        case .refused: "Check the model's settings in models.conf and the server's log."
        case .endedEarly: "Check the server's log: its model runner may have died."
        case .malformed: "Check that the endpoint in models.conf is Ollama's."
        case .cancelled: nil
        }
    }

    public var kind: FailureKind {
        switch self {
        case .unreachable(let error): error.kind
        case .busy: .busy
        case .timedOut, .modelMissing, .promptTooLong, .silentlyTruncated, .refused, .endedEarly, .malformed,
            .cancelled:
            .unavailable
        }
    }
}

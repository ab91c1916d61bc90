import Events

/// What one batch did, as it is kept in history for later reports.
public struct BatchRecord: Sendable, Hashable, Codable {
    public var started: Timestamp
    public var finished: Timestamp
    public var reading = Reading()
    /// Groups seen by this run.
    public var groups = 0
    public var newGroups = 0
    public var backGroups = 0
    public var diagnosing = Diagnosing()
    /// nil where there was nothing to draft, and in records of versions that made no drafts.
    public var fixing: Fixing?
    /// Numbers of the messages put into the outbox.
    public var messages: [Int] = []
    /// Alerts that the policy held back.
    public var held = 0
    /// What could not be done, in words.
    public var failures: [String] = []
    /// What else the appliance has to say of itself, in words; absent where there is nothing.
    public var notices: [String]?
    /// Sentences of the appliance's own in this record → the same in Korean; absent where there are none.
    public var korean: [String: String]?

    public struct Reading: Sendable, Hashable, Codable {
        public var sources = 0
        public var lines = 0
        public var bytes: Int64 = 0
        public var events = 0
        /// What could not be read, in words with place and count.
        public var problems: [String] = []
        /// Rule → values masked.
        public var masked: [String: Int] = [:]
        /// The same problems, each with source, place, count and sample; absent where there were none.
        public var unreadable: [Unreadable]?
        /// Exit classes of the sources that could not be read; absent where there were none.
        public var failed: [Int32]?
        /// Events from before the first run of their source, left out.
        public var older: Int?
        /// Sources that brought anything; absent in records of versions that did not note it.
        public var heard: [String]?

        public init() {}
    }

    public struct Diagnosing: Sendable, Hashable, Codable {
        /// The model that was asked; nil when there was none to ask.
        public var model: String?
        public var digest: String?
        /// Why no model could be asked, or why asking stopped.
        public var absence: String?
        /// A model is configured, and could not be used.
        public var failed = false
        public var byModel = 0
        public var fromCache = 0
        public var builtIn = 0
        /// Groups whose diagnosis waits for the next run.
        public var queued = 0
        public var promptTokens = 0
        public var answerTokens = 0
        /// What mirrors could not tell, in words.
        public var mirrorNotes: [String] = []
        /// Why the model is slower than it need be, in words; absent where it is not.
        public var slowness: String?
        /// What the embedding model did; absent where none is configured.
        public var embedding: Embedding?

        public init() {}
    }

    /// Groups that an embedding model was asked about, for the search by likeness.
    public struct Embedding: Sendable, Hashable, Codable {
        public var model: String
        /// Groups that got a vector.
        public var made = 0
        /// Groups that wait for a later run.
        public var left = 0
        public var tokens = 0
        /// Why no more were asked about, in words; absent where none are left.
        public var problem: String?

        public init(model: String) { self.model = model }
    }

    public struct Fixing: Sendable, Hashable, Codable {
        public var drafted = 0
        /// The repository's tests ran and passed with the change.
        public var tested = 0
        public var reproduced = 0
        /// The tests do not pass with the change.
        public var failed = 0
        /// Rule → changes that it refused.
        public var refused: [String: Int] = [:]
        /// Of all drafts that were ever made.
        public var merged = 0
        public var all = 0
        /// What could not be found out about open drafts, in words.
        public var problems: [String] = []

        public init() {}
    }

    public init(started: Timestamp, finished: Timestamp) { (self.started, self.finished) = (started, finished) }
}

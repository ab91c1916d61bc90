import Events

/// What is known about one class of error, whatever the program.
struct TriageRule: Sendable {
    /// A short name for people.
    var name: String
    /// Last components of exception types, in lower case.
    var types: [String]
    /// Words of messages, in lower case; all parts joined by `&` have to be there.
    var words: [String]
    var severity: Severity
    /// One clause: what is usually wrong.
    var cause: String
    var steps: [String]
    /// The words' parts as bytes: a night asks thousands of times.
    private let phrases: [[[UInt8]]]

    init(
        _ name: String, types: [String] = [], words: [String] = [], _ severity: Severity, _ cause: String,
        _ steps: [String]
    ) {
        (self.name, self.types, self.words) = (name, types, words)
        (self.severity, self.cause, self.steps) = (severity, cause, steps)
        phrases = words.map { phrase in phrase.split(separator: "&").map { Array($0.utf8) } }
    }

    /// Kinds whose message alone tells what is wrong: what a machine, a network or a setting lacks. What is wrong in
    /// code, only the code tells.
    static let explained: Set<String> = [
        "out of memory, killed", "disk full", "read-only file system", "I/O error", "too many connections",
        "name resolution", "TLS certificate expired", "TLS not trusted", "connection refused", "no route",
        "rate limited", "login failed", "permission denied", "foreign key constraint", "unique constraint",
        "schema does not match", "request too large", "missing class or method", "no upstream", "address in use",
        "bad configuration", "file not found", "broker or stream away", "task hung",
    ]

    var explainsItself: Bool { Self.explained.contains(name) }

    /// - Parameters: in lower case; `type` is the last component, `message` in UTF-8.
    func matches(type: String, message: [UInt8]) -> Bool {
        if !type.isEmpty, types.contains(type) { return true }
        return phrases.contains { phrase in phrase.allSatisfy { message.contains(run: $0) } }
    }
}

/// How a rule was found: the exception that it speaks of.
struct TriageMatch: Sendable {
    var rule: TriageRule
    /// Index into the sample's exceptions; nil for the message itself.
    var exception: Int?

    private static let messageBytes = 4000
    private static let maximumExceptions = 8

    /// The first rule of the table that fits the innermost exception; then those around it, then the message.
    static func first(for event: ErrorEvent, in rules: [TriageRule]) -> TriageMatch? {
        for index in event.exceptions.indices.reversed().prefix(maximumExceptions) {
            let exception = event.exceptions[index]
            let type = lastComponent(exception.type ?? "").lowercased()
            let message = Array(UntrustedText.bounded(exception.message ?? "", bytes: messageBytes).lowercased().utf8)
            if let rule = rules.first(where: { $0.matches(type: type, message: message) }) {
                return TriageMatch(rule: rule, exception: index)
            }
        }
        let message = UntrustedText.bounded(event.message, bytes: messageBytes).lowercased()
        let type = lastComponent(String(message.prefix { $0 != ":" && $0 != " " }))
        let bytes = Array(message.utf8)
        return rules.first { $0.matches(type: type, message: bytes) }.map { TriageMatch(rule: $0, exception: nil) }
    }

    /// `java.lang.NullPointerException` → `NullPointerException`; `std::io::Error` → `Error`.
    static func lastComponent(_ type: String) -> String {
        let separators: Set<Character> = [".", ":", "\\", "$", "/"]
        return String(type.split(whereSeparator: { separators.contains($0) }).last ?? "")
    }
}

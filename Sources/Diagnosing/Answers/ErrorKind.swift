import Events

/// The known kind of an error, and whether a root cause speaks of it at all.
///
/// A small model that finds nothing tells a story about whatever value it sees. A root cause of an exhausted pool that
/// names neither the pool, nor a connection, nor the commit that is suspected is such a story.
struct ErrorKind {
    let name: String
    /// The message alone tells what is wrong, as that of a full disk does; what is wrong in code, only the code tells.
    let explainsItself: Bool
    private let stems: Set<Substring>

    /// Letters that words must share from their beginning; shorter words say nothing.
    private static let stemLength = 5
    private static let leastLength = 4

    /// - Returns: nil for an error that no rule knows.
    init?(of event: ErrorEvent) {
        guard let match = TriageMatch.first(for: event, in: TriageRule.all) else { return nil }
        name = match.rule.name
        explainsItself = match.rule.explainsItself
        let message = event.rootException?.message ?? event.message
        let type = event.rootException?.type ?? ""
        stems = Self.stems(of: "\(match.rule.name) \(match.rule.cause) \(type) \(message.prefix(400))")
    }

    func isSpokenOf(in rootCause: String, suspects: [Suspect]) -> Bool {
        if suspects.contains(where: { rootCause.contains($0.commit.prefix(7)) }) { return true }
        // The kinds are described in English: prose in another script is not judged by them.
        let letters = rootCause.unicodeScalars.filter(\.properties.isAlphabetic)
        guard letters.count(where: \.isASCII) * 2 > letters.count else { return true }
        return !stems.isDisjoint(with: Self.stems(of: rootCause))
    }

    private static func stems(of text: String) -> Set<Substring> {
        let words = text.lowercased().split { !$0.isLetter }
        return Set(words.filter { $0.count >= leastLength }.map { $0.prefix(stemLength) }).subtracting(common)
    }

    /// Words that any sentence about an error may hold.
    private static let common: Set<Substring> = [
        "this", "that", "which", "with", "from", "they", "them", "there", "have", "does", "value", "error", "excep",
        "every",
        "calls", "call", "used", "long", "back", "give", "other", "their", "when", "than", "what", "into", "code",
        "line",
        "metho", "funct", "expec", "inval", "after", "befor",
    ]
}

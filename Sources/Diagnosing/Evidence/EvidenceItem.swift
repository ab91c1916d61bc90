import Events

/// One numbered piece of evidence as a prompt shows it.
public struct EvidenceItem: Sendable, Hashable {
    /// What an answer cites: `E1`, `C1`.
    public var id: String
    public var kind: Kind
    /// As shown, neutralized, without the id in front.
    public var text: String

    /// The parts of a prompt. Declared in the order of numbering.
    public enum Kind: Sendable, Hashable, CaseIterable {
        /// [E1]: the message and the chain of exceptions.
        case error
        /// [E2] …: calls, the failing one first.
        case frame
        /// [C1] …: source excerpts.
        case code
        /// [S1] …: suspect commits.
        case suspect
        /// [H1] …: similar groups of the past.
        case similar
        /// [L1]: log lines before the error.
        case linesBefore
        /// [B1]: breadcrumbs.
        case breadcrumbs
        /// [R1]: where the sample ran: release, host, tags.
        case request
        /// [P1]: the operations around the one that failed.
        case parentSpans
        /// [D1]: services before and behind this one.
        case neighbours
        /// [F1]: counts, trend, hosts, releases of the group.
        case facts
        /// [F2]: the failing line, the value that the error is about, and what the line was before.
        case findings
        /// [V1] …: what people said of earlier diagnoses of this very group.
        case judged
        /// [M1]: metrics that jumped around the error.
        case metrics
        /// Errors of this site whose cause a person confirmed or gave. Not cited: they are about something else.
        case example
    }

    public init(id: String, kind: Kind, text: String) { (self.id, self.kind, self.text) = (id, kind, text) }
}

/// Evidence before it is known how much of it fits: the same thing told at shrinking length.
struct EvidenceCandidate: Sendable {
    var id: String
    var kind: EvidenceItem.Kind
    /// The longest first. An empty text at the end means that it may be left out.
    var forms: [Form]

    struct Form: Sendable {
        var text: String
        /// How much it is worth to keep this form rather than the next, 0 to 100; the least is cut first.
        var worth: Int
        /// What this form leaves out, for the reader; nil for nothing.
        var leavesOut: String?
    }

    /// Drops forms that are no shorter than the one before, and makes worth grow along the forms, so that
    /// cutting by worth cuts each item from its longest form on.
    init(id: String, kind: EvidenceItem.Kind, forms: [Form]) {
        (self.id, self.kind, self.forms) = (id, kind, [])
        for form in forms {
            if let last = self.forms.last, form.text.utf8.count >= last.text.utf8.count {
                self.forms[self.forms.count - 1].worth = max(last.worth, form.worth)
            } else {
                self.forms.append(form)
            }
        }
        for index in self.forms.indices.dropFirst() {
            self.forms[index].worth = max(self.forms[index].worth, self.forms[index - 1].worth)
        }
    }
}

/// How long the parts of a prompt may be, however large the window is.
enum EvidenceLimits {
    static let messageBytes = 3000
    static let exceptions = 6
    static let exceptionMessageBytes = 1200
    static let frames = 20
    static let nameBytes = 200
    static let excerpts = 6
    static let codeLineBytes = 240
    static let codeLines = 80
    static let suspects = 4
    static let hunkBytes = 2400
    static let similar = 4
    /// Of those whose outcome nobody knows: a guess about a guess.
    static let similarWithoutOutcome = 1
    static let linesBefore = 15
    static let lineBytes = 240
    static let breadcrumbs = 10
    static let tags = 12
    static let spans = 8
    static let valueBytes = 120
    static let causeBytes = 600
    static let tableRows = 5
    static let judged = 3
    static let examples = 2
}

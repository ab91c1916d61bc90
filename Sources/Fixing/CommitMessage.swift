import Events

/// The message of a draft's commit: what a model proposes and why, and trailers that name where it came from.
///
/// A model's words are indented, so that git takes none of them for a header, a diff or the end of the message
/// (git-mailinfo(1) looks at the beginnings of lines).
struct CommitMessage: Sendable {
    /// Nobody's address: the sign-off is left to the person who takes the draft over.
    static let author = "appliance draft <appliance-draft@localhost>"
    static let subjectLimit = 68
    static let width = 74

    let text: String

    init(request: FixRequest, plan: ChangePlan, tests: TestOutcome) {
        let diagnosis = request.diagnosis
        var lines = ["fix: \(Self.cut(Self.plain(diagnosis.rootCause), Self.subjectLimit))", ""]
        lines += ["A draft by a language model, to be reviewed before it is merged.", ""]
        lines += Self.wrapped("Error: \(request.group.title)")
        lines += Self.wrapped("Cause: \(diagnosis.rootCause)")
        for file in plan.files {
            lines += Self.wrapped("Change: \(file.path) (\(file.kind))\(file.reason.isEmpty ? "" : ": \(file.reason)")")
        }
        lines.append("")
        lines.append("Appliance-Group: \(request.group.id)")
        lines.append("Appliance-Diagnosis: \(diagnosis.provenance.at.rfc3339)")
        if case .model(let run) = diagnosis.provenance.author {
            lines.append("Appliance-Model: \(Self.cut(Self.plain(run.model), 120))")
            if let digest = run.digest { lines.append("Appliance-Model-Digest: \(Self.cut(Self.plain(digest), 80))") }
        }
        let level = ConfidenceLevel(percent: diagnosis.confidence)
        lines.append("Appliance-Confidence: \(diagnosis.confidence) \(level.rawValue)")
        lines.append("Appliance-Tests: \(Self.cut(Self.plain(tests.words), 200))")
        text = lines.joined(separator: "\n")
    }

    /// One line of visible characters.
    static func plain(_ text: String) -> String {
        let visible = text.unicodeScalars.map { scalar in
            scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) || scalar.properties.isBidiControl
                || scalar.properties.isDefaultIgnorableCodePoint || scalar.value == 0x2028 || scalar.value == 0x2029
                ? " " : scalar
        }
        return String(String.UnicodeScalarView(visible)).split(separator: " ").joined(separator: " ")
    }

    /// With three dots in ASCII: a header of another script is encoded, and hard to read.
    static func cut(_ text: String, _ limit: Int) -> String {
        guard text.count > limit else { return text }
        let head = text.prefix(limit - 3)
        let end = head.lastIndex(of: " ").map { head[..<$0] } ?? head
        return (end.count > limit / 2 ? String(end) : String(head)) + "..."
    }

    private static func wrapped(_ text: String) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in plain(text).prefix(4000).split(separator: " ") {
            if !line.isEmpty, line.count + word.count + 3 > width {
                lines.append("  " + line)
                line = ""
            }
            line += line.isEmpty ? String(word) : " " + word
        }
        return line.isEmpty ? lines : lines + ["  " + line]
    }
}

import Events

extension EvidenceNumbering {
    /// What people said of this very group: nothing weighs more, and a refuted cause must not come back.
    var judgedCandidates: [EvidenceCandidate] {
        file.judged.prefix(EvidenceLimits.judged).enumerated().compactMap { index, judged in
            let long = Self.text(of: judged, limit: 400)
            guard !long.isEmpty else { return nil }
            let id = "V\(index + 1)"
            return EvidenceCandidate(
                id: id, kind: .judged,
                forms: [
                    .init(text: long, worth: EvidenceWorth.judged[0]),
                    .init(
                        text: Self.text(of: judged, limit: 120), worth: EvidenceWorth.judged[1],
                        leavesOut: "part of [\(id)]"),
                    .init(text: "", worth: 100, leavesOut: "what a person said of an earlier diagnosis [\(id)]"),
                ])
        }
    }

    private static func text(of judged: JudgedCause, limit: Int) -> String {
        var lines: [String] = []
        if let cause = judged.rootCause {
            let words = UntrustedText.line(cause, limit: limit)
            switch judged.verdict {
            case .correct: lines.append("confirmed by a person as the root cause: \(words)")
            case .partly: lines.append("only partly right, a person says: \(words)")
            case .wrong: lines.append("refuted by a person, so not the root cause: \(words)")
            }
        }
        if let correction = judged.correction, !correction.isEmpty {
            lines.append("the root cause, as a person says: \(UntrustedText.line(correction, limit: limit))")
        }
        if let commit = judged.fixedBy, !commit.isEmpty {
            lines.append("mended then by commit \(UntrustedText.line(commit, limit: 40))")
        }
        return lines.joined(separator: "\n")
    }

    /// How causes are told here. The same for each group, so that they stand in the shared beginning.
    var exampleCandidates: [EvidenceCandidate] {
        file.examples.prefix(EvidenceLimits.examples).enumerated().map { index, example in
            let title = UntrustedText.line(example.title, limit: EvidenceLimits.nameBytes)
            let cause = UntrustedText.line(example.rootCause, limit: EvidenceLimits.lineBytes)
            return EvidenceCandidate(
                id: "X\(index + 1)", kind: .example,
                forms: [
                    .init(text: "\(title)\nroot cause: \(cause)", worth: EvidenceWorth.example),
                    .init(text: "", worth: 100, leavesOut: "an example of this site"),
                ])
        }
    }
}

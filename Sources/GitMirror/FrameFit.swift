import Events

/// Holds what a frame says of its place against a file's text.
struct FrameFit {
    /// How a frame and a file agree.
    enum Verdict: Equatable {
        /// The failing line reads as the event says, or lies in the function that the frame names.
        case agrees
        /// The text differs there, or the line lies elsewhere.
        case differs
        /// The frame says nothing that could be compared.
        case unknown
    }

    let frame: StackFrame
    let text: SourceText
    let finder: FunctionFinder
    let name: String?

    /// How far a line is looked for when the file has drifted from what ran.
    static let reach = 200
    /// Shorter lines (`}`, `)`) are found everywhere.
    static let telling = 3

    init(_ frame: StackFrame, _ text: SourceText) {
        (self.frame, self.text, finder) = (frame, text, FunctionFinder(text))
        name = FunctionName.bare(frame.function)
    }

    /// The event's own text of the line, where it says something.
    private var wanted: String? {
        frame.context.map { SourceText.squeezed($0.line) }.flatMap { $0.utf8.count >= Self.telling ? $0 : nil }
    }

    private var line: Int? { frame.line.flatMap { (1...max(1, text.lines.count)).contains($0) ? $0 : nil } }

    var verdict: Verdict {
        if frame.line != nil, line == nil { return .differs }
        if let wanted {
            guard let line else {
                return text.nearest(wanted, to: 1, reach: text.lines.count) == nil ? .differs : .agrees
            }
            return SourceText.squeezed(text.lines[line - 1]) == wanted ? .agrees : .differs
        }
        guard let name, let line, text.language.isCode else { return .unknown }
        if finder.functions.contains(where: { $0.name == name && $0.contains(line) }) { return .agrees }
        return finder.named(name).isEmpty || finder.enclosing(line)?.name == nil ? .unknown : .differs
    }

    /// What the text adds to a file's rank among its rivals.
    var support: Double {
        switch verdict {
        case .agrees: 0.3
        case .unknown: name.map { finder.named($0).isEmpty } ?? true ? 0 : 0.1
        case .differs:
            line == nil && frame.line != nil ? -0.3 : name.map { finder.named($0).isEmpty } ?? true ? -0.1 : 0
        }
    }

    /// Where the frame points in this text, and what a reader must know of it.
    func place(_ candidate: FileMatcher.Candidate) -> (place: ExcerptBuilder.Place?, notes: [String]) {
        var place = ExcerptBuilder.Place(text: text, blob: candidate.blob, line: line, score: candidate.score)
        var notes: [String] = []
        if let number = frame.line, line == nil {
            place.score *= 0.5
            notes.append("drift: \(text.path) has \(text.lines.count) lines, the frame names line \(number)")
        }
        if let wanted {
            let start = min(max(1, frame.line ?? 1), max(1, text.lines.count))
            let reach = frame.line == nil ? text.lines.count : Self.reach
            if let found = text.nearest(wanted, to: start, reach: reach) {
                if let number = frame.line, found != number {
                    notes.append("drift: \(text.path) line \(number) of the event is line \(found) in the mirror")
                    place.score *= 0.9
                }
                place.line = found
            } else {
                notes.append("drift: \(text.path) line \(start) reads differently in the mirror than in the event")
                place.score *= 0.5
            }
        } else if let name, let line, verdict == .differs, let first = finder.named(name).first {
            notes.append("drift: \(text.path) line \(line) is not in \(name), which begins at line \(first.first)")
            place.score *= 0.6
            (place.line, place.function) = (nil, first)
        }
        if let line = place.line {
            place.function = enclosing(line)
        } else if place.function == nil, let name, let found = finder.named(name).first {
            place.function = found
        }
        guard place.line != nil || place.function != nil else { return (nil, notes) }
        return (place, notes)
    }

    /// The function that the frame names, where several lie around the line; else the innermost.
    private func enclosing(_ line: Int) -> FunctionFinder.Function? {
        if let name, let own = finder.named(name).first(where: { $0.contains(line) }) { return own }
        return finder.enclosing(line)
    }
}

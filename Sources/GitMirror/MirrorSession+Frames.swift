import Events

/// From stack frames to places in files.
extension MirrorSession {
    struct FrameFinding: Sendable {
        var places: [ExcerptBuilder.Place] = []
        /// Every file that a frame named, in the frames' order.
        var files: [String] = []
        var notes: [String] = []
    }

    /// How far a line is looked for when the file has drifted from what ran.
    static let driftReach = 200
    /// Files named by a trace that are asked for in the history.
    static let maxTraceFiles = 12

    func find(_ frames: [StackFrame], in tree: TreeIndex) async throws(MirrorError) -> FrameFinding {
        let matcher = FileMatcher(tree: tree, settings: settings)
        let hints = frames.map { ($0, FrameHint($0)) }
        var neighbours: Set<String> = []
        for (_, hint) in hints {
            let found = matcher.candidates(for: hint, neighbours: [])
            if found.count == 1, let only = found.first, only.score > 0.9 {
                neighbours.insert(FileMatcher.folder(of: only.path))
            }
        }
        var finding = FrameFinding()
        var seen: Set<String> = []
        for (frame, hint) in hints where finding.places.count < 2 * context.maxLocations {
            let candidates = matcher.candidates(for: hint, neighbours: neighbours)
            guard let first = candidates.first else { continue }
            if !finding.files.contains(first.path), finding.files.count < Self.maxTraceFiles {
                finding.files.append(first.path)
            }
            if candidates.count > 1 {
                let others = candidates.dropFirst().map(\.path).joined(separator: ", ")
                finding.notes.append("\(first.path) is not sure; it may also be \(others)")
            }
            for candidate in candidates.prefix(candidates.count > 1 && first.score < 0.6 ? 2 : 1) {
                guard seen.insert("\(candidate.path):\(frame.line ?? -1):\(frame.function ?? "")").inserted else {
                    continue
                }
                do throws(MirrorError) {
                    guard let text = try await text(candidate.path, candidate.blob) else { continue }
                    let placed = place(frame, in: text, candidate)
                    finding.notes += placed.notes
                    if let place = placed.place { finding.places.append(place) }
                } catch {
                    guard case .object = error else { throw error }
                    finding.notes.append("\(candidate.path): \(error.description)")
                }
            }
        }
        return finding
    }

    /// Puts a frame's line into a file, and says where they disagree.
    private func place(
        _ frame: StackFrame, in text: SourceText, _ candidate: FileMatcher.Candidate
    ) -> (place: ExcerptBuilder.Place?, notes: [String]) {
        let finder = FunctionFinder(text)
        let name = Self.functionName(frame.function)
        var place = ExcerptBuilder.Place(text: text, blob: candidate.blob, score: candidate.score)
        var notes: [String] = []
        if let line = frame.line, line >= 1, line <= text.lines.count {
            place.line = line
        } else if let line = frame.line {
            place.score *= 0.5
            notes.append("drift: \(text.path) has \(text.lines.count) lines, the frame names line \(line)")
        }
        if let wanted = frame.context?.line, !SourceText.squeezed(wanted).isEmpty {
            let start = min(frame.line ?? 1, text.lines.count)
            if let found = text.nearest(
                wanted, to: start, reach: frame.line == nil ? text.lines.count : Self.driftReach)
            {
                if found != frame.line {
                    notes.append(
                        "drift: \(text.path) line \(frame.line ?? 0) of the event is line \(found) in the mirror")
                    place.score *= 0.9
                }
                place.line = found
            } else if wanted.utf8.count > 2 {
                notes.append("drift: \(text.path) line \(start) reads differently in the mirror than in the event")
                place.score *= 0.5
            }
        } else if let name, let line = place.line, frame.context == nil {
            let named = finder.named(name)
            let inside = finder.functions.contains { $0.name == name && $0.contains(line) }
            if let only = named.first, named.count == 1, !inside, finder.enclosing(line)?.name != nil {
                notes.append("drift: \(text.path) line \(line) is not in \(name), which begins at line \(only.first)")
                place.score *= 0.6
                (place.line, place.function) = (nil, only)
            }
        }
        if let line = place.line {
            place.function = finder.enclosing(line)
        } else if place.function == nil, let name, let found = finder.named(name).first {
            place.function = found
        }
        guard place.line != nil || place.function != nil else { return (nil, notes) }
        return (place, notes)
    }

    /// The bare name in `com.acme.Orders.find`, `server::orders::Service::find::{{closure}}`, `(*Service).Find-fm`.
    static func functionName(_ function: String?) -> String? {
        guard let function, function.utf8.count <= 1024 else { return nil }
        var text = function[...]
        if let cut = text.firstRange(of: "::{{") ?? text.firstRange(of: "::{closure") { text = text[..<cut.lowerBound] }
        if text.hasSuffix(")"), let open = text.lastIndex(of: "("), open != text.startIndex { text = text[..<open] }
        let words = FunctionHeader.identifiers(String(text)).filter { !$0.isEmpty }
        guard let last = words.last(where: { !$0.hasPrefix("func") || $0.dropFirst(4).contains { !$0.isNumber } }),
            !["module", "init", "anonymous", "lambda", "invokeSuspend", "apply", "closure", "main"].contains(last)
        else { return nil }
        return last
    }
}

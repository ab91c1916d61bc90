import Events

/// What a trace's frames point at.
struct FrameFinding: Sendable {
    var places: [ExcerptBuilder.Place] = []
    /// Every file that a frame named, in the frames' order.
    var files: [String] = []
    var notes: [String] = []
    /// The first frame whose text differs from its file's, and that file.
    var drifted: (frame: StackFrame, path: String)?
}

/// From stack frames to places in files, wherever the files' texts come from.
struct FrameFinder: Sendable {
    let matcher: FileMatcher
    /// Places that are looked for.
    let limit: Int
    let read: @Sendable (FileMatcher.Candidate) async throws(MirrorError) -> SourceText?

    /// The most that a file counts whose line is not known.
    static let unplacedScore = 0.4
    /// Files named by a trace that are asked for in the history.
    static let maxTraceFiles = 12

    func find(_ frames: [StackFrame]) async throws(MirrorError) -> FrameFinding {
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
        /// The first file that a frame names without a line or a function in it.
        var unplaced: (candidate: FileMatcher.Candidate, text: SourceText)?
        for (frame, hint) in hints where finding.places.count < limit {
            let candidates = try await compared(matcher.rivals(for: hint, neighbours: neighbours), frame, &finding)
            guard let first = candidates.first else { continue }
            if !finding.files.contains(first.path), finding.files.count < Self.maxTraceFiles {
                finding.files.append(first.path)
            }
            if candidates.count > 1 {
                let others = candidates.dropFirst().map { "\($0.path) (\(Self.percent($0.score)))" }
                finding.notes.append(
                    "\(first.path) (\(Self.percent(first.score))) is not sure; it may also be "
                        + others.joined(separator: ", "))
            }
            for candidate in candidates.prefix(candidates.count > 1 && first.score < 0.6 ? 2 : 1) {
                guard seen.insert("\(candidate.path):\(frame.line ?? -1):\(frame.function ?? "")").inserted,
                    let text = try await readable(candidate, &finding)
                else { continue }
                let fit = FrameFit(Self.sourced(frame, hint, in: candidate.path, &finding), text)
                if fit.verdict == .differs, finding.drifted == nil, finding.places.isEmpty {
                    finding.drifted = (frame, candidate.path)
                }
                let placed = fit.place(candidate)
                finding.notes += placed.notes
                if let place = placed.place {
                    finding.places.append(place)
                } else {
                    unplaced = unplaced ?? (candidate, text)
                }
            }
        }
        if finding.places.isEmpty, let (candidate, text) = unplaced {
            finding.places = [
                ExcerptBuilder.Place(text: text, blob: candidate.blob, score: min(Self.unplacedScore, candidate.score))
            ]
            finding.notes.append("where in \(candidate.path) it failed is not known; its beginning is shown")
        }
        return finding
    }

    /// A line of compiled code is none of the source's: the function's name is what is left.
    private static func sourced(
        _ frame: StackFrame, _ hint: FrameHint, in path: String, _ finding: inout FrameFinding
    ) -> StackFrame {
        let ending = frame.file?.split(separator: ".").last
        guard hint.isCompiled, path.split(separator: ".").last != ending else { return frame }
        finding.notes.append("the frame names what was compiled of \(path): its line is not known, only its function")
        var frame = frame
        (frame.line, frame.column) = (nil, nil)
        return frame
    }

    private static func percent(_ score: Double) -> String { "\(Int((score * 100).rounded())) %" }

    /// Where names leave a doubt, the files' texts may settle it: the line's, the function's.
    private func compared(
        _ rivals: [FileMatcher.Candidate], _ frame: StackFrame, _ finding: inout FrameFinding
    ) async throws(MirrorError) -> [FileMatcher.Candidate] {
        guard rivals.count > 1 else { return FileMatcher.settled(rivals) }
        var compared = rivals
        for index in compared.indices {
            guard let text = try await readable(compared[index], &finding) else { continue }
            compared[index].rank += FrameFit(frame, text).support
        }
        return FileMatcher.settled(compared)
    }

    /// A candidate's text; nil for a binary file, and, with a note, for one that cannot be read.
    private func readable(
        _ candidate: FileMatcher.Candidate, _ finding: inout FrameFinding
    ) async throws(MirrorError) -> SourceText? {
        do throws(MirrorError) {
            return try await read(candidate)
        } catch {
            guard case .object = error else { throw error }
            finding.notes.append("\(candidate.path): \(error.description)")
            return nil
        }
    }
}

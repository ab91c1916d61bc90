import Events

/// From stack frames to places in files.
extension MirrorSession {
    struct FrameFinding: Sendable {
        var places: [ExcerptBuilder.Place] = []
        /// Every file that a frame named, in the frames' order.
        var files: [String] = []
        var notes: [String] = []
        /// The first frame whose text differs from its file's, and that file.
        var drifted: (frame: StackFrame, path: String)?
    }

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
                let fit = FrameFit(frame, text)
                if fit.verdict == .differs, finding.drifted == nil, finding.places.isEmpty {
                    finding.drifted = (frame, candidate.path)
                }
                let placed = fit.place(candidate)
                finding.notes += placed.notes
                if let place = placed.place { finding.places.append(place) }
            }
        }
        return finding
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
            return try await text(candidate.path, candidate.blob)
        } catch {
            guard case .object = error else { throw error }
            finding.notes.append("\(candidate.path): \(error.description)")
            return nil
        }
    }
}

/// The revision at which a drifted frame reads as the event says.
extension MirrorSession {
    /// - Returns: the newest commit of the branch whose version of the file agrees with the frame; nil where none of
    ///   the last ``maxVersions`` does.
    func agreeing(_ frame: StackFrame, in path: String) async throws(MirrorError) -> ObjectName? {
        guard let tip = refs.tip(configured: settings.branch)?.commit else { return nil }
        for version in try await versions(of: path, at: tip) {
            guard let blob = version.new, let commit = ObjectName(version.commit.name) else { continue }
            do throws(MirrorError) {
                guard let text = try await text(path, blob) else { continue }
                if FrameFit(frame, text).verdict == .agrees { return commit }
            } catch {
                guard case .object = error else { throw error }
            }
        }
        return nil
    }
}

import Events

/// The revision at which a drifted frame reads as the event says.
extension MirrorSession {
    func find(_ frames: [StackFrame], in tree: TreeIndex, service: String?) async throws(MirrorError) -> FrameFinding {
        let finder = FrameFinder(
            matcher: FileMatcher(tree: tree, settings: settings, service: service), limit: 2 * context.maxLocations
        ) { candidate async throws(MirrorError) in try await self.text(candidate.path, candidate.blob) }
        return try await finder.find(frames)
    }

    /// - Returns: the newest commit of the branch whose version of the file agrees with the frame; nil where none of
    ///   the last ``maxAgreeing`` does.
    func agreeing(_ frame: StackFrame, in path: String) async throws(MirrorError) -> ObjectName? {
        guard let tip = refs.tip(configured: settings.branch)?.commit else { return nil }
        for version in try await versions(of: path, at: tip, count: Self.maxAgreeing) {
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

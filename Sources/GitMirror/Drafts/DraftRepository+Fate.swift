/// How a draft stands to a branch that has gone on.
public enum DraftStanding: Sendable, Hashable {
    /// Its commit, or a change that equals it, is in the branch.
    case arrived
    /// It could still be applied.
    case applies
    /// The lines that it changes have become others.
    case overtaken
}

extension DraftRepository {
    /// Compares a draft with the head of a branch.
    ///
    /// - Parameters:
    ///   - commit: the draft's own commit, which the mirror has once somebody has merged it.
    ///   - head: a commit's complete name.
    public func standing(
        of patch: [UInt8], commit: String, head: String
    ) async throws(MirrorError) -> DraftStanding {
        guard let head = ObjectName(head), let commit = ObjectName(commit) else { return .overtaken }
        if try await reader.header(commit.hex + "^{commit}") != nil {
            let missing = try await git.run(
                ["rev-list", "--count", "--max-count=1", commit.hex, "^" + head.hex], limit: Self.maxNameBytes)
            if RepositoryLayout.firstLine(missing) == "0" { return .arrived }
        }
        if try await applies(patch, to: head.hex) { return .applies }
        return try await applies(patch, to: head.hex, isReverse: true) ? .arrived : .overtaken
    }
}

import Events

extension DraftRepository {
    /// A commit as `git format-patch` writes it, for `git am`.
    ///
    /// - Parameter context: unchanged lines around each change.
    public func patch(of commit: DraftCommit, context: Int) async throws(MirrorError) -> [UInt8] {
        try await git.run(
            [
                "format-patch", "--stdout", "--no-signature", "--no-stat", "--text", "--full-index", "--no-renames",
                "--no-ext-diff", "--no-textconv", "--no-color", "-U\(max(1, context))", "-1", commit.name,
            ], limit: Self.maxPatchBytes)
    }

    /// Whether a patch, read as `git am` would read it, gives exactly the commit's tree and nothing else.
    ///
    /// A message may hold words that git takes for a diff: then the patch would do more than the commit does.
    public func reproduces(_ commit: DraftCommit, patch: [UInt8]) async throws(MirrorError) -> Bool {
        let files = [shadow.path + "/mail-message", shadow.path + "/mail-patch"]
        _ = try await git.run(["mailinfo"] + files, input: patch, limit: Self.maxPatchBytes)
        try await readBase()
        guard try await applies("--cached", file: files[1]) else { return false }
        return try await name(["write-tree"]) == commit.tree
    }

    /// Whether the patch applies to another revision: what `git apply --check` says.
    ///
    /// - Parameter isReverse: whether it can be taken back, that is, whether the revision has the change.
    public func applies(
        _ patch: [UInt8], to revision: String, isReverse: Bool = false
    ) async throws(MirrorError) -> Bool {
        guard let name = ObjectName(revision) else { return false }
        try await readBase(name.hex)
        do throws(MirrorError) {
            _ = try await git.run(
                ["apply", "--check", "--cached"] + (isReverse ? ["--reverse"] : []) + ["-"], input: patch,
                limit: Self.maxPatchBytes)
            return true
        } catch .gitFailed {
            return false
        }
    }

    /// A bundle of the commit under a branch's name.
    ///
    /// - Parameters:
    ///   - branch: short name, checked here.
    ///   - isWhole: with all history, so that the bundle alone can be cloned; else only what follows the base, for
    ///     repositories that have it.
    /// - Throws: ``MirrorError/outputTooLarge(command:limit:)`` beyond `limit` bytes.
    public func bundle(
        _ commit: DraftCommit, branch: String, isWhole: Bool, limit: Int
    ) async throws(MirrorError) -> [UInt8] {
        let ref = "refs/heads/" + branch
        guard MirrorRefs.isSafe(ref[...]) else { throw .object(name: branch, problem: "is no branch's name") }
        _ = try await git.run(["update-ref", ref, commit.name], limit: Self.maxNameBytes)
        return try await git.run(
            ["bundle", "create", "--quiet", "-", ref] + (isWhole ? [] : ["^" + base]), limit: limit)
    }

    private func applies(_ options: String..., file: String) async throws(MirrorError) -> Bool {
        do throws(MirrorError) {
            _ = try await git.run(["apply"] + options + [file], limit: Self.maxNameBytes)
            return true
        } catch .gitFailed {
            return false
        }
    }
}

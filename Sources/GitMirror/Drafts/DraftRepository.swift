import Events
import Foundation

/// A private repository over a mirror's objects, in which a proposed change becomes a commit.
///
/// Git runs in the same empty git directory as for reading, so the mirror's configuration, hooks and attributes count
/// for nothing, and new objects go to a folder of its own: the mirror is never written to. One call at a time.
/// The folder is removed with the value.
public actor DraftRepository {
    /// The commit that the change starts from: 40 or 64 hexadecimal digits.
    public nonisolated let base: String
    let shadow: ShadowRepository
    let git: GitCommand
    let reader: ObjectReader
    let tree: TreeIndex

    static let maxPatchBytes = 1 << 20
    static let maxNameBytes = 4096

    init(
        over layout: RepositoryLayout, base: ObjectName, tree: TreeIndex, timeout: Duration, temporaryFolder: String
    ) throws(MirrorError) {
        shadow = try ShadowRepository(
            over: layout, format: base.format, temporaryFolder: temporaryFolder, objects: .own)
        do throws(MirrorError) {
            git = try GitCommand(shadow: shadow, timeout: timeout)
        } catch {
            shadow.remove()
            throw error
        }
        reader = ObjectReader(git: git)
        (self.base, self.tree) = (base.hex, tree)
    }

    deinit { shadow.remove() }

    /// Ends the child that reads objects. The folder goes with the value.
    public func close() async { await reader.close() }

    /// A regular file of the base commit. Links and submodules are none.
    public struct File: Sendable, Hashable {
        public var path: String
        public var isExecutable: Bool
    }

    public nonisolated func file(at path: String) -> File? {
        tree.file(at: path).map { File(path: $0.path, isExecutable: $0.isExecutable) }
    }

    /// Every regular file of the base commit, in the order of git's tree.
    public nonisolated var files: [File] { tree.files.map { File(path: $0.path, isExecutable: $0.isExecutable) } }

    /// Whether the commit has more files than ``files`` tells.
    public nonisolated var isCut: Bool { tree.isCut }

    /// The bytes of a file of the base commit, as they are stored: no filter, no conversion.
    public func contents(of path: String, limit: Int) async throws(MirrorError) -> [UInt8] {
        guard let file = tree.file(at: path) else { throw .object(name: path, problem: "is no file of the revision") }
        guard let found = try await reader.contents(file.blob.hex, type: "blob", limit: limit) else {
            throw .object(name: file.blob.hex, problem: "is missing from the mirror")
        }
        return found.bytes
    }

    /// A commit on top of the base that replaces the contents of some of its files.
    ///
    /// - Parameters:
    ///   - files: path → new bytes; only regular files of the base, whose modes stay.
    ///   - author: `Name <address>`, without line breaks.
    public func commit(
        _ files: [String: [UInt8]], message: String, author: String, at time: Timestamp
    ) async throws(MirrorError) -> DraftCommit {
        var entries: [UInt8] = []
        for (path, bytes) in files.sorted(by: { $0.key < $1.key }) {
            guard let file = tree.file(at: path) else {
                throw .object(name: path, problem: "is no file of the revision")
            }
            let blob = try await name(["hash-object", "-w", "--no-filters", "--stdin"], input: bytes)
            entries += "\(file.isExecutable ? "100755" : "100644") \(blob)\t\(path)\0".utf8
        }
        try await readBase()
        _ = try await git.run(["update-index", "-z", "--index-info"], input: entries, limit: Self.maxNameBytes)
        let tree = try await name(["write-tree"])
        let seconds = time.nanoseconds / 1_000_000_000
        let text = """
            tree \(tree)
            parent \(base)
            author \(author) \(seconds) +0000
            committer \(author) \(seconds) +0000

            \(message)

            """
        let commit = try await name(["hash-object", "-w", "-t", "commit", "--stdin"], input: Array(text.utf8))
        return DraftCommit(name: commit, tree: tree)
    }

    func readBase(_ revision: String? = nil) async throws(MirrorError) {
        _ = try await git.run(["read-tree", revision ?? base], limit: Self.maxNameBytes)
    }

    /// Runs a command that answers with one object name.
    func name(_ arguments: [String], input: [UInt8] = []) async throws(MirrorError) -> String {
        let output = try await git.run(arguments, input: input, limit: Self.maxNameBytes)
        guard let line = RepositoryLayout.firstLine(output), let name = ObjectName(line) else {
            throw .gitFailed(command: arguments[0], status: "answered", message: "no object name")
        }
        return name.hex
    }
}

/// A commit made in a ``DraftRepository``.
public struct DraftCommit: Sendable, Hashable {
    public var name: String
    public var tree: String
}

extension MirrorSession {
    /// A private repository to draft a change of a revision in; nil when the mirror lacks the revision.
    ///
    /// - Parameter revision: a commit's complete name.
    public func draft(
        at revision: String, temporaryFolder: String = NSTemporaryDirectory()
    ) async throws(MirrorError) -> DraftRepository? {
        try refresh()
        guard let name = ObjectName(revision), let header = try await reader.header(name.hex + "^{commit}") else {
            return nil
        }
        let folder = temporaryFolder.hasSuffix("/") ? String(temporaryFolder.dropLast()) : temporaryFolder
        return try DraftRepository(
            over: layout, base: header.name, tree: try await tree(of: header.name), timeout: context.gitTimeout,
            temporaryFolder: folder)
    }

    public func hasBranch(_ name: String) throws(MirrorError) -> Bool {
        try refresh()
        return refs.branches[name] != nil
    }

    /// The commit at the head of the deployed branch.
    public func branchHead() throws(MirrorError) -> String? {
        try refresh()
        return refs.tip(configured: settings.branch)?.commit.hex
    }
}

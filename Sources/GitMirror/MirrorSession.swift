import Events
import Foundation

/// Reads one mirror: long-lived, one event at a time, nothing written to the mirror.
///
/// Holds one `git cat-file` child and a private temporary folder until ``close()``, and runs no more than one other git
/// beside it, however many events are asked about at once. Nothing it keeps grows with the number of events: trees and
/// git's answers are cached up to fixed counts.
public actor MirrorSession {
    public nonisolated let settings: MirrorSettings
    let context: ContextSettings
    let layout: RepositoryLayout
    let shadow: ShadowRepository
    let git: GitCommand
    let reader: ObjectReader
    private var state: RefState
    private var trees = BoundedCache<String, TreeIndex>(limit: 3)
    private var smallTrees = BoundedCache<String, TreeIndex>(limit: 24)
    private var outputs = BoundedCache<[String], [UInt8]>(limit: 128)
    private var histories = BoundedCache<[String], [LineTouch]>(limit: 256)
    private var fileVersions = BoundedCache<[String], [FileLog.Version]>(limit: 128)
    /// Read once; nil inside where there is none that can be used.
    private var graph: CommitGraph??
    private var tagCommits: [String: [String]]?
    private var isClosed = false
    /// Why the history's index could not be made; nil where it was, or was not needed.
    private(set) var indexFailure: MirrorError?
    private var isIndexed = false
    private var asked = 0
    private var isBusy = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// Refs, and how the files looked that they were read from.
    private struct RefState {
        var refs: MirrorRefs
        var seen: [FileProbe.Status]
    }

    /// Opens a mirror: checks its layout, reads its refs, and makes the private git directory over it.
    ///
    /// - Parameter temporaryFolder: where the private directory is made (mode 0700).
    public init(
        settings: MirrorSettings, context: ContextSettings = ContextSettings(),
        temporaryFolder: String = NSTemporaryDirectory()
    ) throws(MirrorError) {
        try self.init(settings: settings, context: context, temporaryFolder: temporaryFolder, executable: nil)
    }

    init(
        settings: MirrorSettings, context: ContextSettings, temporaryFolder: String, executable: String?
    ) throws(MirrorError) {
        let layout = try RepositoryLayout(path: settings.path)
        let seen = Self.look(layout)
        let refs = try MirrorRefs(layout)
        guard let format = refs.format else { throw .noCommits(path: settings.path) }
        let folder = temporaryFolder.hasSuffix("/") ? String(temporaryFolder.dropLast()) : temporaryFolder
        let shadow = try ShadowRepository(
            over: layout, format: format, temporaryFolder: folder, objects: .own)
        do throws(MirrorError) {
            git = try GitCommand(shadow: shadow, timeout: context.gitTimeout, executable: executable)
        } catch {
            shadow.remove()
            throw error
        }
        (self.settings, self.context, self.layout, self.shadow) = (settings, context, layout, shadow)
        reader = ObjectReader(git: git)
        state = RefState(refs: refs, seen: seen)
    }

    deinit { shadow.remove() }

    /// Ends the child and removes the private folder. Later calls answer "closed".
    public func close() async {
        guard !isClosed else { return }
        isClosed = true
        await reader.close()
        shadow.remove()
    }

    var refs: MirrorRefs { state.refs }

    /// Waits for its turn: one event at a time, in the order in which they came.
    func begin() async {
        guard isBusy else {
            isBusy = true
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    /// Hands the turn on.
    func end() {
        if waiting.isEmpty { isBusy = false } else { waiting.removeFirst().resume() }
    }

    /// Makes reading a long history quick, where the mirror does not: git's commit-graph with changed paths, written
    /// into the private folder. About 6 s for 100,000 commits; worth it before many events, not before one.
    ///
    /// Never throws: without it the answers are the same, and slower.
    public func prepare() async {
        guard !isIndexed, !isClosed else { return }
        isIndexed = true
        guard HistoryIndex.isMissing(layout), HistoryIndex.objects(layout) >= HistoryIndex.worthwhileObjects else {
            return
        }
        do throws(MirrorError) {
            try await HistoryIndex.write(git, tips: refs.branches.values.map(\.hex).sorted())
            graph = nil
        } catch {
            indexFailure = error
        }
    }

    /// The index of the history that was made here, else the mirror's own.
    func commitGraph() -> CommitGraph? {
        if let graph { return graph }
        let found = [shadow.path + "/objects", layout.objects].lazy.compactMap { objects in
            FileProbe.read(objects + "/info/commit-graph", limit: CommitGraph.maxBytes).flatMap { CommitGraph($0) }
        }.first
        graph = .some(found)
        return found
    }

    /// Counts the events asked about: after a few, the index pays.
    func countQuestion() async {
        asked += 1
        if asked == HistoryIndex.worthwhileEvents { await prepare() }
    }

    /// Reads the refs anew where the mirror was synchronised since.
    func refresh() throws(MirrorError) {
        guard !isClosed else { throw .closed }
        let seen = Self.look(layout)
        guard seen != state.seen else { return }
        state = RefState(refs: try MirrorRefs(layout), seen: seen)
        (tagCommits, graph) = (nil, nil)
    }

    private static func look(_ layout: RepositoryLayout) -> [FileProbe.Status] {
        [
            layout.gitDirectory + "/HEAD", layout.commonDirectory + "/packed-refs",
            layout.commonDirectory + "/refs/heads", layout.commonDirectory + "/refs/tags",
        ].map(FileProbe.status)
    }

    /// The files of a commit.
    func tree(of commit: ObjectName) async throws(MirrorError) -> TreeIndex {
        if let tree = smallTrees[commit.hex] ?? trees[commit.hex] { return tree }
        let listing = try await git.run(
            ["ls-tree", "-r", "-z", "--full-tree", commit.hex], limit: TreeIndex.maxListingBytes)
        let tree = TreeIndex(listing: listing)
        if tree.files.count <= Self.smallTree { smallTrees[commit.hex] = tree } else { trees[commit.hex] = tree }
        return tree
    }

    /// A file's text; nil for a binary one.
    func text(_ path: String, _ blob: ObjectName) async throws(MirrorError) -> SourceText? {
        let found = try await reader.contents(blob.hex, type: "blob", limit: SourceText.maxBytes)
        guard let found else { throw .object(name: blob.hex, problem: "is missing from the mirror") }
        return SourceText(path: path, bytes: found.bytes)
    }

    /// Runs git, or answers from the last time: the arguments name objects, so the answer cannot change.
    func cached(_ arguments: [String], limit: Int, within: Duration? = nil) async throws(MirrorError) -> [UInt8] {
        if let known = outputs[arguments] { return known }
        let output = try await git.run(arguments, limit: limit, within: within)
        if output.count <= Self.maxCachedBytes { outputs[arguments] = output }
        return output
    }

    func knownVersions(_ key: [String]) -> [FileLog.Version]? { fileVersions[key] }

    func remember(_ versions: [FileLog.Version], _ key: [String]) { fileVersions[key] = versions }

    /// What was found before of the same lines of the same content.
    func knownTouches(_ key: [String]) -> [LineTouch]? { histories[key] }

    func remember(_ touches: [LineTouch], _ key: [String]) { histories[key] = touches }

    /// Commit → tags on it.
    func taggedCommits() async throws(MirrorError) -> [String: [String]] {
        if let tagCommits { return tagCommits }
        var found: [String: [String]] = [:]
        for (name, object) in refs.tags.sorted(by: { $0.key > $1.key }).prefix(Self.maxTags) {
            guard let commit = try await reader.header(object.hex + "^{commit}") else { continue }
            found[commit.name.hex, default: []].append(name)
        }
        tagCommits = found
        return found
    }

    static let maxTags = 1000
    static let maxCachedBytes = 1 << 18
    /// Files of a tree of which many may be kept.
    static let smallTree = 5000
}

/// Keeps the entries used last.
struct BoundedCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    let limit: Int
    private var values: [Key: (value: Value, used: Int)] = [:]
    private var clock = 0

    init(limit: Int) { self.limit = limit }

    subscript(key: Key) -> Value? {
        mutating get {
            clock += 1
            values[key]?.used = clock
            return values[key]?.value
        }
        set {
            clock += 1
            values[key] = newValue.map { ($0, clock) }
            if values.count > limit, let oldest = values.min(by: { $0.value.used < $1.value.used }) {
                values[oldest.key] = nil
            }
        }
    }
}

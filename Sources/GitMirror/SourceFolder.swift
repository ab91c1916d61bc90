import Events

/// Unpacked source without a history: excerpts, and no suspects. Links in it are not followed.
public struct SourceFolder: Sendable {
    static let maxFiles = 50_000
    static let maxDepth = 40
    static let maxEntries = 20_000

    private let settings: MirrorSettings
    private let context: ContextSettings
    private let root: String
    private let tree: TreeIndex

    /// - Returns: nil for what is no folder, and for one that holds a repository, whole or damaged.
    public init?(_ settings: MirrorSettings, context: ContextSettings) {
        guard let root = FileProbe.realPath(settings.path), FileProbe.kind(root) == .folder,
            [".git", "HEAD", "objects"].allSatisfy({ FileProbe.kind(root + "/" + $0) == .missing })
        else { return nil }
        (self.settings, self.context, self.root) = (settings, context, root)
        let (paths, isCut) = Self.walk(root)
        guard !paths.isEmpty else { return nil }
        tree = TreeIndex(paths: paths, isCut: isCut)
    }

    private static func walk(_ root: String) -> (paths: [String], isCut: Bool) {
        var (paths, pending): ([String], [(String, Int)]) = ([], [("", 0)])
        while let (folder, depth) = pending.popLast() {
            guard let names = FileProbe.names(root + "/" + folder, limit: maxEntries) else { continue }
            for name in names {
                let path = folder.isEmpty ? name : folder + "/" + name
                switch FileProbe.kind(root + "/" + path) {
                case .folder where depth < maxDepth && name != ".git": pending.append((path, depth + 1))
                case .file where paths.count < maxFiles: paths.append(path)
                case .file: return (paths.sorted(), true)
                default: continue
                }
            }
        }
        return (paths.sorted(), false)
    }

    /// The code that an event points at. Never throws: what could not be read is told by the notes.
    public func context(for event: ErrorEvent) async -> CodeContext {
        let root = root
        let finder = FrameFinder(
            matcher: FileMatcher(tree: tree, settings: settings, service: event.service),
            limit: 2 * context.maxLocations
        ) { candidate async throws(MirrorError) in
            guard let bytes = FileProbe.read(root + "/" + candidate.path, limit: SourceText.maxBytes) else {
                throw .object(name: candidate.path, problem: "cannot be read, or is too large")
            }
            return SourceText(path: candidate.path, bytes: bytes)
        }
        let finding: FrameFinding
        do throws(MirrorError) {
            finding = try await finder.find(FrameOrder.ordered(event))
        } catch {
            return EventExcerpts.context(for: event, settings: context, mirror: settings.name, error: error)
        }
        var built = ExcerptBuilder(revision: "", settings: context).build(finding.places)
        for index in built.excerpts.indices { built.excerpts[index].blob = nil }
        let notes =
            ["\(settings.name) is source without a history: no commit can be suspected"]
            + (tree.isCut ? ["it has more than \(Self.maxFiles) files; the rest was not searched"] : [])
        if built.excerpts.isEmpty {
            let own = EventExcerpts.excerpts(of: event, settings: context)
            let state: CodeContext.State =
                own.isEmpty ? .notFound(mirror: settings.name, revision: "") : .fromEvent
            return CodeContext(state: state, excerpts: own, notes: notes + finding.notes)
        }
        return CodeContext(
            state: .read(mirror: settings.name, revision: "", basis: .sourceTree), excerpts: built.excerpts,
            notes: notes + finding.notes + built.notes)
    }
}

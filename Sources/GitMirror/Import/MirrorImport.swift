import Events
import Foundation
import Glibc

/// Takes a bundle into a mirror: the only thing that ever writes to one. Where no mirror is yet, a whole bundle makes it.
///
/// Everything is read, checked and indexed in the private folder first; the mirror gets the pack, and then, at one
/// instant, the refs. Killed at any moment, the mirror is as it was or as it should be, and a repetition ends the work.
/// The mirror's configuration and hooks are not read here either.
public struct MirrorImport: Sendable {
    public struct Change: Sendable, Hashable, Codable {
        public var ref: String
        /// nil for a new ref.
        public var old: String?
        public var new: String
        /// The ref did not just go on: commits that it had are no longer in it.
        public var isForced: Bool
    }

    public struct Outcome: Sendable, Hashable, Codable {
        public var mirror: String
        public var changes: [Change]
        public var packBytes: Int64
        /// Whether the bundle made the mirror.
        public var isNew = false
    }

    /// The longest that reading one bundle may take.
    static let timeout = Duration.seconds(1800)
    static let maxBundleBytes: Int64 = 64 << 30

    private let settings: MirrorSettings
    private let layout: RepositoryLayout
    private let shadow: ShadowRepository
    private let git: GitCommand
    private let bundle: String
    private let header: BundleHeader
    private let made: NewMirror?

    /// Reads the bundle's header and the mirror's layout.
    public init(
        bundle: String, into settings: MirrorSettings, temporaryFolder: String = NSTemporaryDirectory()
    ) throws(MirrorError) {
        guard FileProbe.kind(bundle) == .file else { throw .badBundle(path: bundle, reason: "there is no such file") }
        guard let head = FileProbe.head(bundle, count: BundleHeader.maxBytes) else {
            throw .badBundle(path: bundle, reason: "it cannot be read")
        }
        header = try BundleHeader(head, path: bundle)
        made = try Self.newMirror(at: settings, header, bundle)
        do throws(MirrorError) {
            layout = try RepositoryLayout(path: made?.making ?? settings.path)
            let format = try MirrorRefs(layout).format ?? header.format
            guard format == header.format else {
                throw MirrorError.badBundle(
                    path: bundle, reason: "its objects are named by \(header.format), the mirror's by \(format)")
            }
            let folder = temporaryFolder.hasSuffix("/") ? String(temporaryFolder.dropLast()) : temporaryFolder
            shadow = try ShadowRepository(over: layout, format: format, temporaryFolder: folder, objects: .own)
            do throws(MirrorError) {
                git = try GitCommand(shadow: shadow, timeout: Self.timeout)
            } catch {
                shadow.remove()
                throw error
            }
        } catch {
            made?.remove()
            throw error
        }
        (self.settings, self.bundle) = (settings, bundle)
    }

    /// A bundle that follows nothing makes the mirror that is not there yet.
    private static func newMirror(
        at settings: MirrorSettings, _ header: BundleHeader, _ bundle: String
    ) throws(MirrorError) -> NewMirror? {
        guard NewMirror.isNeeded(at: settings.path) else { return nil }
        guard header.prerequisites.isEmpty else {
            throw .badBundle(
                path: bundle,
                reason: "there is no mirror at \(settings.path) yet, and it follows another: the first one makes it")
        }
        guard let branch = header.branch else {
            throw .badBundle(path: bundle, reason: "it names no branch to begin a mirror with")
        }
        return try NewMirror(at: settings.path, branch: branch, format: header.format)
    }

    /// Verifies the bundle, then takes it in.
    ///
    /// - Throws: ``MirrorError/badBundle(path:reason:)`` with the mirror unchanged, for a bundle that is damaged, not
    ///   whole, or follows one that is missing.
    public func run() async throws -> Outcome {
        defer { shadow.remove() }
        let reader = ObjectReader(git: git)
        do {
            var outcome = try await take(reader)
            await reader.close()
            try made?.finish()
            outcome.isNew = made != nil
            return outcome
        } catch {
            await reader.close()
            made?.remove()
            throw error
        }
    }

    private func take(_ reader: ObjectReader) async throws(MirrorError) -> Outcome {
        for name in header.prerequisites {
            guard try await reader.header(name.hex)?.type == "commit" else {
                throw .badBundle(
                    path: bundle,
                    reason: "it follows commit \(name.short), which the mirror lacks: an earlier bundle is missing")
            }
        }
        let pack = try await indexed()
        try await checkConnected()
        let changes = try await changes()
        for ending in [".pack", ".rev", ".idx"] {
            let name = "/pack/pack-\(pack)\(ending)"
            guard FileProbe.kind(shadow.path + "/objects" + name) == .file,
                FileProbe.kind(layout.objects + name) == .missing
            else { continue }
            if FileProbe.kind(layout.objects + "/pack") == .missing { mkdir(layout.objects + "/pack", 0o755) }
            try DurableFile.move(shadow.path + "/objects" + name, to: layout.objects + name)
        }
        var packed = try PackedRefs(layout)
        var loose: [String: ObjectName] = [:]
        for change in changes {
            guard Self.hasRealFolders(change.ref, in: layout.commonDirectory),
                let line = FileProbe.read(layout.commonDirectory + "/" + change.ref, limit: MirrorRefs.maxLooseBytes)
                    .flatMap(RepositoryLayout.firstLine)
            else { continue }
            loose[change.ref] = ObjectName(line)
        }
        if !changes.isEmpty { try packed.change(to: header.refs.filter { kept($0.key) }, loose: loose) }
        // Its age is when something was last fetched.
        try DurableFile.replace(layout.gitDirectory + "/FETCH_HEAD", by: [])
        let size = FileProbe.status(layout.objects + "/pack/pack-\(pack).pack").size
        return Outcome(mirror: settings.name, changes: changes, packBytes: size)
    }

    /// Whether no folder on the way to a ref is a link: what lies behind one is not the mirror's.
    private static func hasRealFolders(_ ref: String, in root: String) -> Bool {
        var path = root
        return ref.split(separator: "/").dropLast().allSatisfy { part in
            path += "/" + part
            return FileProbe.kind(path) == .folder
        }
    }

    /// Branches and tags; what a clone keeps of other repositories' branches is not the mirror's.
    private func kept(_ ref: String) -> Bool { ref.hasPrefix("refs/heads/") || ref.hasPrefix("refs/tags/") }

    /// Git reads every object of the pack, checks what it is named by, and adds what a thin pack leaves out.
    private func indexed() async throws(MirrorError) -> String {
        let input = try InputFile(path: bundle, offset: header.packOffset)
        do throws(MirrorError) {
            let output = try await git.run(
                ["index-pack", "--stdin", "--fix-thin", "--max-input-size=\(Self.maxBundleBytes)"], file: input,
                limit: GitCommand.maxErrorBytes)
            let words = String(decoding: output, as: UTF8.self).split { $0 == "\t" || $0 == "\n" }
            guard let name = words.last.flatMap({ ObjectName($0) }) else {
                throw MirrorError.badBundle(path: bundle, reason: "git named no pack of it")
            }
            return name.hex
        } catch .gitFailed(_, _, let message) {
            throw .badBundle(path: bundle, reason: message)
        }
    }

    /// Whether everything that the refs lead to is there.
    private func checkConnected() async throws(MirrorError) {
        let old = try MirrorRefs(layout)
        let known = Set(old.branches.values.map(\.hex)).union(old.tags.values.map(\.hex))
        let lines = header.refs.values.map(\.hex) + (known.union(header.prerequisites.map(\.hex))).map { "^" + $0 }
        do throws(MirrorError) {
            _ = try await git.run(
                ["rev-list", "--objects", "--quiet", "--stdin"],
                input: Array(lines.sorted().joined(separator: "\n").utf8 + [0x0A]),
                limit: GitCommand.maxErrorBytes)
        } catch .gitFailed(_, _, let message) {
            throw .badBundle(path: bundle, reason: "it is not whole: \(message)")
        }
    }

    private func changes() async throws(MirrorError) -> [Change] {
        let old = try MirrorRefs(layout)
        var changes: [Change] = []
        for (ref, object) in header.refs.sorted(by: { $0.key < $1.key }) where kept(ref) {
            let short = String(ref.dropFirst(ref.hasPrefix("refs/heads/") ? 11 : 10))
            let before = ref.hasPrefix("refs/heads/") ? old.branches[short] : old.tags[short]
            if before == object { continue }
            var isForced = false
            if let before, ref.hasPrefix("refs/heads/") {
                let base = try await git.run(
                    ["rev-list", "-n1", before.hex, "^" + object.hex], limit: GitCommand.maxErrorBytes)
                isForced = !base.isEmpty
            } else if before != nil {
                isForced = true
            }
            changes.append(Change(ref: ref, old: before?.hex, new: object.hex, isForced: isForced))
        }
        return changes
    }
}

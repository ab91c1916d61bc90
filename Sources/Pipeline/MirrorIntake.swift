import Events
import Foundation
import GitMirror

/// Takes bundles that were carried in into the mirrors of the configuration.
public struct MirrorIntake: Sendable {
    let configuration: Configuration

    public init(configuration: Configuration) { self.configuration = configuration }

    /// - Parameter name: the mirror; without it, the one whose name the file's begins with, or the only one.
    public func take(_ bundle: String, into name: String?) async throws -> Report {
        let settings = try mirror(named: name, bundle: bundle)
        try configuration.home.prepare()
        let lock = try RunLock(home: configuration.home, holder: "mirror import")
        let outcome = try await MirrorImport(bundle: bundle, into: settings, temporaryFolder: configuration.home.path)
            .run()
        withExtendedLifetime(lock) {}
        return Report(outcome: outcome)
    }

    /// What a bundle changed.
    public struct Report: Sendable, Encodable {
        let outcome: MirrorImport.Outcome

        public var mirror: String { outcome.mirror }
        /// Whether there was no mirror before.
        public var isNew: Bool { outcome.isNew }

        /// One line a branch or tag that changed.
        public var lines: [String] {
            outcome.changes.map { change in
                let from = change.old.map { "\($0.prefix(10)) → " } ?? "new "
                let forced = change.isForced ? "  (not a continuation)" : ""
                return "\(change.ref)  \(from)\(change.new.prefix(10))\(forced)"
            }
        }

        public func encode(to encoder: any Encoder) throws { try outcome.encode(to: encoder) }
    }

    private func mirror(named name: String?, bundle: String) throws(MirrorIntakeError) -> MirrorSettings {
        let mirrors = configuration.mirrors
        if let name {
            if let named = mirrors.first(where: { $0.name == name }) { return named }
            if let new = newMember(name) { return new }
            throw .unknown(name: name, known: mirrors.map(\.name))
        }
        let file = URL(fileURLWithPath: bundle).lastPathComponent
        func short(_ mirror: MirrorSettings) -> String { URL(fileURLWithPath: mirror.name).lastPathComponent }
        let named = mirrors.filter { file.hasPrefix(short($0) + "-") || file == short($0) + ".bundle" }
        // Of `shop` and `shop-web` the longer is meant.
        let longest = named.map { short($0).count }.max()
        let best = named.filter { short($0).count == longest }
        if best.count == 1 { return best[0] }
        guard best.isEmpty else { throw .unknown(name: file, known: best.map(\.name)) }
        guard mirrors.count == 1, let only = mirrors.first else {
            throw .unknown(name: file, known: mirrors.map(\.name))
        }
        return only
    }

    /// A mirror that a folder of mirrors does not hold yet.
    private func newMember(_ name: String) -> MirrorSettings? {
        for folder in configuration.mirrorFolders + configuration.mirrors.filter(MirrorFolder.isEmpty) {
            guard let path = MirrorFolder.place(of: name, in: folder) else { continue }
            var member = folder
            (member.name, member.path) = (name, path)
            return member
        }
        return nil
    }
}

/// Why no mirror was chosen.
public enum MirrorIntakeError: OperatorFacing, Equatable {
    case unknown(name: String, known: [String])

    public var description: String {
        switch self {
        case .unknown(let name, let known):
            known.isEmpty
                ? "no mirror is configured" : "\(name) names none of the mirrors \(known.joined(separator: ", "))"
        }
    }

    public var remedy: String? { "Name one with --mirror, as [[mirror]] in appliance.toml does." }
    public var kind: FailureKind { .usage }
}

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
            guard let named = mirrors.first(where: { $0.name == name }) else {
                throw .unknown(name: name, known: mirrors.map(\.name))
            }
            return named
        }
        let file = URL(fileURLWithPath: bundle).lastPathComponent
        let named = mirrors.filter { file.hasPrefix($0.name + "-") || file == $0.name + ".bundle" }
        // Of `shop` and `shop-web` the longer is meant.
        if let longest = named.max(by: { $0.name.count < $1.name.count }) { return longest }
        guard mirrors.count == 1, let only = mirrors.first else {
            throw .unknown(name: file, known: mirrors.map(\.name))
        }
        return only
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

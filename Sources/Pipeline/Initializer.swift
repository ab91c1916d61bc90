import Events
import Foundation

/// Writes a home that can be edited: configuration, models, prompts, keys. What exists is kept.
public struct Initializer: Sendable {
    public struct Step: Sendable, Hashable {
        public var path: String
        public var wasWritten: Bool
    }

    public let home: Home

    public init(home: Home) { self.home = home }

    public func run() throws -> [Step] {
        try home.prepare()
        try FileManager.default.createDirectory(
            atPath: "\(home.path)/prompts", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let files: [(String, [UInt8])] = [
            ("appliance.toml", Array(ConfigurationTemplate.main.utf8)),
            ("models.conf", PackageResources.models_conf),
            ("prompts/diagnose.md", PackageResources.diagnose_md),
            ("prompts/repair.md", PackageResources.repair_md),
            ("prompts/fix.md", PackageResources.fix_md),
        ]
        var steps: [Step] = []
        for (name, bytes) in files {
            let path = "\(home.path)/\(name)"
            let exists = FileManager.default.fileExists(atPath: path)
            if !exists { try Home.writeSecret(bytes, to: path) }
            steps.append(Step(path: path, wasWritten: !exists))
        }
        for (key, load) in [
            (home.redactionKey, { _ = try home.loadRedactionKey() }),
            (home.signingKey, { _ = try home.loadSigningKey() }),
        ] {
            let exists = FileManager.default.fileExists(atPath: key)
            try load()
            steps.append(Step(path: key, wasWritten: !exists))
        }
        return steps
    }
}

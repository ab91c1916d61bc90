import Events
import Foundation
import GitMirror
import Intake

/// Finding and reading the files of a configuration.
extension Configuration {
    struct File: Sendable {
        var path: String
        var text: String
    }

    /// A configuration file is at most so large; a larger one is some other file.
    static let fileLimit = 1 << 20

    /// Variables that others use for hosted services: nothing of theirs applies here.
    private static let ignoredVariables = [
        "GITHUB_TOKEN", "OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL", "OPENAI_ORG_ID",
    ]

    static func withAliases(_ environment: [String: String], warnings: inout [String]) -> [String: String] {
        var environment = environment
        for (patrol, ours) in ConfigurationKeys.aliases where environment[ours] == nil {
            guard let value = environment[patrol] else { continue }
            environment[ours] = translate(patrol, value)
        }
        for name in ignoredVariables where environment[name] != nil {
            warnings.append("\(name) is ignored: nothing is sent to a hosted service")
        }
        return environment
    }

    /// Patrol writes seconds for its TTL, and a JSON object for its map.
    private static func translate(_ name: String, _ value: String) -> String {
        switch name {
        case "CACHE_TTL" where Int(value) != nil: return "\(value)s"
        case "CACHE_EVICTION_POLICY": return value.lowercased()
        case "REPOSITORY_URL_MAP":
            guard let map = try? JSONDecoder().decode([String: String].self, from: Data(value.utf8)) else {
                return value
            }
            return map.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
        default: return value
        }
    }

    static func searchPath(home: Home, option: String?) throws(ConfigurationError) -> [String] {
        guard let option else { return [home.path, "/etc/appliance"] }
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: option, isDirectory: &isDirectory) else {
            throw .missing(file: option, searched: [option])
        }
        if isDirectory.boolValue { return [option] }
        return [URL(fileURLWithPath: option).deletingLastPathComponent().path]
    }

    static func readFile(_ name: String, in directories: [String], required: Bool) throws(ConfigurationError) -> File? {
        for directory in directories {
            let path = "\(directory)/\(name)"
            guard FileManager.default.fileExists(atPath: path) else { continue }
            guard let handle = FileHandle(forReadingAtPath: path) else {
                throw .unreadable(path: path, reason: String(cString: strerror(errno)))
            }
            let data: Data
            do {
                data = try handle.read(upToCount: fileLimit + 1) ?? Data()
            } catch {
                throw .unreadable(path: path, reason: error.systemWords)
            }
            guard data.count <= fileLimit else { throw .unreadable(path: path, reason: "larger than 1 MB") }
            guard let text = String(data: data, encoding: .utf8) else {
                throw .unreadable(path: path, reason: "not UTF-8 text")
            }
            return File(path: path, text: text)
        }
        if required { throw .missing(file: name, searched: directories) }
        return nil
    }

    static func parse(_ file: File) throws(ConfigurationError) -> TOMLFile {
        try TOMLFile(text: file.text, place: URL(fileURLWithPath: file.path).lastPathComponent)
    }

    static func promptDirectory(_ settings: PromptSettings, directories: [String], main: String?) -> String {
        let base = main.map { URL(fileURLWithPath: $0).deletingLastPathComponent().path } ?? directories[0]
        if let directory = settings.directory {
            return directory.hasPrefix("/") ? directory : "\(base)/\(directory)"
        }
        let candidates = directories.map { "\($0)/prompts" }
        return candidates.first { FileManager.default.fileExists(atPath: "\($0)/diagnose.md") } ?? "\(base)/prompts"
    }

    /// Relative paths in a configuration are relative to its file, not to where a command is typed.
    mutating func resolvePaths(relativeTo base: String?) {
        guard let base else { return }
        func absolute(_ path: String) -> String {
            path.hasPrefix("/") || path == "-" ? path : URL(fileURLWithPath: "\(base)/\(path)").standardizedFileURL.path
        }
        for index in sources.indices {
            sources[index].paths = sources[index].paths.map(absolute)
            sources[index].remote.caFile = sources[index].remote.caFile.map(absolute)
            sources[index].remote.tokenFile = sources[index].remote.tokenFile.map(absolute)
        }
        prometheus.remote.caFile = prometheus.remote.caFile.map(absolute)
        prometheus.remote.tokenFile = prometheus.remote.tokenFile.map(absolute)
        for index in mirrors.indices { mirrors[index].path = absolute(mirrors[index].path) }
        endpoint.caFile = endpoint.caFile.map(absolute)
        endpoint.tokenFile = endpoint.tokenFile.map(absolute)
        serve.tokenFile = serve.tokenFile.map(absolute)
        serve.metricsTokenFile = serve.metricsTokenFile.map(absolute)
        serve.sentrySecretFile = serve.sentrySecretFile.map(absolute)
        serve.viewerTokenFile = serve.viewerTokenFile.map(absolute)
        serve.operatorTokenFile = serve.operatorTokenFile.map(absolute)
        for index in serve.projects.indices { serve.projects[index].keyFile = absolute(serve.projects[index].keyFile) }
    }
}

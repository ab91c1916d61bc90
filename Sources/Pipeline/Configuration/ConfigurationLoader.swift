import Delivery
import Diagnosing
import Events
import Foundation
import GitMirror
import Grouping
import Intake

extension Configuration {
    /// Finds, reads, resolves and checks `appliance.toml` and `models.conf`.
    ///
    /// - Parameter option: `--config`: a directory or an appliance.toml. Without it: the home, then
    ///   /etc/appliance; where there is no file at all, defaults hold.
    /// - Throws: ``ConfigurationError/problems(_:)`` with everything that is wrong, at once.
    public static func load(home: Home, option: String?, environment: [String: String]) throws -> Configuration {
        var warnings: [String] = []
        let environment = withAliases(environment, warnings: &warnings)
        let directories = try searchPath(home: home, option: option)
        let main = try readFile("appliance.toml", in: directories, required: option != nil)
        let models = try readFile("models.conf", in: directories, required: false)

        var configuration = Configuration(home: home, files: [main, models].compactMap { $0?.path }, prompts: "")
        configuration.warnings = warnings
        var decoder = ConfigurationDecoder(file: try main.map(parse), environment: environment)
        let prompts = configuration.decodeMain(&decoder)
        decoder.finish()
        var modelsDecoder = ConfigurationDecoder(file: try models.map(parse), environment: environment)
        configuration.decodeModels(&modelsDecoder, environment: environment)
        modelsDecoder.finish()
        configuration.prompts = promptDirectory(prompts, directories: directories, main: main?.path)
        let problems = decoder.problems + modelsDecoder.problems + configuration.contradictions(main?.path)
        guard problems.isEmpty else { throw ConfigurationError.problems(problems) }
        configuration.resolvePaths(
            relativeTo: main.map { URL(fileURLWithPath: $0.path).deletingLastPathComponent().path })
        configuration.openMirrorFolders()
        return configuration
    }

    /// Puts the mirrors of a folder in its place, behind those that are configured by themselves.
    private mutating func openMirrorFolders() {
        var (single, members): ([MirrorSettings], [MirrorSettings]) = ([], [])
        for mirror in mirrors {
            guard let found = MirrorFolder.members(of: mirror) else {
                single.append(mirror)
                continue
            }
            mirrorFolders.append(mirror)
            members += found
        }
        let names = Set(single.map(\.name))
        mirrors = single + members.filter { !names.contains($0.name) }
    }

    private mutating func decodeMain(_ decoder: inout ConfigurationDecoder) -> PromptSettings {
        var prompts = PromptSettings()
        decoder.section("report", ConfigurationKeys.report, into: &report)
        sources = decoder.list("source", ConfigurationKeys.source, from: SourceSettings(name: "", paths: []))
        mirrors = decoder.list("mirror", ConfigurationKeys.mirror, from: MirrorSettings(name: "", path: ""))
        prometheus.queries = decoder.list("prometheus.query", ConfigurationKeys.metricQuery, from: MetricQuery())
        decoder.section("prometheus", ConfigurationKeys.prometheus, into: &prometheus)
        decoder.section("context", ConfigurationKeys.context, into: &context)
        decoder.section("routing", ConfigurationKeys.routing, into: &routing)
        redaction.patterns = decoder.list(
            "redaction.pattern", ConfigurationKeys.redactionPattern, from: RedactionPattern(name: ""))
        decoder.section("redaction", ConfigurationKeys.redaction, into: &redaction)
        grouping.rules = decoder.list("grouping.rule", ConfigurationKeys.groupingRule, from: GroupingRule())
        decoder.section("grouping", ConfigurationKeys.grouping, into: &grouping)
        decoder.section("budget", ConfigurationKeys.budget, into: &budget)
        decoder.section("history", ConfigurationKeys.history, into: &cache)
        decoder.section("retention", ConfigurationKeys.retention, into: &retention)
        decoder.section("alerts", ConfigurationKeys.alerts, into: &alerts)
        let zone = timeZone.identifier
        alerts.quietHours?.timeZone = zone
        maintenance = decoder.list(
            "maintenance", ConfigurationKeys.maintenance, from: Configuration.noMaintenance)
        decoder.section("export", ConfigurationKeys.export, into: &export)
        decoder.section("outbox", ConfigurationKeys.outbox, into: &outbox)
        decoder.section("issues", ConfigurationKeys.issues, into: &issues)
        serve.projects = decoder.list(
            "serve.project", ConfigurationKeys.serveProject, from: ServeSettings.Project(name: "", keyFile: ""))
        decoder.section("serve", ConfigurationKeys.serve, into: &serve)
        decoder.section("watch", ConfigurationKeys.watch, into: &watch)
        decoder.section("schedule", ConfigurationKeys.schedule, into: &schedule)
        decoder.section("fixing", ConfigurationKeys.fixing, into: &fixing)
        decoder.section("diagnosis", ConfigurationKeys.diagnosis, into: &diagnosing)
        decoder.section("prompts", ConfigurationKeys.prompts, into: &prompts)
        return prompts
    }

    private mutating func decodeModels(_ decoder: inout ConfigurationDecoder, environment: [String: String]) {
        let configured = endpoint
        decoder.section("endpoint", ConfigurationKeys.endpoint, into: &endpoint)
        for role in decoder.names(under: "models") {
            // A table named after a role plays it; another says which it plays. Triage is the small model's.
            let played = ModelSettings.Role(rawValue: role)
            var model = ModelSettings(
                name: "", role: played ?? .embed, size: played == .triage ? .small : .medium)
            decoder.section("models.\(role)", ConfigurationKeys.model, into: &model)
            if played == nil, !decoder.has("role", in: "models.\(role)") {
                let roles = ModelSettings.Role.allCases.map(\.rawValue).joined(separator: ", ")
                decoder.report("models.\(role)", "[models.\(role)] is no role: name one with role = (\(roles))")
            }
            models[role] = model
        }
        keepEndpoint(configured: configured, file: decoder.file, environment: environment)
    }

    /// The environment chooses the endpoint only where the file allows it.
    private mutating func keepEndpoint(configured: EndpointSettings, file: TOMLFile?, environment: [String: String]) {
        var fromFile = configured
        var decoder = ConfigurationDecoder(file: file, environment: [:])
        decoder.section("endpoint", ConfigurationKeys.endpoint, into: &fromFile)
        if fromFile.allowEnvEndpoint {
            if environment["APPLIANCE_ENDPOINT_URL"] == nil, let host = environment["OLLAMA_HOST"], !host.isEmpty {
                endpoint.url = host.contains("://") ? host : "http://\(host)"
            }
        } else {
            if endpoint != fromFile {
                warnings.append("APPLIANCE_ENDPOINT_… is ignored: models.conf does not set allow_env_endpoint = true")
            }
            endpoint = fromFile
        }
    }

    /// What each key allows by itself, but not together.
    private func contradictions(_ path: String?) -> [ConfigurationProblem] {
        let place = path ?? "configuration"
        func problem(_ message: String) -> ConfigurationProblem {
            ConfigurationProblem(place: place, line: nil, message: message)
        }
        var problems: [ConfigurationProblem] = []
        if outbox.messages.forms.contains(.mail), outbox.messages.mailFrom == nil || outbox.messages.mailTo.isEmpty {
            problems.append(problem("[outbox] forms has mail, which needs mail_from and mail_to"))
        }
        if serve.address == nil {
            problems.append(
                problem(
                    "[serve] listen is no loopback address: name the proxies that end TLS before it in [serve] proxies")
            )
        }
        for (kind, names) in [("source", sources.map(\.name)), ("mirror", mirrors.map(\.name))] {
            for name in Set(names).sorted() where names.count(where: { $0 == name }) > 1 {
                problems.append(
                    problem("two [[\(kind)]] are named \"\(name)\"; names tell them apart in cursors and reports"))
            }
            if names.contains("") { problems.append(problem("a [[\(kind)]] has no name")) }
        }
        for pattern in redaction.patterns
        where pattern.name.isEmpty || pattern.prefix == nil && pattern.expression == nil {
            let name = pattern.name.isEmpty ? "without a name" : "\"\(pattern.name)\""
            problems.append(problem("[[redaction.pattern]] \(name) needs a name, and a prefix or an expression"))
        }
        problems += sources.flatMap { source in
            source.contradictions.map { problem("source \"\(source.name)\" \($0)") }
        }
        problems += prometheus.contradictions.map { problem("[prometheus] \($0)") }
        for mirror in mirrors where mirror.path.isEmpty {
            problems.append(problem("mirror \"\(mirror.name)\" has no path"))
        }
        if models.values.count(where: { $0.role == .embed }) > 1 {
            problems.append(problem("two models have the role embed; vectors of one cannot be compared with another's"))
        }
        for (role, model) in models.sorted(by: { $0.key < $1.key })
        where model.role != .embed && model.maxAnswerTokens >= model.contextTokens {
            let sizes =
                "num_predict (\(model.maxAnswerTokens)) leaves no room for a prompt in num_ctx (\(model.contextTokens))"
            problems.append(problem("[models.\(role)]: \(sizes)"))
        }
        return problems
    }
}

func knownTimeZone(_ name: String?) -> String? {
    guard let name, !name.isEmpty, TimeZone(identifier: name) == nil else { return nil }
    return "a time zone such as \"Asia/Seoul\" or \"UTC\""
}

/// What a name of an encoding has to be, where this one is none.
func knownEncoding(_ name: String?) -> String? {
    guard let name, !SourceSettings.isKnown(encoding: name) else { return nil }
    return "\"auto\" or an encoding that iconv knows, such as CP949"
}

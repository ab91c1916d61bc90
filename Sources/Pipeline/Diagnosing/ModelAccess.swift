import Diagnosing
import Events
import Foundation
import HTTPTransport
import History

/// Which models can be asked in this run, found out once at its start.
enum ModelAccess: Sendable {
    case ready(Ready)
    case absent(Provenance.BuiltInReason)

    struct Ready: Sendable {
        /// At least one, the smallest first.
        var models: [Model]
        var endpoint: String
        var client: OllamaClient
        /// Why others of the configured ones cannot be asked, in words.
        var problems: [String] = []

        /// The model that a run is named after: the largest.
        var main: Model? { models.last }
    }

    struct Model: Sendable {
        var settings: ModelSettings
        /// As the server names it.
        var digest: String
    }

    /// What is told of a model whose digest is another than at its first use.
    typealias Accepted = @Sendable (_ model: String) throws -> String?

    /// Finds models at a site's endpoint, and remembers the digest of each at its first use.
    static func open(_ site: Site, wanted: [ModelSettings]) async throws -> ModelAccess {
        let history = site.history
        let access = try await open(site.configuration, wanted: wanted) { name in
            try history.setting(AcceptedModels.key(name))
        }
        guard case .ready(let ready) = access else { return access }
        for model in ready.models where try history.setting(AcceptedModels.key(model.settings.name)) == nil {
            try history.setSetting(AcceptedModels.key(model.settings.name), to: model.digest)
        }
        return access
    }

    /// - Parameters:
    ///   - wanted: the models to ask, the smallest first; nil for those that diagnose.
    ///   - accepted: the digest under which a model was first asked here, or accepted since; nil for a new one.
    static func open(
        _ configuration: Configuration, wanted: [ModelSettings]? = nil, accepted: Accepted = { _ in nil }
    ) async throws -> ModelAccess {
        let wanted = wanted ?? configuration.diagnosingModels
        guard let first = wanted.last else { return .absent(.noModel) }
        let endpoint = try configuration.makeEndpoint()
        let client = OllamaClient(endpoint: endpoint)
        let installed: [InstalledModel]
        do {
            installed = try await client.installedModels(timeouts: first.timeouts)
        } catch {
            return .absent(.unavailable("cannot ask Ollama at \(endpoint): \(error.cause)"))
        }
        var ready = Ready(models: [], endpoint: "\(endpoint)", client: client)
        for settings in wanted {
            guard let model = installed.first(where: { $0.matches(settings.name) }) else {
                ready.problems.append("model \(settings.name) is not installed at \(endpoint)")
                continue
            }
            if let problem = settings.refusal(of: model.digest, accepted: try accepted(settings.name)) {
                ready.problems.append(problem)
            } else {
                ready.models.append(Model(settings: settings, digest: model.digest))
            }
        }
        guard !ready.models.isEmpty else { return .absent(.unavailable(ready.problems.joined(separator: "; "))) }
        return .ready(ready)
    }
}

extension ModelSettings {
    /// Why a model with this digest is not asked; nil when it may be.
    func refusal(of found: String, accepted: String?) -> String? {
        if let pinned = digest {
            let wanted = pinned.replacing("sha256:", with: "").lowercased()
            if found.lowercased().hasPrefix(wanted) { return nil }
            return "model \(name) has digest \(found.prefix(12))…, not the one that models.conf demands"
        }
        guard let accepted, accepted != found else { return nil }
        return "model \(name) has changed: its digest was \(accepted.prefix(12))… and is \(found.prefix(12))…; "
            + "it is asked again after: appliance models accept \(name)"
    }
}

extension ChatFailure {
    /// The failure alone, where the sentence around it names the server.
    var cause: String {
        if case .unreachable(let error) = self { return error.description }
        return description
    }
}

extension Configuration {
    /// The models that are asked for diagnoses, the smallest first.
    var diagnosingModels: [ModelSettings] {
        models.values.filter { $0.role == .diagnose || $0.role == .triage }
            .sorted { ($0.size, $0.name) < ($1.size, $1.name) }
    }

    /// The model that tells where texts lie; nil where none is configured.
    var embeddingModel: ModelSettings? { models.values.first { $0.role == .embed } }

    /// The model that is asked for changes; nil where those that diagnose propose them.
    var fixingModel: ModelSettings? { models.values.filter { $0.role == .fix }.min { $0.name < $1.name } }

    func makeEndpoint() throws -> Endpoint {
        var token: String?
        if let file = endpoint.tokenFile {
            guard let text = FileManager.default.contents(atPath: file).map({ String(decoding: $0, as: UTF8.self) })
            else {
                throw ConfigurationError.unreadable(path: file, reason: String(cString: strerror(errno)))
            }
            token = text.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        return try Endpoint(endpoint.url, addresses: endpoint.addresses, caFile: endpoint.caFile, bearerToken: token)
    }
}

extension InstalledModel {
    /// `qwen` means `qwen:latest`, as the server takes it.
    func matches(_ configured: String) -> Bool {
        name == configured || (!configured.contains(":") && name == "\(configured):latest")
    }
}

import Diagnosing
import Events
import Foundation
import HTTPTransport

/// Whether a model can be asked in this run, found out once at its start.
enum ModelAccess: Sendable {
    case ready(Ready)
    case absent(Provenance.BuiltInReason)

    struct Ready: Sendable {
        var settings: ModelSettings
        /// As the server names it.
        var digest: String?
        var endpoint: String
        var client: OllamaClient
    }

    static let role = "diagnose"

    static func open(_ configuration: Configuration) async throws -> ModelAccess {
        guard let settings = configuration.models[role] else { return .absent(.noModel) }
        let endpoint = try configuration.makeEndpoint()
        let client = OllamaClient(endpoint: endpoint)
        let installed: [InstalledModel]
        do {
            installed = try await client.installedModels(timeouts: settings.timeouts)
        } catch {
            return .absent(.unavailable("cannot ask Ollama at \(endpoint): \(error.cause)"))
        }
        guard let model = installed.first(where: { $0.matches(settings.name) }) else {
            return .absent(.unavailable("model \(settings.name) is not installed at \(endpoint)"))
        }
        if let pinned = settings.digest, !model.digest.hasPrefix(pinned.replacing("sha256:", with: "")) {
            let found = model.digest.prefix(12)
            return .absent(
                .unavailable("model \(settings.name) has digest \(found)…, not the one that models.conf demands"))
        }
        return .ready(Ready(settings: settings, digest: model.digest, endpoint: "\(endpoint)", client: client))
    }
}

extension ChatFailure {
    /// The failure alone, where the sentence around it names the server.
    fileprivate var cause: String {
        if case .unreachable(let error) = self { return error.description }
        return description
    }
}

extension Configuration {
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

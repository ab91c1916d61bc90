import Diagnosing
import Events
import Foundation
import GitMirror
import HTTPTransport

/// The checks of what lies outside the home: the endpoint and the mirrors.
extension Doctor {
    func endpoint(_ configuration: Configuration) async -> [Check] {
        guard let settings = configuration.models[ModelAccess.role] else {
            return [
                .warning(
                    "model", "models.conf names no model for diagnoses; the built-in triage answers",
                    "add [models.diagnose] to models.conf")
            ]
        }
        do {
            let endpoint = try configuration.makeEndpoint()
            let client = OllamaClient(endpoint: endpoint)
            let version = try await client.version()
            let reached = Check.ok("endpoint", "\(endpoint), Ollama \(version)")
            switch try await ModelAccess.open(configuration) {
            case .absent(let reason): return [reached, absent(settings, reason)]
            case .ready(let ready): return [reached, try await loaded(ready, client)]
            }
        } catch let failure as ChatFailure {
            let finding = "\(configuration.endpoint.url): \(failure)"
            return [
                .warning(
                    "endpoint", finding,
                    "start it (systemctl start ollama), or correct models.conf; until then the built-in triage answers")
            ]
        } catch {
            return [.broken("endpoint", error)]
        }
    }

    private func absent(_ settings: ModelSettings, _ reason: Provenance.BuiltInReason) -> Check {
        let words = if case .unavailable(let words) = reason { words } else { "\(reason)" }
        return .warning(
            "model", words, "load it (ollama create \(settings.name) -f Modelfile), or name another in models.conf")
    }

    /// A loaded model tells the context that it really has.
    private func loaded(_ ready: ModelAccess.Ready, _ client: OllamaClient) async throws -> Check {
        let name = ready.settings.name
        let digest = ready.digest.map { " (sha256 \($0.prefix(12))…)" } ?? ""
        let running = try await client.loadedModels().first { $0.name == name }
        if let context = running?.contextTokens, context > 0, context < ready.settings.contextTokens {
            return .warning(
                "model", "\(name): num_ctx is \(ready.settings.contextTokens), the server clamps it to \(context)",
                "set num_ctx = \(context) in models.conf, or load a model that was trained for more")
        }
        return .ok("model", "\(name)\(digest), num_ctx \(ready.settings.contextTokens)")
    }

    func mirrors(_ configuration: Configuration, now: Timestamp) async -> [Check] {
        let pool = MirrorPool(context: configuration.context)
        var checks: [Check] = []
        for mirror in configuration.mirrors {
            let subject = "mirror \(mirror.name)"
            do {
                let status = try await pool.status(of: mirror, releases: [], now: now)
                let head =
                    "\(status.head.prefix(10)) on \(status.branch ?? "a detached head"), \(status.headTime.rfc3339)"
                if let note = MirrorNotes.words(status, name: mirror.name) {
                    checks.append(.warning(subject, "\(head); \(note)", "run the mirror sync on the staging host"))
                } else {
                    checks.append(.ok(subject, head))
                }
            } catch {
                checks.append(.broken(subject, error))
            }
        }
        await pool.close()
        return checks
    }
}

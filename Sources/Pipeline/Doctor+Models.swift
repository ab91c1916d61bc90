import Diagnosing
import Events
import Foundation
import HTTPTransport
import Synchronization

/// The checks of the endpoint: its models, their digests, the context that they really have, how many it serves at once.
extension Doctor {
    func endpoint(_ configuration: Configuration, now: Timestamp) async -> [Check] {
        guard let settings = configuration.diagnosingModels.last else {
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
            // A history that cannot be read is told by its own check.
            let accepted = (try? ModelDesk(configuration: configuration).acceptedDigests(now)) ?? [:]
            let wanted = configuration.diagnosingModels + [configuration.embeddingModel].compactMap(\.self)
            switch try await ModelAccess.open(configuration, wanted: wanted, accepted: { accepted[$0] }) {
            case .absent(let reason): return [reached, absent(settings, reason)]
            case .ready(let ready):
                let (installed, running) = (try await client.installedModels(), try await client.loadedModels())
                let missing = ready.problems.map {
                    Check.warning("model", $0, "correct models.conf, or: appliance models check")
                }
                let models = ready.models.map { context($0, installed, running) }
                return [reached] + models + missing + [await parallelism(ready, running)]
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
            "model", words,
            "bring it in (appliance models import FILE.gguf --name \(settings.name)), or name another in models.conf")
    }

    /// A loaded model tells the context that it really has, another one what it was trained for.
    private func context(
        _ model: ModelAccess.Model, _ installed: [InstalledModel], _ running: [LoadedModel]
    ) -> Check {
        let (name, wanted) = (model.settings.name, model.settings.contextTokens)
        let digest = " (sha256 \(model.digest.prefix(12))…)"
        let real = running.first { model.settings.isNamed($0.name) }?.contextTokens
        let trained = installed.first { $0.matches(name) }?.contextTokens
        if let context = real ?? trained, context > 0, context < wanted {
            let words = real == nil ? "the model was trained for" : "the server clamps it to"
            return .warning(
                "model", "\(name): num_ctx is \(wanted), \(words) \(context)",
                "set num_ctx = \(context) in models.conf, or load a model that was trained for more")
        }
        let facts = real.map { ", and has it" + ($0 == wanted ? "" : " (\($0))") } ?? ", not loaded now"
        return .ok("model", "\(name)\(digest), num_ctx \(wanted)\(facts)")
    }

    // MARK: parallelism

    /// Two short questions at once: a server that answers one after another lets people wait behind a batch.
    ///
    /// Asked of a model that is in memory alone, and not while a run is at work: neither is to wait for this.
    private func parallelism(_ ready: ModelAccess.Ready, _ running: [LoadedModel]) async -> Check {
        let subject = "parallelism"
        let chatting = ready.models.filter { $0.settings.role != .embed }
        guard let model = chatting.first(where: { model in running.contains { model.settings.isNamed($0.name) } })
        else {
            return .ok(subject, "not known while no model is in memory; appliance models bench loads them")
        }
        guard runningProcess() == nil else {
            return .ok(subject, "not asked while a run is at work")
        }
        do {
            guard try await Self.answersTwoAtOnce(model.settings, ready.client) else {
                return .ok(
                    subject,
                    "\(model.settings.name) answers one request at a time; while a batch asks, people wait "
                        + "(OLLAMA_NUM_PARALLEL on the server changes it, and takes memory for each context)")
            }
            return .ok(subject, "\(model.settings.name) answers at least two requests at once")
        } catch {
            return .warning(
                subject, "\(model.settings.name) did not answer two short questions: \(error)",
                "look who else asks this server, and into its log; appliance models bench asks it alone")
        }
    }

    /// Whether both answers had begun before either of them ended: of order, and not of time.
    static func answersTwoAtOnce(_ settings: ModelSettings, _ client: OllamaClient) async throws -> Bool {
        var brief = settings
        (brief.maxAnswerTokens, brief.think) = (probeTokens, settings.think == .unset ? .unset : .off)
        brief.timeouts = ModelSettings.Timeouts(
            connect: settings.timeouts.connect, firstToken: probePatience, stall: probePatience, total: probePatience)
        let request = ChatRequest(
            model: brief, messages: [ChatMessage(.user, "Count from 1 to 40 as a JSON array of numbers.")],
            schema: #"{"type":"array","maxItems":40,"items":{"type":"integer","minimum":0,"maximum":99}}"#)
        let probe = Probe()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<2 {
                group.addTask {
                    _ = try await client.chat(request) { _ in probe.order.withLock { $0.begin(index) } }
                    probe.order.withLock { $0.end() }
                }
            }
            try await group.waitForAll()
        }
        return probe.order.withLock(\.overlapped)
    }

    /// Tokens of one short answer, and the longest wait for both.
    private static let probeTokens = 48
    private static let probePatience = Duration.seconds(30)

    private final class Probe: Sendable {
        let order = Mutex(ProbeOrder())
    }

    /// In which order pieces of two answers came, and their ends.
    struct ProbeOrder {
        private var begun: Set<Int> = []
        private var hasEnded = false
        private(set) var overlapped = false

        mutating func begin(_ index: Int) {
            begun.insert(index)
            if begun.count == 2, !hasEnded { overlapped = true }
        }

        mutating func end() { hasEnded = true }
    }
}

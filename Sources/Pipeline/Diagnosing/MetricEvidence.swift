import Events
import Intake
import Synchronization

/// Metrics around errors, as one run asks for them: a server that fails is left alone for the rest of it.
final class MetricEvidence: Sendable {
    private let settings: PrometheusSettings
    private let redactor: Redactor
    private let failure = Mutex<String?>(nil)

    init(site: Site) { (settings, redactor) = (site.configuration.prometheus, site.textRedactor) }

    /// Why nothing more is asked, in words; nil while the server answers.
    var problem: String? { failure.withLock { $0 } }

    /// A metric is a help: without it the diagnosis is made all the same, and ``problem`` says why.
    func jumps(around event: ErrorEvent, now: Timestamp) async -> [MetricJump] {
        guard !settings.queries.isEmpty, problem == nil else { return [] }
        do {
            return try await PrometheusMetrics.jumps(around: event, settings: settings, now: now).map { jump in
                var clean = jump
                clean.labels = redactor(jump.labels).text
                return clean
            }
        } catch {
            failure.withLock { $0 = "metrics cannot be read: \(error)" }
            return []
        }
    }
}

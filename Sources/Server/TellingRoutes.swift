import Events
import HTTPTypes
import Hummingbird
import Pipeline

/// What the doors tell of themselves: numbers for Prometheus, and how they are spoken to.
struct TellingRoutes: Sendable {
    let configuration: Configuration
    let keys: DoorKeys
    let clock: @Sendable () -> Timestamp
    let metrics: DoorMetrics

    func add(to router: Router<DoorContext>) {
        router.get("/metrics") { request, context in numbers(request, context) }
        router.get("/openapi.json") { _, _ in
            Response.text(String(decoding: PackageResources.openapi_json, as: UTF8.self), type: "application/json")
        }
    }

    private func numbers(_ request: Request, _ context: DoorContext) -> Response {
        let settings = configuration.serve
        guard settings.metricsTokenFile != nil || ServeSettings.split(settings.listen) != nil else {
            metrics.refused(.closed)
            return DoorRefusal.closed("[serve] metrics_token_file").response
        }
        guard settings.metricsTokenFile == nil || keys.hasMetricsToken(request) else {
            metrics.refused(.unauthorized)
            return DoorRefusal.notAllowed.response
        }
        var text = PrometheusText()
        text.add(HomeFigures(configuration, now: clock()))
        metrics.write(to: &text)
        return .text(text.text, type: PrometheusText.contentType)
    }
}

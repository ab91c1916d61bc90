import HTTPTypes
import Hummingbird

/// So many pages, reports and scrapes a second for each address: what a page costs is many times what a message costs,
/// so they have a bucket of their own.
struct PageLimit: RouterMiddleware {
    let rate: RateLimit
    let proxies: [String]
    let metrics: DoorMetrics

    func handle(
        _ request: Request, context: DoorContext, next: (Request, DoorContext) async throws -> Response
    ) async throws -> Response {
        guard Self.isLimited(request.uri.path), !rate.admits(context.client(of: request, proxies: proxies), at: .now)
        else { return try await next(request, context) }
        metrics.refused(.rate)
        var response = Response.text("429 too many requests from this address\n", status: .tooManyRequests)
        response.headers[.retryAfter] = "1"
        return response
    }

    /// The doors have a limit of their own; the probe of life, style and script cost nothing.
    private static func isLimited(_ path: String) -> Bool {
        guard path != "/page.css", path != "/page.js" else { return false }
        return ["page", "ready", "metrics", "openapi"].contains(DoorMetrics.door(path, status: 200))
    }
}

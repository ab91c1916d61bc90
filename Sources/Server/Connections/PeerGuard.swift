import HTTPTypes
import Hummingbird

/// Answers this host and the proxies that are named, nobody else: what comes from elsewhere came past them, unencrypted.
struct PeerGuard: RouterMiddleware {
    let proxies: [String]
    let metrics: DoorMetrics

    func handle(
        _ request: Request, context: DoorContext, next: (Request, DoorContext) async throws -> Response
    ) async throws -> Response {
        guard context.isFromThisHost || proxies.contains(context.peer) else {
            metrics.refused(.peer)
            return .text("403 come through the proxy\n", status: .forbidden)
        }
        return try await next(request, context)
    }
}

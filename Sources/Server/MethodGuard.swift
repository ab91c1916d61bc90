import HTTPTypes
import Hummingbird

/// Tells which methods a door has, where it is asked by another.
struct MethodGuard: RouterMiddleware {
    let metrics: DoorMetrics

    func handle(
        _ request: Request, context: DoorContext, next: (Request, DoorContext) async throws -> Response
    ) async throws -> Response {
        guard let allowed = Self.methods(of: request.uri.path), !allowed.contains(request.method) else {
            return try await next(request, context)
        }
        metrics.refused(.method)
        let names = allowed.map(\.rawValue).joined(separator: ", ")
        var response = Response.json("{\"error\":\"this door takes \(names)\"}", status: .methodNotAllowed)
        response.headers[.allow] = names
        return response
    }

    /// nil for paths that are nobody's, or the page's.
    private static func methods(of path: String) -> [HTTPRequest.Method]? {
        switch DoorMetrics.door(path, status: 200) {
        case "page": nil
        case "health", "ready", "metrics", "openapi": [.get, .head]
        default: [.post]
        }
    }
}

import Hummingbird

/// One answered request, as the access log tells it: never a body, a query or a header.
public struct AccessRecord: Sendable, Hashable, CustomStringConvertible {
    public var method: String
    public var path: String
    public var status: Int
    /// From the request's head to its answer.
    public var duration: Duration

    public var milliseconds: Int { Int(duration / .milliseconds(1)) }

    public init(method: String, path: String, status: Int, duration: Duration) {
        (self.method, self.path, self.status, self.duration) = (method, path, status, duration)
    }

    /// One line; what a client chose is bounded, and visible where it is not printable ASCII.
    public var description: String { "\(Self.shown(method)) \(Self.shown(path)) \(status) \(milliseconds) ms" }

    private static let longest = 200

    private static func shown(_ text: String) -> String {
        let scalars = text.unicodeScalars.prefix(longest)
        return String(String.UnicodeScalarView(scalars.map { (0x21...0x7E).contains($0.value) ? $0 : "?" }))
    }
}

/// Tells of each request when it is answered, refused ones included.
struct AccessLog<Context: RequestContext>: RouterMiddleware {
    let record: @Sendable (AccessRecord) -> Void

    func handle(_ request: Request, context: Context, next: (Request, Context) async throws -> Response) async throws
        -> Response
    {
        let started = ContinuousClock.now
        let response: Response
        do {
            response = try await next(request, context)
        } catch let error as any HTTPResponseError {
            response = try error.response(from: request, context: context)
        }
        let elapsed = ContinuousClock.now - started
        record(
            AccessRecord(
                method: request.method.rawValue, path: request.uri.path, status: response.status.code,
                duration: elapsed))
        return response
    }
}

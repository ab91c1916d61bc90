import Hummingbird

/// Answers HEAD with the header of what GET is answered, and without a body: refusals and lost pages, too.
struct HeadAnswer<Context: RequestContext>: RouterMiddleware {
    func handle(_ request: Request, context: Context, next: (Request, Context) async throws -> Response) async throws
        -> Response
    {
        let response = try await next(request, context)
        return request.method == .head ? response.createHeadResponse() : response
    }
}

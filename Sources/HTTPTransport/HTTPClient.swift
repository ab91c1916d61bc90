/// Speaks HTTP/1.1 to one endpoint, and can reach no other.
///
/// Each exchange has a thread while it lasts, and a connection of its own, closed at its end; any number of tasks may use
/// one client. Nothing of the environment is read: no proxies, netrc, cookies.
public struct HTTPClient: Sendable {
    public let endpoint: Endpoint
    private let policy: EgressPolicy
    private let threads = TransferThreads()

    public init(_ endpoint: Endpoint) { self.init(endpoint, policy: EgressPolicy(endpoint)) }

    init(_ endpoint: Endpoint, policy: EgressPolicy) { (self.endpoint, self.policy) = (endpoint, policy) }

    /// Sends a request and reads the whole answer.
    ///
    /// - Parameter limit: bytes of body, at most; more throws ``TransportError/tooLarge(limit:)``.
    public func send(_ request: HTTPRequest, limit: Int) async throws(TransportError) -> HTTPResponse {
        let answer = try await stream(request)
        var body: [UInt8] = []
        while let piece = try await answer.next() {
            guard body.count + piece.count <= limit else {
                answer.cancel()
                throw .tooLarge(limit: limit)
            }
            body += piece
        }
        return HTTPResponse(head: answer.head, body: body)
    }

    /// Sends a request and returns as soon as the answer's head is there.
    ///
    /// Cancelling the task, here or in ``HTTPStream/next()``, closes the connection, as does letting go of the stream.
    public func stream(_ request: HTTPRequest) async throws(TransportError) -> HTTPStream {
        try request.check()
        if Task.isCancelled { throw .cancelled }
        let exchange = Exchange()
        threads.run(request, to: endpoint, policy: policy, exchange: exchange)
        switch try await exchange.next() {
        case .head(let head): return HTTPStream(head: head, exchange: exchange)
        case .piece, .end:
            exchange.cancel()
            throw .notHTTP("no head before the body")
        }
    }
}

/// An answer that is still arriving.
public final class HTTPStream: Sendable {
    public let head: HTTPResponseHead
    private let exchange: Exchange

    init(head: HTTPResponseHead, exchange: Exchange) { (self.head, self.exchange) = (head, exchange) }

    deinit { exchange.cancel() }

    /// The bytes that have come since, as soon as there are any; nil at the end of the body.
    ///
    /// At most ``HTTPLimits/buffered`` bytes are held: a slow reader slows the server down.
    public func next() async throws(TransportError) -> [UInt8]? {
        switch try await exchange.next() {
        case .piece(let bytes): bytes
        case .head, .end: nil
        }
    }

    /// Closes the connection.
    public func cancel() { exchange.cancel() }
}

import Foundation
import Synchronization

/// Takes in what is posted to a webhook, and fails as it is told to.
public final class WebhookReceiver: Sendable {
    /// What it does with one request.
    public enum Answer: Sendable {
        case take
        /// Takes the message, and closes the connection without a word.
        case takeSilently
        /// Does not take it, and closes the connection.
        case drop
        case refuse(_ status: String, _ body: String = "{}", headers: [String] = [])
        /// Takes it, and says more than that.
        case takeWith(_ body: String, headers: [String] = [])
    }

    public struct Post: Sendable {
        public var request: PlainRequest
        /// The message's `content`, by which tests know it.
        public var content: String
    }

    public let server: ScriptedServer
    private let state: Shared

    private final class Shared: Sendable {
        let posts = Mutex<[Post]>([])
        let answer: @Sendable (Post, Int) -> Answer
        let count = Mutex(0)

        init(_ answer: @escaping @Sendable (Post, Int) -> Answer) { self.answer = answer }
    }

    /// - Parameter answer: what to do, from the post and the number of requests before it.
    public init(_ answer: @escaping @Sendable (Post, Int) -> Answer = { _, _ in .take }) throws {
        let shared = Shared(answer)
        state = shared
        server = try ScriptedServer(answering: [.respond { bytes in Self.answer(PlainRequest(bytes), shared) }])
    }

    /// A webhook's URL, with a token that must never be shown.
    public var webhook: String { "\(server.url)/api/webhooks/112233/\(Self.token)" }
    public static let token = "s3cret-webhook-token-0123456789"

    /// The messages that were taken, in order.
    public var posts: [Post] { state.posts.withLock { $0 } }
    public var contents: [String] { posts.map(\.content) }
    public var requestCount: Int { state.count.withLock { $0 } }

    public func forget() {
        state.posts.withLock { $0 = [] }
        state.count.withLock { $0 = 0 }
    }

    public func stop() { server.stop() }

    private static func answer(_ request: PlainRequest, _ state: Shared) -> [UInt8] {
        let number = state.count.withLock { count in
            count += 1
            return count - 1
        }
        let post = Post(request: request, content: content(of: request.body))
        func take() { state.posts.withLock { $0.append(post) } }
        switch state.answer(post, number) {
        case .take:
            take()
            return PlainResponse.make(#"{"id": "1", "channel_id": "900\#(number)"}"#)
        case .takeWith(let body, let headers):
            take()
            return PlainResponse.make("200 OK", body, headers: headers)
        case .takeSilently:
            take()
            return []
        case .drop: return []
        case .refuse(let status, let body, let headers): return PlainResponse.make(status, body, headers: headers)
        }
    }

    /// Of JSON, or of the part of a form that holds it.
    private static func content(of body: String) -> String {
        let text =
            body.firstRange(of: "name=\"payload_json\"").flatMap { part -> Substring? in
                let rest = body[part.upperBound...]
                guard let start = rest.firstRange(of: "\r\n\r\n")?.upperBound else { return nil }
                return rest[start...].prefix { $0 != "\r\n" && $0 != "\r" }
            } ?? body[...]
        let object = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        return object?["content"] as? String ?? ""
    }
}

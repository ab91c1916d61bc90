import Foundation
import HTTPTransport

/// What an answer of the webhook says: of the message, and of limits
/// (https://discord.com/developers/docs/topics/rate-limits).
struct DiscordAnswer {
    enum Meaning: Equatable {
        /// - Parameter channel: where the message is: the thread that it made, in a forum.
        case taken(channel: String?)
        /// It will say no again.
        case refused(String)
        /// The thread is gone, not the webhook.
        case threadGone
        /// It did not take the message, and may take it later.
        case notNow(String)
        /// The webhook is gone or closed.
        case closed(String)
        /// It may have taken it.
        case unknown(String)
    }

    let meaning: Meaning
    /// Not before this long from now.
    let wait: Duration
    /// Whether the wait holds for every webhook.
    let isGlobal: Bool

    private struct Body: Decodable {
        var message: String?
        var code: Int?
        var retryAfter: Double?
        var global: Bool?
        var channelID: String?

        enum CodingKeys: String, CodingKey {
            case message, code, global
            case retryAfter = "retry_after"
            case channelID = "channel_id"
        }
    }

    /// "Unknown Channel" (https://discord.com/developers/docs/topics/opcodes-and-status-codes#json).
    private static let unknownChannel = 10003
    /// Gateways that answer so say that the server itself never had the request, or refused it; of the others (504,
    /// 520, 524) nobody can know (https://developers.cloudflare.com/support/troubleshooting/http-status-codes/).
    private static let notTaken: Set<Int> = [500, 501, 502, 503, 521, 522, 523, 525, 526, 530]

    init(_ response: HTTPResponse) {
        let body = try? JSONDecoder().decode(Body.self, from: Data(response.body))
        let words = "\(response.status) \(body?.message ?? "")".trimmingCharacters(in: .whitespaces)
        let header = { (name: String) in response.head[name].flatMap(Double.init) }
        switch response.status {
        case 200..<300: meaning = .taken(channel: body?.channelID.flatMap { Self.isSnowflake($0) ? $0 : nil })
        case 429: meaning = .notNow("429: its limit is reached")
        case 404 where body?.code == Self.unknownChannel: meaning = .threadGone
        case 401, 403, 404: meaning = .closed(words)
        case 408: meaning = .notNow(words)
        case 400..<500: meaning = .refused(words)
        case let status where Self.notTaken.contains(status): meaning = .notNow(words)
        default: meaning = .unknown(words)
        }
        if response.status == 429 {
            wait = Self.seconds(body?.retryAfter ?? header("Retry-After") ?? 1)
            isGlobal = body?.global ?? (response.head["X-RateLimit-Global"]?.lowercased() == "true")
        } else {
            let isSpent = response.head["X-RateLimit-Remaining"] == "0"
            wait = isSpent ? Self.seconds(header("X-RateLimit-Reset-After") ?? 0) : .zero
            isGlobal = false
        }
    }

    private static func seconds(_ value: Double) -> Duration {
        value.isFinite && value > 0 ? .milliseconds(Int64(min(value, 1e7) * 1000) + 1) : .zero
    }

    /// An id as Discord gives them; nothing else is put into a path.
    static func isSnowflake(_ text: String) -> Bool {
        (1...20).contains(text.utf8.count) && text.utf8.allSatisfy { $0 &- 0x30 < 10 }
    }
}

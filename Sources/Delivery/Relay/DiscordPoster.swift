import Events
import Foundation
import HTTPTransport

/// A message as it is posted.
enum PostedForm: Sendable {
    case discord(DiscordPayload)
    /// Slack's and one's own: a body that is JSON, and no files.
    case json(Data)
}

/// Posts to one webhook, one message at a time: within its limits, and honest about what it cannot know.
actor DiscordPoster {
    /// What became of a message.
    enum Outcome: Equatable {
        /// - Parameter thread: the thread that it is in, where it made one.
        case posted(thread: String?)
        case refused(String)
        case unavailable(String)
        /// Nothing of this channel can be posted.
        case closed(String)
        /// It was sent, and no answer came that says whether it was taken.
        case unknown(String)
    }

    private let channel: RelayChannel
    private let webhook: WebhookURL
    private let settings: RelaySettings
    private let clock: RelayClock
    private let global: GlobalLimit
    private let tell: @Sendable (RelayEvent) -> Void
    private var client: HTTPClient?
    /// When the limit that the last answer told of ends.
    private var limitEnd = Duration.zero

    static let answerBytes = 1 << 20
    static let timeouts = HTTPTimeouts(
        connect: .seconds(10), firstByte: .seconds(30), stall: .seconds(30), total: .seconds(120))
    /// Discord asks for a name and a version (https://discord.com/developers/docs/reference#user-agent).
    static let agent = "DiscordBot (appliance, 0.1)"
    private static let longestBackoff = Duration.minutes(1)

    init(
        _ channel: RelayChannel, webhook: WebhookURL, settings: RelaySettings, clock: RelayClock, global: GlobalLimit,
        tell: @escaping @Sendable (RelayEvent) -> Void
    ) {
        (self.channel, self.webhook, self.settings, self.clock) = (channel, webhook, settings, clock)
        (self.global, self.tell) = (global, tell)
    }

    /// - Parameters:
    ///   - name: the message's, for what is told.
    ///   - thread: the far side's id of the thread to post into.
    ///   - newThread: the name of the thread to make, in a forum, where there is none.
    /// - Throws: `CancellationError` between two tries, when nothing is on its way.
    func post(
        _ posted: PostedForm, attachments: [OutboxAttachment], name: String = "", thread: String?,
        newThread: String?
    ) async throws -> Outcome {
        var thread = thread
        var (tries, waited) = (0, Duration.zero)
        while true {
            let pause = max(limitEnd - clock.now(), global.left(at: clock.now()), backoff(tries))
            if pause > .zero {
                guard waited + pause <= settings.longestWait else {
                    return .unavailable("its limit lasts \(Int(pause.inSeconds.rounded(.up))) s more")
                }
                if pause >= .seconds(5) { tell(.waiting(channel: channel.name, time: pause, reason: "limit")) }
                try await clock.pause(pause)
                waited += pause
            }
            try Task.checkCancellation()
            let makesThread = channel.isForum && thread == nil
            let body =
                switch posted {
                case .discord(let payload):
                    try MultipartBody(
                        payload: payload, threadName: makesThread ? newThread : nil, attachments: attachments)
                case .json(let bytes): MultipartBody(json: bytes)
                }
            switch try await send(body, thread: thread) {
            case .taken(let id):
                for file in body.leftOut { tell(.leftOut(file: file, message: name, channel: channel.name)) }
                return .posted(thread: makesThread ? id : nil)
            case .refused(let reason): return .refused(reason)
            case .closed(let reason): return .closed(reason)
            case .unknown(let reason): return .unknown(reason)
            case .threadGone:
                // Its thread was deleted: once more without it, which makes a new one in a forum.
                guard thread != nil else { return .closed("404 Unknown Channel") }
                thread = nil
            case .notNow(let reason):
                // A limit is no failure: its own wait bounds it.
                if limitEnd <= clock.now(), global.left(at: clock.now()) == .zero { tries += 1 }
                guard tries < settings.tries else { return .unavailable(reason) }
            }
        }
    }

    private func backoff(_ tries: Int) -> Duration {
        guard tries > 0 else { return .zero }
        return min(settings.firstRetry * (1 << min(tries - 1, 16)), Self.longestBackoff)
    }

    private func send(_ body: MultipartBody, thread: String?) async throws -> DiscordAnswer.Meaning {
        let response: HTTPResponse
        do {
            let client = try await connected()
            response = try await client.send(request(body, thread: thread), limit: Self.answerBytes)
        } catch let error as TransportError {
            // What the name was looked up to may be out of date.
            client = nil
            switch error {
            // Nothing of the request was sent.
            case .cannotConnect, .timedOut(.connect, _), .untrusted, .refusedByPolicy, .invalidRequest:
                return .notNow(error.description)
            default: return .unknown(error.description)
            }
        } catch let error as EndpointError {
            return .closed(error.description)
        }
        let answer = DiscordAnswer(response)
        let end = clock.now() + answer.wait
        if answer.isGlobal { global.hold(until: end) } else if answer.wait > .zero { limitEnd = end }
        return answer.meaning
    }

    private func request(_ body: MultipartBody, thread: String?) -> HTTPRequest {
        HTTPRequest(
            .post, path: webhook.path + query(thread),
            headers: [HTTPHeader("Content-Type", body.contentType), HTTPHeader("User-Agent", Self.agent)],
            body: [UInt8](body.bytes), timeouts: Self.timeouts)
    }

    /// Discord alone answers whether it took the message, and knows threads.
    private func query(_ thread: String?) -> String {
        channel.form == .discord ? "?wait=true" + (thread.map { "&thread_id=\($0)" } ?? "") : ""
    }

    private func connected() async throws -> HTTPClient {
        if let client { return client }
        let made = HTTPClient(try await Endpoint.lookingUp(webhook.origin, caFile: channel.caFile))
        client = made
        return made
    }
}

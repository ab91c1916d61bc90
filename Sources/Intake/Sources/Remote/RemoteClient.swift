import Events
import Foundation
import HTTPTransport

/// How a run waits between two attempts: with a clock and chance that a test can choose.
public struct RemoteWaiting: Sendable {
    /// Returns after so long, or throws when the task is cancelled.
    public var pause: @Sendable (Duration) async throws -> Void
    /// From 0 to 1.
    public var jitter: @Sendable () -> Double

    public init(
        pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        jitter: @escaping @Sendable () -> Double = { Double.random(in: 0...1) }
    ) {
        (self.pause, self.jitter) = (pause, jitter)
    }
}

/// When a request is sent again. Pure.
struct RetrySchedule {
    static let first = Duration.seconds(1)
    static let longest = Duration.seconds(30)
    private static let doublings = 16

    /// All waiting together ends here.
    let total: Duration
    private(set) var waited = Duration.zero
    private var attempts = 0

    init(total: Duration) { self.total = total }

    /// How long to wait before the next attempt: doubled each time, between half and all of it by chance, and never
    /// less than the server asks for.
    ///
    /// - Returns: nil when that would be longer than all waiting may be.
    mutating func next(jitter: Double, retryAfter: Duration?) -> Duration? {
        let step = min(Self.longest, Self.first * (1 << min(attempts, Self.doublings)))
        attempts += 1
        let chosen = step * (0.5 + 0.5 * min(1, max(0, jitter)))
        let wait = max(chosen, retryAfter ?? .zero)
        guard waited + wait <= total else { return nil }
        waited += wait
        return wait
    }

    /// `Retry-After`: seconds, or a date of HTTP (RFC 9110, section 10.2.3), which is taken from the answer's own `Date`:
    /// no clock of ours has to agree with the server's.
    static func retryAfter(_ text: String?, sent: String?) -> Duration? {
        guard let text = text?.trimmingCharacters(in: .whitespaces), !text.isEmpty else { return nil }
        if let seconds = Double(text), seconds.isFinite { return bounded(seconds) }
        guard let then = date(text), let sent = sent.flatMap(date) else { return nil }
        return bounded(then.timeIntervalSince(sent))
    }

    private static func bounded(_ seconds: Double) -> Duration {
        .milliseconds(Int64(max(0, min(seconds, 1e6)) * 1000))
    }

    private static func date(_ text: String) -> Date? {
        guard text.utf8.count < 64 else { return nil }
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = .gmt
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
        return formatter.date(from: text.trimmingCharacters(in: .whitespaces))
    }
}

/// Asks one remote source, again and again while that can help; only ever to read.
struct RemoteClient {
    let source: String
    private let client: HTTPClient
    private let settings: RemoteSettings
    private let headers: [HTTPHeader]
    private let waiting: RemoteWaiting

    /// Of a refusal's text.
    private static let wordsBytes = 4096
    private static let tokenBytes = 8192

    /// How a secret goes into a request.
    enum Authorization {
        /// `Bearer TOKEN`, or Basic where there is a user.
        case standard
        /// ClickHouse's own headers.
        case clickHouse
    }

    /// - Throws: when the address is none that may be connected to, or the token's file cannot be read.
    init(_ source: SourceSettings, authorization: Authorization, waiting: RemoteWaiting) throws(SourceError) {
        (self.source, settings, self.waiting) = (source.name, source.remote, waiting)
        let secret = try Self.secret(source)
        var headers: [HTTPHeader] = []
        var bearer: String?
        switch (authorization, settings.user) {
        case (.clickHouse, let user):
            if let user { headers.append(HTTPHeader("X-ClickHouse-User", user)) }
            if let secret { headers.append(HTTPHeader("X-ClickHouse-Key", secret)) }
        case (.standard, let user?):
            let pair = Data("\(user):\(secret ?? "")".utf8).base64EncodedString()
            headers.append(HTTPHeader("Authorization", "Basic \(pair)"))
        case (.standard, nil): bearer = secret
        }
        self.headers = headers
        do {
            client = HTTPClient(
                try Endpoint(
                    settings.url, addresses: settings.addresses, caFile: settings.caFile, bearerToken: bearer))
        } catch {
            throw .endpoint(source: source.name, error)
        }
    }

    private static func secret(_ source: SourceSettings) throws(SourceError) -> String? {
        guard let path = source.remote.tokenFile else { return nil }
        let data: Data
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? handle.close() }
            data = try handle.read(upToCount: tokenBytes + 1) ?? Data()
        } catch {
            throw .secret(source: source.name, path: path, reason: error.systemWords)
        }
        let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard data.count <= tokenBytes, !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw .secret(source: source.name, path: path, reason: "it holds no token of visible characters")
        }
        return text
    }

    /// Sends a request until it is answered with 200.
    ///
    /// - Parameter limit: bytes of the answer, at most.
    func send(_ request: HTTPRequest, limit: Int) async throws -> HTTPResponse {
        let request = complete(request)
        var schedule = RetrySchedule(total: settings.retryFor)
        while true {
            try Task.checkCancellation()
            switch await attempt(request, limit: limit) {
            case .answered(let response): return response
            case .cancelled: throw CancellationError()
            case .failed(let error, nil): throw error
            case .failed(let error, let again?):
                guard let wait = schedule.next(jitter: waiting.jitter(), retryAfter: again.after) else { throw error }
                try await waiting.pause(wait)
            }
        }
    }

    private func complete(_ request: HTTPRequest) -> HTTPRequest {
        var request = request
        request.headers += headers
        request.timeouts = HTTPTimeouts(
            connect: min(.seconds(10), settings.requestTimeout), firstByte: settings.requestTimeout,
            stall: settings.requestTimeout, total: settings.requestTimeout * 10)
        return request
    }

    /// Sends a request once, and hands out the answer's body as it arrives until `body` says that it is enough.
    func stream(_ request: HTTPRequest, _ body: ([UInt8]) throws -> Bool) async throws {
        do {
            let answer = try await client.stream(complete(request))
            if answer.head.status != 200 {
                let first = try await answer.next() ?? []
                answer.cancel()
                let response = HTTPResponse(head: answer.head, body: first)
                throw SourceError.refused(source: source, status: answer.head.status, words: Self.words(response))
            }
            while let piece = try await answer.next() {
                guard try body(piece) else { return answer.cancel() }
            }
        } catch let error as TransportError {
            if error == .cancelled { throw CancellationError() }
            throw SourceError.unreachable(source: source, error)
        }
    }

    private enum Attempt {
        case answered(HTTPResponse)
        /// The same request may well be answered later; not before so long, where the server says it.
        case failed(SourceError, again: Again?)
        case cancelled
    }

    private struct Again { var after: Duration? }

    private func attempt(_ request: HTTPRequest, limit: Int) async -> Attempt {
        do throws(TransportError) {
            let response = try await client.send(request, limit: limit)
            if response.status == 200 { return .answered(response) }
            let error = SourceError.refused(source: source, status: response.status, words: Self.words(response))
            guard Self.isTemporary(response.status) else { return .failed(error, again: nil) }
            let after = RetrySchedule.retryAfter(response.head["Retry-After"], sent: response.head["Date"])
            return .failed(error, again: Again(after: after))
        } catch {
            if error == .cancelled { return .cancelled }
            let again = error.isTemporary ? Again(after: nil) : nil
            return .failed(.unreachable(source: source, error), again: again)
        }
    }

    /// Request time-out, too many requests, and the failures of a gateway or of an engine under load.
    private static func isTemporary(_ status: Int) -> Bool { [408, 429, 500, 502, 503, 504].contains(status) }

    private static func words(_ response: HTTPResponse) -> String {
        if (300..<400).contains(response.status) {
            return "it redirects to \(bounded(response.head["Location"] ?? "nowhere")), which is never followed"
        }
        let text = bounded(String(decoding: response.body.prefix(wordsBytes), as: UTF8.self))
        return text.isEmpty ? "no reason given" : text
    }

    /// A server's words on one line, short.
    static func bounded(_ text: String) -> String {
        let line = String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 ? " " : $0 }))
        return clip(line.trimmingCharacters(in: .whitespaces), to: 300)
    }
}

extension TransportError {
    /// The same request may well be answered a little later.
    fileprivate var isTemporary: Bool {
        switch self {
        case .cannotConnect, .timedOut, .reset: true
        case .refusedByPolicy, .untrusted, .notHTTP, .tooLarge, .invalidRequest, .unreadable, .cancelled, .other: false
        }
    }
}

/// A request's path with its query, percent-encoded.
struct RemotePath {
    private(set) var text: String

    init(_ path: String) { text = path }

    mutating func add(_ name: String, _ value: String) {
        text += "\(text.contains("?") ? "&" : "?")\(name)=\(Self.encoded(value))"
    }

    /// RFC 3986's unreserved characters stay.
    static func encoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            if byte.isLetter || byte.isDigit || "-._~".utf8.contains(byte) {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                result += "%" + [byte >> 4, byte & 15].map { String($0, radix: 16, uppercase: true) }.joined()
            }
        }
        return result
    }
}

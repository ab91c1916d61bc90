import Events
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Pipeline

/// The doors of pushed events. Each asks who sends, reads the message within limits, and answers when its events are
/// durable.
struct DoorRoutes: Sendable {
    private let door: IntakeDoor
    private let keys: DoorKeys
    private let settings: ServeSettings
    private let rate: RateLimit
    private let counts: DoorCounts

    /// - Throws: ``ServeError/badKey(_:reason:)``, or where the home cannot be used.
    init(configuration: Configuration, clock: @escaping @Sendable () -> Timestamp, counts: DoorCounts) throws {
        settings = configuration.serve
        keys = try DoorKeys(settings)
        door = try IntakeDoor(configuration: configuration, clock: clock)
        rate = RateLimit(perSecond: settings.requestsPerSecond)
        self.counts = counts
    }

    func add(to router: Router<DoorContext>) {
        router.post("/api/webhook/sentry") { request, context in await answer(request, context, webhook) }
        router.post("/api/:project/envelope") { request, context in
            await answer(request, context) { try await sentry($0, $1, .sentryEnvelope) }
        }
        router.post("/api/:project/store") { request, context in
            await answer(request, context) { try await sentry($0, $1, .sentryEvent) }
        }
        router.post("/v1/logs") { request, context in
            await answer(request, context) { try await telemetry($0, $1, .logs) }
        }
        router.post("/v1/traces") { request, context in
            await answer(request, context) { try await telemetry($0, $1, .traces) }
        }
        router.post("/v1/events") { request, context in await answer(request, context, patrol) }
    }

    // MARK: - Doors

    private func webhook(_ request: Request, _ context: DoorContext) async throws -> Response {
        guard settings.sentrySecretFile != nil else { throw DoorRefusal.closed("[serve] sentry_secret_file") }
        // The signature is over the bytes as they came.
        let raw = try await BodyReader(limit: Int(settings.maxBody.bytes)).read(request)
        guard keys.isSigned(raw, request) else { throw DoorRefusal.notAllowed }
        let receipt = try await door.accept(raw, as: .sentryWebhook)
        counts.add(receipt)
        return .json(receipt.accepted > 0 ? #"{"status":"accepted"}"# : #"{"status":"ignored"}"#)
    }

    private func sentry(
        _ request: Request, _ context: DoorContext, _ format: IntakeDoor.Format
    ) async throws -> Response {
        guard !settings.projects.isEmpty else { throw DoorRefusal.closed("[[serve.project]]") }
        let body = try await BodyReader(limit: Int(settings.maxBody.bytes)).read(request)
        let project = context.parameters.get("project") ?? ""
        guard let service = keys.service(of: project, request, dsnKey: { Self.dsnKey(body) }) else {
            throw DoorRefusal.notAllowed
        }
        let receipt = try await door.accept(body, as: format, service: service)
        counts.add(receipt)
        let id = receipt.ids.first.flatMap(\.self) ?? ""
        return .json("{\"id\":\(Self.quoted(id))}")
    }

    private func telemetry(
        _ request: Request, _ context: DoorContext, _ signal: OTLPReply.Signal
    ) async throws -> Response {
        try checkToken(request)
        let type = request.headers[.contentType]?.split(separator: ";").first.map { $0.lowercased() }
        let isJSON = type == "application/json"
        guard isJSON || type == "application/x-protobuf" else { throw DoorRefusal.contentType }
        let body = try await BodyReader(limit: Int(settings.maxBody.bytes)).read(request)
        // A request without records is sound, and takes no bytes as a protocol buffer.
        let receipt =
            body.isEmpty
            ? IntakeDoor.Receipt() : try await door.accept(body, as: isJSON ? .otlpJSON : .otlpProtobuf)
        counts.add(receipt)
        let reply = OTLPReply(signal: signal, rejected: receipt.rejected)
        return isJSON ? .json(reply.json) : .bytes(reply.protobuf, type: "application/x-protobuf")
    }

    private func patrol(_ request: Request, _ context: DoorContext) async throws -> Response {
        try checkToken(request)
        let body = try await BodyReader(limit: Int(settings.maxBody.bytes)).read(request)
        let receipt = try await door.accept(body, as: .patrol)
        counts.add(receipt)
        guard receipt.ids.contains(where: { $0 != nil }) else {
            return .json(#"{"error":"No valid error events found"}"#, status: .badRequest)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return .json(String(decoding: try encoder.encode(door.patrolReply(receipt)), as: UTF8.self))
    }

    private func checkToken(_ request: Request) throws(DoorRefusal) {
        guard settings.tokenFile != nil else { throw .closed("[serve] token_file") }
        guard keys.hasToken(request) else { throw .notAllowed }
    }

    /// The key in the DSN of an envelope's first line: `{"dsn": "https://KEY@HOST/PROJECT"}`.
    private static func dsnKey(_ body: [UInt8]) -> String? {
        struct Header: Decodable { var dsn: String? }
        let line = body.prefix(8192).prefix { $0 != 0x0A }
        guard let dsn = try? JSONDecoder().decode(Header.self, from: Data(line)).dsn else { return nil }
        return URLComponents(string: dsn)?.user
    }

    private static func quoted(_ text: String) -> String {
        (try? JSONEncoder().encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
    }

    // MARK: - Answers

    private func answer(
        _ request: Request, _ context: DoorContext, _ work: (Request, DoorContext) async throws -> Response
    ) async -> Response {
        do {
            guard rate.admits(context.client, at: .now) else { throw DoorRefusal.tooMany }
            return try await work(request, context)
        } catch let refusal as DoorRefusal {
            counts.refused()
            return refused(refusal)
        } catch let error as MessageError {
            counts.refused()
            if case .tooLarge = error { return failed(error, .contentTooLarge) }
            return failed(error, .badRequest)
        } catch let error as InboxError {
            counts.refused()
            return failed(error, error.status, retryAfter: error.retryAfter)
        } catch {
            counts.refused()
            return .json(#"{"error":"the message could not be taken"}"#, status: .internalServerError)
        }
    }

    private func failed(
        _ error: some OperatorFacing, _ status: HTTPResponse.Status, retryAfter: Int? = nil
    ) -> Response {
        let words = [error.description, error.remedy].compactMap(\.self).joined(separator: ". ")
        return .json("{\"error\":\(Self.quoted(words))}", status: status, retryAfter: retryAfter)
    }

    private func refused(_ refusal: DoorRefusal) -> Response {
        func say(_ words: String, _ status: HTTPResponse.Status, retryAfter: Int? = nil) -> Response {
            .json("{\"error\":\(Self.quoted(words))}", status: status, retryAfter: retryAfter)
        }
        return switch refusal {
        case .closed(let key): say("this door is closed: appliance.toml has no \(key)", .forbidden)
        case .notAllowed: say("the key, token or signature is missing or wrong", .unauthorized)
        case .tooMany: say("too many messages from this address", .tooManyRequests, retryAfter: 1)
        case .tooLarge(let limit): say("more than \(limit) bytes; send smaller batches", .contentTooLarge)
        case .tooSlow: say("the message did not come to its end in time", .requestTimeout)
        case .encoding: say("only gzip and deflate are understood", .unsupportedMediaType)
        case .contentType: say("send application/json or application/x-protobuf", .unsupportedMediaType)
        }
    }
}

extension InboxError {
    var status: HTTPResponse.Status {
        switch self {
        case .busy, .full: .tooManyRequests
        case .noSpace, .cannotWrite: .serviceUnavailable
        }
    }

    /// Seconds until it is worth trying again.
    var retryAfter: Int {
        switch self {
        case .busy: 1
        case .full, .noSpace, .cannotWrite: 60
        }
    }
}

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
    private let metrics: DoorMetrics
    /// Of all bodies, those of the pages' forms too.
    let budget: BodyBudget
    private let analyses: AnalysisDesk

    private typealias Work = (Request, DoorContext, BodyLease) async throws -> Response

    /// - Throws: ``ServeError/badKey(_:reason:)``, or where the home cannot be used.
    init(
        configuration: Configuration, keys: DoorKeys, clock: @escaping @Sendable () -> Timestamp, metrics: DoorMetrics
    ) throws {
        settings = configuration.serve
        self.keys = keys
        door = try IntakeDoor(configuration: configuration, clock: clock)
        rate = RateLimit(perSecond: settings.requestsPerSecond)
        budget = BodyBudget(metrics: metrics)
        analyses = AnalysisDesk(configuration: configuration, clock: clock)
        self.metrics = metrics
    }

    func add(to router: Router<DoorContext>) {
        router.post("/api/webhook/sentry") { request, context in await answer(request, context, webhook) }
        router.post("/api/:project/envelope") { request, context in
            await answer(request, context) { try await sentry($0, $1, $2, .sentryEnvelope) }
        }
        router.post("/api/:project/store") { request, context in
            await answer(request, context) { try await sentry($0, $1, $2, .sentryEvent) }
        }
        router.post("/v1/logs") { request, context in
            await answer(request, context) { try await telemetry($0, $2, .logs) }
        }
        router.post("/v1/traces") { request, context in
            await answer(request, context) { try await telemetry($0, $2, .traces) }
        }
        router.post("/v1/events") { request, context in await answer(request, context, patrol) }
        router.post("/v1/analyze") { request, context in await answer(request, context, analyze) }
    }

    // MARK: - Doors

    private func webhook(_ request: Request, _ context: DoorContext, _ lease: BodyLease) async throws -> Response {
        guard settings.sentrySecretFile != nil else { throw DoorRefusal.closed("[serve] sentry_secret_file") }
        // The signature is over the bytes as they came.
        let raw = try await body(request, lease)
        guard keys.isSigned(raw, request) else { throw DoorRefusal.notAllowed }
        let receipt = try await door.accept(raw, as: .sentryWebhook)
        metrics.took(receipt)
        return .json(receipt.accepted > 0 ? #"{"status":"accepted"}"# : #"{"status":"ignored"}"#)
    }

    private func sentry(
        _ request: Request, _ context: DoorContext, _ lease: BodyLease, _ format: IntakeDoor.Format
    ) async throws -> Response {
        guard !settings.projects.isEmpty else { throw DoorRefusal.closed("[[serve.project]]") }
        let body = try await body(request, lease)
        let project = context.parameters.get("project") ?? ""
        guard let service = keys.service(of: project, request, dsnKey: { Self.dsnKey(body) }) else {
            throw DoorRefusal.notAllowed
        }
        let receipt = try await door.accept(body, as: format, service: service)
        metrics.took(receipt)
        let id = receipt.ids.first.flatMap(\.self) ?? ""
        return .json("{\"id\":\(Self.quoted(id))}")
    }

    private func telemetry(
        _ request: Request, _ lease: BodyLease, _ signal: OTLPReply.Signal
    ) async throws -> Response {
        try checkToken(request)
        let type = request.headers[.contentType]?.split(separator: ";").first.map { $0.lowercased() }
        let isJSON = type == "application/json"
        guard isJSON || type == "application/x-protobuf" else { throw DoorRefusal.contentType }
        let body = try await body(request, lease)
        // A request without records is sound, and takes no bytes as a protocol buffer.
        let receipt =
            body.isEmpty
            ? IntakeDoor.Receipt() : try await door.accept(body, as: isJSON ? .otlpJSON : .otlpProtobuf)
        metrics.took(receipt)
        let reply = OTLPReply(signal: signal, rejected: receipt.rejected)
        return isJSON ? .json(reply.json) : .bytes(reply.protobuf, type: "application/x-protobuf")
    }

    private func patrol(_ request: Request, _ context: DoorContext, _ lease: BodyLease) async throws -> Response {
        try checkToken(request)
        let body = try await body(request, lease)
        let receipt = try await door.accept(body, as: .patrol)
        metrics.took(receipt)
        guard receipt.ids.contains(where: { $0 != nil }) else {
            return .json(#"{"error":"No valid error events found"}"#, status: .badRequest)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return .json(String(decoding: try encoder.encode(door.patrolReply(receipt)), as: UTF8.self))
    }

    private func analyze(_ request: Request, _ context: DoorContext, _ lease: BodyLease) async throws -> Response {
        try checkToken(request)
        guard analyses.begin() else { throw DoorRefusal.tooManyQuestions }
        defer { analyses.end() }
        let limit = min(Int(settings.maxBody.bytes), AnalysisQuestion.largest)
        return .json(try await analyses.answer(BodyReader(limit: limit, lease: lease).read(request)))
    }

    private func body(_ request: Request, _ lease: BodyLease) async throws -> [UInt8] {
        try await BodyReader(limit: Int(settings.maxBody.bytes), lease: lease).read(request)
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

    static func quoted(_ text: String) -> String {
        (try? JSONEncoder().encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
    }

    // MARK: - Answers

    private func answer(_ request: Request, _ context: DoorContext, _ work: Work) async -> Response {
        let lease = BodyLease(budget)
        defer { lease.release() }
        do {
            guard rate.admits(context.client(of: request, proxies: settings.proxies), at: .now) else {
                throw DoorRefusal.tooMany
            }
            return try await work(request, context, lease)
        } catch let refusal as DoorRefusal {
            metrics.refused(refusal.counted)
            return refusal.response
        } catch let error as MessageError {
            switch error {
            case .tooLarge, .tooMany:
                metrics.refused(.tooLarge)
                return Self.failed(error, .contentTooLarge)
            case .unreadable:
                metrics.refused(.unreadable)
                return Self.failed(error, .badRequest)
            }
        } catch let error as InboxError {
            metrics.refused(error.counted)
            return Self.failed(error, error.status, retryAfter: error.retryAfter)
        } catch let error as any OperatorFacing {
            metrics.refused(.space)
            return Self.failed(error, .serviceUnavailable, retryAfter: 60)
        } catch {
            // The connection broke off, or what came is no HTTP: nobody is there to be told more.
            metrics.refused(.malformed)
            return .json(#"{"error":"the message could not be taken"}"#, status: .badRequest)
        }
    }

    private static func failed(
        _ error: any OperatorFacing, _ status: HTTPResponse.Status, retryAfter: Int? = nil
    ) -> Response {
        let words = [error.description, error.remedy].compactMap(\.self).joined(separator: ". ")
        return .json("{\"error\":\(quoted(words))}", status: status, retryAfter: retryAfter)
    }
}

extension InboxError {
    var status: HTTPResponse.Status {
        switch self {
        case .busy, .full: .tooManyRequests
        case .noSpace, .cannotWrite: .serviceUnavailable
        }
    }

    var counted: DoorMetrics.Refusal {
        switch self {
        case .busy: .memory
        case .full: .inbox
        case .noSpace, .cannotWrite: .space
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

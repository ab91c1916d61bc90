import Events
import Foundation
import HTTPTypes
import Hummingbird
import Pipeline

/// What probes are answered, made on each request.
struct ReportPages: Sendable {
    let configuration: Configuration
    let clock: @Sendable () -> Timestamp

    /// The process is alive and answers.
    func health() -> Response { .text("{\"status\":\"ok\"}\n", type: "application/json") }

    /// 200 while the work can be done, 503 when it cannot; each check with what it found.
    func ready() async throws -> Response {
        let checks = await Readiness(configuration: configuration).run(now: clock())
        let isReady = !checks.contains { $0.state == .failed }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let list = String(decoding: try encoder.encode(checks), as: UTF8.self)
        return .text(
            "{\"checks\":\(list),\"ready\":\(isReady)}\n", status: isReady ? .ok : .serviceUnavailable,
            type: "application/json")
    }
}

extension Response {
    static func json(
        _ body: String, status: HTTPResponse.Status = .ok, retryAfter: Int? = nil
    ) -> Response {
        var response = text(body + "\n", status: status, type: "application/json")
        if let retryAfter { response.headers[.retryAfter] = "\(retryAfter)" }
        return response
    }

    static func bytes(_ body: [UInt8], type: String) -> Response {
        var response = text("", type: type)
        response.body = .init(byteBuffer: ByteBuffer(bytes: body))
        return response
    }

    /// A whole body with the headers that every answer has: nothing is cached, sniffed, framed or loaded from elsewhere.
    static func text(
        _ body: String, status: HTTPResponse.Status = .ok, type: String = "text/plain; charset=utf-8"
    ) -> Response {
        var fields = HTTPFields()
        fields[.contentType] = type
        fields[.cacheControl] = "no-store"
        fields[.xContentTypeOptions] = "nosniff"
        fields[.contentSecurityPolicy] =
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        fields[.referrerPolicy] = "no-referrer"
        return Response(status: status, headers: fields, body: .init(byteBuffer: ByteBuffer(string: body)))
    }
}

extension HTTPField.Name {
    static var referrerPolicy: HTTPField.Name { known("Referrer-Policy") }
}

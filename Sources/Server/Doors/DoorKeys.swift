import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import Pipeline

/// Who may send: keys that were read from files at the start, compared in constant time, never printed.
struct DoorKeys: Sendable {
    /// Of a key only its hash is kept: hashes are of one length, and comparing them takes the same time wherever they
    /// differ.
    private typealias Hash = SHA256.Digest

    private let token: Hash?
    private let metricsToken: Hash?
    private let secret: SymmetricKey?
    private let projects: [String: (key: Hash, service: String)]

    /// A shorter key is guessed.
    private static let shortest = 16
    private static let longest = 4096

    /// - Throws: ``ServeError/badKey(_:reason:)``.
    init(_ settings: ServeSettings) throws(ServeError) {
        token = try settings.tokenFile.map { path throws(ServeError) in Self.hash(try Self.read(path)) }
        metricsToken = try settings.metricsTokenFile.map { path throws(ServeError) in Self.hash(try Self.read(path)) }
        secret = try settings.sentrySecretFile.map { path throws(ServeError) in
            SymmetricKey(data: Data(try Self.read(path).utf8))
        }
        var known: [String: (key: Hash, service: String)] = [:]
        for project in settings.projects {
            known[project.name] = (Self.hash(try Self.read(project.keyFile)), project.service ?? project.name)
        }
        projects = known
    }

    private static func hash(_ text: some StringProtocol) -> Hash { SHA256.hash(data: Array(text.utf8)) }

    /// A key or token, from its file.
    static func read(_ path: String) throws(ServeError) -> String {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw .badKey(path, reason: String(cString: strerror(errno)))
        }
        let text = String(decoding: bytes.prefix(longest + 1), as: UTF8.self).trimmingCharacters(
            in: .whitespacesAndNewlines)
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), text.utf8.count <= longest else {
            throw .badKey(path, reason: "it holds other than visible characters")
        }
        guard text.utf8.count >= shortest else {
            throw .badKey(path, reason: "it holds fewer than \(shortest) characters")
        }
        return text
    }

    // MARK: - Checks

    /// Whether the request has the bearer token.
    func hasToken(_ request: Request) -> Bool { Self.has(token, request) }

    /// Whether the request has the bearer token of `/metrics`.
    func hasMetricsToken(_ request: Request) -> Bool { Self.has(metricsToken, request) }

    private static func has(_ token: Hash?, _ request: Request) -> Bool {
        guard let token, let given = request.headers[.authorization], given.lowercased().hasPrefix("bearer ") else {
            return false
        }
        return hash(given.dropFirst(7)) == token
    }

    /// The service of a project's events, where the request has the project's key: in `X-Sentry-Auth`, the address, or
    /// the DSN in an envelope's first line (https://develop.sentry.dev/sdk/foundations/transport/authentication/).
    func service(of project: String, _ request: Request, dsnKey: () -> String?) -> String? {
        guard let known = projects[project], let given = Self.sentryKey(request) ?? dsnKey() else { return nil }
        return Self.hash(given) == known.key ? known.service : nil
    }

    private static func sentryKey(_ request: Request) -> String? {
        if let header = request.headers[.sentryAuth] ?? request.headers[.authorization],
            header.lowercased().hasPrefix("sentry ")
        {
            for pair in header.dropFirst(7).split(separator: ",") {
                let parts = pair.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
                if parts.count == 2, parts[0] == "sentry_key" { return parts[1] }
            }
        }
        return request.uri.queryParameters["sentry_key"].map(String.init)
    }

    /// Whether Sentry signed these bytes: HMAC-SHA256 with the client secret, in lower-case hexadecimal.
    func isSigned(_ body: [UInt8], _ request: Request) -> Bool {
        guard let secret, let text = request.headers[.hookSignature] ?? request.headers[.sentrySignature],
            let code = Self.bytes(hex: text)
        else { return false }
        return HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: body, using: secret)
    }

    private static func bytes(hex text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count == 64 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: 64, by: 2) {
            guard let byte = UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(byte)
        }
        return bytes
    }
}

extension HTTPField.Name {
    static var sentryAuth: HTTPField.Name { known("X-Sentry-Auth") }
    static var hookSignature: HTTPField.Name { known("Sentry-Hook-Signature") }
    static var sentrySignature: HTTPField.Name { known("X-Sentry-Signature") }

    static func known(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("a token of RFC 9110") }
        return name
    }
}

import Crypto
import Delivery
import Hummingbird
import Pipeline

/// Knows who sends a request, and who may log in.
struct People: Sendable {
    let keys: PeopleKeys
    let sessions: Sessions
    let limit = LoginLimit()
    private let proxies: [String]
    /// Of this process: signs the token of the login form, which has no session yet.
    private let secret = SymmetricKey(size: .bits256)

    static let cookie = "appliance_session"
    static let formCookie = "appliance_login"

    /// - Throws: ``ServeError/badKey(_:reason:)``.
    init(_ settings: ServeSettings) throws(ServeError) {
        keys = try PeopleKeys(settings)
        sessions = Sessions(length: settings.sessionLength)
        proxies = settings.proxies
    }

    func visitor(_ request: Request, _ context: DoorContext) -> PageVisit.Visitor {
        if let id = request.cookies[Self.cookie]?.value, let session = sessions.find(id, at: .now) {
            return .person(session)
        }
        if keys.isOpen { return .anyone }
        guard let header = request.headers[.authorization], header.lowercased().hasPrefix("bearer ") else {
            return .stranger
        }
        let client = client(request, context)
        guard limit.wait(client, at: .now) == nil else { return .stranger }
        if keys.role(of: header.dropFirst(7)) != nil { return .program }
        limit.failed(client, at: .now)
        return .stranger
    }

    /// The address that asks, as a proxy of ours names it, if it does.
    func client(_ request: Request, _ context: DoorContext) -> String {
        context.client(of: request, proxies: proxies)
    }

    /// Whether the browser speaks TLS with a proxy of ours.
    func isSecure(_ request: Request, _ context: DoorContext) -> Bool {
        proxies.contains(context.peer) && request.headers[.forwardedProto]?.lowercased() == "https"
    }

    // MARK: - The login form

    /// What the form carries for a browser that holds the cookie.
    func formToken(for cookie: String) -> String {
        HMAC<SHA256>.authenticationCode(for: Array(cookie.utf8), using: secret).map {
            ($0 < 16 ? "0" : "") + String($0, radix: 16)
        }.joined()
    }

    func isFormToken(_ token: String, for cookie: String?) -> Bool {
        guard let cookie, cookie.utf8.count == RandomToken.digits else { return false }
        return RandomToken.areEqual(token, formToken(for: cookie))
    }

    /// A name for the audit; nil for one that is empty or has anything hidden in it.
    static func name(_ text: String) -> String? {
        let name = VisibleText.line(text)
        guard name == text.split(separator: " ").joined(separator: " "), (1...64).contains(name.unicodeScalars.count)
        else { return nil }
        return name
    }

    /// A place on this server to go on to: a path and a query, nothing that a browser takes for another host.
    static func place(_ text: String) -> String {
        let bytes = Array(text.utf8)
        guard bytes.first == UInt8(ascii: "/"), bytes.count <= 2000, bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            bytes.count == 1 || ![UInt8(ascii: "/"), UInt8(ascii: "\\")].contains(bytes[1]),
            !bytes.contains(UInt8(ascii: "\\"))
        else { return "/" }
        return text
    }
}

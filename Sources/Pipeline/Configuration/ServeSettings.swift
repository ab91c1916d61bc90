import Events

/// `[serve]` of appliance.toml: where the page, the health checks and the doors of pushed events are.
public struct ServeSettings: Sendable, Hashable {
    /// `ADDRESS:PORT` to listen on; a loopback address.
    public var listen = "127.0.0.1:8321"
    /// Names that a request may call this host by, beside the address that it listens on.
    public var hosts: [String] = []

    /// File with the bearer token of `/v1/…`; without it these doors are closed.
    public var tokenFile: String?
    /// File with the client secret that Sentry signs its webhooks with; without it this door is closed.
    public var sentrySecretFile: String?
    /// File with the token of people who see the pages; with it or the next, nobody sees them without a login.
    public var viewerTokenFile: String?
    /// File with the token of people who also act: resolve, mute, judge, approve.
    public var operatorTokenFile: String?
    /// How long a login holds.
    public var sessionLength = Duration.hours(12)
    /// Addresses of proxies whose X-Forwarded-Proto and X-Forwarded-For are believed.
    public var proxies: [String] = []
    /// Largest message, as sent and as it becomes when it is decompressed.
    public var maxBody = ByteCount(bytes: 20_000_000)
    /// Messages that one address may send in a second, on average.
    public var requestsPerSecond = 200
    /// Whose SDKs may send to `/api/NAME/…`.
    public var projects: [Project] = []

    /// One `[[serve.project]]`.
    public struct Project: Sendable, Hashable {
        /// In the address that SDKs are given: `http://KEY@HOST:PORT/NAME`.
        public var name: String
        /// File with the key in that address.
        public var keyFile: String
        /// The service of events that name none; the project's name where this is absent.
        public var service: String?

        public init(name: String, keyFile: String, service: String? = nil) {
            (self.name, self.keyFile, self.service) = (name, keyFile, service)
        }
    }

    public init() {}

    static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
        default: false
        }
    }

    /// Digits of IPv4 or IPv6, without a port.
    static func isAddress(_ text: String) -> Bool {
        (2...45).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                $0 == 0x2E || $0 == 0x3A || ($0 < 0x80 && Character(Unicode.Scalar($0)).isHexDigit)
            }
    }

    /// The two halves of `listen`.
    public var address: (host: String, port: Int)? { Self.split(listen) }

    /// `127.0.0.1:8321`, `[::1]:8321` or `localhost:0` (0: any free port) as host and port; nil for anything else.
    ///
    /// Loopback only: others come through a proxy that ends TLS.
    public static func split(_ text: String) -> (host: String, port: Int)? {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let port = Int(digits), port < 65536
        else { return nil }
        switch text[..<colon] {
        case "[::1]": return ("::1", port)
        case "localhost": return ("127.0.0.1", port)
        case let host where isLoopback(host): return (String(host), port)
        default: return nil
        }
    }

    /// 127.0.0.0/8 in dotted decimal.
    private static func isLoopback(_ host: Substring) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil && $0.first != "+" }
    }
}

/// `[serve]` of appliance.toml: where the page and the health checks are served.
public struct ServeSettings: Sendable, Hashable {
    /// `ADDRESS:PORT` to listen on; a loopback address.
    public var listen = "127.0.0.1:8321"
    /// Names that a request may call this host by, beside the address that it listens on.
    public var hosts: [String] = []

    public init() {}

    /// The two halves of `listen`.
    public var address: (host: String, port: Int)? { Self.split(listen) }

    /// `127.0.0.1:8321`, `[::1]:8321` or `localhost:0` (0: any free port) as host and port; nil for anything else.
    ///
    /// Loopback only: what is served knows no user yet.
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

/// The one place that a client talks to, checked so that no look-up and no other host can come of it.
///
/// The host is an IP literal, `localhost`, or a name whose addresses are given with it (pinned through
/// CURLOPT_RESOLVE). Text form: `http://127.0.0.1:11434`, `https://[fd00::1]:8443/base`, `unix:/run/ollama.sock`.
public struct Endpoint: Sendable, Hashable, CustomStringConvertible {
    enum Scheme: String, Sendable {
        case http, https

        var defaultPort: UInt16 { self == .http ? 80 : 443 }
    }

    enum Place: Sendable, Hashable {
        /// `host` as it stands in the URL, IPv6 in brackets.
        case network(host: String, port: UInt16, addresses: [IPAddress])
        case unix(path: String)
    }

    let scheme: Scheme
    let place: Place
    /// Put before each request's path; empty, or `/base` without a slash at its end.
    let basePath: String
    let caFile: String?
    let token: BearerToken?

    static let maximumTextLength = 2048
    static let maximumAddresses = 16
    /// sizeof(sun_path) - 1, unix(7).
    static let maximumSocketPathLength = 107

    /// Reads an endpoint as a configuration gives it.
    ///
    /// - Parameters:
    ///   - addresses: IP literals of a host that is given by name; none for any other.
    ///   - caFile: absolute path of a PEM file that replaces the system's authorities.
    ///   - bearerToken: sent as `Authorization: Bearer …`, never shown.
    public init(
        _ text: String, addresses: [String] = [], caFile: String? = nil, bearerToken: String? = nil
    ) throws(EndpointError) {
        token = if let bearerToken { try BearerToken(bearerToken) } else { nil }
        self.caFile = caFile
        if let caFile, !Self.isPlainPath(caFile) { throw .invalidCAFile(Self.quoted(caFile)) }
        guard text.utf8.count <= Self.maximumTextLength, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw .notAnEndpoint(Self.quoted(text))
        }
        if text.hasPrefix("unix:") {
            (scheme, basePath) = (.http, "")
            place = try Self.socket(String(text.dropFirst("unix:".count)), addresses: addresses)
            return
        }
        let (scheme, authority, path) = try Self.split(text)
        self.scheme = scheme
        place = try Self.network(authority: authority, defaultPort: scheme.defaultPort, addresses: addresses)
        basePath = try Self.checkedBasePath(path)
    }

    /// The URL without any secret.
    public var description: String {
        switch place {
        case .unix(let path): "unix:\(path)"
        case .network(let host, let port, _): "\(scheme.rawValue)://\(host):\(port)\(basePath)"
        }
    }

    /// The host and the port, or the socket's path.
    public var authority: String {
        switch place {
        case .unix(let path): path
        case .network(let host, let port, _): "\(host):\(port)"
        }
    }

    /// What libcurl is given; a unix socket's host is `localhost`.
    func url(path: String) -> String {
        switch place {
        case .unix: "http://localhost\(path)"
        case .network(let host, let port, _): "\(scheme.rawValue)://\(host):\(port)\(basePath)\(path)"
        }
    }

    /// CURLOPT_RESOLVE's entry: libcurl then never asks a resolver.
    var pin: String? {
        guard case .network(let host, let port, let addresses) = place, !host.hasPrefix("[") else { return nil }
        return "\(host):\(port):\(addresses.map(\.inURL).joined(separator: ","))"
    }
}

extension Endpoint {
    private static func quoted(_ text: some StringProtocol) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.prefix(80).map { $0.value < 0x20 ? "?" : $0 }))
    }

    private static func isPlainPath(_ path: String) -> Bool {
        path.hasPrefix("/") && path.utf8.count <= 4096 && path.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }

    private static func socket(_ text: String, addresses: [String]) throws(EndpointError) -> Place {
        let path = "/" + text.drop { $0 == "/" }
        guard text.hasPrefix("/"), path.utf8.count > 1, path.utf8.count <= maximumSocketPathLength else {
            throw .invalidSocketPath(quoted(text))
        }
        guard addresses.isEmpty else { throw .needlessAddresses(host: path) }
        return .unix(path: path)
    }

    private static func split(
        _ text: String
    ) throws(EndpointError) -> (scheme: Scheme, authority: Substring, path: Substring) {
        guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else {
            throw text.contains("@") ? .credentialsInURL : .notAnEndpoint(quoted(text))
        }
        let rest = text[text.index(colon, offsetBy: 3)...]
        let end = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" || $0 == "\\" } ?? rest.endIndex
        if rest.contains("@") { throw .credentialsInURL }
        guard let scheme = Scheme(rawValue: text[..<colon].lowercased()) else {
            throw .unsupportedScheme(quoted(text[..<colon]))
        }
        return (scheme, rest[..<end], rest[end...])
    }

    private static func checkedBasePath(_ path: Substring) throws(EndpointError) -> String {
        guard path.utf8.allSatisfy({ !"?#\\\"<>^`{|}".utf8.contains($0) }) else { throw .invalidPath(quoted(path)) }
        return path.hasSuffix("/") ? String(path.dropLast()) : String(path)
    }

    private static func network(
        authority: Substring, defaultPort: UInt16, addresses: [String]
    ) throws(EndpointError) -> Place {
        let (host, portText) = try splitPort(authority)
        var port = defaultPort
        if let portText {
            guard portText.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(portText), number > 0
            else { throw .invalidPort(quoted(portText)) }
            port = number
        }
        let isBracketed = host.hasPrefix("[")
        let bare = isBracketed ? String(host.dropFirst().dropLast()) : String(host)
        if let literal = IPAddress(literal: bare), isBracketed == bare.contains(":") {
            guard literal.isUsable else { throw .invalidAddress(bare) }
            guard addresses.isEmpty else { throw .needlessAddresses(host: bare) }
            return .network(host: literal.inURL, port: port, addresses: [literal])
        }
        let name = bare.lowercased()
        guard !isBracketed, isHostName(name) else { throw .invalidHost(quoted(host)) }
        return .network(host: name, port: port, addresses: try pinned(name, addresses))
    }

    private static func splitPort(
        _ authority: Substring
    ) throws(EndpointError) -> (host: Substring, port: Substring?) {
        if authority.hasPrefix("[") {
            guard let close = authority.firstIndex(of: "]") else { throw .invalidHost(quoted(authority)) }
            let rest = authority[authority.index(after: close)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { throw .invalidHost(quoted(authority)) }
            return (authority[...close], rest.isEmpty ? nil : rest.dropFirst())
        }
        guard let colon = authority.firstIndex(of: ":") else { return (authority, nil) }
        return (authority[..<colon], authority[authority.index(after: colon)...])
    }

    private static func pinned(_ name: String, _ addresses: [String]) throws(EndpointError) -> [IPAddress] {
        var texts = addresses
        if name == "localhost" {
            guard addresses.isEmpty else { throw .needlessAddresses(host: name) }
            texts = ["127.0.0.1", "::1"]
        }
        guard !texts.isEmpty else { throw .unpinnedName(name) }
        guard texts.count <= maximumAddresses else { throw .invalidAddress("\(texts.count) addresses") }
        var result: [IPAddress] = []
        for text in texts {
            guard let address = IPAddress(literal: text), address.isUsable else { throw .invalidAddress(quoted(text)) }
            result.append(address)
        }
        return result
    }

    /// Letters, digits, hyphens and dots (RFC 1123). A last label that is a number could be read as an IPv4 address
    /// in disguise (`127.1`, `0x7f000001`; https://url.spec.whatwg.org/#ends-in-a-number-checker), and is refused.
    private static func isHostName(_ name: String) -> Bool {
        guard name.utf8.count <= 253 else { return false }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        let areValid = labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
                && label.utf8.allSatisfy {
                    (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x5F
                }
        }
        guard areValid, let last = labels.last else { return false }
        return !last.utf8.allSatisfy { (0x30...0x39).contains($0) } && !last.hasPrefix("0x")
    }
}

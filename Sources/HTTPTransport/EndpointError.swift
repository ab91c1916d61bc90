import Events

/// Why a configured endpoint is refused.
public enum EndpointError: OperatorFacing, Equatable {
    case notAnEndpoint(String)
    case unsupportedScheme(String)
    /// `user:password@` in the URL; the text is not repeated.
    case credentialsInURL
    /// A name without pinned addresses: resolving it would ask a server that the configuration does not name.
    case unpinnedName(String)
    case invalidHost(String)
    case invalidPort(String)
    case invalidAddress(String)
    /// `addresses` beside an IP literal, `localhost` or a socket, which need none.
    case needlessAddresses(host: String)
    /// Characters in the path that would have to be quoted, a query, or a fragment.
    case invalidPath(String)
    case invalidSocketPath(String)
    case invalidCAFile(String)
    /// The text is not repeated.
    case invalidToken

    public var description: String {
        switch self {
        case .notAnEndpoint(let text): "not an endpoint: \"\(text)\""
        case .unsupportedScheme(let scheme): "endpoint with unsupported scheme \"\(scheme)\""
        case .credentialsInURL: "endpoint with a user or a password in its URL"
        case .unpinnedName(let host): "endpoint names the host \"\(host)\" without its addresses"
        case .invalidHost(let host): "endpoint with invalid host \"\(host)\""
        case .invalidPort(let port): "endpoint with invalid port \"\(port)\""
        case .invalidAddress(let address): "endpoint with invalid address \"\(address)\""
        case .needlessAddresses(let host): "endpoint gives addresses for \"\(host)\", which is one already"
        case .invalidPath(let path): "endpoint with invalid path \"\(path)\""
        case .invalidSocketPath(let path): "endpoint with invalid socket path \"\(path)\""
        case .invalidCAFile(let path): "endpoint with invalid CA file \"\(path)\""
        case .invalidToken: "endpoint with an invalid bearer token"
        }
    }

    public var remedy: String? {
        switch self {
        case .notAnEndpoint, .unsupportedScheme:
            "Write http://127.0.0.1:11434, https://HOST:PORT or unix:/path/to.sock."
        case .credentialsInURL: "Remove them from the URL, and give a bearer token in a file instead."
        case .unpinnedName(let host): "Use an IP address, or pin it: addresses = [\"…\"] with the addresses of \(host)."
        case .invalidHost: "Use an IP address in its usual form, localhost, or a name with its addresses."
        case .invalidPort: "Use a port from 1 to 65535."
        case .invalidAddress: "Use IPv4 or IPv6 addresses of one host, in their usual form, at most 16."
        case .needlessAddresses: "Remove the addresses."
        case .invalidPath: "Use a plain path, without query, fragment or spaces."
        case .invalidSocketPath: "Use an absolute path of at most 107 bytes."
        case .invalidCAFile: "Use the absolute path of a PEM file."
        case .invalidToken: "Use a token of visible ASCII characters, at most 8192, without spaces or line ends."
        }
    }

    public var kind: FailureKind { .configuration }
}

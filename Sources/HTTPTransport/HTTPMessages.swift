/// A request to the client's one endpoint.
public struct HTTPRequest: Sendable, Hashable {
    public enum Method: String, Sendable { case get = "GET", head = "HEAD", post = "POST" }

    public var method: Method
    /// From `/` on, already percent-encoded; the endpoint's own base path comes before it.
    public var path: String
    public var headers: [HTTPHeader]
    /// Sent with POST only.
    public var body: [UInt8]
    /// Sent in place of `body`, a piece at a time: files that are larger than memory.
    public var upload: HTTPUpload?
    public var timeouts: HTTPTimeouts

    public init(
        _ method: Method = .get, path: String, headers: [HTTPHeader] = [], body: [UInt8] = [],
        upload: HTTPUpload? = nil, timeouts: HTTPTimeouts = HTTPTimeouts()
    ) {
        (self.method, self.path, self.headers, self.body) = (method, path, headers, body)
        (self.upload, self.timeouts) = (upload, timeouts)
    }

    /// Nothing in a path or a header may end its line or begin another.
    func check() throws(TransportError) {
        guard upload == nil || (method == .post && body.isEmpty) else {
            throw .invalidRequest("an upload beside a body, or without POST")
        }
        guard path.hasPrefix("/"), path.utf8.count <= HTTPLimits.pathBytes,
            path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x23 })
        else { throw .invalidRequest("path with forbidden characters") }
        for header in headers {
            guard !header.name.isEmpty, header.name.utf8.allSatisfy(HTTPHeader.isTokenByte),
                header.value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }),
                header.name.utf8.count + header.value.utf8.count <= HTTPLimits.headerBytes
            else { throw .invalidRequest("header with forbidden characters") }
        }
    }
}

/// How long each part of an exchange may take.
public struct HTTPTimeouts: Sendable, Hashable {
    /// Until the connection stands, TLS included.
    public var connect: Duration
    /// From there, or from the last piece of an upload on, until the first byte of the body.
    public var firstByte: Duration
    /// Between two pieces of the body, while the reader asks for more.
    public var stall: Duration
    /// From start to end: against a server that drips.
    public var total: Duration

    public init(
        connect: Duration = .seconds(5), firstByte: Duration = .seconds(60), stall: Duration = .seconds(30),
        total: Duration = .seconds(3600)
    ) {
        (self.connect, self.firstByte, self.stall, self.total) = (connect, firstByte, stall, total)
    }
}

/// One header field.
public struct HTTPHeader: Sendable, Hashable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }

    /// RFC 9110, section 5.6.2.
    static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}

/// The status and the header fields of an answer.
public struct HTTPResponseHead: Sendable, Hashable {
    public var status: Int
    /// In the order received, bytes that are not UTF-8 replaced.
    public var headers: [HTTPHeader]

    public init(status: Int, headers: [HTTPHeader] = []) { (self.status, self.headers) = (status, headers) }

    /// The first field of that name, in any case.
    public subscript(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

/// A whole answer, whatever its status. A 3xx is an answer like any other: it is never followed.
public struct HTTPResponse: Sendable, Hashable {
    public var head: HTTPResponseHead
    public var body: [UInt8]

    public var status: Int { head.status }

    public init(head: HTTPResponseHead, body: [UInt8]) { (self.head, self.body) = (head, body) }
}

/// What an answer or a request may take up.
public enum HTTPLimits {
    /// Header fields of one answer, those of interim answers and trailers included.
    public static let headerCount = 200
    /// Bytes of all these together.
    public static let headerBytes = 64 << 10
    public static let pathBytes = 16 << 10
    /// Bytes of a body held for a reader that is slower than the server.
    public static let buffered = 256 << 10
}

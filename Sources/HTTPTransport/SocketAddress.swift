import Glibc

/// An IPv4 or IPv6 address; IPv4-mapped IPv6 (`::ffff:a.b.c.d`) is the IPv4 address.
struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    /// 4 or 16 bytes in network order.
    let bytes: [UInt8]

    init?(bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        let isMapped = bytes.count == 16 && bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 255 && bytes[11] == 255
        self.bytes = isMapped ? Array(bytes[12...]) : bytes
    }

    /// - Parameter text: a strict literal, as inet_pton(3) reads it: no octal, no short forms, no zone.
    init?(literal text: String) {
        guard text.utf8.count <= Self.maximumLiteralLength, !text.utf8.contains(0) else { return nil }
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &bytes) == 1 {
            self.init(bytes: Array(bytes[..<4]))
        } else if inet_pton(AF_INET6, text, &bytes) == 1 {
            self.init(bytes: bytes)
        } else {
            return nil
        }
    }

    /// INET6_ADDRSTRLEN of netinet/in.h.
    private static let maximumLiteralLength = 46

    /// False for what no service can be reached at: unspecified, multicast and broadcast addresses.
    var isUsable: Bool {
        if bytes.allSatisfy({ $0 == 0 }) || bytes.allSatisfy({ $0 == 255 }) { return false }
        return bytes.count == 4 ? bytes[0] & 0xF0 != 0xE0 : bytes[0] != 0xFF
    }

    var description: String {
        var text = [CChar](repeating: 0, count: Self.maximumLiteralLength + 1)
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        guard inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return "?" }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// As it stands in a URL and in CURLOPT_RESOLVE.
    var inURL: String { bytes.count == 4 ? description : "[\(description)]" }
}

/// Where a socket is about to be connected to, as the kernel will read it.
enum SocketAddress: Sendable, Hashable, CustomStringConvertible {
    case ip(IPAddress, port: UInt16)
    case unix(path: String)
    /// A family that we never use.
    case other(family: Int32)

    /// Reads a `sockaddr` without trusting its length: 16 bytes for IPv4, 28 for IPv6 (ip(7), ipv6(7), unix(7)).
    init(_ raw: UnsafeRawBufferPointer) {
        guard raw.count >= 2 else {
            self = .other(family: -1)
            return
        }
        let family = Int32(raw.loadUnaligned(as: sa_family_t.self))
        let port = raw.count >= 4 ? UInt16(raw[2]) << 8 | UInt16(raw[3]) : 0
        switch family {
        case AF_INET where raw.count >= 8:
            self = IPAddress(bytes: Array(raw[4..<8])).map { .ip($0, port: port) } ?? .other(family: family)
        case AF_INET6 where raw.count >= 24:
            self = IPAddress(bytes: Array(raw[8..<24])).map { .ip($0, port: port) } ?? .other(family: family)
        case AF_UNIX where raw.count > 2 && raw[2] != 0:
            self = .unix(path: String(decoding: raw[2...].prefix { $0 != 0 }, as: UTF8.self))
        default:
            self = .other(family: family)
        }
    }

    var description: String {
        switch self {
        case .ip(let address, let port): "\(address.inURL):\(port)"
        case .unix(let path): "unix:\(path)"
        case .other(let family): "address family \(family)"
        }
    }
}

/// The egress guard: the only addresses that an endpoint's sockets may be connected to.
///
/// libcurl asks for each socket, after any look-up of its own, with the address the kernel will get
/// (CURLOPT_OPENSOCKETFUNCTION): a name that resolves elsewhere, octal spellings, redirects and proxies all end here.
struct EgressPolicy: Sendable, Hashable {
    let allowed: Set<SocketAddress>

    init(_ endpoint: Endpoint) {
        switch endpoint.place {
        case .unix(let path): allowed = [.unix(path: path)]
        case .network(_, let port, let addresses): allowed = Set(addresses.map { .ip($0, port: port) })
        }
    }

    func allows(_ address: SocketAddress) -> Bool { allowed.contains(address) }
}

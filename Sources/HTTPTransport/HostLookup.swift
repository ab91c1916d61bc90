import Foundation
import Glibc

extension Endpoint {
    /// Reads an endpoint whose host may be a name: it is looked up now, and pinned to what was found.
    ///
    /// For the one command on the connected side that posts outward. Everything else names addresses
    /// (``init(_:addresses:caFile:bearerToken:)``), and asks no resolver. The egress guard allows the addresses found
    /// and nothing else; that they belong to the name is TLS's to prove.
    ///
    /// - Throws: ``EndpointError``, or ``TransportError/cannotConnect(_:)`` when the name has no address now.
    public static func lookingUp(_ text: String, caFile: String? = nil) async throws -> Endpoint {
        do {
            return try Endpoint(text, caFile: caFile)
        } catch EndpointError.unpinnedName(let name) {
            return try Endpoint(text, addresses: try await HostLookup.addresses(of: name), caFile: caFile)
        }
    }

    /// Whether nothing but this host can be reached through it.
    public var isLoopback: Bool {
        switch place {
        case .unix: true
        case .network(_, _, let addresses): addresses.allSatisfy(\.isLoopback)
        }
    }
}

extension IPAddress {
    /// 127.0.0.0/8 or ::1.
    fileprivate var isLoopback: Bool {
        bytes.count == 4 ? bytes[0] == 127 : bytes.dropLast().allSatisfy { $0 == 0 } && bytes[15] == 1
    }
}

/// Asks the system's resolver, on a thread of its own: getaddrinfo(3) blocks, and cannot be interrupted.
enum HostLookup {
    /// - Returns: IP literals that a service can be reached at, the resolver's order, each once, bounded.
    static func addresses(of name: String) async throws(TransportError) -> [String] {
        let found: Result<[String], TransportError> = await withCheckedContinuation { continuation in
            let thread = Thread { continuation.resume(returning: find(name)) }
            thread.name = "look-up"
            thread.start()
        }
        return try found.get()
    }

    /// The same address comes once for each kind of socket; it is kept once.
    private static func find(_ name: String) -> Result<[String], TransportError> {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(name, nil, &hints, &list)
        guard code == 0 else {
            return .failure(.cannotConnect("the host name cannot be looked up: \(String(cString: gai_strerror(code)))"))
        }
        defer { freeaddrinfo(list) }
        var texts: [String] = []
        var entry = list
        while let current = entry, texts.count < Endpoint.maximumAddresses {
            entry = current.pointee.ai_next
            guard let address = current.pointee.ai_addr else { continue }
            let raw = UnsafeRawBufferPointer(start: address, count: Int(current.pointee.ai_addrlen))
            guard case .ip(let found, _) = SocketAddress(raw), found.isUsable, !texts.contains(found.description)
            else { continue }
            texts.append(found.description)
        }
        return texts.isEmpty ? .failure(.cannotConnect("the host name has no address")) : .success(texts)
    }
}

import ApplianceTestSupport
import Glibc
import Testing

@testable import HTTPTransport

@Suite("The egress guard allows the endpoint's addresses and nothing else")
struct EgressPolicyTests {
    /// A sockaddr as the kernel has it: family in the machine's order, port and address in network order.
    private static func v4(_ bytes: [UInt8], port: UInt16) -> [UInt8] {
        family(AF_INET) + [UInt8(port >> 8), UInt8(port & 255)] + bytes + [UInt8](repeating: 0, count: 8)
    }

    private static func v6(_ text: String, port: UInt16) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 16)
        try #require(inet_pton(AF_INET6, text, &bytes) == 1)
        return family(AF_INET6) + [UInt8(port >> 8), UInt8(port & 255), 0, 0, 0, 0] + bytes + [0, 0, 0, 0]
    }

    private static func family(_ family: Int32) -> [UInt8] {
        withUnsafeBytes(of: sa_family_t(family)) { Array($0) }
    }

    private func allows(_ endpoint: Endpoint, _ raw: [UInt8]) -> Bool {
        raw.withUnsafeBytes { EgressPolicy(endpoint).allows(SocketAddress($0)) }
    }

    @Test("an IPv4 endpoint: the same address and port, also in its IPv6-mapped form")
    func loopback() throws {
        let endpoint = try Endpoint("http://127.0.0.1:11434")
        #expect(allows(endpoint, Self.v4([127, 0, 0, 1], port: 11434)))
        #expect(allows(endpoint, try Self.v6("::ffff:127.0.0.1", port: 11434)))
        #expect(!allows(endpoint, Self.v4([127, 0, 0, 2], port: 11434)))
        #expect(!allows(endpoint, Self.v4([127, 0, 0, 1], port: 11435)))
        #expect(!allows(endpoint, Self.v4([127, 0, 0, 1], port: 0)))
        #expect(!allows(endpoint, try Self.v6("::1", port: 11434)))
        #expect(!allows(endpoint, try Self.v6("::127.0.0.1", port: 11434)))
        #expect(!allows(endpoint, try Self.v6("64:ff9b::7f00:1", port: 11434)))
        #expect(!allows(endpoint, Self.family(AF_UNIX) + Array("/run/docker.sock\0".utf8)))
    }

    @Test("localhost: both loopback addresses")
    func localhost() throws {
        let endpoint = try Endpoint("http://localhost:80")
        #expect(allows(endpoint, Self.v4([127, 0, 0, 1], port: 80)))
        #expect(allows(endpoint, try Self.v6("::1", port: 80)))
        #expect(!allows(endpoint, Self.v4([127, 0, 1, 1], port: 80)))
    }

    @Test("a unix socket: that path, and no network")
    func unixSocket() throws {
        let endpoint = try Endpoint("unix:/run/ollama.sock")
        #expect(allows(endpoint, Self.family(AF_UNIX) + Array("/run/ollama.sock\0\0".utf8)))
        #expect(allows(endpoint, Self.family(AF_UNIX) + Array("/run/ollama.sock".utf8)))
        #expect(!allows(endpoint, Self.family(AF_UNIX) + Array("/run/ollama.sock2".utf8)))
        #expect(!allows(endpoint, Self.family(AF_UNIX) + Array("\0/run/ollama.sock".utf8)))
        #expect(!allows(endpoint, Self.v4([127, 0, 0, 1], port: 80)))
    }

    @Test(
        "an address cut short is refused",
        arguments: [[], [2], [2, 0], [2, 0, 0, 80, 127, 0, 0], [10, 0, 0, 80, 0, 0, 0, 0, 0]] as [[UInt8]])
    func truncated(raw: [UInt8]) throws {
        #expect(!allows(try Endpoint("http://127.0.0.1:80"), raw))
    }

    @Test("libcurl connects nowhere that the guard refuses: 127.0.0.2 where 127.0.0.1 is configured")
    func refusesThroughLibcurl() async throws {
        let other = try ScriptedServer(on: .ip("127.0.0.2"), answering: [.send(Array("HTTP/1.0 200 OK\r\n\r\n".utf8))])
        defer { other.stop() }
        let configured = EgressPolicy(try Endpoint("http://127.0.0.1:\(other.port)"))
        let client = HTTPClient(try Endpoint("http://127.0.0.2:\(other.port)"), policy: configured)
        await #expect(throws: TransportError.refusedByPolicy("127.0.0.2:\(other.port)")) {
            try await client.send(HTTPRequest(path: "/"), limit: 10)
        }
        #expect(other.acceptedCount == 0)
    }

    @Test("a unix socket other than the configured one is refused")
    func refusesOtherSocket() async throws {
        let policy = EgressPolicy(try Endpoint("unix:/run/one.sock"))
        let client = HTTPClient(try Endpoint("unix:/run/other.sock"), policy: policy)
        await #expect(throws: TransportError.refusedByPolicy("unix:/run/other.sock")) {
            try await client.send(HTTPRequest(path: "/"), limit: 10)
        }
    }
}

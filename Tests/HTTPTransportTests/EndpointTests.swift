import Events
import Testing

@testable import HTTPTransport

@Suite("An endpoint can only be a place that no look-up leads to")
struct EndpointTests {
    @Test(
        "is read, normalized and shown",
        arguments: [
            ("http://127.0.0.1:11434", "http://127.0.0.1:11434"),
            ("http://127.0.0.1:11434/", "http://127.0.0.1:11434"),
            ("HTTP://127.0.0.1", "http://127.0.0.1:80"),
            ("https://10.1.2.3", "https://10.1.2.3:443"),
            ("https://[fd00::0001]:8443/base/", "https://[fd00::1]:8443/base"),
            ("http://[::ffff:127.0.0.1]:80", "http://127.0.0.1:80"),
            ("http://LOCALHOST:11434/a/b", "http://localhost:11434/a/b"),
            ("unix:/run/ollama.sock", "unix:/run/ollama.sock"),
            ("unix:///run/ollama.sock", "unix:/run/ollama.sock"),
        ])
    func reads(text: String, shown: String) throws {
        #expect(try Endpoint(text).description == shown)
    }

    @Test(
        "is refused with its reason",
        arguments: [
            ("", .notAnEndpoint("")),
            ("127.0.0.1:11434", .notAnEndpoint("127.0.0.1:11434")),
            ("http://127.0.0.1 :80", .notAnEndpoint("http://127.0.0.1 :80")),
            ("http://127.0.0.1\r\nX: y", .notAnEndpoint("http://127.0.0.1??X: y")),
            ("http://größe", .notAnEndpoint("http://größe")),
            ("ftp://127.0.0.1", .unsupportedScheme("ftp")),
            ("file:///etc/passwd", .unsupportedScheme("file")),
            ("http://user:secret@127.0.0.1", .credentialsInURL),
            ("user:secret@127.0.0.1", .credentialsInURL),
            ("http://127.0.0.1:80\\@evil.example", .credentialsInURL),
            ("http://ollama.example:11434", .unpinnedName("ollama.example")),
            ("http://", .invalidHost("")),
            ("http://:80", .invalidHost("")),
            ("http://127.1:80", .invalidHost("127.1")),
            ("http://0177.0.0.1", .invalidHost("0177.0.0.1")),
            ("http://0x7f000001", .invalidHost("0x7f000001")),
            ("http://2130706433", .invalidHost("2130706433")),
            ("http://[127.0.0.1]", .invalidHost("[127.0.0.1]")),
            ("http://[fe80::1%25eth0]", .invalidHost("[fe80::1%25eth0]")),
            ("http://[::1", .invalidHost("[::1")),
            ("http://[::1]x", .invalidHost("[::1]x")),
            ("http://a_b-.c", .invalidHost("a_b-.c")),
            ("http://a..b", .invalidHost("a..b")),
            ("http://0.0.0.0:11434", .invalidAddress("0.0.0.0")),
            ("http://255.255.255.255", .invalidAddress("255.255.255.255")),
            ("http://224.0.0.1", .invalidAddress("224.0.0.1")),
            ("http://[::]:1", .invalidAddress("::")),
            ("http://[ff02::1]:1", .invalidAddress("ff02::1")),
            ("http://127.0.0.1:", .invalidPort("")),
            ("http://127.0.0.1:0", .invalidPort("0")),
            ("http://127.0.0.1:65536", .invalidPort("65536")),
            ("http://127.0.0.1:+80", .invalidPort("+80")),
            ("http://127.0.0.1:80:90", .invalidPort("80:90")),
            ("http://127.0.0.1/a?b", .invalidPath("/a?b")),
            ("http://127.0.0.1#b", .invalidPath("#b")),
            ("unix:relative.sock", .invalidSocketPath("relative.sock")),
            ("unix:/", .invalidSocketPath("/")),
            (
                "unix:/\(String(repeating: "x", count: 107))",
                .invalidSocketPath("/" + String(repeating: "x", count: 79))
            ),
        ] as [(String, EndpointError)])
    func refuses(text: String, reason: EndpointError) {
        #expect(throws: reason) { try Endpoint(text) }
    }

    @Test("a name is pinned to its addresses")
    func pins() throws {
        let endpoint = try Endpoint("https://Ollama.site:8443", addresses: ["10.0.0.7", "::ffff:10.0.0.8", "fd00::7"])
        #expect(endpoint.pin == "ollama.site:8443:10.0.0.7,10.0.0.8,[fd00::7]")
        #expect(try Endpoint("http://localhost:1").pin == "localhost:1:127.0.0.1,[::1]")
        #expect(try Endpoint("http://[::1]:1").pin == nil)
        #expect(try Endpoint("unix:/a").pin == nil)
    }

    @Test("addresses that are none, or that are not needed, are refused")
    func refusesAddresses() {
        #expect(throws: EndpointError.invalidAddress("evil")) { try Endpoint("http://a.b", addresses: ["evil"]) }
        #expect(throws: EndpointError.invalidAddress("0.0.0.0")) { try Endpoint("http://a.b", addresses: ["0.0.0.0"]) }
        #expect(throws: EndpointError.invalidAddress("17 addresses")) {
            try Endpoint("http://a.b", addresses: (1...17).map { "10.0.0.\($0)" })
        }
        #expect(throws: EndpointError.needlessAddresses(host: "127.0.0.1")) {
            try Endpoint("http://127.0.0.1", addresses: ["10.0.0.1"])
        }
        #expect(throws: EndpointError.needlessAddresses(host: "localhost")) {
            try Endpoint("http://localhost", addresses: ["10.0.0.1"])
        }
        #expect(throws: EndpointError.needlessAddresses(host: "/a")) {
            try Endpoint("unix:/a", addresses: ["10.0.0.1"])
        }
    }

    @Test("the token is never shown")
    func hidesToken() throws {
        let endpoint = try Endpoint("http://127.0.0.1:1", bearerToken: "tokenvalue123")
        var dumped = ""
        dump(endpoint, to: &dumped)
        for text in ["\(endpoint)", String(reflecting: endpoint), dumped, endpoint.authority] {
            #expect(!text.contains("tokenvalue123"))
        }
        for bad in ["", "a b", "a\r\nX: y", "é", String(repeating: "x", count: 8193)] {
            #expect(throws: EndpointError.invalidToken) { try Endpoint("http://127.0.0.1:1", bearerToken: bad) }
        }
    }

    @Test("a CA file is an absolute path", arguments: ["ca.pem", "", "/a\nb"])
    func refusesCAFile(path: String) {
        #expect(throws: EndpointError.self) { try Endpoint("https://127.0.0.1", caFile: path) }
    }

    @Test("every refusal says what happened, what to do, and is a configuration error")
    func words() {
        let errors: [EndpointError] = [
            .notAnEndpoint("x"), .unsupportedScheme("x"), .credentialsInURL, .unpinnedName("x"), .invalidHost("x"),
            .invalidPort("x"), .invalidAddress("x"), .needlessAddresses(host: "x"), .invalidPath("x"),
            .invalidSocketPath("x"), .invalidCAFile("x"), .invalidToken,
        ]
        for error in errors {
            #expect(error.description.hasPrefix("endpoint") || error.description.hasPrefix("not an endpoint"))
            #expect(error.remedy?.hasSuffix(".") == true)
            #expect(error.kind == .configuration)
        }
        #expect(Set(errors.map(\.description)).count == errors.count)
    }
}

import ApplianceTestSupport
import Events
import Foundation
import Synchronization
import Testing

@testable import HTTPTransport

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

private func answer(_ body: String, head: String = "HTTP/1.1 200 OK") -> [UInt8] {
    bytes("\(head)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
}

@Suite("One exchange with the endpoint", .timeLimit(.minutes(1)))
struct ExchangeTests {
    @Test("sends what it was given, and reads the whole answer")
    func roundTrip() async throws {
        let server = try ScriptedServer(answering: [
            .send(bytes("HTTP/1.1 201 Created\r\nX-One:  a b \r\nx-two:\r\nContent-Length: 5\r\n\r\nhello"))
        ])
        defer { server.stop() }
        let client = HTTPClient(try Endpoint("\(server.url)/base/", bearerToken: "tok"))
        let request = HTTPRequest(
            .post, path: "/api?x=1", headers: [HTTPHeader("X-Empty", ""), HTTPHeader("Content-Type", "text/plain")],
            body: bytes("body\0bytes"))
        let response = try await client.send(request, limit: 5)
        #expect(response.status == 201)
        #expect(response.body == bytes("hello"))
        #expect(response.head["X-ONE"] == "a b")
        #expect(response.head["x-two"] == "")
        #expect(response.head["x-three"] == nil)
        let sent = String(decoding: try #require(server.requests.first), as: UTF8.self)
        #expect(sent.hasPrefix("POST /base/api?x=1 HTTP/1.1\r\n"))
        for line in ["X-Empty:", "Content-Type: text/plain", "Authorization: Bearer tok", "Content-Length: 10"] {
            #expect(sent.contains("\r\n\(line)\r\n"))
        }
        #expect(!sent.contains("Expect") && !sent.contains("Cookie"))
        #expect(sent.hasSuffix("\r\n\r\nbody\0bytes"))
    }

    @Test("reads a chunked answer in any pieces, interim answers and trailers left out", arguments: [1, 2, 3, 7, 1000])
    func splits(size: Int) async throws {
        let raw = bytes(
            "HTTP/1.1 100 Continue\r\nX: early\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\nX-Trailer: late\r\n\r\n")
        let pieces = stride(from: 0, to: raw.count, by: size).map { Array(raw[$0..<min($0 + size, raw.count)]) }
        let server = try ScriptedServer(answering: [.sendPieces(pieces)])
        defer { server.stop() }
        let response = try await HTTPClient(try Endpoint(server.url)).send(HTTPRequest(path: "/"), limit: 100)
        #expect(response.body == bytes("hello world"))
        #expect(response.head == HTTPResponseHead(status: 200, headers: [HTTPHeader("Transfer-Encoding", "chunked")]))
    }

    @Test("HEAD has no body, and an empty POST is one")
    func methods() async throws {
        let server = try ScriptedServer(answering: [.send(bytes("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"))])
        defer { server.stop() }
        let client = HTTPClient(try Endpoint(server.url))
        #expect(try await client.send(HTTPRequest(.head, path: "/"), limit: 0).body == [])
        await #expect(throws: TransportError.self) { try await client.send(HTTPRequest(.post, path: "/"), limit: 9) }
        let starts = server.requests.map { String(decoding: $0.prefix(6), as: UTF8.self) }
        #expect(starts == ["HEAD /", "POST /"])
    }

    @Test("a file goes out as it lies there, a piece at a time, and whole")
    func upload() async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let content = (0..<1_000_003).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        try Data(content).write(to: URL(fileURLWithPath: "\(directory.path)/file"))
        let server = try ScriptedServer(answering: [.send(answer("ok", head: "HTTP/1.1 201 Created"))])
        defer { server.stop() }
        let seen = Mutex(0)
        let upload = HTTPUpload(path: "\(directory.path)/file", size: content.count) { count in
            seen.withLock { $0 = count }
        }
        let response = try await HTTPClient(try Endpoint(server.url)).send(
            HTTPRequest(.post, path: "/blob", upload: upload), limit: 10)
        #expect(response.status == 201 && seen.withLock { $0 } == content.count)
        let request = try #require(server.requests.first)
        #expect(String(decoding: request.prefix(200), as: UTF8.self).contains("Content-Length: 1000003\r\n"))
        #expect(request.suffix(content.count).elementsEqual(content))
    }

    @Test("exchanges one after another have a connection each, and nothing of one is left for the next")
    func sequence() async throws {
        let server = try ScriptedServer([
            [.readRequest, .send(answer("first")), .hang], [.readRequest, .send(bytes("HTTP/1.1 200 OK\r\n")), .reset],
            [.readRequest, .send(answer("third")), .hang], [.hang], [.readRequest, .send(answer("fifth")), .hang],
        ])
        defer { server.stop() }
        let client = HTTPClient(try Endpoint(server.url))
        let post = HTTPRequest(.post, path: "/1", headers: [HTTPHeader("X-One", "1")], body: bytes("body"))
        #expect(try await client.send(post, limit: 10).body == bytes("first"))
        await #expect(throws: TransportError.self) { try await client.send(HTTPRequest(path: "/2"), limit: 10) }
        #expect(try await client.send(HTTPRequest(path: "/3"), limit: 10).body == bytes("third"))
        let impatient = HTTPRequest(
            path: "/4",
            timeouts: HTTPTimeouts(
                connect: .seconds(9), firstByte: .milliseconds(20), stall: .seconds(9), total: .seconds(9)))
        await #expect(throws: TransportError.timedOut(.firstByte, after: .milliseconds(20))) {
            try await client.send(impatient, limit: 10)
        }
        #expect(try await client.send(HTTPRequest(path: "/5"), limit: 10).body == bytes("fifth"))
        #expect(server.acceptedCount == 5)
        let heads = server.requests.map { String(decoding: $0, as: UTF8.self) }
        #expect(heads[2].hasPrefix("GET /3 ") && !heads[2].contains("X-One") && !heads[2].contains("Content-Length"))
        await server.waitForPeerClose(count: 3)
    }

    @Test("a file that is shorter than it was, or gone, is an error of its own", arguments: [0, 5, 70_000])
    func shortUpload(size: Int) async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let path = "\(directory.path)/file"
        if size > 0 { try Data(repeating: 1, count: size).write(to: URL(fileURLWithPath: path)) }
        let server = try ScriptedServer(answering: [.hang])
        defer { server.stop() }
        let request = HTTPRequest(.post, path: "/blob", upload: HTTPUpload(path: path, size: size + 1))
        let reason = size == 0 ? "No such file or directory" : "it ended after \(size) bytes"
        await #expect(throws: TransportError.unreadable(reason)) {
            try await HTTPClient(try Endpoint(server.url)).send(request, limit: 10)
        }
    }

    @Test("a server that takes nothing of an upload is given up")
    func stuckUpload() async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let path = "\(directory.path)/file"
        try Data(repeating: 1, count: 32 << 20).write(to: URL(fileURLWithPath: path))
        // Reads nothing, and keeps the connection until the signal, which never comes.
        let server = try ScriptedServer([[.awaitSignal]])
        defer { server.stop() }
        let request = HTTPRequest(
            .post, path: "/", upload: HTTPUpload(path: path, size: 32 << 20),
            timeouts: HTTPTimeouts(firstByte: .milliseconds(300)))
        await #expect(throws: TransportError.timedOut(.firstByte, after: .milliseconds(300))) {
            try await HTTPClient(try Endpoint(server.url)).send(request, limit: 10)
        }
    }

    @Test("an upload beside a body, or without POST, is no request")
    func oddUploads() async throws {
        let client = HTTPClient(try Endpoint("http://127.0.0.1:1"))
        let upload = HTTPUpload(path: "/dev/null", size: 0)
        for request in [
            HTTPRequest(.get, path: "/", upload: upload), HTTPRequest(.post, path: "/", body: [1], upload: upload),
        ] {
            await #expect(throws: TransportError.invalidRequest("an upload beside a body, or without POST")) {
                try await client.send(request, limit: 1)
            }
        }
    }

    @Test("over a unix socket")
    func unixSocket() async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let server = try ScriptedServer(on: .unix(path: "\(directory.path)/s"), answering: [.send(answer("hi"))])
        defer { server.stop() }
        let response = try await HTTPClient(try Endpoint(server.url)).send(HTTPRequest(path: "/x"), limit: 10)
        #expect(response.body == bytes("hi"))
        #expect(server.acceptedCount == 1)
    }

    @Test("to ::1, and to localhost and a pinned name without a look-up")
    func names() async throws {
        let v6 = try ScriptedServer(on: .ip("::1"), answering: [.send(answer("six"))])
        let v4 = try ScriptedServer(answering: [.send(answer("four"))])
        defer {
            v6.stop()
            v4.stop()
        }
        #expect(try await HTTPClient(try Endpoint(v6.url)).send(HTTPRequest(path: "/"), limit: 9).body == bytes("six"))
        for endpoint in [
            try Endpoint("http://localhost:\(v4.port)"),
            try Endpoint("http://no-such-name.invalid:\(v4.port)", addresses: ["127.0.0.1"]),
        ] {
            let response = try await HTTPClient(endpoint).send(HTTPRequest(path: "/"), limit: 9)
            #expect(response.body == bytes("four"))
        }
    }

    @Test(
        "a redirect is an answer, never followed: the other port sees no connection", arguments: [301, 302, 307, 308])
    func redirect(status: Int) async throws {
        let other = try ScriptedServer(answering: [.send(answer("stolen"))])
        let server = try ScriptedServer(answering: [
            .send(bytes("HTTP/1.1 \(status) Moved\r\nLocation: \(other.url)/\r\nContent-Length: 0\r\n\r\n"))
        ])
        defer {
            other.stop()
            server.stop()
        }
        let client = HTTPClient(try Endpoint(server.url))
        let response = try await client.send(HTTPRequest(.post, path: "/", body: [1]), limit: 10)
        #expect(response.status == status)
        #expect(response.head["location"] == "\(other.url)/")
        #expect(other.acceptedCount == 0)
    }

    @Test("nothing is sent that could end a line", arguments: ["", "x", "/a b", "/a\r\nX: y", "/ä", "/a#b"])
    func badPath(path: String) async throws {
        let client = HTTPClient(try Endpoint("http://127.0.0.1:1"))
        await #expect(throws: TransportError.invalidRequest("path with forbidden characters")) {
            try await client.send(HTTPRequest(path: path), limit: 1)
        }
    }

    @Test("nor any header", arguments: [("", "v"), ("a b", "v"), ("a:", "v"), ("a", "v\r\nb: c"), ("a", "\0")])
    func badHeader(name: String, value: String) async throws {
        let client = HTTPClient(try Endpoint("http://127.0.0.1:1"))
        await #expect(throws: TransportError.invalidRequest("header with forbidden characters")) {
            try await client.send(HTTPRequest(path: "/", headers: [HTTPHeader(name, value)]), limit: 1)
        }
    }
}

@Suite("Every way in which an exchange fails has its name", .timeLimit(.minutes(1)))
struct ExchangeFailureTests {
    private func failure(
        of steps: [ScriptedServer.Step], limit: Int = 100, timeouts: HTTPTimeouts = HTTPTimeouts()
    ) async throws -> TransportError? {
        let server = try ScriptedServer(answering: steps)
        defer { server.stop() }
        let client = HTTPClient(try Endpoint(server.url))
        do {
            _ = try await client.send(HTTPRequest(path: "/", timeouts: timeouts), limit: limit)
            return nil
        } catch {
            return error
        }
    }

    @Test("nobody listens")
    func refused() async throws {
        let server = try ScriptedServer(answering: [])
        let endpoint = try Endpoint("http://127.0.0.2:\(server.port)")
        server.stop()
        let error = await #expect(throws: TransportError.self) {
            try await HTTPClient(endpoint).send(HTTPRequest(path: "/"), limit: 1)
        }
        guard case .cannotConnect = error else { return #expect(Bool(false), "\(String(describing: error))") }
    }

    @Test(
        "the connection breaks: closed, reset, cut in a length, cut in a chunk",
        arguments: [
            [], [.reset], [.send(bytes("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"))],
            [.send(bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"))],
            [.send(bytes("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")), .reset],
        ] as [[ScriptedServer.Step]])
    func broken(steps: [ScriptedServer.Step]) async throws {
        let error = try await failure(of: steps)
        guard case .reset = error else { return #expect(Bool(false), "\(String(describing: error))") }
    }

    @Test("the answer is not HTTP", arguments: ["hello\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "\u{16}\u{3}\u{1}\0\0"])
    func notHTTP(text: String) async throws {
        let error = try await failure(of: [.send(bytes(text))])
        guard case .notHTTP = error else { return #expect(Bool(false), "\(String(describing: error))") }
    }

    @Test("the body is larger than allowed: reading stops")
    func tooLarge() async throws {
        let head = bytes("HTTP/1.1 200 OK\r\n\r\n")
        let piece = [UInt8](repeating: 0x61, count: 64 << 10)
        let server = try ScriptedServer(answering: [.send(head), .flood(piece, total: 1 << 30)])
        defer { server.stop() }
        let client = HTTPClient(try Endpoint(server.url))
        await #expect(throws: TransportError.tooLarge(limit: 1 << 20)) {
            try await client.send(HTTPRequest(path: "/"), limit: 1 << 20)
        }
        await server.waitForPeerClose()
        #expect(server.bytesSent < 64 << 20)
    }

    private enum Excess: CaseIterable {
        case bytes, fields, interimAnswers

        var head: String {
            switch self {
            case .bytes: "HTTP/1.1 200 OK\r\nX: " + String(repeating: "x", count: HTTPLimits.headerBytes)
            case .fields: "HTTP/1.1 200 OK\r\n" + String(repeating: "X: y\r\n", count: HTTPLimits.headerCount)
            case .interimAnswers: String(repeating: "HTTP/1.1 100 Go\r\n\r\n", count: HTTPLimits.headerCount)
            }
        }
    }

    @Test("the head is larger than allowed", arguments: Excess.allCases)
    private func headTooLarge(excess: Excess) async throws {
        let error = try await failure(of: [.send(bytes(excess.head + "\r\n\r\n"))])
        #expect(error == .tooLarge(limit: HTTPLimits.headerBytes))
    }

    @Test(
        "the server hangs before it answers, after its head, and in the middle of the body",
        arguments: [
            ([.hang], .firstByte),
            ([.send(bytes("HTTP/1.1 200 OK\r\n\r\n")), .hang], .firstByte),
            ([.send(bytes("HTTP/1.1 200 OK\r\n\r\na")), .hang], .stall),
            ([.send(bytes("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\na")), .hang], .stall),
        ] as [([ScriptedServer.Step], TransportError.Phase)])
    func hangs(steps: [ScriptedServer.Step], phase: TransportError.Phase) async throws {
        let short = Duration.milliseconds(150)
        let timeouts = HTTPTimeouts(firstByte: short, stall: short)
        let started = ContinuousClock.now
        #expect(try await failure(of: steps, timeouts: timeouts) == .timedOut(phase, after: short))
        let taken = ContinuousClock.now - started
        #expect(taken >= short && taken < .seconds(10))
    }

    @Test("a server that drips ends with the total limit")
    func drips() async throws {
        let timeouts = HTTPTimeouts(total: .milliseconds(200))
        let steps: [ScriptedServer.Step] = [.send(bytes("HTTP/1.1 200 OK\r\n\r\na")), .hang]
        #expect(try await failure(of: steps, timeouts: timeouts) == .timedOut(.total, after: .milliseconds(200)))
    }

    @Test("a TLS handshake that is never answered ends with the connect limit; plain text in place of TLS is untrusted")
    func tls() async throws {
        let silent = try ScriptedServer([[.hang]])
        let plain = try ScriptedServer([[.send(bytes("HTTP/1.1 400 Bad Request\r\n\r\n")), .hang]])
        defer {
            silent.stop()
            plain.stop()
        }
        let request = HTTPRequest(path: "/", timeouts: HTTPTimeouts(connect: .milliseconds(150)))
        await #expect(throws: TransportError.timedOut(.connect, after: .milliseconds(150))) {
            try await HTTPClient(try Endpoint("https://127.0.0.1:\(silent.port)")).send(request, limit: 1)
        }
        let error = await #expect(throws: TransportError.self) {
            try await HTTPClient(try Endpoint("https://127.0.0.1:\(plain.port)")).send(HTTPRequest(path: "/"), limit: 1)
        }
        guard case .untrusted = error else { return #expect(Bool(false), "\(String(describing: error))") }
    }

    @Test("a CA file that is not there is named")
    func missingCAFile() async throws {
        let endpoint = try Endpoint("https://127.0.0.1:1", caFile: "/nonexistent/ca.pem")
        await #expect(throws: TransportError.self) {
            try await HTTPClient(endpoint).send(HTTPRequest(path: "/"), limit: 1)
        }
    }

    @Test("each failure has words, and a kind")
    func words() {
        let errors: [TransportError] = [
            .refusedByPolicy("a"), .cannotConnect("a"), .reset("a"), .untrusted("a"), .notHTTP("a"),
            .tooLarge(limit: 5), .invalidRequest("a"), .cancelled, .other("a"),
        ]
        let all = errors + TransportError.Phase.allCases.map { .timedOut($0, after: .milliseconds(1500)) }
        #expect(Set(all.map(\.description)).count == all.count)
        #expect(
            TransportError.timedOut(.firstByte, after: .milliseconds(1500)).description
                == "timed out waiting for the first byte after 1.5 s")
        #expect(all.filter { $0.kind == .unavailable }.count == all.count - 2)
        #expect(all.filter { $0.remedy == nil } == [.reset("a"), .invalidRequest("a"), .cancelled, .other("a")])
    }
}

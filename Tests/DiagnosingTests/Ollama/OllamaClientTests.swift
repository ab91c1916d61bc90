import ApplianceTestSupport
import Events
import Foundation
import HTTPTransport
import Synchronization
import Testing

@testable import Diagnosing

@Suite("A chat against a server that does as it likes", .timeLimit(.minutes(1)))
struct OllamaClientTests {
    private static func stream(_ body: String, status: String = "200 OK") -> [UInt8] {
        Array("HTTP/1.1 \(status)\r\nContent-Type: application/x-ndjson\r\n\r\n\(body)".utf8)
    }

    private func failure(
        of steps: [ScriptedServer.Step], timeouts: ModelSettings.Timeouts = .init()
    ) async throws -> ChatFailure? {
        let server = try ScriptedServer(answering: steps)
        defer { server.stop() }
        let client = OllamaClient(endpoint: try Endpoint(server.url))
        do {
            _ = try await client.chat(ChatRequest.small.with(timeouts: timeouts))
            return nil
        } catch {
            return error
        }
    }

    @Test("the request is the same bytes each time, with everything that must always be sent")
    func request() async throws {
        let server = try ScriptedServer(answering: [.send(Self.stream("{\"done\":true}"))])
        defer { server.stop() }
        let client = OllamaClient(endpoint: try Endpoint(server.url))
        _ = try await client.chat(.small)
        let sent = String(decoding: try #require(server.requests.first), as: UTF8.self)
        let body = try #require(sent.split(separator: "\r\n\r\n", maxSplits: 1).last)
        #expect(sent.hasPrefix("POST /api/chat HTTP/1.1\r\n"))
        #expect(sent.contains("\r\nContent-Type: application/json\r\n"))
        #expect(
            body == """
                {"format":\(ChatRequest.sampleSchema),"keep_alive":"30m",\
                "messages":[{"content":"Answer in JSON.","role":"system"},{"content":"Is water wet?","role":"user"}],\
                "model":"small:1b","options":{"num_ctx":8192,"num_predict":1024,"seed":1,"temperature":0.0},\
                "shift":false,"stream":true,"truncate":false}
                """)
    }

    @Test(
        "settings are written as the server reads them",
        arguments: [
            (ModelSettings(name: "m", keepAlive: "-1"), "\"keep_alive\":-1,"),
            (ModelSettings(name: "m", keepAlive: "5\"m"), #""keep_alive":"5\"m","#),
            (ModelSettings(name: "m", maxAnswerTokens: 0), "\"num_predict\":1,"),
            (ModelSettings(name: "m", maxAnswerTokens: -1), "\"num_predict\":1,"),
            (ModelSettings(name: "m", temperature: .nan), "\"temperature\":0.0}"),
            (ModelSettings(name: "m", temperature: 1e-9), "\"temperature\":1e-09}"),
            (ModelSettings(name: "m", think: .off), "\"think\":false,"),
            (ModelSettings(name: "m", think: .on), "\"think\":true,"),
            (ModelSettings(name: "m", think: .high), "\"think\":\"high\","),
        ])
    func settings(model: ModelSettings, expected: String) throws {
        let body = try ChatRequest(model: model, messages: [], schema: "{}").json()
        #expect(String(decoding: body, as: UTF8.self).contains(expected))
        #expect(try JSONSerialization.jsonObject(with: Data(body)) is [String: Any])
    }

    @Test("any text survives the way into the body")
    func escaping() throws {
        let text = "\u{0}\u{1}\u{7F}\"\\/\n\r\t\u{8}é😀\u{2028}{{x}}"
        let request = ChatRequest(model: ModelSettings(name: text), messages: [ChatMessage(.user, text)], schema: "{}")
        let object = try JSONSerialization.jsonObject(with: Data(try request.json())) as? [String: Any]
        #expect(object?["model"] as? String == text)
        let messages = object?["messages"] as? [[String: String]]
        #expect(messages?.first?["content"] == text)
        #expect(JSONText(Array(JSONText.quoted(text).utf8)) == .string(text))
    }

    @Test(
        "a schema that is no JSON object is not sent", arguments: ["", "json", "\"json\"", "{", "{},\"model\":\"x\""])
    func badSchema(schema: String) {
        #expect(throws: ChatFailure.refused(status: 400, message: "not sent: the answer's schema is not a JSON object"))
        {
            try ChatRequest(model: ModelSettings(name: "m"), messages: [], schema: schema).json()
        }
    }

    @Test("pieces are counted while they come")
    func progress() async throws {
        let piece = "{\"message\":{\"content\":\"x\"},\"done\":false}\n"
        let server = try ScriptedServer(answering: [
            .send(Self.stream(piece)), .awaitSignal, .send(Array("\(piece)\(piece)".utf8)), .awaitSignal,
            .send(Array("{\"done\":true}\n".utf8)), .hang,
        ])
        defer { server.stop() }
        let counts = Mutex<[Int]>([])
        let client = OllamaClient(endpoint: try Endpoint(server.url))
        let answer = try await client.chat(.small) { count in
            counts.withLock { $0.append(count) }
            server.signal()
        }
        #expect(answer.content == "xxx")
        #expect(counts.withLock { $0 } == [1, 3])
    }

    @Test(
        "a server that hangs: each phase has its own time-out",
        arguments: [
            ([.hang], .firstToken), ([.send(Self.stream("")), .hang], .firstToken),
            ([.send(Self.stream("{\"message\"")), .hang], .stall),
            ([.send(Self.stream("", status: "500 Oops") + [0x78]), .hang], .stall),
        ] as [([ScriptedServer.Step], ChatFailure.Phase)])
    func timeouts(steps: [ScriptedServer.Step], phase: ChatFailure.Phase) async throws {
        let short = Duration.milliseconds(150)
        let timeouts = ModelSettings.Timeouts(firstToken: short, stall: short)
        #expect(try await failure(of: steps, timeouts: timeouts) == .timedOut(phase, after: short))
    }

    @Test("a server that drips ends with the total limit")
    func total() async throws {
        let limit = Duration.milliseconds(200)
        let steps: [ScriptedServer.Step] = [.send(Self.stream("{")), .hang]
        #expect(try await failure(of: steps, timeouts: .init(total: limit)) == .timedOut(.total, after: limit))
    }

    @Test(
        "answers that are none",
        arguments: [
            (Self.stream("<html>", status: "200 OK"), .malformed("not a JSON object: <html>")),
            (
                Self.stream("<h1>Bad\u{1B}[31m</h1>", status: "502 Bad Gateway"),
                .refused(status: 502, message: "<h1>Bad [31m</h1>")
            ),
            (Self.stream("", status: "500 Oops"), .refused(status: 500, message: "no explanation")),
            (Self.stream("", status: "503 Busy"), .busy("no explanation")),
            (
                Self.stream("404 page not found", status: "404 Not Found"),
                .refused(status: 404, message: "404 page not found")
            ),
            (Self.stream("", status: "204 No Content"), .refused(status: 204, message: "no explanation")),
            (Self.stream("{\"message\":{\"content\":\"ab\"}}"), .malformed("")),
            (Self.stream(""), .endedEarly(received: 0)),
            (Array("nonsense\r\n\r\n".utf8), .malformed("")),
        ] as [([UInt8], ChatFailure)])
    func wrongAnswers(raw: [UInt8], expected: ChatFailure) async throws {
        let failure = try await failure(of: [.send(raw)])
        if expected == .malformed("") {
            switch failure {
            case .malformed, .endedEarly: break
            default: Issue.record("\(String(describing: failure))")
            }
        } else {
            #expect(failure == expected)
        }
    }

    @Test("a redirect is a refusal, and the other port sees no connection")
    func redirect() async throws {
        let other = try ScriptedServer(answering: [.send(Self.stream("{\"done\":true}"))])
        defer { other.stop() }
        let raw = Array("HTTP/1.1 307 Go\r\nLocation: \(other.url)/api/chat\r\nContent-Length: 0\r\n\r\n".utf8)
        let message = "redirects to \(other.url)/api/chat, which is never followed"
        #expect(try await failure(of: [.send(raw)]) == .refused(status: 307, message: message))
        #expect(other.acceptedCount == 0)
    }

    @Test("a gigabyte without a line end is not kept")
    func endlessLine() async throws {
        let piece = [UInt8](repeating: 0x20, count: 64 << 10)
        let steps: [ScriptedServer.Step] = [.send(Self.stream("{")), .flood(piece, total: 1 << 30)]
        #expect(try await failure(of: steps) == .malformed("a line is longer than 1048576 bytes"))
    }

    @Test("nobody listens, and a connection that breaks")
    func unreachable() async throws {
        guard case .unreachable(.reset) = try await failure(of: [.reset]) else {
            Issue.record("a reset is not told")
            return
        }
        let server = try ScriptedServer(answering: [])
        defer { server.stop() }
        let client = OllamaClient(endpoint: try Endpoint("http://127.0.0.2:\(server.port)"))
        let failure = await #expect(throws: ChatFailure.self) { try await client.chat(.small) }
        guard case .unreachable(.cannotConnect) = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
    }

    @Test("cancelling the task ends the chat and closes the connection")
    func cancellation() async throws {
        let server = try ScriptedServer(answering: [.send(Self.stream("{\"message\":{\"content\":\"x\"}}\n")), .hang])
        defer { server.stop() }
        let client = OllamaClient(endpoint: try Endpoint(server.url))
        let (tokens, continuation) = AsyncStream<Int>.makeStream()
        let task = Task { () -> ChatFailure? in
            do throws(ChatFailure) {
                _ = try await client.chat(.small) { continuation.yield($0) }
                return nil
            } catch {
                return error
            }
        }
        for await _ in tokens { break }
        task.cancel()
        #expect(await task.value == .cancelled)
        await server.waitForPeerClose()
    }

    @Test("lists that are none", arguments: ["", "[]", "{}", "{\"models\":{}}", "{\"models\":[{\"name\":\"x\"}]}"])
    func badLists(body: String) async throws {
        let server = try ScriptedServer(answering: [.send(Self.stream(body))])
        defer { server.stop() }
        let client = OllamaClient(endpoint: try Endpoint(server.url))
        let failures = [
            await #expect(throws: ChatFailure.self) { try await client.installedModels() },
            await #expect(throws: ChatFailure.self) { try await client.loadedModels() },
        ]
        for failure in failures {
            guard case .malformed = failure else {
                Issue.record("\(String(describing: failure))")
                continue
            }
        }
        await #expect(throws: ChatFailure.self) { try await client.version() }
    }

    @Test("a list that is missing is no missing model")
    func missingList() async throws {
        let server = try ScriptedServer(answering: [.send(Self.stream("{\"error\":\"no\"}", status: "404 Not Found"))])
        defer { server.stop() }
        let client = OllamaClient(endpoint: try Endpoint(server.url))
        await #expect(throws: ChatFailure.refused(status: 404, message: "no")) { try await client.installedModels() }
    }

    @Test("each failure has words, a remedy, and a kind")
    func words() {
        let failures: [ChatFailure] = [
            .unreachable(.cannotConnect("x")), .timedOut(.stall, after: .seconds(1)), .modelMissing("m"),
            .promptTooLong(promptTokens: 9, contextTokens: 4), .promptTooLong(promptTokens: nil, contextTokens: 4),
            .silentlyTruncated(evaluated: 4, expected: 9), .busy("x"), .refused(status: 500, message: "x"),
            .endedEarly(received: 3), .malformed("x"), .cancelled,
        ]
        #expect(Set(failures.map(\.description)).count == failures.count)
        #expect(failures.filter { $0.remedy == nil } == [.cancelled])
        #expect(failures.filter { $0.kind != .unavailable } == [.busy("x")])
        #expect(ChatFailure(.timedOut(.connect, after: .seconds(1))) == .timedOut(.connect, after: .seconds(1)))
        #expect(ChatFailure.unreachable(.refusedByPolicy("x")).kind == .configuration)
    }
}

import ApplianceTestSupport
import Testing

@testable import HTTPTransport

@Suite("A streamed answer", .timeLimit(.minutes(1)))
struct StreamTests {
    private let head = Array("HTTP/1.1 200 OK\r\nX: y\r\n\r\n".utf8)

    @Test("gives its head first, then each piece when it comes")
    func pieces() async throws {
        let server = try ScriptedServer(answering: [
            .send(head), .awaitSignal, .send([1, 2]), .awaitSignal, .send([3]), .awaitSignal,
        ])
        defer { server.stop() }
        let stream = try await HTTPClient(try Endpoint(server.url)).stream(HTTPRequest(path: "/"))
        #expect(stream.head["x"] == "y")
        server.signal()
        #expect(try await stream.next() == [1, 2])
        server.signal()
        #expect(try await stream.next() == [3])
        server.signal()
        #expect(try await stream.next() == nil)
        #expect(try await stream.next() == nil)
    }

    @Test("holds a bounded amount for a slow reader, and loses nothing")
    func backPressure() async throws {
        let piece = [UInt8](repeating: 7, count: 64 << 10)
        let total = 32 << 20
        let server = try ScriptedServer(answering: [.send(head), .flood(piece, total: total)])
        defer { server.stop() }
        let stream = try await HTTPClient(try Endpoint(server.url)).stream(HTTPRequest(path: "/"))
        var count = 0
        var largest = 0
        while let piece = try await stream.next() {
            count += piece.count
            largest = max(largest, piece.count)
        }
        #expect(count == total)
        #expect(largest <= HTTPLimits.buffered)
    }

    @Test(
        "cancelling the task closes the connection at once, wherever it waits",
        arguments: [
            [], [.send(Array("HTTP/1.1 200 OK\r\n\r\n".utf8))], [.send(Array("HTTP/1.1 200 OK\r\n\r\na".utf8))],
        ] as [[ScriptedServer.Step]])
    func cancellation(steps: [ScriptedServer.Step]) async throws {
        let server = try ScriptedServer(answering: steps + [.hang])
        defer { server.stop() }
        let client = HTTPClient(try Endpoint(server.url))
        let task = Task { () -> (any Error)? in
            do {
                _ = try await client.send(HTTPRequest(path: "/"), limit: 100)
                return nil
            } catch {
                return error
            }
        }
        await server.waitForRequest()
        let cancelled = ContinuousClock.now
        task.cancel()
        #expect(await task.value as? TransportError == .cancelled)
        let answered = ContinuousClock.now - cancelled
        await server.waitForPeerClose()
        let closed = ContinuousClock.now - cancelled
        // 50 ms where the machine is idle; the limit is for a hang, and the server would never answer.
        #expect(answered < .seconds(30) && closed < .seconds(30), "answered after \(answered), closed after \(closed)")
    }

    @Test("a task cancelled before it starts connects nowhere")
    func cancelledBefore() async throws {
        let server = try ScriptedServer(answering: [.hang])
        defer { server.stop() }
        let client = HTTPClient(try Endpoint(server.url))
        let task = Task { () -> TransportError? in
            withUnsafeCurrentTask { $0?.cancel() }
            do throws(TransportError) {
                _ = try await client.stream(HTTPRequest(path: "/"))
                return nil
            } catch {
                return error
            }
        }
        #expect(await task.value == .cancelled)
        #expect(server.acceptedCount == 0)
    }

    @Test("letting go of the stream, or cancelling it, closes the connection")
    func abandoned() async throws {
        let server = try ScriptedServer(answering: [.send(head), .hang])
        defer { server.stop() }
        let client = HTTPClient(try Endpoint(server.url))
        _ = try await client.stream(HTTPRequest(path: "/"))
        await server.waitForPeerClose(count: 1)
        let stream = try await client.stream(HTTPRequest(path: "/"))
        stream.cancel()
        await #expect(throws: TransportError.cancelled) { try await stream.next() }
        await server.waitForPeerClose(count: 2)
    }

    @Test("many at once, each with its own answer")
    func concurrent() async throws {
        let scripts: [[ScriptedServer.Step]] = [
            [
                .readRequest, .send(Array("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n".utf8)),
                .sendPieces((0..<100).map { [UInt8](repeating: UInt8($0), count: 1000) }),
            ]
        ]
        let server = try ScriptedServer(scripts)
        defer { server.stop() }
        let client = HTTPClient(try Endpoint(server.url))
        let sums = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<32 {
                group.addTask {
                    try await client.send(HTTPRequest(path: "/"), limit: 100_000).body.reduce(0) { $0 + Int($1) }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(sums == Array(repeating: 4_950_000, count: 32))
    }
}

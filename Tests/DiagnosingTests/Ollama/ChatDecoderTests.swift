import Foundation
import Testing

@testable import Diagnosing

@Suite("The reply of a chat, decoded")
struct ChatDecoderTests {
    static let last =
        #"{"message":{"content":""},"done":true,"done_reason":"stop","eval_count":2,"prompt_eval_count":9}"#

    /// Reads a body in pieces of the given sizes, repeated.
    static func decode(_ body: [UInt8], sizes: [Int] = [Int.max]) -> Result<ChatAnswer, ChatFailure> {
        var decoder = ChatDecoder(model: "m")
        do throws(ChatFailure) {
            var (start, turn) = (0, 0)
            while start < body.count {
                let end = start + min(sizes[turn % sizes.count], body.count - start)
                if let answer = try decoder.read(Array(body[start..<end])) { return .success(answer) }
                (start, turn) = (end, turn + 1)
            }
            return .success(try decoder.finish())
        } catch {
            return .failure(error)
        }
    }

    private func decode(_ lines: String...) -> Result<ChatAnswer, ChatFailure> {
        Self.decode(Array(lines.joined(separator: "\n").utf8))
    }

    private func content(_ text: String) -> String { #"{"message":{"content":"\#(text)"},"done":false}"# }

    @Test("content is put together, thinking kept apart, blank lines skipped")
    func answer() throws {
        let thought = #"{"message":{"content":"","thinking":"hmm"},"done":false}"#
        let answer = try decode(thought, content(#"{\"a\":"#), "", " \r", content(#"\"\u00e9\ud83d\ude00}"#), Self.last)
            .get()
        #expect(answer.content == #"{"a":"é😀}"#)
        #expect(answer.thinking == "hmm")
        #expect((answer.promptTokens, answer.answerTokens) == (9, 2))
        #expect(answer.isComplete)
    }

    @Test("cut at the limit: complete in form, not in content")
    func length() throws {
        let answer = try decode(content("x"), #"{"done":true,"done_reason":"length","eval_count":1e2}"#).get()
        #expect(!answer.isComplete)
        #expect(answer.answerTokens == 100)
    }

    @Test("nothing after the last line is read")
    func afterwards() throws {
        #expect(try decode(content("x"), Self.last, "<html>").get().content == "x")
    }

    @Test("an error line is a failure, also under 200 and after content")
    func errorLine() {
        #expect(decode(content("x"), #"{"error":"it died"}"#) == .failure(.refused(status: 200, message: "it died")))
        #expect(decode(#"{"error":7}"#) == .failure(.refused(status: 200, message: "unreadable error")))
        let nested = #"{"error":"{\"error\":{\"type\":\"exceed_context_size_error\",\"n_ctx\":4}}"}"#
        #expect(decode(nested) == .failure(.promptTooLong(promptTokens: nil, contextTokens: 4)))
    }

    @Test("no `done: true` is a failure", arguments: ["", "\n\n", #"{"message":{"content":"abc"},"done":false}"#])
    func endedEarly(body: String) {
        #expect(
            Self.decode(Array(body.utf8)) == .failure(.endedEarly(received: body.isEmpty || body == "\n\n" ? 0 : 3)))
    }

    @Test(
        "what is not the protocol is malformed",
        arguments: [
            "<html><body>", "[]", "7", "null", "\"x\"", "{", #"{"done":true"#, #"{"done":true} x"#, #"{"done":"yes"}"#,
            #"{"done":1}"#, #"{"message":"x","done":true}"#, #"{"message":{"content":7},"done":true}"#,
            #"{"message":{"thinking":[]},"done":true}"#, #"{"done":false,"done":true}"#,
            #"{"message":{"content":"a","content":"b"},"done":true}"#, #"{"status":"success"}"#, "{}",
            #"{"done":true,"eval_count":-1}"#, #"{"done":true,"eval_count":1e400}"#, #"{"done":true,"eval_count":1.5}"#,
            #"{"done":true,"eval_count":99999999999999999999}"#, #"{"done":true,"done_reason":"load"}"#,
            #"{"done":true,}"#, #"{'done':true}"#, #"{"done":true,"x":01}"#, #"{"done":true,"x":"\q"}"#,
            "{\"done\":true,\"x\":\"\u{1}\"}", "{\"done\":tru}", "\u{FEFF}{\"done\":true}",
            "{\"done\":true,\"x\":" + String(repeating: "[", count: 100) + String(repeating: "]", count: 100) + "}",
        ])
    func malformed(line: String) {
        guard case .failure(.malformed(let words)) = Self.decode(Array(line.utf8)) else {
            Issue.record("\(Self.decode(Array(line.utf8)))")
            return
        }
        #expect(words.count <= 500)
    }

    @Test("bytes that are not UTF-8 are malformed, not repaired")
    func invalidUTF8() {
        let line = Array(#"{"message":{"content":"a"#.utf8) + [0xFF] + Array(#""},"done":true}"#.utf8)
        guard case .failure(.malformed) = Self.decode(line) else {
            Issue.record("accepted")
            return
        }
    }

    @Test("an endless line, an endless answer and an endless stream are bounded")
    func bounds() {
        let piece = [UInt8](repeating: 0x61, count: 256 << 10)
        var decoder = ChatDecoder(model: "m")
        #expect(throws: ChatFailure.malformed("a line is longer than 1048576 bytes")) {
            for _ in 0..<5 { _ = try decoder.read(piece) }
        }
        let long = Array((content(String(repeating: "x", count: 1 << 19)) + "\n").utf8)
        decoder = ChatDecoder(model: "m")
        #expect(throws: ChatFailure.malformed("the answer is longer than 4194304 bytes")) {
            for _ in 0..<9 { _ = try decoder.read(long) }
        }
        let blank = [UInt8](repeating: 0x0A, count: 1)
        var spaces = [UInt8](repeating: 0x20, count: 1 << 20)
        spaces[spaces.count - 1] = 0x0A
        decoder = ChatDecoder(model: "m")
        #expect(throws: ChatFailure.malformed("the reply is longer than 16777216 bytes")) {
            for _ in 0..<17 { _ = try decoder.read(spaces) }
        }
        #expect(throws: ChatFailure.self) { try decoder.read(blank) }
    }

    @Test("any split of the bytes gives the same outcome")
    func splits() throws {
        let body = Array([content("aé😀b"), content(#"\n\"c"#), Self.last].joined(separator: "\r\n").utf8)
        let whole = Self.decode(body)
        #expect(try whole.get().content == "aé😀b\n\"c")
        for size in 1...body.count { #expect(Self.decode(body, sizes: [size]) == whole) }
    }
}

@Suite("The decoder under attack")
struct ChatDecoderAttackTests {
    /// 100,000 in the long form of the tests.
    static let rounds = ProcessInfo.processInfo.environment["APPLIANCE_SOAK"] == nil ? 2000 : 100_000

    /// Whatever the bytes are: no trap, and the same outcome for every split.
    private func attack(_ body: [UInt8], _ random: inout SeededRandom) {
        let sizes = (0..<8).map { _ in Int.random(in: 1...64, using: &random) }
        let (whole, split) = (ChatDecoderTests.decode(body), ChatDecoderTests.decode(body, sizes: sizes))
        #expect(whole == split)
    }

    @Test("random bytes, and random bytes of JSON's alphabet")
    func randomBytes() {
        var random = SeededRandom(seed: 1)
        let alphabet = Array("{}[]\",:\\u0019tfnrue-.E \n\"done\":true".utf8)
        for round in 0..<Self.rounds {
            let count = Int.random(in: 0...200, using: &random)
            let body = (0..<count).map { _ in
                round % 2 == 0 ? UInt8.random(in: 0...255, using: &random) : alphabet.randomElement(using: &random) ?? 0
            }
            attack(body, &random)
        }
    }

    @Test("mutated recordings", .enabled(if: Recording.folder != nil, "needs APPLIANCE_TEST_DATA"))
    func mutations() throws {
        let bodies = try Recording.replayable("POST /api/chat").map(\.body).filter { !$0.isEmpty }
        try #require(!bodies.isEmpty)
        var random = SeededRandom(seed: 2)
        for round in 0..<Self.rounds {
            var body = bodies[round % bodies.count]
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                guard !body.isEmpty else { break }
                let place = Int.random(in: 0..<body.count, using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0: body[place] = UInt8.random(in: 0...255, using: &random)
                case 1: body.remove(at: place)
                case 2: body.insert(Array("{}\"\\:,\n".utf8).randomElement(using: &random) ?? 0, at: place)
                case 3: body.removeSubrange(place...)
                default: body.insert(contentsOf: body[place...].prefix(100), at: place)
                }
            }
            attack(body, &random)
        }
    }
}

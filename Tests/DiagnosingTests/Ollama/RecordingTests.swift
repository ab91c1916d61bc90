import ApplianceTestSupport
import Events
import Foundation
import HTTPTransport
import Testing

@testable import Diagnosing

@Suite(
    "Recordings of a real server, replayed", .enabled(if: Recording.folder != nil, "needs APPLIANCE_TEST_DATA"),
    .timeLimit(.minutes(5)))
struct RecordingTests {
    /// How the raw bytes reach the client.
    enum Delivery: CaseIterable {
        case whole, byteByByte, random

        func pieces(of bytes: [UInt8], seed: UInt64) -> [[UInt8]] {
            var random = SeededRandom(seed: seed)
            var pieces: [[UInt8]] = []
            var start = 0
            while start < bytes.count {
                let size =
                    switch self {
                    case .whole: bytes.count
                    case .byteByByte: 1
                    case .random: Int.random(in: 1...200, using: &random)
                    }
                let end = min(start + size, bytes.count)
                pieces.append(Array(bytes[start..<end]))
                start = end
            }
            return pieces
        }
    }

    /// What must come of a recorded refusal; recordings not named here must give an answer.
    enum Expected {
        case missing
        case tooLong(Int?, Int?)
        case refused(Int, String)
        case busy
        case endedEarly
        case broken
        /// A model was loaded or unloaded: nothing was asked.
        case notAsked
    }

    static let failures: [String: Expected] = [
        "chat_bad_role": .missing, "chat_no_content_type": .missing, "chat_unknown_model": .missing,
        "chat_option_wrong_type_unknown_model": .missing, "chat_unknown_model_stream": .missing,
        "chat_empty_body": .refused(400, "missing request body"),
        "chat_keepalive_bad": .refused(400, "time: unknown unit"),
        "chat_malformed_json": .refused(400, "unexpected EOF"),
        "chat_malformed_json2": .refused(400, "invalid character"),
        "chat_messages_not_array": .refused(400, "json: cannot unmarshal"),
        "chat_missing_model": .refused(400, "model is required"),
        "chat_wrong_method": .refused(405, "405 method not allowed"),
        "gemma3_chat_format_bad_schema": .refused(400, "Unable to generate parser"),
        "gemma3_chat_format_bad_string": .refused(500, "invalid format"),
        "gemma3_chat_load": .notAsked,
        "gemma3_chat_prompt_too_long": .tooLong(2323, 1024),
        "gemma3_chat_prompt_too_long_stream": .tooLong(2323, 1024),
        "gemma3_chat_prompt_too_long_truncate_false": .tooLong(2323, 1024),
        "gemma3_chat_think_true": .refused(400, "\"gemma3:270m\" does not support thinking"),
        "host_header_foreign": .refused(403, "no explanation"),
        "origin_header_foreign": .refused(403, "no explanation"),
        "queue_full_503": .busy,
        "smollm2_chat_context_overflow_shift_false": .endedEarly,
        "smollm2_chat_context_overflow_while_generating": .endedEarly,
        "smollm2_chat_format_array": .refused(500, "invalid format"),
        "smollm2_chat_format_bad_ref": .refused(400, "Field 'json_schema'"),
        "smollm2_chat_format_bad_schema": .refused(400, "Field 'json_schema'"),
        "smollm2_chat_format_bad_schema_stream": .refused(400, "Field 'json_schema'"),
        "smollm2_chat_format_bad_string": .refused(500, "invalid format"),
        "smollm2_chat_format_bad_string_stream": .refused(500, "invalid format"),
        "smollm2_chat_history_too_long_truncate_false": .tooLong(5851, 2048),
        "smollm2_chat_load_empty_messages": .notAsked, "smollm2_chat_load_keepalive_neg": .notAsked,
        "smollm2_chat_num_predict_0": .endedEarly,
        "smollm2_chat_option_wrong_type": .refused(500, "option \"temperature\" must be of type float32"),
        "smollm2_chat_prompt_too_long_shift_false": .tooLong(nil, nil),
        "smollm2_chat_prompt_too_long_truncate_false": .tooLong(12221, 2048),
        "smollm2_chat_think_bogus": .refused(400, "invalid think value"),
        "smollm2_chat_think_high": .refused(400, "\"smollm2:135m\" does not support thinking"),
        "smollm2_chat_think_true": .refused(400, "\"smollm2:135m\" does not support thinking"),
        "smollm2_chat_token_repeat_abort": .endedEarly, "smollm2_chat_token_repeat_abort_schema": .endedEarly,
        "smollm2_chat_token_repeat_abort_stream": .endedEarly,
        "smollm2_chat_tools_unsupported": .refused(400, "registry.ollama.ai"),
        "smollm2_chat_unload": .notAsked, "smollm2_chat_unload_again": .notAsked,
        "smollm2_runner_killed_nostream": .refused(500, "an error was encountered"),
        "smollm2_shutdown_nostream": .broken, "smollm2_shutdown_stream": .broken,
    ]

    private func outcome(of recording: Recording, _ delivery: Delivery) async throws -> Result<ChatAnswer, ChatFailure>
    {
        let pieces = delivery.pieces(of: recording.response, seed: UInt64(recording.response.count))
        let server = try ScriptedServer(answering: [.sendPieces(pieces)])
        defer { server.stop() }
        do {
            return .success(try await OllamaClient(endpoint: try Endpoint(server.url)).chat(.small))
        } catch let failure as ChatFailure {
            return .failure(failure)
        }
    }

    @Test("every chat has the outcome of its class", arguments: Delivery.allCases)
    func chats(delivery: Delivery) async throws {
        let recordings = try Recording.replayable("POST /api/chat", "GET /api/chat")
        #expect(recordings.count >= 80)
        for recording in recordings {
            let outcome = try await outcome(of: recording, delivery)
            if let expected = Self.failures[recording.name] {
                check(outcome, expected, recording)
            } else {
                try check(outcome, isAnswerOf: recording)
            }
        }
    }

    private func check(_ outcome: Result<ChatAnswer, ChatFailure>, isAnswerOf recording: Recording) throws {
        let name = recording.name
        guard case .success(let answer) = outcome else {
            Issue.record("\(name): \(outcome)")
            return
        }
        #expect(answer.promptTokens == recording.number("prompt_eval_count"), "\(name)")
        #expect(answer.answerTokens == recording.number("eval_count"), "\(name)")
        #expect(answer.answerTime.nanoseconds == recording.number("eval_duration").map(Int64.init), "\(name)")
        let text = String(decoding: recording.response, as: UTF8.self)
        #expect(answer.isComplete == text.contains("\"done_reason\":\"stop\""), "\(name)")
        #expect(!answer.content.isEmpty, "\(name)")
        if answer.isComplete, text.contains("\"content\":\"{") {
            let data = Data(answer.content.utf8)
            #expect(try JSONSerialization.jsonObject(with: data) is [String: Any], "\(name)")
        }
    }

    private func check(_ outcome: Result<ChatAnswer, ChatFailure>, _ expected: Expected, _ recording: Recording) {
        let isExpected =
            switch (outcome, expected) {
            case (.failure(.modelMissing(ChatRequest.small.model.name)), .missing): true
            case (.failure(.promptTooLong(let prompt, let context)), .tooLong(let wanted, let limit)):
                prompt == wanted && context == limit
            case (.failure(.refused(let status, let message)), .refused(let wanted, let words)):
                status == wanted && message.hasPrefix(words)
            case (.failure(.busy(let words)), .busy): words.hasPrefix("server busy")
            case (.failure(.endedEarly(let received)), .endedEarly): received > 30
            case (.failure(.unreachable(.reset)), .broken): true
            case (.failure(.malformed(let words)), .notAsked): words.hasPrefix("the model was not asked")
            default: false
            }
        #expect(isExpected, "\(recording.name): \(outcome)")
    }

    @Test("the lists of models and the version are read", arguments: Delivery.allCases)
    func lists(delivery: Delivery) async throws {
        let recordings = try Recording.replayable("GET /api/tags", "GET /api/ps", "GET /api/version")
        #expect(recordings.count >= 10)
        for recording in recordings {
            let server = try ScriptedServer(answering: [.sendPieces(delivery.pieces(of: recording.response, seed: 1))])
            defer { server.stop() }
            let client = OllamaClient(endpoint: try Endpoint(server.url))
            let expectedCount =
                String(decoding: recording.response, as: UTF8.self).split(separator: "\"digest\"").count - 1
            do {
                switch recording.target {
                case "GET /api/tags":
                    let models = try await client.installedModels()
                    #expect(models.count == expectedCount)
                    #expect(models.allSatisfy { $0.digest.count == 64 && $0.size > 1000 && $0.contextTokens != nil })
                case "GET /api/ps":
                    let models = try await client.loadedModels()
                    #expect(models.count == expectedCount)
                    #expect(models.allSatisfy { $0.contextTokens ?? 0 >= 4096 && $0.expiresAt != nil })
                default: #expect(try await client.version() == "0.32.15")
                }
                #expect(recording.status == 200)
            } catch {
                #expect(error == .refused(status: 403, message: "no explanation"), "\(recording.name)")
            }
        }
    }

    @Test("what is not replayed has a reason")
    func skipped() throws {
        var reasons: [String: Int] = [:]
        for case .skipped(_, let reason) in try Recording.all() { reasons[reason, default: 0] += 1 }
        #expect(reasons["shortened by the recorder"] == 1)
        #expect(reasons["two answers in one"] == 1)
        #expect(reasons["HEAD is never sent"] == 2)
    }
}

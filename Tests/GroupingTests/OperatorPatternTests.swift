import Events
import Foundation
import Testing

@testable import Grouping

@Suite("The operator's own secrets")
struct OperatorPatternTests {
    @Test("keys and patterns are checked")
    func errors() {
        #expect(throws: RedactionError.keyTooShort(bytes: 3)) { try makeRedactor(settings: .init(), key: [1, 2, 3]) }
        for (pattern, error) in [
            (RedactionPattern(name: "Bad Name", prefix: "abc"), RedactionError.invalidName("Bad Name")),
            (RedactionPattern(name: "a", prefix: "ab"), .prefixTooShort(name: "a")),
        ] {
            #expect(throws: error) {
                try makeRedactor(settings: RedactionSettings(patterns: [pattern]), key: redactionKey)
            }
            #expect(error.kind == .configuration)
            #expect(error.remedy != nil)
            #expect(!error.description.isEmpty)
        }
        let many = Array(repeating: RedactionPattern(name: "a", prefix: "abc"), count: 257)
        #expect(throws: RedactionError.tooManyPatterns(257)) {
            try makeRedactor(settings: RedactionSettings(patterns: many), key: redactionKey)
        }
        #expect(RedactionError.tooManyPatterns(257).description.contains("257"))
        #expect(RedactionError.keyTooShort(bytes: 3).remedy != nil)
    }

    @Test("the operator's own expressions")
    func expressions() throws {
        func settings(_ expression: String) -> RedactionSettings {
            RedactionSettings(patterns: [RedactionPattern(name: "acme-key", expression: expression)])
        }
        #expect(try shape("use AB-1234, AB-12", settings(#"\bAB-\d{4}\b"#)) == "use <acme-key>, AB-12")
        #expect(try shape("user 사번 A1234 x", settings(#"사번 (?<secret>\w+)"#)) == "user 사번 <acme-key> x")
        let long = String(repeating: "x ", count: 6000)
        #expect(try shape(long + "AB-1234" + long, settings(#"AB-\d{4}"#)) == long + "<acme-key>" + long)
        for (expression, error) in [
            ("(", RedactionError.invalidExpression(name: "acme-key", reason: "missing closing parenthesis at byte 1")),
            ("x*", .matchesEmptyText(name: "acme-key")), ("(x+)+[yz]", .expressionTooSlow(name: "acme-key")),
        ] {
            #expect(throws: error) { try makeRedactor(settings: settings(expression), key: redactionKey) }
            #expect(error.remedy != nil && !error.description.isEmpty)
            #expect(problem(ofExpression: expression) != nil)
        }
        #expect(throws: RedactionError.patternWithout(name: "a")) {
            try makeRedactor(settings: RedactionSettings(patterns: [RedactionPattern(name: "a")]), key: redactionKey)
        }
        #expect(problem(ofExpression: #"AB-\d{4}"#) == nil)
    }

    @Test("what an expression gives up on is masked as a whole")
    func unchecked() throws {
        // Slow on text of one kind only, which no trial knows.
        let settings = RedactionSettings(patterns: [RedactionPattern(name: "slow", expression: #"(?:가+)+[나다]"#)])
        let result = try redact("first line\n" + String(repeating: "가", count: 600) + "\nlast line", settings)
        #expect(result.counts["unchecked"] == 1)
        #expect(!result.text.contains("가가"))
    }
    @Test("the operator's own prefixes")
    func patterns() throws {
        let settings = RedactionSettings(patterns: [RedactionPattern(name: "acme-key", prefix: "ACME-")])
        #expect(try shape("use ACME-12ab99, or acme-1", settings) == "use <acme-key>, or acme-1")
    }
}

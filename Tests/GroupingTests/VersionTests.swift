import Events
import Testing

@testable import Grouping

/// Events of every rule and of every language, made for this test. Never edited: a new kind is appended.
private let frozenEvents: [(name: String, event: ErrorEvent)] = {
    func event(_ message: String, _ edit: (inout ErrorEvent) -> Void = { _ in }) -> ErrorEvent {
        var event = ErrorEvent(id: "1", time: Timestamp(nanoseconds: 0), message: message)
        edit(&event)
        return event
    }
    func thrown(_ type: String, _ message: String, _ frames: [StackFrame]) -> ErrorEvent {
        event(message) { $0.exceptions = [ExceptionInfo(type: type, message: message, frames: frames)] }
    }
    func java(_ module: String, _ function: String) -> StackFrame {
        StackFrame(file: "X.java", function: function, module: module, line: 3)
    }
    return [
        ("message", event("order 17 of 550e8400-e29b-41d4-a716-446655440000 failed after 31 ms at 10.1.2.3:80")),
        ("nothing", event("")),
        ("other scripts", event("주문 12345건 실패: خطأ في القرص")),
        ("code alone", event("no stock") { $0.code = "E1045" }),
        ("code and target", event("no stock") { ($0.code, $0.target) = ("AI_003", "server::domain::ai::service") }),
        (
            "type and message",
            event("gone 3") { $0.exceptions = [ExceptionInfo(type: "io.IoError", message: "gone 3")] }
        ),
        ("own", event("x") { $0.fingerprint = ["mine", "{{ type }}"] }),
        ("own and usual", event("no stock 3") { $0.fingerprint = ["{{ default }}", "eu"] }),
        (
            "fault",
            thrown(
                "java.lang.NullPointerException", "x", [java("com.acme.Web", "get"), java("com.acme.Orders", "find")])
        ),
        (
            "raised behind a guard",
            thrown(
                "java.lang.IllegalArgumentException", "x",
                [
                    java("com.acme.Web", "get"), java("com.acme.Orders", "find"), java("com.acme.Ids", "checkRange"),
                    java("java.util.Objects", "requireNonNull"),
                ])
        ),
        (
            "chain",
            event("job failed") {
                let common = [java("com.acme.Main", "main"), java("com.acme.Job", "run")]
                $0.exceptions = [
                    ExceptionInfo(type: "JobException", frames: common + [java("com.acme.Job", "fail")]),
                    ExceptionInfo(type: "java.sql.SQLException", frames: common + [java("com.acme.Dao", "query")]),
                ]
            }
        ),
        (
            "failed test",
            thrown(
                "org.junit.ComparisonFailure", "expected:<a [shipped] order> but was:<a [pending] order>",
                [
                    java("com.acme.OrdersTest", "ships"), java("org.junit.Assert", "assertEquals"),
                ])
        ),
        (
            "Python",
            thrown(
                "KeyError", "'total'",
                [
                    StackFrame(file: "/srv/app/orders.py", function: "find"),
                    StackFrame(file: "/usr/lib/python3.11/json/decoder.py", function: "decode"),
                ])
        ),
        (
            "JavaScript",
            thrown(
                "TypeError", "x is undefined",
                [
                    StackFrame(file: "https://cdn.example.com/js/main.3fa2c1d9.js", function: "render"),
                    StackFrame(file: "node_modules/react/index.js", function: "run"),
                ])
        ),
        (
            "Go",
            thrown(
                "panic", "runtime error: index out of range [5] with length 3",
                [
                    StackFrame(file: "/go/src/shop/orders.go", function: "main.(*Server).handle.func1.2"),
                    StackFrame(file: "/usr/local/go/src/runtime/panic.go", function: "runtime.goPanicIndex"),
                ])
        ),
        (
            "Rust",
            thrown(
                "panic", "called `Option::unwrap()` on a `None` value",
                [
                    StackFrame(file: "src/orders.rs", function: "shop::orders::find::{{closure}}::h0123456789abcdef"),
                    StackFrame(file: "/rustc/abc/library/core/src/option.rs", function: "core::option::unwrap_failed"),
                ])
        ),
        (
            ".NET",
            thrown(
                "System.NullReferenceException", "x",
                [
                    StackFrame(file: "/src/Orders.cs", function: "<DoWork>d__5.MoveNext", module: "Shop.Orders")
                ])
        ),
    ]
}()

@Suite("Version 1 of the fingerprints is frozen")
struct FrozenVersionTests {
    /// Written by version 1. A change here is a new version, not an edit.
    static let frozen = [
        "message": "3a41d520af86a466",
        "nothing": "009cb3ca902139a3",
        "other scripts": "088ff2e53ea1fbce",
        "code alone": "8fecd72d48dd667c",
        "code and target": "b3dd265cced2705b",
        "type and message": "74ec9613e72be22e",
        "own": "d0b1e7a1efd3b8dd",
        "own and usual": "a20f0ce1737f1b3d",
        "fault": "6597bb578ee08b76",
        "raised behind a guard": "cdb8c44000bff4f2",
        "chain": "dd914b10b266acd6",
        "failed test": "d0c0abb4049cd71f",
        "Python": "cd75a50a52b9c6dc",
        "JavaScript": "07f8d3fd983fe779",
        "Go": "9cce6a1aa792cbc2",
        "Rust": "a5c0f3c5091b2450",
        ".NET": "fcb40137818f9eb3",
    ]

    @Test("every event keeps its fingerprint", arguments: frozenEvents.indices)
    func fingerprints(place: Int) {
        let (name, event) = frozenEvents[place]
        let found = Grouper(settings: .init(), versions: [.first]).group(event).fingerprint.hex.prefix(16)
        #expect(Self.frozen[name] == String(found))
    }
}

@Suite("A new version knows what the old one called a group")
struct VersionChangeTests {
    /// Rules that no release has: the template alone, whatever else an event has.
    static let second = GroupingVersion(number: 2) { _, outline in
        GroupingKey(rule: .template, parts: ["message: \(outline.template)"])
    }

    static func grouper(_ versions: [GroupingVersion], _ rules: [GroupingRule] = []) -> Grouper {
        Grouper(settings: GroupingSettings(rules: rules), versions: versions)
    }

    @Test("the newest makes the group, the older ones are its earlier names", arguments: frozenEvents.indices)
    func earlier(place: Int) {
        let event = frozenEvents[place].event
        let old = Self.grouper([.first]).group(event)
        let new = Self.grouper([Self.second, .first]).group(event)
        #expect(old.earlier == [])
        #expect(new.version == 2)
        #expect(new.earlier == [old.fingerprint])
        #expect(new.fingerprint != old.fingerprint)
    }

    @Test("an operator's key and an event's own are of the version too, and keep their parts")
    func ownKeys() throws {
        let own = try #require(frozenEvents.first { $0.name == "own and usual" }).event
        let cases: [(event: ErrorEvent, rules: [GroupingRule])] = [
            (own, []), (frozenEvents[0].event, [GroupingRule(message: "*", key: ["all"])]),
        ]
        for (event, rules) in cases {
            let old = Self.grouper([.first], rules).group(event)
            let new = Self.grouper([Self.second, .first], rules).group(event)
            #expect(new.rule == old.rule)
            #expect(new.earlier == [old.fingerprint])
        }
    }
}

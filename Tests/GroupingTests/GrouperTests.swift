import Events
import Testing

@testable import Grouping

private func frame(_ module: String, _ function: String, line: Int = 1) -> StackFrame {
    StackFrame(file: "\(module.split(separator: ".").last ?? "").java", function: function, module: module, line: line)
}

private func event(
    _ message: String, type: String? = nil, frames: [StackFrame] = [], edit: (inout ErrorEvent) -> Void = { _ in }
) -> ErrorEvent {
    var event = ErrorEvent(id: "1", time: Timestamp(nanoseconds: 0), message: message)
    if type != nil || !frames.isEmpty {
        event.exceptions = [ExceptionInfo(type: type, message: message, frames: frames)]
    }
    edit(&event)
    return event
}

private func fingerprint(_ event: ErrorEvent, _ settings: GroupingSettings = .init()) -> Fingerprint {
    Grouper(settings: settings).group(event).fingerprint
}

@Suite("Events of one error share a fingerprint")
struct SameGroupTests {
    @Test("line numbers, addresses and values do not matter")
    func volatile() {
        let first = event("order 17 failed", type: "OrderError", frames: [frame("com.acme.Orders", "find", line: 3)])
        let second = event("order 99 failed", type: "OrderError", frames: [frame("com.acme.Orders", "find", line: 8)])
        #expect(fingerprint(first) == fingerprint(second))
    }

    @Test("the service is no part of the key")
    func service() {
        let first = event("pool is empty") { $0.service = "orders" }
        let second = event("pool is empty") { $0.service = "billing" }
        #expect(fingerprint(first) == fingerprint(second))
    }

    @Test("recursion of any depth looks the same")
    func recursion() {
        func trace(_ depth: Int) -> ErrorEvent {
            let cycle = [frame("com.acme.Tree", "walk"), frame("com.acme.Tree", "visit")]
            let frames = [frame("com.acme.Main", "main")] + (0..<depth).flatMap { _ in cycle }
            return event("stack overflow", type: "StackOverflowError", frames: frames)
        }
        #expect(fingerprint(trace(2)) == fingerprint(trace(200)))
    }

    @Test("frames that a cause has in common with its effect are not counted twice")
    func commonFrames() {
        let common = [frame("com.acme.Main", "main"), frame("com.acme.Job", "run")]
        let own = [frame("com.acme.Dao", "query", line: 44)]
        func chained(_ cause: [StackFrame]) -> ErrorEvent {
            event("job failed") {
                $0.exceptions = [
                    ExceptionInfo(type: "JobException", frames: common + [frame("com.acme.Job", "fail")]),
                    ExceptionInfo(type: "SQLException", message: "gone", frames: cause),
                ]
            }
        }
        #expect(fingerprint(chained(own)) == fingerprint(chained(common + own)))
    }

    @Test("library frames do not matter where the application's are known")
    func libraries() {
        let app = frame("com.acme.Orders", "find")
        let first = event("x", type: "E", frames: [app, frame("org.hibernate.Session", "load")])
        let second = event("x", type: "E", frames: [app, frame("com.zaxxer.hikari.Pool", "get")])
        #expect(fingerprint(first) == fingerprint(second))
    }

    @Test("what has been seen before is grouped as at first")
    func memory() {
        let grouper = Grouper()
        for number in 0..<(MessageMemory.maxResults + 10) {
            let letters = String(number, radix: 26).map {
                Character(UnicodeScalar(($0.wholeNumberValue ?? 0) + 97) ?? "a")
            }
            _ = grouper.group(event("plain \(String(letters)) \(number)"))
        }
        let event = event("order 17 failed") { $0.code = "E1045" }
        let first = grouper.group(event)
        #expect(grouper.group(event) == first)
        #expect(Grouper().group(event) == first)
    }

    @Test("who called from far out does not matter")
    func callers() {
        let inner = ["a", "b", "c", "d"].map { frame("com.acme.Orders", $0) }
        let first = event("x", type: "E", frames: [frame("com.acme.Web", "get")] + inner)
        let second = event(
            "x", type: "E", frames: [frame("com.acme.Job", "run"), frame("com.acme.Job", "step")] + inner)
        #expect(fingerprint(first) == fingerprint(second))
    }

    @Test("a test is an entry point")
    func tests() {
        let fault = frame("com.acme.Orders", "find")
        let first = event("x", type: "E", frames: [frame("com.acme.OrdersTest", "testA"), fault])
        let second = event("x", type: "E", frames: [frame("com.acme.OrdersTests$1", "testB"), fault])
        #expect(fingerprint(first) == fingerprint(second))
        let python = StackFrame(file: "tests/test_orders.py", function: "test_a")
        #expect(Grouper().group(event("x", type: "E", frames: [python])).parts.last == "in tests/test_orders.py:test_a")
    }

    @Test("two secrets of one kind are one error")
    func secrets() {
        #expect(fingerprint(event("bad key <aws-key:aaaaaa>")) == fingerprint(event("bad key <aws-key:bbbbbb>")))
        #expect(fingerprint(event("bad key <aws-key:aaaaaa>")) != fingerprint(event("bad key <gcp-key:aaaaaa>")))
    }

    @Test("an event without a message speaks through its exception")
    func emptyMessage() {
        let result = Grouper().group(event("", type: "E") { $0.exceptions[0].message = "gone 3" })
        #expect(result.template == "gone <num>")
    }
}

@Suite("Different errors have different fingerprints")
struct DifferentGroupTests {
    static let base = event("boom", type: "A", frames: [frame("com.acme.Orders", "find")])

    @Test(arguments: [
        event("boom", type: "B", frames: [frame("com.acme.Orders", "find")]),
        event("boom", type: "A", frames: [frame("com.acme.Orders", "save")]),
        event("boom", type: "A", frames: [frame("com.acme.Orders", "find"), frame("com.acme.Orders", "find2")]),
        event("boom", type: "A"), event("boom"), event("bang"),
    ])
    func differ(other: ErrorEvent) { #expect(fingerprint(other) != fingerprint(Self.base)) }

    @Test("what assertions found is in their message")
    func assertions() {
        func failure(_ message: String) -> ErrorEvent {
            event(message, type: "AssertionError", frames: [frame("com.acme.Orders", "check")])
        }
        #expect(fingerprint(failure("stock is negative")) != fingerprint(failure("order is closed")))
        #expect(fingerprint(failure("stock is -3")) == fingerprint(failure("stock is -4")))
    }

    @Test("causes with the same frames have their own")
    func sameFrames() {
        let frames = [frame("com.acme.Orders", "find")]
        let chained = event("x", type: "A", frames: frames) {
            $0.exceptions.append(ExceptionInfo(type: "B", frames: frames))
        }
        let parts = ["exception: A", "in com.acme.Orders.find", "caused by: B", "in com.acme.Orders.find"]
        #expect(Grouper().group(chained).parts == parts)
    }

    @Test("parts cannot run into each other")
    func separation() {
        let first = event("x") { $0.fingerprint = ["a", "bc"] }
        let second = event("x") { $0.fingerprint = ["ab", "c"] }
        #expect(fingerprint(first) != fingerprint(second))
    }
}

@Suite("The first rule that has something to say makes the key")
struct RuleOrderTests {
    @Test("from the operator's rule to the bare template")
    func order() {
        var event = event("order 17 failed", type: "OrderError", frames: [frame("com.acme.Orders", "find")]) {
            $0.code = "AI_003"
            $0.target = "server::domain::ai"
            $0.fingerprint = ["mine"]
        }
        let settings = GroupingSettings(rules: [GroupingRule(type: "Order*", key: ["orders", "{{ type }}"])])
        let ruled = Grouper(settings: settings).group(event)
        #expect(ruled.rule == .operatorRule)
        #expect(ruled.parts == ["orders", "type: OrderError"])
        #expect(Grouper().group(event).rule == .ownFingerprint)
        event.fingerprint = ["{{ default }}"]
        #expect(Grouper().group(event).rule == .frames)
        #expect(Grouper().group(event).parts == ["exception: OrderError", "in com.acme.Orders.find"])
        event.exceptions[0].frames = []
        #expect(Grouper().group(event).rule == .codeAndTarget)
        event.code = nil
        #expect(Grouper().group(event).rule == .typeAndTemplate)
        event.exceptions = []
        let bare = Grouper().group(event)
        #expect(bare.rule == .template)
        #expect(bare.parts == ["message: order <num> failed"])
        #expect(bare.version == 1)
    }

    @Test("a code without a target stands beside the message")
    func codeAlone() {
        let result = Grouper().group(event("order 17 failed") { $0.code = "E1045" })
        #expect(result.rule == .template)
        #expect(result.parts == ["code: E1045", "message: order <num> failed"])
        #expect(result.title == "E1045: order <num> failed")
    }

    @Test("an own fingerprint may extend the default")
    func extended() {
        let result = Grouper().group(
            event("order 17 failed") { $0.fingerprint = ["{{ default }}", "eu", "{{ nope }}"] })
        #expect(result.parts == ["message: order <num> failed", "eu", "{{ nope }}"])
    }

    @Test("a rule may split a group")
    func split() {
        let settings = GroupingSettings(rules: [GroupingRule(message: "*failed", splitBy: ["service", "nope"])])
        let first = event("order 17 failed") { $0.service = "a" }
        let second = event("order 17 failed") { $0.service = "b" }
        #expect(fingerprint(first, settings) != fingerprint(second, settings))
        #expect(Grouper(settings: settings).group(first).parts.last == "nope: ")
    }

    @Test(
        "a rule matches by all of its patterns",
        arguments: [
            (GroupingRule(), false), (GroupingRule(type: "Order?rror"), true), (GroupingRule(type: "order*"), false),
            (GroupingRule(message: "*17*"), true), (GroupingRule(path: "com.acme.*"), true),
            (GroupingRule(path: "*.py"), false), (GroupingRule(service: "orders"), true),
            (GroupingRule(type: "*", service: "billing"), false), (GroupingRule(message: "**f*d"), true),
            (GroupingRule(message: "re:order \\d+ (failed|lost)$"), true), (GroupingRule(message: "re:^failed"), false),
            (GroupingRule(type: "re:(?i)^ORDER"), true), (GroupingRule(message: "re:("), false),
        ])
    func rules(rule: GroupingRule, expected: Bool) {
        let event = event("order 17 failed", type: "OrderError", frames: [frame("com.acme.Orders", "find")]) {
            $0.service = "orders"
        }
        #expect(CompiledRule(rule).matches(event) == expected)
    }

    @Test("minified frames tell nothing, the message does")
    func minified() {
        let frames = [StackFrame(file: "main.min.js", function: "t", line: 1, column: 99)]
        #expect(Grouper().group(event("x is undefined", type: "TypeError", frames: frames)).rule == .typeAndTemplate)
    }

    @Test("frames of addresses alone tell nothing")
    func addresses() {
        let frames = [StackFrame(function: "0x7fff1234"), StackFrame(function: "??"), StackFrame()]
        #expect(Grouper().group(event("segfault", type: "SIGSEGV", frames: frames)).rule == .typeAndTemplate)
    }

    @Test("a file without a function is told apart by its source line")
    func contextLine() {
        func script(_ line: String) -> ErrorEvent {
            event(
                "x", type: "E",
                frames: [StackFrame(file: "job.py", function: "<module>", context: FrameContext(line: line))])
        }
        #expect(fingerprint(script("run(1)")) == fingerprint(script("run(1)")))
        #expect(fingerprint(script("run(1)")) != fingerprint(script("stop(1)")))
    }
}

@Suite("Titles and search keys")
struct TitleTests {
    @Test("type and place, or the template")
    func titles() {
        let java = event(
            "x", type: "java.util.concurrent.TimeoutException", frames: [frame("com.acme.OrderRepository", "findOpen")])
        #expect(Grouper().group(java).title == "TimeoutException in OrderRepository.findOpen")
        let python = event(
            "x", type: "KeyError", frames: [StackFrame(file: "/srv/app/orders.py", function: "find_open")])
        #expect(Grouper().group(python).title == "KeyError in find_open (orders.py)")
        let rust = event("x", type: "Panic", frames: [StackFrame(file: "src/a.rs", function: "shop::orders::find")])
        #expect(Grouper().group(rust).title == "Panic in orders::find")
        #expect(Grouper().group(event("gone 3", type: "a::b::IoError")).title == "IoError: gone <num>")
        #expect(Grouper().group(event("")).title == "(no message)")
        #expect(Grouper().group(event(String(repeating: "word ", count: 90))).title.count == 120)
    }

    @Test("what likeness is judged by: frames innermost first with their lines, and the text")
    func searchKey() {
        let key = Grouper().group(
            event(
                "order 17 failed", type: "E",
                frames: [frame("com.acme.Main", "main"), frame("com.acme.Orders", "find")])
        ).searchKey
        #expect(key.exceptionType == "E")
        #expect(key.frames.map(\.name) == ["com.acme.Orders.find", "com.acme.Main.main"])
        #expect(key.text == "order 17 failed")
    }
}

import ApplianceTestSupport
import Events
import Foundation
import GitMirror
import Testing

@testable import Fixing

@Suite("A draft counts as tested only if the repository's tests ran with it, and passed")
struct TestedDraftTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var files: [String: String]
        var path: String
        var original: String
        var modified: String
        var command: String
        /// Where the tool lies; without it the case says so and is left out.
        var tool: String
        var before: TestCounts
        var after: TestCounts
    }

    static let cases: [Case] = [
        Case(
            testDescription: "Python",
            files: [
                "invoice.py":
                    "def total(order):\n    amount = order[\"amount\"]\n    currency = order[\"currency\"]\n    return amount, currency\n",
                "test_invoice.py":
                    "import unittest\nfrom invoice import total\n\n\nclass Total(unittest.TestCase):\n    def test_old(self):\n        self.assertEqual(total({\"amount\": 1}), (1, \"KRW\"))\n\n    def test_new(self):\n        self.assertEqual(total({\"amount\": 1, \"currency\": \"EUR\"}), (1, \"EUR\"))\n",
            ], path: "invoice.py", original: "    currency = order[\"currency\"]",
            modified: "    currency = order.get(\"currency\", \"KRW\")", command: "python3 -m unittest -q",
            tool: "python3",
            before: TestCounts(passed: 1, failed: 1), after: TestCounts(passed: 2, failed: 0)),
        Case(
            testDescription: "JavaScript",
            files: [
                "cart.js":
                    "exports.city = function (user) {\n  const address = user.address;\n  return address.city;\n};\n",
                "cart.test.js":
                    "const test = require('node:test');\nconst assert = require('node:assert');\nconst { city } = require('./cart.js');\ntest('a', () => assert.equal(city({ address: { city: 'Ulm' } }), 'Ulm'));\ntest('b', () => assert.equal(city({}), null));\n",
            ], path: "cart.js", original: "  return address.city;",
            modified: "  if (!address) return null;\n  return address.city;",
            command: "node --test", tool: "node", before: TestCounts(passed: 1, failed: 1),
            after: TestCounts(passed: 2, failed: 0)),
        Case(
            testDescription: "Java",
            files: [
                "Names.java":
                    "import java.util.Map;\n\nclass Names {\n    static String first(Map<String, String> names) {\n        return names.get(\"first\").trim();\n    }\n}\n",
                "NamesCheck.java":
                    "import java.util.Map;\n\npublic class NamesCheck {\n    public static void main(String[] words) {\n        check(1, Names.first(Map.of(\"first\", \" a \")).equals(\"a\"));\n        boolean held;\n        try { held = Names.first(Map.of()).equals(\"\"); } catch (NullPointerException e) { held = false; }\n        check(2, held);\n    }\n    static void check(int n, boolean held) { System.out.println((held ? \"ok \" : \"not ok \") + n); }\n}\n",
            ], path: "Names.java", original: "names.get(\"first\").trim()",
            modified: "names.getOrDefault(\"first\", \"\").trim()",
            command: "javac -d /tmp/out *.java && java -XX:+UseSerialGC -Xshare:auto -cp /tmp/out NamesCheck",
            tool: "java",
            before: TestCounts(passed: 1, failed: 1), after: TestCounts(passed: 2, failed: 0)),
        Case(
            testDescription: "Perl",
            files: [
                "Pool.pm": "package Pool;\nour $timeout = 1;\n1;\n",
                "t/pool.t":
                    "use lib '.';\nuse Pool;\nprint \"1..1\\n\";\nprint $Pool::timeout >= 5 ? \"ok 1\\n\" : \"not ok 1\\n\";\n",
            ], path: "Pool.pm", original: "our $timeout = 1;", modified: "our $timeout = 5;", command: "perl t/pool.t",
            tool: "perl", before: TestCounts(passed: 0, failed: 1), after: TestCounts(passed: 1, failed: 0)),
        Case(
            testDescription: "C",
            files: [
                "retry.c":
                    "#include <stdio.h>\n#define MAX_RETRIES 0\nint main(void) {\n    printf(\"%sok 1\\n\", MAX_RETRIES > 0 ? \"\" : \"not \");\n    printf(\"ok 2\\n\");\n    return 0;\n}\n"
            ], path: "retry.c", original: "#define MAX_RETRIES 0", modified: "#define MAX_RETRIES 3",
            command: "cc -o /tmp/retry retry.c && /tmp/retry", tool: "cc", before: TestCounts(passed: 1, failed: 1),
            after: TestCounts(passed: 2, failed: 0)),
    ]

    static func site(_ sample: Case) throws -> Site { try Site(sample.files) }

    static func workshop(_ command: String?) async throws -> Workshop? {
        guard let kind = try await SandboxKinds.first() else { return nil }
        return .sandbox(Sandbox(kind: kind, limits: SandboxTests.limits(), tools: []), testCommand: command)
    }

    @Test("an error that a test shows is reproduced, and gone with the change", arguments: cases)
    func reproduced(_ sample: Case) async throws {
        guard Sandbox.program(sample.tool) != nil, let workshop = try await Self.workshop(sample.command) else {
            return
        }
        let site = try Site(sample.files)
        let before = try digest(of: site.mirror.path)
        let made = try await site.make(
            request(diagnosis(sample.path, sample.original, sample.modified)), workshop: workshop)
        #expect(
            made.draft.tests == .passed(before: sample.before, after: sample.after),
            "\(made.draft.tests) \(String(decoding: made.testOutput, as: UTF8.self))")
        #expect(made.draft.tests.isReproduced)
        #expect(made.draft.patch.contains("Appliance-Tests: reproduced"))
        #expect(try digest(of: site.mirror.path) == before)
    }

    /// A Python repository whose tests do what a case says.
    private func outcome(
        tests: String, command: String = "python3 -m unittest -q", source: String = "timeout = 1\n",
        modified: String = "timeout = 5"
    ) async throws -> TestOutcome? {
        guard let workshop = try await Self.workshop(command) else { return nil }
        let site = try Site(["pool.py": source, "test_pool.py": tests])
        let change = diagnosis("pool.py", "timeout = 1", modified)
        return try await site.make(request(change), workshop: workshop).draft.tests
    }

    private static let unit =
        "import unittest, pool\n\n\nclass Pool(unittest.TestCase):\n    def test_it(self):\n        "

    @Test("tests that pass with and without the change are tested, not reproduced")
    func tested() async throws {
        guard let outcome = try await outcome(tests: Self.unit + "self.assertTrue(pool.timeout)\n") else { return }
        let one = TestCounts(passed: 1, failed: 0)
        #expect(outcome == .passed(before: one, after: one) && outcome.isTested && !outcome.isReproduced)
    }

    @Test("a test that fails with the change makes no tested draft")
    func failed() async throws {
        guard let outcome = try await outcome(tests: Self.unit + "self.assertEqual(pool.timeout, 1)\n") else { return }
        #expect(
            outcome == .failed(reason: "1 of 1 tests fails with the change", after: TestCounts(passed: 0, failed: 1)))
    }

    @Test(
        "no test that ran is no test that passed", arguments: ["true", "python3 -m unittest -q || true", "echo fine"])
    func noneRan(_ command: String) async throws {
        guard let outcome = try await outcome(tests: "x = 1\n", command: command) else { return }
        guard case .notRun(let reason) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(reason.contains("no test was seen to run"))
    }

    @Test("a change that makes tests go away does not pass")
    func fewer() async throws {
        let tests =
            "import unittest, pool\n\n\nclass Pool(unittest.TestCase):\n    def test_a(self):\n        pass\n\n    if pool.timeout == 1:\n        def test_b(self):\n            pass\n"
        guard let outcome = try await outcome(tests: tests) else { return }
        #expect(
            outcome
                == .failed(
                    reason: "fewer tests ran with the change (1) than without it (2)",
                    after: TestCounts(passed: 1, failed: 0)))
    }

    struct Hostile: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var body: String
        var reason: String
    }

    static let hostileTests: [Hostile] = [
        Hostile(
            testDescription: "rm -rf",
            body:
                "import subprocess; subprocess.run('rm -rf /usr /work/* /home CANARY /tmp/*', shell=True); self.fail()",
            reason: "fail"),
        Hostile(
            testDescription: "a network call",
            body: "import socket; socket.create_connection(('127.0.0.1', 22), 1)", reason: "1 of 1 tests fails"),
        Hostile(
            testDescription: "writes outside", body: "open('CANARY/new', 'w').write('x')", reason: "1 of 1 tests fails"),
        Hostile(
            testDescription: "a secret read", body: "open('/etc/shadow').read()", reason: "1 of 1 tests fails"),
        Hostile(
            testDescription: "a fork bomb", body: "\n        import os\n        while True: os.fork()",
            reason: "with the change"),
        Hostile(
            testDescription: "memory", body: "x = [bytearray(10**7) for _ in range(1000)]; self.fail()", reason: "fail"),
        Hostile(testDescription: "an endless loop", body: "\n        while True: pass", reason: "stopped after"),
    ]

    @Test("hostile tests of a repository harm nothing, and pass nothing", arguments: hostileTests)
    func harmless(_ hostile: Hostile) async throws {
        guard let kind = try await SandboxKinds.first() else { return }
        var limits = SandboxTests.limits(time: .seconds(3))
        limits.processes = 32
        let workshop = Workshop.sandbox(
            Sandbox(kind: kind, limits: limits, tools: []), testCommand: "python3 -m unittest -q")
        let canary = try TemporaryDirectory()
        defer { canary.remove() }
        try canary.write("open.txt", "untouched")
        // Writable by everybody, so that only the sandbox keeps it as it is.
        for path in [canary.path, canary.path + "/open.txt"] { chmod(path, 0o777) }
        let body = hostile.body.replacing("CANARY", with: canary.path)
        let site = try Site(["pool.py": "timeout = 1\n", "test_pool.py": Self.unit + body + "\n"])
        let before = try digest(of: site.mirror.path) + digest(of: canary.path)
        let made = try await site.make(request(diagnosis("pool.py", "timeout = 1", "timeout = 5")), workshop: workshop)
        guard case .failed(let reason, _) = made.draft.tests else {
            Issue.record("\(made.draft.tests)")
            return
        }
        #expect(reason.contains(hostile.reason), "\(reason)")
        #expect(try digest(of: site.mirror.path) + digest(of: canary.path) == before)
    }

    @Test("a change that the language's parser does not take is refused, in words")
    func syntax() async throws {
        guard let workshop = try await Self.workshop(nil) else { return }
        let site = try Site([
            "pool.py": "timeout = 1\n", "odd.py": "timeout = 1\nprint 'python 2'\n", "a.zig": "timeout = 1\n",
        ])
        let broken = request(diagnosis("pool.py", "timeout = 1", "timeout = 5 seconds"))
        do {
            _ = try await site.make(broken, workshop: workshop)
            Issue.record("taken")
        } catch let refusal as Refusal {
            #expect(refusal.rule == "syntax" && refusal.description.contains("python3"), "\(refusal)")
        }
        func result(_ path: String) async throws -> FixDraft.SyntaxCheck.Result? {
            try await site.make(request(diagnosis(path, "timeout = 1", "timeout = 5")), workshop: workshop).draft.syntax
                .first?.result
        }
        #expect(try await result("pool.py") == .passed(by: "python3"))
        #expect(
            try await result("odd.py")
                == .notChecked(reason: "python3 does not take the file without the change either"))
        #expect(try await result("a.zig") == .notChecked(reason: "no parser is known for it"))
    }

    @Test("without a sandbox nothing is run, and the draft says so")
    func none() async throws {
        let site = try Site(["pool.py": "timeout = 1\n"])
        let made = try await site.make(
            request(diagnosis("pool.py", "timeout = 1", "timeout = 5")),
            workshop: .none(reason: "no sandbox works here"))
        #expect(made.draft.tests == .notRun(reason: "no sandbox works here"))
        #expect(made.draft.patch.contains("Appliance-Tests: not run: no sandbox works here"))
        #expect(made.draft.syntax.first?.result == .notChecked(reason: "no sandbox works here"))
    }
}

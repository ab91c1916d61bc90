import Events

/// How many tests a run reports, by the last lines of the runners that are common.
///
/// Only counts are read, and only of lines that have a runner's own form: what none of them explains is no test.
enum TestOutput {
    /// Lines that are looked at.
    static let maxLines = 20_000
    /// No repository has more tests than this in one line: a larger number is no count.
    static let maxCount = 10_000_000

    /// - Returns: nil where no runner has reported.
    static func counts(in text: String) -> TestCounts? {
        var (found, tap, packages, xctest): (TestCounts?, TestCounts?, TestCounts?, TestCounts?)
        var unit: Int?
        for line in text.split(whereSeparator: \.isNewline).suffix(maxLines) {
            let words = line.drop { $0 == " " || $0 == "=" || $0 == "#" || $0 == "ℹ" }
                .split { " \t,;:()=".contains($0) }.map(String.init)
            if let counts = xctestSummary(words) {
                // Each suite's line, then one for all: the last stands for the others.
                xctest = counts
            } else if let counts = summary(words, String(line)) {
                found = (found ?? .none).adding(counts)
            } else if let ran = python(words) {
                unit = ran
            } else if let ran = unit, let failed = pythonEnd(words) {
                found = (found ?? .none).adding(
                    TestCounts(passed: max(0, ran - failed.failed), failed: failed.failed))
                unit = nil
            } else if let counts = goPackage(words, String(line)) {
                packages = (packages ?? .none).adding(counts)
            } else if let counts = tapLine(String(line)) {
                tap = (tap ?? .none).adding(counts)
            }
        }
        if let xctest { found = (found ?? .none).adding(xctest) }
        return found ?? packages ?? tap
    }

    /// One line that tells both numbers.
    private static func summary(_ words: [String], _ line: String) -> TestCounts? {
        guard words.count >= 2 else { return nil }
        // cargo: "test result: ok. 3 passed; 0 failed; …"
        if words.starts(with: ["test", "result"]) { return pairs(words, passed: ["passed"], failed: ["failed"]) }
        // pytest: "1 failed, 3 passed in 0.12s"
        if words.contains("in"), words.contains("passed") || words.contains("failed") || words.contains("error"),
            words.last?.hasSuffix("s") == true || line.contains("=="), number(words[0]) != nil
        {
            return pairs(words, passed: ["passed"], failed: ["failed", "error", "errors"])
        }
        // Swift Testing: "✔ Test run with 5 tests in 2 suites passed after …", "… failed after … with 2 issues."
        if let run = words.firstIndex(of: "run"), run + 3 < words.count, words[run + 1] == "with",
            let ran = number(words[run + 2]), words[run + 3].hasPrefix("test")
        {
            let failed =
                words.contains("failed")
                ? max(1, pairs(words, passed: [], failed: ["issues", "issue"])?.failed ?? 1) : 0
            return TestCounts(passed: max(0, ran - failed), failed: failed)
        }
        // surefire: "Tests run: 5, Failures: 1, Errors: 0, Skipped: 0"
        if let start = words.firstIndex(of: "Tests"), start + 2 < words.count, words[start + 1] == "run",
            let ran = number(words[start + 2]), !line.contains("Time elapsed")
        {
            let failed = (after("Failures", words) ?? 0) + (after("Errors", words) ?? 0)
            let skipped = after("Skipped", words) ?? 0
            return TestCounts(passed: max(0, ran - failed - skipped), failed: failed)
        }
        return otherSummary(words, line)
    }

    /// XCTest: "Executed 5 tests, with 1 failure (0 unexpected) in …".
    private static func xctestSummary(_ words: [String]) -> TestCounts? {
        guard words.count > 5, words[0] == "Executed", let ran = number(words[1]), ran > 0, words[3] == "with",
            let failed = number(words[4])
        else { return nil }
        return TestCounts(passed: max(0, ran - failed), failed: failed)
    }

    private static func otherSummary(_ words: [String], _ line: String) -> TestCounts? {
        // jest and vitest: "Tests:  1 failed, 5 passed, 6 total"
        if words[0] == "Tests", words.contains("passed") || words.contains("failed") {
            return pairs(words, passed: ["passed"], failed: ["failed"])
        }
        // PHPUnit: "OK (5 tests, 7 assertions)"; "Tests: 5, Assertions: 7, Failures: 1."
        if words[0] == "OK", words.count >= 3, words[2].hasPrefix("test") || words[2].hasPrefix("assertion"),
            let ran = number(words[1])
        {
            return TestCounts(passed: ran, failed: 0)
        }
        if words[0] == "Tests", words.contains("Assertions"), let ran = after("Tests", words) {
            let failed = (after("Failures", words) ?? 0) + (after("Errors", words) ?? 0)
            return TestCounts(passed: max(0, ran - failed), failed: failed)
        }
        // rspec: "5 examples, 1 failure"; minitest: "5 runs, 7 assertions, 1 failures, 0 errors, 0 skips"
        if let ran = number(words[0]), words[1].hasPrefix("example") || words[1] == "runs" || words[1] == "tests",
            words.contains(where: { $0.hasPrefix("failure") })
        {
            let failed = pairs(words, passed: [], failed: ["failure", "failures", "error", "errors"])?.failed ?? 0
            return TestCounts(passed: max(0, ran - failed), failed: failed)
        }
        // node --test: "pass 3" and "fail 0", each on a line; mocha: "5 passing", "1 failing"
        if words.count == 2, words[0] == "pass" || words[0] == "fail", let count = number(words[1]),
            line.hasPrefix("#") || line.hasPrefix("ℹ")
        {
            return words[0] == "pass" ? TestCounts(passed: count, failed: 0) : TestCounts(passed: 0, failed: count)
        }
        if words[1] == "passing" || words[1] == "failing", let count = number(words[0]) {
            return words[1] == "passing" ? TestCounts(passed: count, failed: 0) : TestCounts(passed: 0, failed: count)
        }
        // dotnet: "Passed!  - Failed: 0, Passed: 5, Skipped: 0, Total: 5"
        if words[0] == "Passed!" || words[0] == "Failed!", let passed = after("Passed", words) {
            return TestCounts(passed: passed, failed: after("Failed", words) ?? 0)
        }
        // prove: "Files=1, Tests=3, …" with "Result: PASS" on the next line; failures are told by the exit code.
        if words[0] == "Files", let ran = after("Tests", words) { return TestCounts(passed: ran, failed: 0) }
        // ctest: "100% tests passed, 0 tests failed out of 5"
        if words.count > 6, words[1] == "tests", words[2] == "passed", let failed = number(words[3]),
            let all = words.last.flatMap(number)
        {
            return TestCounts(passed: max(0, all - failed), failed: failed)
        }
        return nil
    }

    /// unittest: "Ran 5 tests in 0.001s", then "OK" or "FAILED (failures=1, errors=2)".
    private static func python(_ words: [String]) -> Int? {
        guard words.count >= 4, words[0] == "Ran", words[2].hasPrefix("test"), words[3] == "in" else { return nil }
        return number(words[1])
    }

    private static func pythonEnd(_ words: [String]) -> TestCounts? {
        guard let first = words.first else { return nil }
        if first == "OK" { return TestCounts(passed: 0, failed: 0) }
        guard first == "FAILED" else { return nil }
        return TestCounts(passed: 0, failed: max(1, (after("failures", words) ?? 0) + (after("errors", words) ?? 0)))
    }

    /// go: "ok  	example.com/x	0.003s", "FAIL	example.com/x	0.003s"; a package counts as one.
    private static func goPackage(_ words: [String], _ line: String) -> TestCounts? {
        guard words.count >= 3, words[0] == "ok" || words[0] == "FAIL", line.contains("\t"), !line.contains("[no test")
        else {
            return nil
        }
        return words[0] == "ok" ? TestCounts(passed: 1, failed: 0) : TestCounts(passed: 0, failed: 1)
    }

    /// TAP: "ok 1 - name", "not ok 2 - name"; only at the left margin, where subtests are not.
    private static func tapLine(_ line: String) -> TestCounts? {
        let words = line.split(separator: " ", maxSplits: 3)
        guard words.count >= 2, !line.hasPrefix(" ") else { return nil }
        if words[0] == "ok", number(words[1]) != nil { return TestCounts(passed: 1, failed: 0) }
        if words.count >= 3, words[0] == "not", words[1] == "ok", number(words[2]) != nil {
            return TestCounts(passed: 0, failed: 1)
        }
        return nil
    }

    /// Numbers before their words: "1 failed, 3 passed".
    private static func pairs(_ words: [String], passed: Set<String>, failed: Set<String>) -> TestCounts? {
        var counts = TestCounts(passed: 0, failed: 0)
        var isFound = false
        for (count, word) in zip(words, words.dropFirst()) {
            guard let count = number(count) else { continue }
            let word = word.filter { $0.isLetter }
            if passed.contains(word) { (counts.passed, isFound) = (counts.passed + count, true) }
            if failed.contains(word) { (counts.failed, isFound) = (counts.failed + count, true) }
        }
        return isFound ? counts : nil
    }

    /// The number behind a word: "Failures: 1".
    private static func after(_ word: String, _ words: [String]) -> Int? {
        words.firstIndex(of: word).flatMap { $0 + 1 < words.count ? number(words[$0 + 1]) : nil }
    }

    private static func number(_ text: some StringProtocol) -> Int? {
        let digits = text.utf8.prefix { $0 &- 0x30 < 10 }
        let rest = text.utf8.dropFirst(digits.count)
        guard !digits.isEmpty, digits.count <= 8, rest.allSatisfy({ $0 == 0x2E || $0 == 0x25 }),
            let value = Int(String(decoding: digits, as: UTF8.self)), value <= maxCount
        else { return nil }
        return value
    }
}

extension TestCounts {
    fileprivate static let none = TestCounts(passed: 0, failed: 0)

    var total: Int { passed + failed }

    /// Both numbers stay far from overflow: a line gives at most 10 million, and lines are bounded.
    fileprivate func adding(_ other: TestCounts) -> TestCounts {
        TestCounts(passed: passed + other.passed, failed: failed + other.failed)
    }
}

import Events
import Testing

@testable import Fixing

@Suite("Tests are counted by their runners' own lines")
struct TestOutputTests {
    static let outputs: [(String, String, Int, Int)] = [
        (
            "cargo",
            "running 3 tests\ntest a ... ok\n\ntest result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\ntest result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            4, 2
        ),
        ("pytest", "..F\n=========== 1 failed, 2 passed in 0.12s ===========", 2, 1),
        ("pytest -q", "...                      [100%]\n3 passed in 0.01s", 3, 0),
        ("pytest with errors", "==== 2 passed, 1 error in 1.50s ====", 2, 1),
        ("unittest", "..\n------\nRan 2 tests in 0.001s\n\nOK", 2, 0),
        ("unittest fails", "F.E\n---\nRan 3 tests in 0.001s\n\nFAILED (failures=1, errors=1)", 1, 2),
        (
            "XCTest",
            "Executed 2 tests, with 1 failure (0 unexpected) in 0.1 (0.1) seconds\nExecuted 5 tests, with 1 failure (0 unexpected) in 0.1 (0.1) seconds",
            4, 1
        ),
        ("Swift Testing", "✔ Test run with 5 tests in 2 suites passed after 0.001 seconds.", 5, 0),
        ("Swift Testing fails", "✘ Test run with 5 tests in 2 suites failed after 0.001 seconds with 2 issues.", 3, 2),
        (
            "surefire",
            "[INFO] Tests run: 2, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 0.01 s - in A\n[ERROR] Tests run: 5, Failures: 1, Errors: 1, Skipped: 1",
            2, 2
        ),
        ("node", "ok 1 - a\n# tests 3\n# pass 2\n# fail 1\n", 2, 1),
        ("node spec", "✔ a\nℹ tests 3\nℹ pass 3\nℹ fail 0", 3, 0),
        ("jest", "Tests:       1 failed, 5 passed, 6 total", 5, 1),
        ("mocha", "  5 passing (10ms)\n  1 failing", 5, 1),
        ("go", "ok  \texample.com/a\t0.003s\n?   \texample.com/b\t[no test files]\nFAIL\texample.com/c\t0.003s", 1, 1),
        ("rspec", "5 examples, 1 failure", 4, 1),
        ("minitest", "5 runs, 7 assertions, 1 failures, 1 errors, 0 skips", 3, 2),
        ("PHPUnit", "OK (5 tests, 7 assertions)", 5, 0),
        ("PHPUnit fails", "Tests: 5, Assertions: 7, Failures: 1.", 4, 1),
        ("dotnet", "Passed!  - Failed:     0, Passed:     5, Skipped:     0, Total:     5, Duration: 10 ms", 5, 0),
        ("prove", "All tests successful.\nFiles=1, Tests=3,  0 wallclock secs\nResult: PASS", 3, 0),
        ("ctest", "100% tests passed, 0 tests failed out of 5", 5, 0),
        ("TAP", "1..2\nok 1 - a\nnot ok 2 - b\n    ok 1 - inner", 1, 1),
    ]

    @Test("runner", arguments: outputs)
    func counts(_ output: (String, String, Int, Int)) {
        let counts = TestOutput.counts(in: output.1)
        #expect(counts == TestCounts(passed: output.2, failed: output.3), "\(output.0)")
    }

    @Test(
        "no test is seen where none ran",
        arguments: [
            "", "no tests ran in 0.01s", "Ran 0 tests in 0.000s\n\nOK", "all good", "passed",
            "?   \tx\t[no test files]",
            "test result: ok. 0 passed; 0 failed; 0 ignored", "99999999999999999999 passed in 1s",
            "Executed 0 tests, with 0 failures (0 unexpected) in 0.0 (0.0) seconds", "ok", "ok then",
        ])
    func none(_ output: String) {
        #expect((TestOutput.counts(in: output)?.passed ?? 0) == 0)
        #expect((TestOutput.counts(in: output)?.failed ?? 0) == 0)
    }
}

import Events
import GitMirror

/// Runs the repository's own tests in the sandbox, with the change and without it.
struct TestRunner: Sendable {
    let sandbox: Sandbox
    /// The operator's: `pytest -q`.
    let command: String

    /// Larger revisions are not unpacked.
    static let maxTreeBytes = 256 << 20

    struct Report: Sendable {
        var outcome: TestOutcome
        /// The end of what the run with the change wrote; for the operator alone.
        var output: [UInt8]
    }

    func run(_ plan: ChangePlan, in repository: DraftRepository) async throws -> Report {
        guard !repository.isCut else { return notRun("the revision has too many files") }
        var (before, after) = (TarArchive(), TarArchive())
        for file in repository.files {
            let changed = plan.contents[file.path]
            let bytes: [UInt8]
            if let original = plan.originals[file.path] {
                bytes = original
            } else {
                bytes = try await repository.contents(of: file.path, limit: Self.maxTreeBytes)
            }
            // A changed test belongs to both runs: only so can it fail without the change and pass with it.
            let isTest = changed != nil && TestPath.isTest(file.path)
            before.add(file.path, isTest ? changed ?? bytes : bytes, isExecutable: file.isExecutable)
            after.add(file.path, changed ?? bytes, isExecutable: file.isExecutable)
            guard before.count <= Self.maxTreeBytes else { return notRun("the revision is too large to unpack") }
        }
        let second = try await sandbox.run(command, on: after)
        let counts = TestOutput.counts(in: second.text)
        guard second.ending == .exited(0), counts?.failed ?? 0 == 0 else {
            return Report(outcome: .failed(reason: Self.words(second, counts), after: counts), output: second.output)
        }
        guard let counts, counts.passed > 0 else {
            return Report(
                outcome: .notRun(reason: "the test command ended well, but no test was seen to run"),
                output: second.output)
        }
        let first = try await sandbox.run(command, on: before)
        let earlier = TestOutput.counts(in: first.text)
        if let earlier, earlier.total > counts.total {
            let reason = "fewer tests ran with the change (\(counts.total)) than without it (\(earlier.total))"
            return Report(outcome: .failed(reason: reason, after: counts), output: second.output)
        }
        return Report(outcome: .passed(before: earlier, after: counts), output: second.output)
    }

    private func notRun(_ reason: String) -> Report { Report(outcome: .notRun(reason: reason), output: []) }

    private static func words(_ run: SandboxRun, _ counts: TestCounts?) -> String {
        if let counts, counts.failed > 0 {
            return "\(counts.failed) of \(counts.total) tests \(counts.failed == 1 ? "fails" : "fail") with the change"
        }
        return "the test command failed with the change: \(run.ending.words)"
    }
}

/// Which files are tests, by the names that runners look for.
enum TestPath {
    static func isTest(_ path: String) -> Bool {
        let parts = path.lowercased().split(separator: "/").map(String.init)
        guard let name = parts.last else { return false }
        let stem = name.split(separator: ".").first.map(String.init) ?? name
        return parts.dropLast().contains { ["test", "tests", "spec", "specs", "__tests__", "testing"].contains($0) }
            || stem.hasPrefix("test_") || stem.hasSuffix("_test") || stem.hasSuffix("_spec") || stem.hasSuffix("tests")
            || path.hasSuffix("Test.java") || path.hasSuffix("Test.kt") || name.contains(".test.")
            || name.contains(".spec.")
    }
}

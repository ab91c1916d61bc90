import ApplianceTestSupport
import Events
import Foundation
import GitMirror
import Testing

@testable import Fixing

let moment = Timestamp(nanoseconds: 1_793_600_000_000_000_000)

/// Masks what follows `password=`, as the site's redactor would.
let sampleRedactor: Redactor = { text in
    guard let cut = text.firstRange(of: "password = \"") else { return Redacted(text: text) }
    return Redacted(text: text[..<cut.upperBound] + "<password:0a1b2c>\"", counts: ["password": 1])
}

/// A model's diagnosis with one change.
func diagnosis(
    _ file: String, _ original: String, _ modified: String, confidence: Int = 90, autoFixable: Bool = true,
    rootCause: String = "the value is read without a look at whether it is there"
) -> Diagnosis {
    let run = Provenance.ModelRun(
        model: "test-model", digest: String(repeating: "ab", count: 32), prompt: "diagnose", promptVersion: 1,
        promptTokens: 1, answerTokens: 1, seconds: 1, attempts: 1, citationsChecked: 0, citationsDropped: 0)
    return Diagnosis(
        severity: .high, rootCause: rootCause, confidence: confidence, autoFixable: autoFixable,
        fix: .init(file: file, description: "a default for the missing value", original: original, modified: modified),
        provenance: Provenance(author: .model(run), at: moment))
}

func request(_ diagnosis: Diagnosis, changes: [Diagnosis.ProposedFix]? = nil, excerpts: [CodeExcerpt] = [])
    -> FixRequest
{
    let group = ErrorGroup(
        fingerprint: Fingerprint(digest: (0..<32).map { _ in 0x9C }), groupingVersion: 1, rule: .frames, parts: [],
        title: "KeyError in total", template: "KeyError: <quoted>", firstSeen: moment, lastSeen: moment, total: 3,
        level: .error)
    var request = FixRequest(
        group: group, diagnosis: diagnosis, code: CodeContext(state: .notConfigured, excerpts: excerpts), now: moment)
    if let changes { request.changes = changes }
    return request
}

/// A real mirror of some files, and a session on it.
struct Site {
    let mirror: GitFixture
    let session: MirrorSession
    let commit: String

    /// - Parameter prepare: shell commands in the bare repository, after the first commit.
    init(_ files: [String: String], prepare: String? = nil) throws {
        mirror = try GitFixture()
        try mirror.commit("first version", files.mapValues { $0 }, at: moment)
        if let prepare { try run(["sh", "-ec", prepare], in: mirror.path) }
        commit = try mirror.head()
        session = try MirrorSession(settings: MirrorSettings(name: "orders", path: mirror.path))
    }

    func draft(_ request: FixRequest, _ settings: FixingSettings = FixingSettings()) async throws -> FixDraft {
        try await make(request, settings).draft
    }

    func make(
        _ request: FixRequest, _ settings: FixingSettings = FixingSettings(),
        workshop: Workshop = .none(reason: "not asked for")
    ) async throws -> MadeDraft {
        let repository = try #require(try await session.draft(at: commit))
        let maker = FixMaker(settings: settings, workshop: workshop, redactor: sampleRedactor)
        let result: Result<MadeDraft, any Error>
        do {
            result = .success(try await maker.draft(request, in: repository, mirror: "orders"))
        } catch {
            result = .failure(error)
        }
        await repository.close()
        return try result.get()
    }

    /// The rule that refused a change, and its words.
    func refusal(_ request: FixRequest, _ settings: FixingSettings = FixingSettings()) async throws -> Refusal? {
        do {
            _ = try await draft(request, settings)
            return nil
        } catch let refusal as Refusal {
            return refusal
        }
    }
}

struct Failure: Error { var description: String }

/// Runs a program and hands back its output; throws what it complained of.
@discardableResult
func run(_ words: [String], in folder: String) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = words
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.environment = [
        "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": folder, "LC_ALL": "C.UTF-8", "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_COMMITTER_NAME": "Reviewer", "GIT_COMMITTER_EMAIL": "r@example.invalid",
    ]
    let file = FileManager.default.temporaryDirectory.appending(path: "run-\(UUID().uuidString)")
    _ = FileManager.default.createFile(atPath: file.path, contents: nil)
    defer { unlink(file.path) }
    let handle = try FileHandle(forWritingTo: file)
    (process.standardOutput, process.standardError) = (handle, handle)
    try process.run()
    process.waitUntilExit()
    try handle.close()
    let output = try String(contentsOf: file, encoding: .utf8)
    guard process.terminationStatus == 0 else {
        throw Failure(description: "\(words.joined(separator: " ")): \(output)")
    }
    return output.trimmingCharacters(in: .whitespacesAndNewlines)
}

/// SHA-256 of everything in a folder: names, modes, link targets and bytes.
func digest(of folder: String) throws -> String {
    try run(
        [
            "sh", "-c",
            "find . -printf '%P %M %l\\n' | sort; find . -type f -print0 | sort -z | xargs -0 -r sha256sum",
        ], in: folder)
}

import ApplianceTestSupport
import Events

@testable import GitMirror

/// Days after 1 November 2026, 08:00 UTC.
func day(_ number: Int, hour: Int = 8) -> Timestamp {
    Timestamp(nanoseconds: Int64(1_793_520_000 + number * 86400 + (hour - 8) * 3600) * 1_000_000_000)
}

func event(
    _ message: String = "it failed", at time: Timestamp = day(20), frames: [StackFrame] = [], type: String? = "Failure"
) -> ErrorEvent {
    var event = ErrorEvent(id: "e", time: time, message: message)
    if !frames.isEmpty { event.exceptions = [ExceptionInfo(type: type, message: message, frames: frames)] }
    return event
}

/// A repository whose second commit, "two", divides by nothing in `src/a.py`.
func twoVersions() throws -> GitFixture {
    let fixture = try GitFixture()
    try fixture.commit("one", ["src/a.py": "def f():\n    return 1\n"], at: day(0))
    try fixture.commit("two", ["src/a.py": "def f():\n    return 1 / 0\n"], at: day(1))
    return fixture
}

func settings(_ fixture: GitFixture, branch: String? = nil, sourceRoots: [String] = [], subdirectory: String? = nil)
    -> MirrorSettings
{
    MirrorSettings(
        name: "orders", path: fixture.path, branch: branch, sourceRoots: sourceRoots, subdirectory: subdirectory,
        maxAge: .days(25))
}

/// Opens a session, asks, closes it.
func context(
    _ fixture: GitFixture, _ event: ErrorEvent, releases: [ReleaseWindow] = [],
    context: ContextSettings = ContextSettings(), settings given: MirrorSettings? = nil
) async throws -> CodeContext {
    let session = try MirrorSession(settings: given ?? settings(fixture), context: context)
    let answer = await session.context(for: event, releases: releases)
    await session.close()
    return answer
}

extension CodeExcerpt {
    func text(ofLine number: Int) -> String? {
        number >= firstLine && number <= lastLine ? lines[number - firstLine] : nil
    }
}

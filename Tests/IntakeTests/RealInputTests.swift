import Events
import Foundation
import Testing

@testable import Intake

private let testData = ProcessInfo.processInfo.environment["APPLIANCE_TEST_DATA"]
private let logs = (testData ?? "") + "/fixtures/logs/"

@Suite("Traces that other people's programs printed", .enabled(if: testData != nil))
struct RealTraceTests {
    @Test(
        "one event a trace, with its frames",
        arguments: [
            ("stacktraces/detect-exceptions/complex_java_exc.log", "javax.servlet.ServletException", 20),
            ("stacktraces/detect-exceptions/python_exc.log", "Exception", 3),
            ("stacktraces/detect-exceptions/go_exc.log", "panic", 4),
            ("stacktraces/detect-exceptions/go_on_gae_exc.log", "panic", 8),
            ("stacktraces/detect-exceptions/go_http.log", "panic", 8),
            ("stacktraces/detect-exceptions/node_js_exc.log", "ReferenceError", 10),
            ("stacktraces/satyr/java_stacktraces__java-01", "java.lang.RuntimeException", 3),
            ("stacktraces/satyr/java_stacktraces__java-03", "java.lang.IllegalStateException", 2),
            ("stacktraces/satyr/python_stacktraces__python-01", "AttributeError", 11),
            ("stacktraces/rust-book/ch09-backtrace.txt", "panic", 8),
            ("stacktraces/rust-book/ch09-error-handling__listing-09-01__output.txt", "panic", 1),
            ("stacktraces/rust-book/ch11-writing-automated-tests__listing-11-10__output.txt", "panic", 1),
        ])
    func trace(file: String, type: String, frames: Int) throws {
        let text = try String(contentsOfFile: logs + file, encoding: .utf8)
        let events = parseEvent(text: text, now: TraceTests.now).filter { !$0.exceptions.isEmpty }
        #expect(events.count == 1)
        let event = try #require(events.first)
        #expect(event.exceptions.first?.type == type)
        #expect((event.exceptions.first?.frames.count ?? 0) >= frames)
    }

    @Test("every file is read to its end, by every path")
    func everything() throws {
        let found = FileManager.default.enumerator(atPath: logs)
        var files = 0
        while let name = found?.nextObject() as? String {
            guard let data = FileManager.default.contents(atPath: logs + name) else { continue }
            var intake = FileIntake(
                source: SourceSettings(name: "real", paths: [logs + name], triggers: .all), cursors: [],
                now: FileIntakeTests.now)
            var statistics = IntakeStatistics()
            while let batch = try intake.next(limit: 1000) { statistics += batch.statistics }
            let newlines = Int64(data.count { $0 == 0x0A })
            let isWide = data.starts(with: [0xFF, 0xFE]) || data.starts(with: [0xFE, 0xFF])
            #expect(isWide || statistics.lines == newlines, "\(name)")
            files += 1
        }
        #expect(files > 100)
    }
}

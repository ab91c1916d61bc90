import ApplianceTestSupport
import Events
import Foundation
import Testing

@Suite("What the system says of files, as a part of a sentence")
struct SystemWordsTests {
    @Test("the operation's own reason, without Foundation's sentences")
    func reasons() throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        func words(_ work: () throws -> Void) -> String {
            do {
                try work()
                return ""
            } catch {
                return error.systemWords
            }
        }
        let full = words { try Data("x".utf8).write(to: URL(fileURLWithPath: "/dev/full")) }
        #expect(full == "No space left on device")
        let missing = words { try Data("x".utf8).write(to: URL(fileURLWithPath: "\(directory.path)/no/where")) }
        #expect(missing == "No such file or directory")
        let latin = URL(fileURLWithPath: try directory.write("latin", ""))
        try Data([0xE9]).write(to: latin)
        let unreadable = words { _ = try String(contentsOf: latin, encoding: .utf8) }
        #expect(!unreadable.isEmpty && !unreadable.hasSuffix("."))
        #expect(POSIXError(.EACCES).systemWords == "Permission denied")
    }
}

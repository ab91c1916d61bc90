import Foundation
import Testing

@testable import Pipeline

@Suite("What was freed goes back to the system")
struct HeapTests {
    /// RssAnon of /proc/self/status, in KiB.
    private static func resident() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") })
        return try #require(line.split { !$0.isNumber }.first.flatMap { Int($0) })
    }

    @Test("many small pieces, all freed but the last, which keeps the heap from shrinking by itself")
    func pieces() throws {
        var pieces = (0..<400_000).map { _ in UnsafeMutableRawPointer.allocate(byteCount: 100, alignment: 8) }
        for piece in pieces { piece.storeBytes(of: 1, as: UInt8.self) }
        let last = pieces.removeLast()
        defer { last.deallocate() }
        for piece in pieces { piece.deallocate() }
        let held = try Self.resident()
        Heap.giveBack()
        #expect(try Self.resident() < held - 20_000)
    }
}

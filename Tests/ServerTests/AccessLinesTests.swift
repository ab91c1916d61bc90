import Dispatch
import Server
import Synchronization
import Testing

@Suite("The lines of an access log")
struct AccessLinesTests {
    private final class Page: Sendable {
        let lines = Mutex<[String]>([])
    }

    @Test("come in their order, all of them")
    func order() {
        let page = Page()
        let log = AccessLines { line in page.lines.withLock { $0.append(line) } }
        for number in 0..<1000 { log.add("\(number)") }
        log.finish(within: .seconds(60))
        #expect(page.lines.withLock { $0 } == (0..<1000).map { "\($0)" })
    }

    @Test("hold up nobody while they are not read; how many were dropped is told")
    func stalled() {
        let (page, gate) = (Page(), DispatchSemaphore(value: 0))
        let log = AccessLines(limit: 100) { line in
            gate.wait()
            page.lines.withLock { $0.append(line) }
            gate.signal()
        }
        for number in 0..<10_000 { log.add("\(number)") }
        #expect(page.lines.withLock { $0.isEmpty })
        gate.signal()
        log.finish(within: .seconds(60))
        let lines = page.lines.withLock { $0 }
        #expect(lines.filter { !$0.contains("dropped") } == (0..<100).map { "\($0)" })
        #expect(lines.filter { $0.contains("dropped") }.map { $0.prefix(5) } == ["9900 "])
    }
}

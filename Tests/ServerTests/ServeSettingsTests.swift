import Events
import Pipeline
import Testing

@testable import Server

@Suite("Where the door may be opened")
struct ServeSettingsTests {
    @Test(
        "loopback addresses with a port are taken",
        arguments: [("127.0.0.1:8321", "127.0.0.1", 8321), ("[::1]:80", "::1", 80), ("localhost:0", "127.0.0.1", 0)])
    func taken(text: String, host: String, port: Int) throws {
        let address = try #require(ServeSettings.split(text))
        #expect(address.host == host && address.port == port)
    }

    @Test(
        "everything else is refused",
        arguments: [
            "", ":", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:８０", "0.0.0.0:80",
            "::1:80", "127.1:80", "127.0.0.1.evil:80", "127.0.0.256:80", "+127.0.0.1:80", "127.0.0.+1:80", "evil:80",
        ])
    func refused(text: String) {
        #expect(ServeSettings.split(text) == nil)
    }

    @Test("the access log shows what a client chose as visible ASCII of bounded length")
    func accessLog() {
        let path = "/a\r\nFAKE 200 \u{1B}[31m" + String(repeating: "x", count: 500)
        let line = AccessRecord(method: "GET", path: path, status: 404, duration: .milliseconds(3)).description
        #expect(line.hasPrefix("GET /a??FAKE?200??[31mxxx") && line.hasSuffix("x 404 3 ms"))
        #expect(line.utf8.count < 230 && line.utf8.allSatisfy { (0x20...0x7E).contains($0) })
    }
}

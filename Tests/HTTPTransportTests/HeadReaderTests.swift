import Testing

@testable import HTTPTransport

@Suite("The head of an answer")
struct HeadReaderTests {
    private func read(_ lines: [String]) -> HeadReader.Step {
        var reader = HeadReader()
        var last = HeadReader.Step.more
        for line in lines { last = Array(line.utf8).withUnsafeBytes { reader.read($0) } }
        return last
    }

    @Test("is complete at its empty line")
    func completes() {
        let head = HTTPResponseHead(status: 404, headers: [HTTPHeader("A", "b: c"), HTTPHeader("D", "")])
        #expect(read(["HTTP/1.1 404 Not Found\r\n", "A: b: c\r\n", "D:\r\n", "\r\n"]) == .complete(head))
        #expect(read(["HTTP/1.1 404\r\n"]) == .more)
    }

    @Test(
        "odd lines are left out, and never trap", arguments: ["", "\n", ":", "no colon", "HTTP/", "HTTP/1.1", "\0\0"])
    func odd(line: String) {
        #expect(read(["HTTP/1.1 200 OK\r\n", line]) != .tooLarge)
    }

    @Test("a status is three digits at most")
    func status() {
        #expect(read(["HTTP/1.1 99999999999999999999\r\n", "\r\n"]) == .complete(HTTPResponseHead(status: 999)))
        #expect(read(["HTTP/1.1 x\r\n", "\r\n"]) == .complete(HTTPResponseHead(status: 0)))
    }
}

import Testing

@testable import Server

@Suite("What an exporter is answered")
struct OTLPReplyTests {
    @Test("nothing on full success")
    func success() {
        let reply = OTLPReply(signal: .logs, rejected: 0)
        #expect(reply.json == "{}" && reply.protobuf.isEmpty)
    }

    @Test("the count of what could not be read, in both forms", arguments: [1, 127, 128, 70_000])
    func partial(rejected: Int) {
        let traces = OTLPReply(signal: .traces, rejected: rejected)
        #expect(traces.json.contains("\"rejectedSpans\":\"\(rejected)\""))
        #expect(OTLPReply(signal: .logs, rejected: rejected).json.contains("rejectedLogRecords"))
        // Decoded by hand: field 1, its length, then field 1 with the count.
        let bytes = traces.protobuf
        #expect(bytes[0] == 0x0A && Int(bytes[1]) == bytes.count - 2 && bytes[2] == 0x08)
        var (count, shift) = (0, 0)
        for byte in bytes[3...] {
            count |= Int(byte & 0x7F) << shift
            shift += 7
            if byte < 0x80 { break }
        }
        #expect(count == rejected)
    }

    @Test("an address has so many messages a second, and others have theirs")
    func rate() {
        let limit = RateLimit(perSecond: 10)
        let start = ContinuousClock.now
        #expect((0..<30).count { _ in limit.admits("a", at: start) } == 20)
        #expect(limit.admits("b", at: start))
        #expect((0..<30).count { _ in limit.admits("a", at: start + .milliseconds(500)) } == 5)
        #expect((0..<30).count { _ in limit.admits("a", at: start + .seconds(100)) } == 20)
    }
}

import Testing

@testable import Grouping

@Suite("Messages become templates")
struct MessageTemplateTests {
    @Test(
        "variable values are masked by kind",
        arguments: [
            ("retry 3 of 17", "retry <num> of <num>"),
            ("temperature -3.5 at +7", "temperature <num> at <num>"),
            ("moved 1,234,567 rows", "moved <num> rows"),
            ("at 93% of the limit", "at <num>% of the limit"),
            ("timeout after 31 ms", "timeout after <duration>"),
            ("timeout after 1.5s", "timeout after <duration>"),
            ("took 250µs", "took <duration>"),
            ("wrote 12 MB", "wrote <size>"),
            ("limit 512KiB reached", "limit <size> reached"),
            ("bad pointer 0x7ffe12", "bad pointer <hex>"),
            ("commit 9f4ef63 is gone", "commit <hex> is gone"),
            ("blob 3fa2c1d9e0b7465f9a1c2d3e4f5a6b7c8d9e0f1a missing", "blob <hash> missing"),
            ("user 550e8400-e29b-41d4-a716-446655440000 unknown", "user <uuid> unknown"),
            ("user f50e8400-e29b-41d4-a716-446655440000 unknown", "user <uuid> unknown"),
            ("no route to 10.1.2.3", "no route to <ip>"),
            ("no route to 10.1.2.3:8080", "no route to <ip>"),
            ("net 10.0.0.0/8 is full", "net <ip> is full"),
            ("peer fe80::1ff:fe23:4567:890a left", "peer <ip> left"),
            ("peer ::1 left", "peer <ip> left"),
            ("peer 2001:db8:0:0:8:800:200c:417a left", "peer <ip> left"),
            ("device 00:1B:44:11:3A:B7 lost", "device <mac> lost"),
            ("device ab-cd-ef-01-23-45 lost", "device <mac> lost"),
            ("mail to kim.j+test@mail.example.org bounced", "mail to <email> bounced"),
            ("agent 1.2.3-rc1 is old", "agent <version> is old"),
            ("thread-12 died", "thread-<num> died"),
            ("block blk_-38865049064139660 lost", "block blk_<num> lost"),
            ("pod orders-7d9f8b6c5-x2x4z restarted", "pod orders-<id> restarted"),
            ("pod orders-66b6c48dd5-xkvzp restarted", "pod orders-<id> restarted"),
            ("pod orders-66b6c48dd5-xkvzpq restarted", "pod orders-<hex>-xkvzpq restarted"),
            ("worker-3 on web-03 died", "worker-<num> on web-<num> died"),
            ("goroutine 17 [running]", "goroutine <num> [running]"),
            ("[http-nio-8080-exec-7] busy", "[http-nio-<num>-exec-<num>] busy"),
            ("Thread[pool-3-thread-12,5,main] died", "Thread[pool-<num>-thread-<num>,main] died"),
            ("listening on :8080", "listening on :<num>"), ("port 22 is closed", "port <num> is closed"),
            ("Order@1b6d3586 is gone", "Order@<hex> is gone"),
            ("estimated 88.0 B, free 5 K", "estimated <size>, free <size>"), ("waited 5 s", "waited <duration>"),
            ("page 5 sections", "page <num> sections"), ("5 s.example.com", "<num> s.example.com"),
            ("\"GET /v2/17/items HTTP/1.1\" 200", "\"GET /v2/<num>/items HTTP/1.1\" <num>"),
            ("\"DELETE /v2/items HTTP/1.1\" 204", "\"DELETE /v2/items HTTP/1.1\" <num>"),
            ("\"GETTING /x\" is odd", "<str> is odd"),
            ("column 'total' is null", "column <str> is null"),
            ("unknown key \"colour\" here", "unknown key <str> here"),
            ("body {\"id\": 7, \"tags\": [1]} rejected", "body <json> rejected"),
            ("key eW91IGhhdmUgZm91bmQgYSB2ZXJ5IGRlZXAgc2VjcmV0 expired", "key <base64> expired"),
            ("ids [1, 2, 3] unknown", "ids [<num>] unknown"),
            ("ids 1,2,3,4 unknown", "ids <num> unknown"),
            ("delete blk_1 blk_2 blk_3", "delete blk_<num>"),
            ("주문 12345건 실패", "주문 <num>건 실패"),
        ])
    func masks(message: String, expected: String) { #expect(MessageTemplate.mask(message) == expected) }

    @Test(
        "times of many shapes are one kind",
        arguments: [
            "2026-11-21T03:04:05.123Z", "2026-11-21 03:04:05,123", "2026-11-21T03:04:05+09:00", "2026/11/21 03:04:05",
            "2005-06-03-15.42.50.675872", "2005.06.03", "2026-11-21", "03:04:05", "03:04:05.123456", "23:59",
            "Nov 21 03:04:05", "Nov  1 03:04:05 2026", "Sat Nov 21 03:04:05 2026", "Sat, 21 Nov 2026 03:04:05 +0900",
            "21/Nov/2026:03:04:05 +0000", "11-21 03:04:05.678", "20261121T030405Z", "11/21/2026 3:04 PM",
            "21 Nov 2026 03:04:05 UTC",
        ])
    func times(time: String) { #expect(MessageTemplate.mask("at \(time) it failed") == "at <time> it failed") }

    @Test(
        "what only looks variable stays",
        arguments: [
            "using HTTP/1.1 over TLSv1", "utf8 and sha256 and x86_64", "error E1045: no access", "AI_003 raised",
            "ORA-00942: table not found", "status 404", "HTTP 503 from upstream", "exit code 137", "errno=13",
            "getUser2() failed", "the added facade decayed", "don't stop, can't go", "a + b - c", "call v1 of it",
            "NullPointerException in OrderRepository.findOpen", "std::vector<int> is empty", "rate: high",
            "https://api.example.com/orders/open", "/etc/nginx/nginx.conf", "#pragma once", "a=b&c=d",
        ])
    func lookAlikes(message: String) { #expect(MessageTemplate.mask(message) == message) }

    @Test(
        "paths and URLs keep their fixed parts",
        arguments: [
            ("GET /api/v1/orders/8123 failed", "GET /api/v1/orders/<num> failed"),
            ("GET /orders/550e8400-e29b-41d4-a716-446655440000/lines", "GET /orders/<uuid>/lines"),
            ("open /home/kim/app.conf", "open /home/<user>/app.conf"),
            ("open /tmp/tmpab_cdef/x", "open <path>"),
            ("open C:\\Windows\\Temp\\a1.log now", "open <path> now"),
            (
                "GET https://api.example.com/orders/12?token=a&b=2 failed",
                "GET https://api.example.com/orders/<num><query> failed"
            ),
            ("GET http://10.0.0.1:8080/health", "GET http://<ip>/health"),
            ("GET https://kim@example.com:8443/x", "GET https://<user>@example.com:8443/x"),
        ])
    func paths(message: String, expected: String) { #expect(MessageTemplate.mask(message) == expected) }

    @Test(
        "redaction placeholders become their type",
        arguments: [
            ("login of <email:3fa2c1> failed", "login of <email> failed"),
            ("key <aws-key:1f3a9c>, key <aws-key:aaaaaa>", "key <aws-key>, key <aws-key>"),
            ("not <email:abc> one", "not <email:abc> one"),
        ])
    func placeholders(message: String, expected: String) { #expect(MessageTemplate.mask(message) == expected) }

    @Test("white space, colours and control characters do not matter")
    func spaces() {
        #expect(MessageTemplate.mask("  a\t\tb\r\n c  ") == "a b c")
        #expect(MessageTemplate.mask("\u{1B}[31merror\u{1B}[0m: \u{0}disk\u{7} full") == "error: disk full")
        #expect(MessageTemplate.mask("") == "")
        #expect(MessageTemplate.mask(" \n ") == "")
    }

    @Test(
        "masking a template changes nothing more", arguments: ["retry <num> of <num>", "peer <ip> left", "ids [<num>]"])
    func stable(template: String) { #expect(MessageTemplate.mask(template) == template) }

    @Test("a long message is cut at a character's border")
    func long() {
        let template = MessageTemplate.mask(String(repeating: "가나다 ", count: 5000))
        #expect(template.hasSuffix("…"))
        #expect(template.utf8.count <= MessageTemplate.maxBytes + 8)
        #expect(!template.contains("\u{FFFD}"))
    }
}

@Suite("Hostile messages are masked in linear time")
struct HostileMessageTests {
    static let shapes: [String] = [
        "a", "1", ".", "1 ", "a.", "a-1-", "'", "\"'", "{\"", "<", "/a", "0x", ":", "1:", "a@", "::1 ", "\u{1B}[", "\\",
        "가", "م", "\u{FFFD}", "a1B2", "=", "://", "1.", "Jan ", "<a:", "1,",
    ]

    @Test("repetitions of any piece end quickly", arguments: shapes)
    func repeated(piece: String) {
        let template = MessageTemplate.mask(String(repeating: piece, count: 300_000 / piece.utf8.count))
        #expect(template.utf8.count <= MessageTemplate.maxBytes + MaskScanner.slack)
    }

    @Test("ten megabytes on one line")
    func large() {
        let line = String(repeating: "value 17 of \u{202E}list; ", count: 450_000)
        let clock = ContinuousClock()
        #expect(clock.measure { _ = MessageTemplate.mask(line) } < .seconds(2))
    }

    @Test("random bytes never trap")
    func random() {
        var generator = SplitMix(state: 7)
        for _ in 0..<3000 {
            let bytes = (0..<Int.random(in: 0...80, using: &generator)).map { _ in
                Self.alphabet.randomElement(using: &generator) ?? 0
            }
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(MessageTemplate.mask(text).utf8.count <= MessageTemplate.maxBytes + MaskScanner.slack)
        }
    }

    private static let alphabet: [UInt8] = Array("ab1F0x:./-@ \"'{}<>[]=,+?#%~\\_JanT\u{1B}가".utf8) + [0, 0xFF, 0xC3]
}

/// A small seeded generator, so that a failure can be repeated.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

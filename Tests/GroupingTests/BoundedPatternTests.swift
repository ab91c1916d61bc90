import Events
import Testing

@testable import Grouping

@Suite("An operator's patterns are bounded")
struct BoundedPatternTests {
    @Test(
        "matches and groups",
        arguments: [
            (#"acme-(\d+)"#, "key acme-42 x", "acme-42", "42"), (#"(?<id>[가-힣]+)번"#, "주문 열두번", "열두번", "열두"),
            (#"(?i)TOKEN (\S+)"#, "a token b", "token b", "b"), (#"a|(b)"#, "xa", "a", nil),
        ])
    func matches(pattern: String, text: String, whole: String, group: String?) throws {
        guard case .match(let match) = try BoundedPattern(pattern).search(text) else {
            Issue.record("no match")
            return
        }
        #expect(match.text(0, in: text) == whole)
        #expect(match.text(1, in: text) == group)
        #expect(match.text(9, in: text) == nil)
    }

    @Test("case, names, emptiness, likeness")
    func properties() throws {
        let pattern = try BoundedPattern("(?<first>a)(?<last>b)?", ignoringCase: true)
        #expect(pattern.groupNames == ["first": 1, "last": 2])
        #expect(!pattern.matchesEmptyText)
        #expect(try BoundedPattern("a*").matchesEmptyText)
        #expect(try pattern == BoundedPattern("(?<first>a)(?<last>b)?", ignoringCase: true))
        #expect(try pattern != BoundedPattern("(?<first>a)(?<last>b)?"))
        #expect(pattern.search("") == .none)
        #expect(pattern.search("xA") == .match(PatternMatch(groups: [1..<2, 1..<2, nil])))
    }

    @Test(
        "what does not compile says why",
        arguments: ["", "(", "[a", "a{2,1}", #"\C"#, "(?<n>a)(?<n>b)", String(repeating: "a", count: 4097)])
    func faults(source: String) {
        #expect(throws: PatternError.self) { try BoundedPattern(source) }
    }

    @Test("parentheses nest so deep only")
    func nesting() {
        let depth = 40
        let source = String(repeating: "(", count: depth) + "a" + String(repeating: ")", count: depth)
        #expect(throws: PatternError.self) { try BoundedPattern(source) }
    }

    @Test(
        "a search that would never end gives up",
        arguments: [
            (#"(a+)+[bc]"#, "a"), (#"(?:a|aa)+[bc]"#, "a"), (#"(.*,){11}[PQ]"#, "1,"), (#"(*NO_JIT)(a+)+[bc]"#, "a"),
            (#"(\w+\s?)+[:;]"#, "ab "), (#"(*LIMIT_MATCH=4000000000)(a+)+[bc]"#, "a"),
        ])
    func catastrophes(source: String, piece: String) throws {
        let pattern = try BoundedPattern(source)
        let text = String(repeating: piece, count: BoundedPattern.maxTextBytes / piece.utf8.count)
        var answer = PatternAnswer.none
        let time = ContinuousClock().measure { answer = pattern.search(text) }
        #expect(answer == .gaveUp)
        #expect(time < .seconds(5))
        // And it answers the next text as if nothing had been.
        #expect(pattern.search("zzz") == .none)
    }

    @Test("no more than its share of a long text is looked at")
    func longText() throws {
        let text = String(repeating: "x", count: BoundedPattern.maxTextBytes) + "needle"
        #expect(try BoundedPattern("needle").search(text) == .none)
        #expect(try BoundedPattern("x").search(text) != .none)
    }

    @Test("bytes that are no UTF-8 are passed over")
    func invalidText() throws {
        let pattern = try BoundedPattern(#"b\d"#)
        let bytes: [UInt8] = [0xFF, 0x62, 0xC3, 0x62, 0x31, 0x80, 0x00]
        let answer = bytes.withUnsafeBufferPointer { pattern.search($0, from: 0) }
        #expect(answer == .match(PatternMatch(groups: [3..<5])))
        #expect(bytes.withUnsafeBufferPointer { pattern.search($0, from: 4) } == .none)
        #expect(bytes.withUnsafeBufferPointer { pattern.search($0, from: 99) } == .none)
    }

    @Test("one pattern serves many tasks at once")
    func concurrency() async throws {
        let pattern = try BoundedPattern(#"k(\d+)"#)
        await withTaskGroup(of: Bool.self) { tasks in
            for number in 0..<64 {
                tasks.addTask {
                    let text = "xx k\(number) yy"
                    guard case .match(let match) = pattern.search(text) else { return false }
                    return match.text(1, in: text) == "\(number)"
                }
            }
            for await answer in tasks { #expect(answer) }
        }
    }
}

import CScan
import Events
import Testing

@testable import Grouping

@Suite("The search for places where secrets may stand")
struct SecretSearchTests {
    private struct Hit: Hashable {
        var pattern: Int
        var end: Int
    }

    /// What every place of a text holds, one comparison after the other; letters in any case, digits for each other.
    private static func everyHit(of patterns: [String], in text: [UInt8]) -> Set<Hit> {
        func folded(_ byte: UInt8) -> UInt8 { byte.isDigit ? 0x30 : byte.lowercased }
        var hits: Set<Hit> = []
        for (number, pattern) in patterns.enumerated() {
            let wanted = pattern.utf8.map(folded)
            for end in wanted.count..<max(wanted.count, text.count + 1)
            where text[end - wanted.count..<end].map(folded) == wanted {
                hits.insert(Hit(pattern: number, end: end))
            }
        }
        return hits
    }

    private static let patterns = [
        "@", "sk", "s.", "pin", "pass", "password", "word", "key", "api_key", "0q~", "://", "암호", "비밀번호", "-----begin",
        "@acme",
        "aab", "abaaba", "ba", "sk-lf-", "\u{1B}", "1//0",
    ]

    @Test("finds what a look at every place finds, in the order of places", arguments: 0..<40)
    func automaton(seed: UInt64) {
        var generator = SplitMix(state: seed)
        let pieces =
            Self.patterns + ["a", "b", "s", "1", "22", " ", "-", "pas", "wor", "ap", "\u{0}", "é", "x", "@a", "@ac"]
        let text = (0..<60).flatMap { _ in Array((pieces.randomElement(using: &generator) ?? "").utf8) }
        var found: [Hit] = []
        text.withUnsafeBufferPointer { bytes in
            SecretAutomaton(patterns: Self.patterns.map { Array($0.utf8) }).scan(bytes) {
                found.append(Hit(pattern: $0, end: $1))
            }
        }
        #expect(Set(found) == Self.everyHit(of: Self.patterns, in: text))
        #expect(found.map(\.end) == found.map(\.end).sorted())
        #expect(found.count == Set(found).count)
    }

    @Test("numbers by their shape, across blocks of 64 bytes too", arguments: 0..<40)
    func shapes(seed: UInt64) {
        let shapes = [
            "000000", "000-000", "00-000", "0000-0000-", "0000 0000 ", "0000 000000 ", "000 0000 ", "000.0000.",
            "0000|",
        ]
        var generator = SplitMix(state: seed)
        let pieces = [
            "0", "12", "345", "6789", "-", " ", ".", "|", "a", "123456789", "4111 1111 ", "02-", "010-1234-", "é",
        ]
        let text = (0..<120).flatMap { _ in Array((pieces.randomElement(using: &generator) ?? "").utf8) }
        var expected = Self.everyHit(of: shapes, in: text)
        // Of a run of digits only its beginning counts.
        expected = expected.filter { $0.pattern > 0 || $0.end == 6 || !text[$0.end - 7].isDigit }
        var (state, bits, found): (scan_shapes, UInt32, Set<Hit>) = (scan_shapes(), 0, [])
        text.withUnsafeBufferPointer { bytes in
            while case let end = scan_shapes_next(&state, bytes.baseAddress, bytes.count, &bits), end > 0 {
                for shape in shapes.indices where bits >> UInt32(shape) & 1 != 0 {
                    found.insert(Hit(pattern: shape, end: end))
                }
            }
        }
        #expect(found == expected)
    }

    @Test("word bytes are told apart as everywhere else")
    func words() {
        for byte in UInt8.min...UInt8.max {
            for length in [1, 3, 15, 16, 17, 40] {
                let text = Array(repeating: UInt8(ascii: "a"), count: length - 1) + [byte, 0x20]
                let run = text.withUnsafeBufferPointer { scan_word($0.baseAddress, 0, $0.count) }
                #expect(run.end == (byte.isWord ? length : length - 1))
                #expect(run.digits == (byte.isDigit ? 1 : 0))
            }
        }
    }

    @Test("a table by hashes keeps what it was told")
    func table() {
        var (table, expected, generator) = (FoldedTable(), [UInt64: UInt32](), SplitMix(state: 5))
        for value in 0..<UInt32(20_000) {
            // 0 marks a free slot, and is told as 1.
            let hash = (generator.next() >> (value % 3 == 0 ? 52 : 0)) | 2
            table.set(hash, to: value)
            expected[hash] = value
        }
        #expect(expected.allSatisfy { table[$0.key] == $0.value })
        #expect(table.count == expected.count)
        #expect(table[0xDEAD_BEEF_0000_0001] == nil)
        table.removeAll()
        #expect(expected.keys.allSatisfy { table[$0] == nil })
    }

    @Test("each placeholder has the name of its mask")
    func masks() {
        for mask in Mask.allCases {
            let text = UnsafeBufferPointer(start: mask.text.start, count: mask.text.count)
            #expect(String(decoding: text, as: UTF8.self) == "<\(mask)>")
        }
    }
}

@Suite("A text of any length")
struct StreamRedactorTests {
    private static func streamed(_ text: [UInt8], pieces: Int, window: Int) throws -> [UInt8] {
        var redactor = try StreamRedactor(settings: .init(), key: redactionKey, windowBytes: window)
        var (output, start): ([UInt8], Int) = ([], 0)
        while start < text.count {
            let end = min(text.count, start + pieces)
            text[start..<end].withUnsafeBufferPointer { redactor.add($0) { output += $0 } }
            start = end
        }
        redactor.finish { output += $0 }
        return output
    }

    /// Secrets that span lines, or are named in the line before, between ordinary lines.
    private static let text: String = {
        var generator = SplitMix(state: 17)
        func random(_ count: Int) -> String {
            let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
            return String((0..<count).map { _ in alphabet.randomElement(using: &generator) ?? "A" })
        }
        let key = (0..<20).map { _ in random(64) }.joined(separator: "\n")
        let pieces = [
            "2026-11-21 10:00:00 INFO order 17 stored in 12 ms\n", "user kim@example.com signed in\n",
            "-----BEGIN PRIVATE KEY-----\n\(key)\n-----END PRIVATE KEY-----\n", "client_secret:\n\(random(40))\n",
            "token gh" + "p_\(random(20).filter(\.isLetter))\n\(random(16).filter(\.isLetter))\n",
            "password=\n\(random(12))\n",
            "kind: Secret\ndata:\n  user: \(random(12))\n  password: \(random(16))\n",
        ]
        return (0..<400).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
    }()

    @Test("redacted in pieces is what it is as a whole", arguments: [(977, 8192), (4096, 20_000), (100_000, 50_000)])
    func pieces(size: Int, window: Int) throws {
        let whole = try redact(Self.text).text
        #expect(
            String(decoding: try Self.streamed(Array(Self.text.utf8), pieces: size, window: window), as: UTF8.self)
                == whole)
    }

    @Test("a line without end is cut, other bytes stay as they are")
    func endless() throws {
        let line =
            Array(repeating: UInt8(ascii: "x"), count: 200_000) + Array(" password=hunter22\n\u{FEFF}".utf8) + [
                0xFF, 0xC0, 0x0A,
            ]
        let output = try Self.streamed(line, pieces: 3000, window: 8192)
        #expect(String(decoding: output, as: UTF8.self).contains(" password=<password:"))
        #expect(output.suffix(3) == [0xFF, 0xC0, 0x0A])
        #expect(try Self.streamed([], pieces: 1, window: 8192).isEmpty)
    }
}

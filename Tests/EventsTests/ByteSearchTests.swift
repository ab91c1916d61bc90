import ApplianceTestSupport
import Events
import Testing

@Suite("Searching texts by their bytes")
struct ByteSearchTests {
    @Test("what is found is what a look at every place finds")
    func everywhere() {
        var random = SeededGenerator(seed: 0xB17E)
        let letters = Array("aab.é한")
        func word(_ length: ClosedRange<Int>) -> String {
            String(
                (0..<Int.random(in: length, using: &random)).map { _ in letters.randomElement(using: &random) ?? "a" })
        }
        for _ in 0..<20_000 {
            let (text, wanted) = (word(0...12), word(0...4))
            let (bytes, needle) = (Array(text.utf8), Array(wanted.utf8))
            let places = bytes.count >= needle.count ? Array(0...bytes.count - needle.count) : []
            let expected = places.contains { Array(bytes[$0..<$0 + needle.count]) == needle }
            #expect(text.contains(bytesOf: wanted) == expected, "\(wanted) in \(text)")
            #expect(text.dropFirst(0).contains(bytesOf: wanted) == expected)
            #expect(bytes.contains(run: needle) == expected)
            #expect(text.starts(bytesOf: wanted) == (bytes.prefix(needle.count) == needle[...]))
        }
    }
}

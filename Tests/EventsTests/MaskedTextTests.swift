import Testing

@testable import Events

@Suite("Placeholders of masked values")
struct MaskedTextTests {
    @Test(
        "lose the digits that tell two values apart",
        arguments: [
            ("mail to <email:3fa2c1> bounced", "mail to <email> bounced"),
            ("<email:3fa2c1><github-token:000000>", "<email><github-token>"),
            (#"escaped \<email:3fa2c1\> here"#, #"escaped \<email\> here"#), ("cut <email:3fa…", "cut <email…"),
            ("key:abcdef> x", "key:abcdef> x"), ("<email:3fa2cg>", "<email:3fa2cg>"), ("<A:3fa2c1>", "<A:3fa2c1>"),
            ("<:3fa2c1>", "<:3fa2c1>"), ("12:30:45 <x", "12:30:45 <x"), ("", ""), ("가<email:3fa2c1>나", "가<email>나"),
        ])
    func withoutHashes(text: String, expected: String) { #expect(MaskedText.withoutHashes(text) == expected) }

    @Test(
        "get digits, so that the rules leave them, and lose them again",
        arguments: [
            ("password=<password> of <email>", "password=<password:000000> of <email:000000>"),
            (#"\<email\>"#, #"\<email:000000\>"#), ("<email:3fa2c1>", "<email:3fa2c1>"), ("<A>", "<A>"), ("<>", "<>"),
            ("a < b > c", "a < b > c"), ("<a b>", "<a b>"), ("<", "<"), ("<x", "<x"), ("<x\\", "<x\\"), ("", ""),
            ("가<email>나", "가<email:000000>나"),
        ])
    func withDigits(text: String, expected: String) {
        #expect(MaskedText.withDigits(text) == expected)
        #expect(MaskedText.withoutHashes(expected) == MaskedText.withoutHashes(text))
    }

    @Test("lines of one text are masked together, and their number stays")
    func lines() {
        let clean: (String) -> String = {
            $0.replacing("a\nb", with: "<key:3fa2c1>").replacing("secret", with: "<x:0f0f0f>")
        }
        #expect(ErrorEvent.redactedLines(["secret", "c"], clean) == ["<x:0f0f0f>", "c"])
        #expect(ErrorEvent.redactedLines(["0", "a", "b", "c"], clean) == ["0", "<masked>", "<masked>", "c"])
        #expect(ErrorEvent.redactedLines([], clean).isEmpty)
        #expect(ErrorEvent.redactedLines(["secret"], clean) == ["<x:0f0f0f>"])
    }
}

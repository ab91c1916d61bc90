/// The words that names are made of: `HTTPAuthFilter_v2` → http, auth, filter, v2.
enum IdentifierWords {
    /// Letters beyond these are not looked at: no name is so long.
    static let maxCharacters = 512

    /// Lower case; the parts, and the parts joined (`sign_in` → sign, in, signin).
    static func of(_ text: some StringProtocol) -> [String] {
        var words: [String] = []
        var word = ""
        var previous: Character = " "
        let characters = Array(text.prefix(maxCharacters))
        for (index, character) in characters.enumerated() {
            let next = index + 1 < characters.count ? characters[index + 1] : " "
            let startsWord =
                character.isUppercase
                && (previous.isLowercase || previous.isNumber || (previous.isUppercase && next.isLowercase))
            if !(character.isLetter || character.isNumber) || startsWord {
                if !word.isEmpty { words.append(word) }
                word = ""
            }
            if character.isLetter || character.isNumber { word.append(contentsOf: character.lowercased()) }
            previous = character
        }
        if !word.isEmpty { words.append(word) }
        return words + zip(words, words.dropFirst()).map { $0 + $1 }
    }
}

/// `*` for any text, slashes too, and `?` for one character. Letter case does not count.
enum Glob {
    static func matches(_ text: String, _ pattern: String) -> Bool {
        let (text, pattern) = (Array(text.lowercased().utf8), Array(pattern.lowercased().utf8))
        var (t, p, star, mark) = (0, 0, -1, 0)
        while t < text.count {
            if p < pattern.count, pattern[p] == 0x2A {
                (star, mark) = (p, t)
                p += 1
            } else if p < pattern.count, pattern[p] == text[t] || pattern[p] == 0x3F {
                (t, p) = (t + 1, p + 1)
            } else if star >= 0 {
                mark += 1
                (t, p) = (mark, star + 1)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == 0x2A }
    }
}

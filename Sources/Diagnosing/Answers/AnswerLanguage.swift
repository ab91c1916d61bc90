/// The language that answers are wanted in, as far as code can tell it.
struct AnswerLanguage: Sendable, Hashable {
    /// In English, as prompts name it.
    let name: String

    init(_ name: String) { self.name = name }

    /// Languages of other scripts have at least some letters of their own; others cannot be told apart.
    func isPlausible(_ text: String) -> Bool {
        guard let scripts = Self.scripts[name.lowercased()] else { return true }
        let letters = text.unicodeScalars.filter(\.properties.isAlphabetic)
        let own = letters.count { letter in scripts.contains { $0.contains(letter.value) } }
        return Double(own) >= Double(letters.count) * Self.leastShare
    }

    /// Names of classes and files stay in Latin letters.
    private static let leastShare = 0.2
    private static let scripts: [String: [ClosedRange<UInt32>]] = [
        "korean": [0xAC00...0xD7A3, 0x1100...0x11FF], "japanese": [0x3040...0x30FF, 0x4E00...0x9FFF],
        "chinese": [0x4E00...0x9FFF], "russian": [0x0400...0x04FF], "greek": [0x0370...0x03FF],
        "arabic": [0x0600...0x06FF], "hebrew": [0x0590...0x05FF], "thai": [0x0E00...0x0E7F],
    ]
}

/// What a constant word of a message looks like; decides whether it may turn out to vary.
struct WordLook: OptionSet, Hashable {
    let rawValue: UInt8

    /// Capitals, digits, `_` or a dot inside: more a name than a word.
    static let identifier = WordLook(rawValue: 1)
    /// An identifier, or a word with a hyphen or with capitals inside.
    static let name = WordLook(rawValue: 2)
    /// `Started`, `stopping`: says what was done (English).
    static let action = WordLook(rawValue: 4)
    /// A method of HTTP.
    static let method = WordLook(rawValue: 8)

    init(rawValue: UInt8) { self.rawValue = rawValue }

    init(_ word: [UInt8]) {
        var look: WordLook = []
        if word.contains(where: { $0.isDigit || $0 == 0x5F || $0 == 0x2E }) || Self.isCapitals(word) {
            look.formUnion([.identifier, .name])
        }
        if word.contains(0x2D) || word.dropFirst().contains(where: \.isUpper) { look.insert(.name) }
        if word.count >= 5, word.dropFirst().allSatisfy(\.isLower), word.ends(with: "ed") || word.ends(with: "ing") {
            look.insert(.action)
        }
        word.withUnsafeBufferPointer { if HTTPMethod.isMethod($0, 0..<$0.count) { look.insert(.method) } }
        self = look
    }

    private static func isCapitals(_ word: [UInt8]) -> Bool { word.count >= 2 && word.allSatisfy(\.isUpper) }
}

extension [UInt8] {
    fileprivate func ends(with suffix: StaticString) -> Bool {
        count >= suffix.utf8CodeUnitCount
            && self.suffix(suffix.utf8CodeUnitCount).elementsEqual(
                UnsafeBufferPointer(start: suffix.utf8Start, count: suffix.utf8CodeUnitCount))
    }
}

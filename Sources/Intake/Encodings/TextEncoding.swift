/// Encodings that contain ASCII and are recognised without being told.
///
/// Bytes that are no UTF-8 are judged by what they would say: each encoding's score is the mean plausibility of its
/// characters, from 0 to 1, where valid but rare characters count little. The highest wins; what no encoding makes
/// plausible is not guessed at.
enum TextEncoding: String, CaseIterable {
    case cp949 = "CP949"
    case shiftJIS = "CP932"
    case gb18030 = "GB18030"
    case latin1 = "CP1252"

    /// What must be reached to be believed.
    private static let threshold = 0.3
    /// What the head of a file says counts this much for a line of it.
    private static let priorWeight = 0.5
    /// A line's beginning is judged.
    static let sample = 4096

    /// The likeliest encoding of bytes that are no valid UTF-8.
    ///
    /// - Parameter prior: what the rest of the file seems to be in.
    static func guess(_ bytes: UnsafeRawBufferPointer, prior: TextEncoding? = nil) -> TextEncoding? {
        let part = UnsafeRawBufferPointer(rebasing: bytes.prefix(sample))
        var best: (encoding: TextEncoding, score: Double)?
        for encoding in allCases {
            guard var score = encoding.score(part) else { continue }
            if encoding == prior { score += priorWeight }
            if score > best?.score ?? threshold { best = (encoding, score) }
        }
        return best?.encoding
    }

    /// The mean plausibility of the characters beyond ASCII; nil where the bytes are not of this encoding.
    func score(_ bytes: UnsafeRawBufferPointer) -> Double? {
        var (index, count, sum) = (0, 0, 0.0)
        while index < bytes.count {
            guard bytes[index] >= 0x80 else {
                index += 1
                continue
            }
            guard let (length, weight) = character(bytes, index) else {
                // Cut by the sample's end.
                if index + 4 > bytes.count, bytes.count == Self.sample { break }
                return nil
            }
            (index, count, sum) = (index + length, count + 1, sum + weight)
        }
        return count == 0 ? nil : sum / Double(count)
    }

    private func character(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> (length: Int, weight: Double)? {
        let lead = bytes[index]
        let trail = index + 1 < bytes.count ? bytes[index + 1] : nil
        switch self {
        case .cp949: return trail.flatMap { Self.korean(lead, $0) }
        case .shiftJIS: return Self.japanese(lead, trail)
        case .gb18030: return Self.chinese(bytes, index, lead, trail)
        case .latin1: return Self.latin(bytes, index)
        }
    }

    /// KS X 1001 has its Hangul in rows B0 to C8; the extension's syllables are rare, Hanja rarer.
    private static func korean(_ lead: UInt8, _ trail: UInt8) -> (Int, Double)? {
        guard (0x81...0xFE).contains(lead), trail.isLetter || (0x81...0xFE).contains(trail) else { return nil }
        if commonKorean.contains(UInt16(lead) << 8 | UInt16(trail)) { return (2, 1) }
        guard trail >= 0xA1 else { return lead <= 0xC6 ? (2, 0.1) : nil }
        switch lead {
        case 0xB0...0xC8: return (2, 0.55)
        case 0xA1...0xAC: return (2, 0.4)
        case 0xCA...0xFD: return (2, 0.1)
        default: return (2, 0.02)
        }
    }

    /// JIS X 0208 in Shift_JIS: kana, and kanji of the first level in rows 88 to 97.
    private static func japanese(_ lead: UInt8, _ trail: UInt8?) -> (Int, Double)? {
        if (0xA1...0xDF).contains(lead) { return (1, 0.15) }
        guard let trail, (0x81...0x9F).contains(lead) || (0xE0...0xFC).contains(lead),
            (0x40...0x7E).contains(trail) || (0x80...0xFC).contains(trail)
        else { return nil }
        if lead == 0x82, (0x9F...0xF1).contains(trail) { return (2, 1) }
        if lead == 0x83, (0x40...0x96).contains(trail) { return (2, 1) }
        if commonJapanese.contains(UInt16(lead) << 8 | UInt16(trail)) { return (2, 0.95) }
        switch lead {
        case 0x81: return (2, 0.6)
        case 0x82: return (2, 0.4)
        case 0x88...0x97: return (2, 0.45)
        case 0x98...0x9F, 0xE0...0xEA: return (2, 0.1)
        default: return (2, 0.02)
        }
    }

    /// GB 2312 has its common characters in rows B0 to D7; GBK and the four-byte forms add rare ones.
    private static func chinese(
        _ bytes: UnsafeRawBufferPointer, _ index: Int, _ lead: UInt8, _ trail: UInt8?
    ) -> (Int, Double)? {
        guard let trail, (0x81...0xFE).contains(lead) else { return nil }
        if trail.isDigit {
            guard index + 3 < bytes.count, (0x81...0xFE).contains(bytes[index + 2]), bytes[index + 3].isDigit else {
                return nil
            }
            return (4, 0.05)
        }
        guard (0x40...0x7E).contains(trail) || (0x80...0xFE).contains(trail) else { return nil }
        if commonChinese.contains(UInt16(lead) << 8 | UInt16(trail)) { return (2, 1) }
        guard trail >= 0xA1 else { return (2, 0.05) }
        switch lead {
        case 0xB0...0xD7: return (2, 0.5)
        case 0xA1...0xA9: return (2, 0.4)
        case 0xD8...0xF7: return (2, 0.15)
        default: return (2, 0.02)
        }
    }

    /// Accented letters stand alone among ASCII letters.
    private static func latin(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> (Int, Double)? {
        let byte = bytes[index]
        // Undefined in Windows-1252.
        if [0x81, 0x8D, 0x8F, 0x90, 0x9D].contains(byte) { return nil }
        let before = index > 0 ? bytes[index - 1] : 0x20
        let after = index + 1 < bytes.count ? bytes[index + 1] : 0x20
        // By itself it says nothing.
        if bytes.count == 1 { return (1, 0) }
        let isAlone = before < 0x80 && after < 0x80
        let isLetter = byte >= 0xC0 && byte != 0xD7 && byte != 0xF7
        guard isAlone else { return (1, isLetter ? 0.05 : 0) }
        guard isLetter else { return (1, 0.4) }
        return (1, before.isLetter || after.isLetter ? 0.8 : 0.45)
    }

    private static let commonKorean = CommonCharacters.pairs(of: CommonCharacters.korean, in: "CP949")
    private static let commonJapanese = CommonCharacters.pairs(of: CommonCharacters.japanese, in: "CP932")
    private static let commonChinese = CommonCharacters.pairs(of: CommonCharacters.chinese, in: "GB18030")
}

import Delivery
import Events

/// Turns what a diagnosis cites into links to it: `[C1]`, `[S1, H2]`, `invoice.py:88`, `line 88`.
///
/// Works on escaped HTML. What it looks for is digits and letters of its own, so a link can hold nothing foreign.
struct CitationLinks {
    private struct Place {
        var anchor: String
        /// The file's last component, escaped.
        var name: [UInt8]
        var lines: ClosedRange<Int>
    }

    private let ids: Set<String>
    private let places: [Place]

    /// Links of one text.
    static let most = 50

    init(_ group: ReportGroup, similar: Int) {
        var ids: Set<String> = []
        for (letter, count) in [
            ("C", group.code.excerpts.count), ("S", group.code.suspects.count), ("H", similar),
        ] {
            for number in 0..<count { ids.insert("\(letter)\(number + 1)") }
        }
        self.ids = ids
        places = group.code.excerpts.enumerated().compactMap { index, excerpt in
            guard !excerpt.lines.isEmpty, excerpt.firstLine >= 0, let name = excerpt.file.split(separator: "/").last
            else {
                return nil
            }
            return Place(
                anchor: "c\(index + 1)", name: Array(HTMLText.escaped(Shown.line(String(name))).utf8),
                lines: excerpt.firstLine...excerpt.lastLine)
        }
    }

    /// Where an id leads; nil where nothing of that id is shown.
    func target(_ id: String) -> String? {
        if ids.contains(id) { return "#\(id.lowercased())" }
        if id.hasPrefix("F") { return "#seen" }
        return id.hasPrefix("E") ? "#samples" : nil
    }

    func link(_ html: String) -> String {
        let bytes = Array(html.utf8)
        var (result, index, links, isTag) = ([UInt8](), 0, 0, false)
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "<") { isTag = true }
            if byte == UInt8(ascii: ">") { isTag = false }
            if !isTag, links < Self.most, let found = match(bytes, at: index) {
                result += found.html.utf8
                index = found.end
                links += 1
                continue
            }
            result.append(byte)
            index += 1
        }
        return String(decoding: result, as: UTF8.self)
    }

    private func match(_ bytes: [UInt8], at index: Int) -> (html: String, end: Int)? {
        switch bytes[index] {
        case UInt8(ascii: "C"), UInt8(ascii: "S"), UInt8(ascii: "H"), UInt8(ascii: "E"), UInt8(ascii: "F"):
            return id(bytes, at: index)
        case UInt8(ascii: "l"): return line(bytes, at: index)
        default: return place(bytes, at: index)
        }
    }

    /// An id within square brackets.
    private func id(_ bytes: [UInt8], at index: Int) -> (html: String, end: Int)? {
        guard index > 0, [UInt8(ascii: "["), UInt8(ascii: ","), UInt8(ascii: " ")].contains(bytes[index - 1]),
            let (number, end) = Self.number(bytes, at: index + 1), end < bytes.count,
            [UInt8(ascii: "]"), UInt8(ascii: ","), UInt8(ascii: ":")].contains(bytes[end]),
            bytes[max(0, index - 12)..<index].contains(UInt8(ascii: "["))
        else { return place(bytes, at: index) }
        let id = "\(Character(Unicode.Scalar(bytes[index])))\(number)"
        return target(id).map { ("<a href=\"\($0)\">\(id)</a>", end) }
    }

    /// `line 88`, where exactly one excerpt has it.
    private func line(_ bytes: [UInt8], at index: Int) -> (html: String, end: Int)? {
        let word = Array("line ".utf8)
        guard bytes[index...].starts(with: word), index == 0 || !Self.isWord(bytes[index - 1]),
            let (number, end) = Self.number(bytes, at: index + word.count)
        else { return place(bytes, at: index) }
        let holding = places.filter { $0.lines.contains(number) }
        guard holding.count == 1, let place = holding.first else { return nil }
        return ("<a href=\"#\(place.anchor)-l\(number)\">line \(number)</a>", end)
    }

    private func place(_ bytes: [UInt8], at index: Int) -> (html: String, end: Int)? {
        guard index == 0 || !Self.isWord(bytes[index - 1]) else { return nil }
        for place in places where bytes[index...].starts(with: place.name) {
            let colon = index + place.name.count
            guard colon < bytes.count, bytes[colon] == UInt8(ascii: ":"),
                let (number, end) = Self.number(bytes, at: colon + 1), place.lines.contains(number)
            else { continue }
            let name = String(decoding: place.name, as: UTF8.self)
            return ("<a href=\"#\(place.anchor)-l\(number)\">\(name):\(number)</a>", end)
        }
        return nil
    }

    private static func number(_ bytes: [UInt8], at start: Int) -> (Int, end: Int)? {
        var (end, value) = (start, 0)
        while end < bytes.count, end - start < 7, bytes[end] &- 0x30 < 10 {
            value = value * 10 + Int(bytes[end] - 0x30)
            end += 1
        }
        return end > start ? (value, end) : nil
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || byte == 0x5F || byte >= 0x80
    }
}

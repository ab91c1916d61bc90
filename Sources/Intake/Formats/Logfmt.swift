/// `key=value key="quoted value"` lines, as Go services write them.
enum Logfmt {
    /// - Parameter isExpected: the source's settings say that its lines are pairs.
    /// - Returns: nil unless the line is made of pairs, and names a level or a message or is expected to be of pairs.
    static func parse(_ line: Substring, isExpected: Bool = false) -> LogFields? {
        let isRouter = line.starts("at=") && line.contains(" dyno=")
        guard isExpected || isRouter || line.contains("level=") || line.contains("lvl=") || line.contains("msg=") else {
            return nil
        }
        var fields = LogFields()
        var rest = line.trimmed
        while !rest.isEmpty {
            guard let equals = rest.utf8.firstIndex(of: 0x3D), equals > rest.startIndex else { return nil }
            let key = rest[..<equals]
            guard key.utf8.count <= 128,
                key.utf8.allSatisfy({ $0.isIdentifier || $0 == 0x2E || $0 == 0x2D || $0 == 0x40 })
            else { return nil }
            rest = rest[rest.utf8.index(after: equals)...]
            let value: Substring
            if rest.utf8.first == 0x22 {
                (value, rest) = quoted(rest)
            } else {
                let end = rest.utf8.firstIndex(of: 0x20) ?? rest.endIndex
                (value, rest) = (rest[..<end], rest[end...])
            }
            var text = String(value)
            text = value.utf8.contains(0x5C) ? text.withUTF8 { unescapeJSON(UnsafeRawBufferPointer($0)) } : text
            let name = isRouter ? routerNames[key] ?? String(key) : String(key)
            fields.add(name, .init(written: text))
            rest = rest.trimmed
        }
        return fields.isEmpty ? nil : fields
    }

    /// Heroku's router calls the time that the program took its service, and what went wrong its description.
    private static let routerNames: [Substring: String] = ["at": "level", "desc": "message", "service": "duration"]

    private static func quoted(_ text: Substring) -> (value: Substring, rest: Substring) {
        let start = text.utf8.index(after: text.startIndex)
        var end = start
        while end < text.endIndex, text.utf8[end] != 0x22 {
            if text.utf8[end] == 0x5C { end = text.utf8.index(after: end) }
            if end < text.endIndex { end = text.utf8.index(after: end) }
        }
        let rest = end < text.endIndex ? text[text.utf8.index(after: end)...] : ""
        return (text[start..<min(end, text.endIndex)], rest)
    }
}

import Events

/// A line behind a time that a container engine put before it: `docker logs -t`, `kubectl logs --timestamps`.
///
/// Both write nine digits of a second, trailing zeros too (Go's `2006-01-02T15:04:05.000000000Z07:00`), so that hardly
/// a program's own time looks the same; where one does, what follows it is read as it would have been.
enum StampedLine {
    /// Bytes of `2026-11-21T03:04:05.123456789`.
    private static let length = 29

    /// A quick look: the time's form.
    static func mayBegin(_ line: UnsafeRawBufferPointer) -> Bool {
        guard line.count > length + 1, line[19] == 0x2E, line[10] == 0x54, line[28].isDigit else { return false }
        return line[length] == 0x5A || line[length] == 0x2B || line[length] == 0x2D
    }

    static func parse(_ line: Substring, _ times: LogTime) -> CarriedLine? {
        guard let (time, rest) = stamp(line, times) else { return nil }
        // A program's own header, whose level stands where only a time before it makes a header of it.
        let isText = rest.utf8.first.map { !$0.isBlank && $0 != 0x7B } ?? false
        if isText, TextHeader.parse(rest, times: times)?.level == nil,
            TextHeader.parse(line, times: times)?.level != nil
        {
            return nil
        }
        var carried = CarriedLine(text: String(rest))
        (carried.facts.time, carried.facts.hasExactTime) = (time, true)
        return carried
    }

    /// - Returns: nil where no such time stands before the text.
    static func stamp(_ line: Substring, _ times: LogTime) -> (time: Timestamp, rest: Substring)? {
        let head = Array(line.utf8.prefix(length + 7))
        guard head.withUnsafeBytes(mayBegin), head[20..<length].allSatisfy(\.isDigit) else { return nil }
        let zone = head[length] == 0x5A ? 1 : 6
        guard head.count > length + zone, head[length + zone] == 0x20 else { return nil }
        let end = line.utf8.index(line.startIndex, offsetBy: length + zone)
        guard let time = times.field(.text(String(line[..<end]))) else { return nil }
        return (time, line[end...].dropFirst())
    }
}

/// A line as `docker compose logs` and `docker compose up` print it: `orders-1  | text`, the text perhaps behind a time;
/// and `docker service logs`, whose names tell task and node: `web.1.k2h3j4@node-2  | text`.
enum ComposeLine {
    /// Bytes of a container's name that are believed.
    private static let nameLength = 128

    static func parse(_ line: Substring, _ times: LogTime) -> CarriedLine? {
        guard let split = line.split(at: " |"), split.before.utf8.count < 2 * nameLength else { return nil }
        let name = split.before.trimmed
        // The names are filled up to the longest one, and two blanks stand behind that.
        guard split.before.utf8.last == 0x20, isName(name), name.startIndex == line.startIndex,
            split.after.isEmpty || split.after.utf8.first == 0x20
        else { return nil }
        var text = split.after.dropFirst()
        var facts = LineFacts()
        if let (time, rest) = StampedLine.stamp(text, times) {
            (facts.time, facts.hasExactTime, text) = (time, true, rest)
        }
        facts.tag("container", String(name))
        if let node = name.split(at: "@") {
            (facts.service, facts.host) = (String(node.before.prefix { $0 != "." }), String(node.after))
        } else {
            facts.service = service(name)
        }
        var hasher = Hasher()
        hasher.combine(name)
        return CarriedLine(text: String(text), facts: facts, stream: hasher.finalize())
    }

    /// What Docker allows in a container's name, and no level: `ERROR  | text` is a program's own line.
    private static func isName(_ name: Substring) -> Bool {
        guard let first = name.utf8.first, first.isLetter || first.isDigit, (2...nameLength).contains(name.utf8.count)
        else { return false }
        return name.utf8.allSatisfy {
            $0.isLetter || $0.isDigit || $0 == 0x5F || $0 == 0x2E || $0 == 0x2D || $0 == 0x40
        }
            && LogLevel(word: name) == nil
    }

    /// Without the number of the copy, before which Compose 1 wrote `_`.
    private static func service(_ name: Substring) -> String {
        for mark in [UInt8(0x2D), 0x5F] {
            if let copy = name.split(atLast: mark), !copy.before.isEmpty, positiveNumber(copy.after) != nil {
                return String(copy.before)
            }
        }
        return String(name)
    }
}

/// A line of `kubectl logs --prefix`: `[pod/web-7d9f/web] text`, the text perhaps behind a time.
enum PodLine {
    static let mark: StaticString = "[pod/"

    static func parse(_ line: Substring, _ times: LogTime) -> CarriedLine? {
        guard let rest = line.after(mark), let close = rest.split(at: "] "), close.before.utf8.count < 512 else {
            return nil
        }
        let names = close.before.split(separator: "/")
        guard names.count == 2, names.allSatisfy({ $0.utf8.allSatisfy { $0.isIdentifier || $0 == 0x2D || $0 == 0x2E } })
        else { return nil }
        var (text, facts) = (close.after, LineFacts())
        if let (time, rest) = StampedLine.stamp(text, times) {
            (facts.time, facts.hasExactTime, text) = (time, true, rest)
        }
        facts.tag("k8s.pod", String(names[0]))
        facts.service = clip(String(names[1]), to: LineFacts.valueLength)
        var hasher = Hasher()
        hasher.combine(close.before)
        return CarriedLine(text: String(text), facts: facts, stream: hasher.finalize())
    }
}

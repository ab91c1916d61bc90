import Events

/// What stands before the message in a line of plain text: log4j, logback, Python, syslog, nginx, PostgreSQL and kin.
struct TextHeader {
    var time: Timestamp?
    var level: LogLevel?
    var logger: String?
    var host: String?
    var program: String?
    /// The logging context between the header's words: host, release, trace id and the like.
    var context = LogFields()
    var message: Substring = ""
    /// A detail of the record before it (PostgreSQL's `DETAIL:`, `STATEMENT:` …).
    var isDetail = false

    /// - Returns: nil when the line begins with neither a time nor a level.
    static func parse(_ line: Substring, times: LogTime) -> TextHeader? {
        guard let first = line.utf8.first, !first.isBlank else { return nil }
        var header = TextHeader()
        var rest = line
        if first == 0x3C, let priority = line.split(at: ">"), let number = Int(priority.before.dropFirst()) {
            guard (0...1023).contains(number) else { return nil }
            header.level = syslogLevel(number & 7)
            rest = priority.after.after("1 ") ?? priority.after
        }
        if let klog = klog(rest, times) { return klog }
        if first == 0x5B, let inner = rest.after("[") { rest = inner }
        if let (time, end) = times.prefix(of: rest) {
            header.time = time
            rest = rest[end...]
            header.readAfterTime(rest, isSyslog: !first.isDigit && first != 0x5B)
            return header
        }
        return header.level != nil || header.readLeadingLevel(line) ? header : nil
    }

    /// The severity of RFC 5424: 0 to 2 end programs, 3 is an error.
    static func syslogLevel(_ severity: Int) -> LogLevel {
        switch severity {
        case ...2: .fatal
        case 3: .error
        case 4: .warning
        case 5, 6: .info
        default: .debug
        }
    }

    /// `E0517 15:04:22.619632 1952 main.cc:253] message`, of glog and Kubernetes.
    private static func klog(_ line: Substring, _ times: LogTime) -> TextHeader? {
        let bytes = Array(line.utf8.prefix(6))
        let levels: [UInt8: LogLevel] = [0x49: .info, 0x57: .warning, 0x45: .error, 0x46: .fatal]
        guard bytes.count == 6, let level = levels[bytes[0]], bytes[1...4].allSatisfy(\.isDigit), bytes[5] == 0x20,
            let bracket = line.split(at: "] "), let place = bracket.before.split(atLast: 0x20)
        else { return nil }
        let month = Int(bytes[1] - 0x30) * 10 + Int(bytes[2] - 0x30)
        let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard (1...12).contains(month) else { return nil }
        let clock = line.utf8.dropFirst(6).prefix { $0 != 0x20 }
        let day = String(decoding: bytes[3...4], as: UTF8.self)
        let text = "\(names[month - 1]) \(day) \(String(clock) ?? "")"
        return TextHeader(
            time: times.prefix(of: text[...])?.time, level: level, logger: String(place.after), message: bracket.after)
    }

    /// `ERROR:root:message`, `[ERROR] message`, `ERROR message`, `error: message`.
    private mutating func readLeadingLevel(_ line: Substring) -> Bool {
        let bare = line.utf8.first == 0x5B ? line.dropFirst() : line
        let word = bare.prefix { $0.isASCII && $0.isLetter }
        let rest = bare[word.endIndex...]
        guard (3...9).contains(word.utf8.count), let level = LogLevel(word: word),
            let next = rest.utf8.first, next == 0x3A || next == 0x5D || next == 0x20
        else { return false }
        let isUpper = word.utf8.allSatisfy { $0 < 0x5B }
        guard isUpper || next == 0x5D || next == 0x3A && level >= .error else { return false }
        // `Exception: …` and `panic: …` are traces, `LOG` and `CONFIG` ordinary words.
        if ["exception", "panic", "log", "config", "fine"].contains(word.lowercased()) { return false }
        self.level = level
        readMessage(rest.dropFirst())
        return true
    }

    private mutating func readAfterTime(_ text: Substring, isSyslog: Bool) {
        var rest = text
        var (words, before): (Int, [Substring]) = (0, [])
        // The level stands among the first words; without one, the line is syslog's or a bare message.
        while words < 8 {
            rest = Self.skipSeparators(rest)
            if let after = takeContext(rest) {
                (rest, words) = (after, words + 1)
                continue
            }
            let word = rest.prefix { $0 != " " && $0 != "\t" && $0 != "|" }
            if word.isEmpty { break }
            if let level = Self.level(of: word), !(isSyslog && words > 2 && self.level == nil && word.utf8.last != 0x3A)
            {
                self.level = level.level
                let isSender = readSender(before, isSyslog: isSyslog)
                readMessage(rest[level.end...], before: isSender ? [] : before)
                return
            }
            if ["DETAIL:", "HINT:", "CONTEXT:", "STATEMENT:", "QUERY:", "LOCATION:"].contains(word) {
                isDetail = true
                message = text.trimmed
                return
            }
            before.append(word)
            rest = rest[word.endIndex...]
            words += 1
        }
        readSyslog(text.trimmed)
    }

    /// `host program[pid]:`, of syslog, before the level.
    private mutating func readSender(_ words: [Substring], isSyslog: Bool) -> Bool {
        guard words.count == 2, words[1].utf8.last == 0x3A, isSyslog || words[1].ends("]:") else { return false }
        let name = words[1].dropLast()
        (host, program) = (String(words[0]), String(name.split(at: "[")?.before ?? name))
        return true
    }

    /// `host program[pid]: message`.
    private mutating func readSyslog(_ text: Substring) {
        message = text
        let words = text.split(separator: " ", maxSplits: 2)
        guard words.count == 3, words[1].utf8.last == 0x3A else { return }
        host = String(words[0])
        let name = words[1].dropLast()
        program = String(name.split(at: "[")?.before ?? name)
        message = text[words[1].endIndex...].trimmed
        if level == nil, let word = message.split(at: ":")?.before, let claimed = LogLevel(word: word) {
            level = claimed
        }
    }

    private mutating func readMessage(_ text: Substring, before: [Substring] = []) {
        var rest = Self.skipSeparators(text)
        // Process numbers, threads in brackets, Spring's `---`.
        for _ in 0..<4 {
            let word = rest.prefix { $0 != " " && $0 != "\t" }
            let isNumber = !word.isEmpty && word.utf8.allSatisfy { $0.isDigit || $0 == 0x23 || $0 == 0x3A }
            if word == "---" || isNumber {
                rest = Self.skipSeparators(rest[word.endIndex...])
            } else if let after = takeContext(rest) {
                rest = Self.skipSeparators(after)
            } else if rest.utf8.first == 0x5B, let close = rest.split(at: "]"), close.before.utf8.count < 120 {
                let inside = close.before.dropFirst().trimmed
                if logger == nil, inside.contains("."), !inside.utf8.contains(0x20), isTypeName(inside) {
                    logger = String(inside)
                }
                rest = Self.skipSeparators(close.after)
            } else {
                break
            }
        }
        rest = withoutContextBehindLogger(rest)
        if let (name, after) = Self.logger(rest) { (logger, rest) = (String(name), after) }
        if logger == nil, let name = before.last(where: { isTypeName($0) && $0 != "-" }), name.utf8.count > 1 {
            logger = String(name)
        }
        message = rest
    }

    /// Reads a group of pairs at the beginning of the text.
    ///
    /// - Returns: what follows it; nil where there is none.
    private mutating func takeContext(_ text: Substring) -> Substring? {
        guard let (fields, rest) = ContextPairs.parse(text) else { return nil }
        for field in fields.fields { context.add(field.path, field.value) }
        return rest
    }

    /// `com.acme.Orders {traceId=1} - message`, of log4j's `%c %X - %m`, becomes `com.acme.Orders - message`.
    private mutating func withoutContextBehindLogger(_ text: Substring) -> Substring {
        let word = text.prefix { $0 != " " }
        guard isTypeName(word), word.contains(".") else { return text }
        let group = text[word.endIndex...].trimmed
        guard let (_, rest) = ContextPairs.parse(group), rest.starts(" - ") || rest.starts(": "),
            let after = takeContext(group)
        else { return text }
        return word + " " + after.trimmed
    }

    /// `com.acme.Orders - `, `orders::db: `, `FarmApplication     : `, `root:`.
    private static func logger(_ text: Substring) -> (Substring, Substring)? {
        let word = text.prefix { byte in
            byte.isASCII && (byte.isLetter || byte.isNumber || "._:$/-@[]".contains(byte))
        }
        guard let first = word.utf8.first, first.isLetter || first == 0x5F, word.utf8.count <= 200 else { return nil }
        let rest = text[word.endIndex...]
        let padded = rest.trimmed
        if rest.utf8.first == 0x20, padded.starts("- ") || padded.starts(": ") {
            return (word, padded[padded.utf8.index(after: padded.startIndex)...].trimmed)
        }
        guard word.utf8.last == 0x3A, rest.utf8.first == 0x20 else { return nil }
        let name = word.dropLast()
        // A word with a colon is more often part of the message than a logger's name.
        let isQualified = name.contains("::") || name.contains(".") && !name.ends("Exception") && !name.ends("Error")
        return isQualified ? (name, rest.trimmed) : nil
    }

    /// The level that a word is, and where the word ends: `[ERROR]`, `ERROR:`, `<error>`, `level="ERROR"`.
    private static func level(of word: Substring) -> (level: LogLevel, end: Substring.Index)? {
        var bare = word
        var end = word.endIndex
        if let open = bare.utf8.first, open == 0x5B || open == 0x28 || open == 0x3C { bare = bare.dropFirst() }
        if let colon = bare.utf8.firstIndex(of: 0x3A) {
            // Apache's `[core:error]`, Python's `ERROR:name:message`.
            if word.utf8.last == 0x5D, let last = word.dropLast().split(atLast: 0x3A) {
                bare = last.after
            } else {
                (bare, end) = (bare[..<colon], bare.utf8.index(after: colon))
            }
        }
        while let last = bare.utf8.last, !last.isLetter { bare = bare.dropLast() }
        guard (3...11).contains(bare.utf8.count), let level = LogLevel(word: bare) else { return nil }
        return (level, end)
    }

    private static func skipSeparators(_ text: Substring) -> Substring {
        var rest = text
        while let byte = rest.utf8.first, byte.isBlank || byte == 0x2D || byte == 0x7C || byte == 0x3A || byte == 0x5D {
            if byte == 0x2D, rest.starts("---") { break }
            rest = rest.dropFirst()
        }
        return rest
    }
}

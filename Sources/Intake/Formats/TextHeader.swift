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
    /// Host, program and process as written, where the line names them before anything else.
    var sender: Substring?
    /// The message with the blanks before it, where there is a sender.
    var indentedMessage: Substring = ""
    /// A detail of the record before it (PostgreSQL's `DETAIL:`, `STATEMENT:` …).
    var isDetail = false
    /// A line above a report of Erlang's: what happened stands below.
    var isBanner = false
    /// The object that stands behind the message; its fields are in the context too.
    var object: LogFields?

    /// - Returns: nil when the line begins with neither a time nor a level.
    static func parse(_ line: Substring, times: LogTime) -> TextHeader? {
        guard let first = line.utf8.first, !first.isBlank else { return nil }
        var header = TextHeader()
        var rest = line
        if first == 0x3C, let priority = line.split(at: ">"), let number = Int(priority.before.dropFirst()) {
            guard (0...1023).contains(number) else { return nil }
            header.level = syslogLevel(number & 7)
            rest = withoutSequence(priority.after.after("1 ") ?? priority.after)
        }
        let text = rest
        if let line = erlang(rest, times) ?? lambda(rest) { return line }
        if let uptime = uptime(rest, header.level) { return uptime }
        if let klog = klog(rest, times) ?? redis(rest, times) { return klog }
        if let inner = rest.after("[") ?? rubyLogger(rest) { rest = inner }
        if let (time, end) = times.prefix(of: rest) {
            header.time = time
            rest = rest[end...]
            let initial = first == 0x3C ? rest.utf8.first ?? 0 : first
            header.readAfterTime(
                rest, isSyslog: !initial.isDigit && initial != 0x5B && line.utf8.dropFirst().first != 0x2C)
            return header
        }
        if header.level == nil { return header.readLeadingLevel(line, times) ? header : nil }
        // A priority and nothing else, as programs tell systemd (sd-daemon(3)).
        if !header.readLeadingLevel(text, times) { header.message = text.trimmed }
        return header
    }

    /// Without the numbers of Cisco's messages, and the mark of a clock that is not set: `77: 000073: *Jan 1 …`.
    private static func withoutSequence(_ text: Substring) -> Substring {
        var rest = text
        for _ in 0..<3 {
            guard let split = rest.split(at: ": "), (1...10).contains(split.before.utf8.count),
                split.before.utf8.allSatisfy(\.isDigit)
            else { break }
            rest = split.after
        }
        let isMarked = rest.utf8.first == 0x2A || rest.utf8.first == 0x2E
        return isMarked && rest.dropFirst().utf8.first?.isLetter == true ? rest.dropFirst() : rest
    }

    /// java.util.logging's `Jul 09, 2026 3:23:29 PM com.acme.Orders load` with `SEVERE: message` on the next line.
    ///
    /// - Returns: nil where the next line is no level, or this one has its own.
    func joined(withLevelOf line: Substring, times: LogTime) -> TextHeader? {
        guard level == nil, time != nil, sender == nil, let next = Self.parse(line, times: times), next.time == nil,
            next.level != nil
        else { return nil }
        var whole = self
        (whole.level, whole.message) = (next.level, next.message)
        let name = message.prefix { $0 != " " }
        if name.contains("."), isTypeName(name) { whole.logger = String(name) }
        return whole
    }

    /// `[   79.660000] message`, of the kernel's own buffer: the time since the start says nothing of the day.
    private static func uptime(_ line: Substring, _ level: LogLevel?) -> TextHeader? {
        guard let payload = KernelReport.payload(line) else { return nil }
        var header = TextHeader(level: level, program: "kernel", message: payload.trimmed)
        (header.sender, header.indentedMessage) = ("kernel", payload)
        return header
    }

    /// `E, [2026-11-21T03:04:05.123456 #4242] ERROR -- : message`, of Ruby's Logger.
    private static func rubyLogger(_ line: Substring) -> Substring? {
        let bytes = line.utf8.prefix(4)
        guard bytes.count == 4, let first = bytes.first, first &- 0x41 < 26, bytes.dropFirst().elementsEqual(", [".utf8)
        else { return nil }
        return line[line.utf8.index(line.startIndex, offsetBy: 4)...]
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

    /// `1234:M 20 Nov 2026 10:00:00.123 # message`, of Redis and its kin: the mark is the level.
    private static func redis(_ line: Substring, _ times: LogTime) -> TextHeader? {
        guard line.utf8.first?.isDigit == true else { return nil }
        let words = line.split(separator: " ", maxSplits: 6, omittingEmptySubsequences: false)
        let levels: [Substring: LogLevel] = [".": .debug, "-": .info, "*": .info, "#": .warning]
        guard words.count == 7, let process = words[0].split(at: ":"), process.after.utf8.count == 1,
            process.before.utf8.allSatisfy(\.isDigit), let level = levels[words[5]],
            let (time, _) = times.prefix(of: "\(words[1])-\(words[2])-\(words[3]) \(words[4])")
        else { return nil }
        return TextHeader(time: time, level: level, message: words[6])
    }

    /// `ERROR:root:message`, `[ERROR] message`, `ERROR message`, `error: message`; a time may stand behind it, as Django
    /// and AWS Lambda have it, and Lambda's request.
    private mutating func readLeadingLevel(_ line: Substring, _ times: LogTime) -> Bool {
        let bare = line.utf8.first == 0x5B ? line.dropFirst() : line
        let end = bare.utf8.firstIndex { !$0.isLetter && $0 < 0x80 } ?? bare.endIndex
        let word = bare[..<end]
        let rest = bare[end...]
        guard (3...40).contains(word.utf8.count), let level = LogLevel(word: word),
            let next = rest.utf8.first, next == 0x3A || next == 0x5D || next == 0x20
        else { return false }
        // `Error: message` is an exception's type.
        if word == "Error", next == 0x3A { return false }
        let isUpper = word.utf8.allSatisfy { $0 < 0x5B }
        guard isUpper || next == 0x5D || next == 0x3A && level >= .error else { return false }
        // `Exception: …` and `panic: …` are traces, `LOG` and `CONFIG` ordinary words.
        if ["exception", "panic", "log", "config", "fine"].contains(word.lowercased()) { return false }
        self.level = level
        var text = rest.dropFirst()
        if let (time, end) = times.prefix(of: text.trimmed) {
            self.time = time
            text = text[end...].trimmed
            let request = text.prefix { $0 != "\t" && $0 != " " }
            if Self.isUUID(request) {
                context.add("request_id", .text(String(request)))
                text = text[request.endIndex...]
            }
        }
        readMessage(text)
        return true
    }

    private mutating func readAfterTime(_ text: Substring, isSyslog: Bool) {
        var rest = text
        if let report = php(Self.skipSeparators(text)) {
            (level, message) = report
            return
        }
        var (words, before): (Int, [Substring]) = (0, [])
        // The level stands among the first words; without one, the line is syslog's or a bare message.
        while words < 8 {
            rest = Self.skipSeparators(rest)
            if let after = takeContext(rest) {
                (rest, words) = (after, words + 1)
                continue
            }
            let word = Self.word(rest)
            if word.isEmpty { break }
            if words == 0, Self.isUUID(word) {
                // AWS Lambda's request.
                context.add("request_id", .text(String(word)))
                (rest, words) = (rest[word.endIndex...], 1)
                if rest.trimmed.starts("Task timed out after ") {
                    (level, message) = (.error, rest.trimmed)
                    return
                }
                continue
            }
            if before.count == 2, before[1].utf8.last == 0x3A, before[1].starts("kernel") { break }
            let isWeak = words > 0 && Self.isWeak(word)
            if !isWeak, let level = Self.level(of: word),
                !(isSyslog && words > 2 && self.level == nil && word.utf8.last != 0x3A)
            {
                if Self.isOrdinary(word), let last = before.last, !Self.isHeaderWord(last) {
                    // The message itself speaks of an error: it stays whole.
                    self.level = level.level
                    break
                }
                self.level = level.level
                let isSender = readSender(before, isSyslog: isSyslog)
                readMessage(rest[level.end...], before: isSender ? [] : before)
                return
            }
            if ["DETAIL:", "HINT:", "CONTEXT:", "STATEMENT:", "QUERY:", "LOCATION:"].contains(word) {
                isDetail = true
                message = rest.trimmed
                return
            }
            before.append(word)
            rest = rest[word.endIndex...]
            words += 1
        }
        readSyslog((text.utf8.first == 0x5D ? text.dropFirst() : text).trimmed)
    }

    /// Up to a blank; of `[ERROR][logger]` the first part.
    private static func word(_ text: Substring) -> Substring {
        let word = text.prefix { $0 != " " && $0 != "\t" && $0 != "|" }
        guard word.utf8.first == 0x5B, let close = word.split(at: "][") else { return word }
        return text[..<word.utf8.index(after: close.before.endIndex)]
    }

    /// `PHP Fatal error:  message`, whose words are no others' level.
    private func php(_ text: Substring) -> (LogLevel, Substring)? {
        guard text.starts("PHP "), case .php = ReportKind.opening(text), let kind = text.dropFirst(4).split(at: ":")
        else { return nil }
        switch kind.before {
        case "Warning": return (.warning, text)
        case "Notice", "Deprecated": return (.info, text)
        default: return (.error, text)
        }
    }

    /// Words that stand in messages as often as they name a level.
    private static func isWeak(_ word: Substring) -> Bool {
        guard word.utf8.contains(where: { $0 &- 0x61 < 26 }), word.utf8.first != 0x5B else { return false }
        let bare = word.utf8.last == 0x3A ? word.dropLast() : word
        return ["panic", "exception", "log", "config", "fine", "alert", "trace", "verbose", "notice"]
            .contains(bare.lowercased())
    }

    /// A level that is written like any word, without a mark around it.
    private static func isOrdinary(_ word: Substring) -> Bool {
        let bare = word.utf8.last == 0x3A ? word.dropLast() : word
        return bare.utf8.allSatisfy(\.isLetter) && bare.utf8.contains { $0 &- 0x61 < 26 }
    }

    /// Threads, process numbers, loggers and programs, as they stand before a level.
    private static func isHeaderWord(_ word: Substring) -> Bool {
        guard let last = word.utf8.last else { return false }
        return last == 0x3A || last == 0x5D || last == 0x29 || last == 0x2C || last == 0x2D || last.isDigit
            || word.utf8.contains(0x2E)
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
        guard words.count >= 2, words[1].utf8.last == 0x3A, words[0].utf8.last != 0x3A else { return }
        host = String(words[0])
        let name = words[1].dropLast()
        program = String(name.split(at: "[")?.before ?? name)
        let rest = text[words[1].endIndex...]
        sender = text[words[0].startIndex..<words[1].endIndex]
        indentedMessage = rest.utf8.first == 0x20 ? rest[rest.utf8.index(after: rest.startIndex)...] : rest
        if program == "kernel", let payload = KernelReport.payload(rest.trimmed) { indentedMessage = payload }
        message = indentedMessage.trimmed
        if level == nil, let claim = message.split(at: ":"), let claimed = LogLevel(word: claim.before) {
            level = claimed
            if program == "kernel", !KernelReport.opens(message) { message = claim.after.trimmed }
        }
    }

    private mutating func readMessage(_ text: Substring, before: [Substring] = []) {
        var rest = Self.skipSeparators(text)
        // Process numbers, threads in brackets, Spring's `---`.
        var isBehindDashes = false
        for _ in 0..<6 {
            let word = rest.prefix { $0 != " " && $0 != "\t" }
            let isNumber = !word.isEmpty && word.utf8.allSatisfy { $0.isDigit || $0 == 0x23 || $0 == 0x3A }
            if word == "---" || isNumber {
                isBehindDashes = word == "---"
                rest = Self.skipSeparators(rest[word.endIndex...])
            } else if let after = takeContext(rest) {
                rest = Self.skipSeparators(after)
            } else if rest.utf8.first == 0x5B, let close = rest.split(at: "]"), close.before.utf8.count < 120 {
                let inside = close.before.dropFirst().trimmed
                rest = Self.skipSeparators(close.after)
                if takeTrace(inside) {
                    continue
                } else if isBehindDashes, rest.utf8.first == 0x5B, isTypeName(inside) {
                    // Spring Boot's `--- [application] [thread]`.
                    context.add("application", .text(String(inside)))
                } else if logger == nil, inside.contains("."), !inside.utf8.contains(0x20), isTypeName(inside) {
                    logger = String(inside)
                }
                isBehindDashes = false
            } else if logger == nil, word.utf8.count > 1, word.utf8.last == 0x5D, Self.isTarget(word.dropLast()) {
                // Rust's env_logger: `[time ERROR app::db] message`.
                logger = String(word.dropLast())
                rest = rest[word.endIndex...].trimmed
            } else {
                break
            }
        }
        rest = withoutSpans(rest)
        rest = withoutContextBehindLogger(rest)
        if let (name, after) = Self.logger(rest) { (logger, rest) = (String(name), after) }
        if logger == nil, let name = before.last(where: { isTypeName($0) && $0 != "-" }), name.utf8.count > 1 {
            logger = String(name)
        }
        message = withoutObject(withoutCaller(rest))
    }

    /// Spring's `[application,trace,span]`, and `[trace-span]`.
    private mutating func takeTrace(_ text: Substring) -> Bool {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let ids = parts.count > 1 ? parts.dropFirst() : text.split(separator: "-")[...]
        guard let trace = ids.first, let span = ids.dropFirst().first, ids.count < 4, Self.isID(trace, 16, 32),
            Self.isID(span, 16, 16)
        else { return false }
        if parts.count > 1, let name = parts.first, !name.isEmpty { context.add("application", .text(String(name))) }
        context.add("trace_id", .text(String(trace)))
        context.add("span_id", .text(String(span)))
        return true
    }

    private static func isID(_ text: Substring, _ short: Int, _ long: Int) -> Bool {
        (text.utf8.count == short || text.utf8.count == long)
            && text.utf8.allSatisfy { $0.isDigit || ($0 | 0x20) &- 0x61 < 6 }
    }

    /// A module as Rust writes it.
    private static func isTarget(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, first.isLetter || first == 0x5F else { return false }
        return text.utf8.allSatisfy { $0.isIdentifier || $0 == 0x3A || $0 == 0x2D || $0 == 0x2E }
    }

    /// The spans that Rust's `tracing` writes before the target: `request{id=7}:query{}: app::db: message`. Their values
    /// are context, those of the innermost first.
    private mutating func withoutSpans(_ text: Substring) -> Substring {
        var (rest, spans): (Substring, [LogFields]) = (text, [])
        while spans.count < 16 {
            let name = rest.prefix { $0 != "{" && $0 != " " }
            guard !name.isEmpty, name.utf8.count <= 64, name.utf8.allSatisfy({ $0.isIdentifier || $0 == 0x2D }),
                let (fields, after) = ContextPairs.parse(rest[name.endIndex...]), after.utf8.first == 0x3A
            else { break }
            spans.append(fields)
            rest = after.dropFirst()
        }
        guard !spans.isEmpty, rest.utf8.first == 0x20 else { return text }
        for field in spans.reversed().flatMap(\.fields) { context.add(field.path, field.value) }
        return rest.trimmed
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
        if bare.utf8.contains(where: { $0 >= 0x80 }) { return nativeLevel(of: word) }
        if let open = bare.utf8.first, open == 0x5B || open == 0x28 || open == 0x3C { bare = bare.dropFirst() }
        if let colon = bare.utf8.firstIndex(of: 0x3A) {
            // Apache's `[core:error]`, Python's `ERROR:name:message`.
            if word.utf8.last == 0x5D, let last = word.dropLast().split(atLast: 0x3A) {
                bare = last.after
            } else {
                (bare, end) = (bare[..<colon], bare.utf8.index(after: colon))
            }
        }
        // `ERROR/ForkPoolWorker-1]`, of Celery, and `NOTICE[436][C-00000fa9]`, of Asterisk.
        for mark in ["/", "["] as [StaticString] {
            if let split = bare.split(at: mark), split.before.utf8.allSatisfy({ $0 &- 0x41 < 26 }) {
                bare = split.before
            }
        }
        while let last = bare.utf8.last, !last.isLetter { bare = bare.dropLast() }
        // `production.ERROR:`, of Laravel.
        if let channel = bare.split(atLast: 0x2E), channel.after.utf8.allSatisfy({ $0 &- 0x41 < 26 }) {
            bare = channel.after
        }
        guard (3...13).contains(bare.utf8.count), let level = LogLevel(word: bare) else { return nil }
        return (level, end)
    }

    /// `[오류]`, `エラー:`, `【警告】`, `错误：` with what follows without a blank.
    private static func nativeLevel(of word: Substring) -> (level: LogLevel, end: Substring.Index)? {
        var low = word.startIndex
        let scalars = word.unicodeScalars
        while low < word.endIndex, isEdge(scalars[low]) { low = scalars.index(after: low) }
        var high = low
        var count = 0
        while high < word.endIndex, !isEdge(scalars[high]), count <= 20 {
            (high, count) = (scalars.index(after: high), count + 1)
        }
        guard low < high, let level = LogLevel(word: word[low..<high]) else { return nil }
        while high < word.endIndex, isEdge(scalars[high]) { high = scalars.index(after: high) }
        return (level, high)
    }

    private static func isEdge(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "[", "]", "(", ")", "<", ">", ":", "=", "\"", ",", "\u{3010}", "\u{3011}", "\u{FF3B}", "\u{FF3D}",
            "\u{FF08}",
            "\u{FF09}", "\u{FF1A}", "\u{300C}", "\u{300D}", "\u{300A}", "\u{300B}", "\u{FF0C}":
            true
        default: false
        }
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

import Events

/// A syslog message: RFC 5424 (https://www.rfc-editor.org/rfc/rfc5424), RFC 3164, and what daemons write to files.
enum SyslogMessage {
    /// A quick look at a line without a priority: `Nov 21 03:04:05 …: …`, or a time of RFC 3339 and a `[pid]: `.
    static func mayBegin(_ line: Substring) -> Bool {
        let bytes = line.utf8.prefix(20)
        guard let first = bytes.first, bytes.count == 20 else { return false }
        if first.isDigit { return line.contains("]: ") }
        // Months have three letters in English, and up to nine bytes in other languages.
        guard first.isLetter, let blank = line.utf8.prefix(11).firstIndex(of: 0x20) else { return false }
        let clock = Array(line[blank...].utf8.prefix(10))
        // `Sat 2026-11-21 03:04:05 KST host program[pid]: …`, of `journalctl -o short-full`.
        if clock.count == 10, clock[5] == 0x2D, clock[8] == 0x2D { return line.contains("]: ") }
        return clock.count == 10 && clock[6] == 0x3A && clock[9] == 0x3A
    }

    static func parse(_ line: Substring, _ times: LogTime) -> CarriedLine? {
        var facts = LineFacts()
        var rest = line
        if rest.utf8.first == 0x3C {
            guard let priority = rest.split(at: ">"), priority.before.utf8.count <= 4,
                let number = Int(priority.before.dropFirst()), (0...191).contains(number)
            else { return nil }
            facts.level = TextHeader.syslogLevel(number & 7)
            facts.tag("syslog.facility", facilities.indices.contains(number >> 3) ? facilities[number >> 3] : nil)
            rest = priority.after
            if let versioned = rest.after("1 ") { return version1(versioned, facts, times) }
        }
        return classic(rest, facts, times)
    }

    private static let facilities = [
        "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp",
        "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
    ]

    /// `TIME HOST APP PROCID MSGID STRUCTURED-DATA MSG`; `-` stands for nothing.
    private static func version1(_ line: Substring, _ facts: LineFacts, _ times: LogTime) -> CarriedLine? {
        var words: [Substring] = []
        var rest = line
        while words.count < 5 {
            guard let word = rest.split(at: " ") else { return nil }
            words.append(word.before)
            rest = word.after
        }
        var facts = facts
        let value = { (word: Substring) in word == "-" ? nil : clip(String(word), to: LineFacts.valueLength) }
        if words[0] != "-" {
            guard let time = times.field(.text(String(words[0]))) else { return nil }
            (facts.time, facts.hasExactTime) = (time, true)
        }
        (facts.host, facts.service) = (value(words[1]), value(words[2]))
        facts.tag("pid", value(words[3]))
        facts.tag("msgid", value(words[4]))
        if let after = rest.after("-") {
            rest = after
        } else {
            guard let after = structuredData(rest, &facts) else { return nil }
            rest = after
        }
        if rest.utf8.first == 0x20 { rest = rest.dropFirst() }
        if rest.utf8.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest[rest.utf8.index(rest.startIndex, offsetBy: 3)...] }
        return message(rest, facts)
    }

    /// `[id name="value" …]…`; in values `"`, `\` and `]` are escaped. nil where it does not end.
    private static func structuredData(_ text: Substring, _ facts: inout LineFacts) -> Substring? {
        guard text.utf8.first == 0x5B else { return nil }
        let bytes = text.utf8
        var (at, isQuoted) = (text.startIndex, false)
        var nameStart = at
        var name: Substring = ""
        var value: [UInt8] = []
        while at < text.endIndex {
            let byte = bytes[at]
            let next = bytes.index(after: at)
            if isQuoted {
                if byte == 0x5C, next < text.endIndex, [0x22, 0x5C, 0x5D].contains(bytes[next]) {
                    value.append(bytes[next])
                    at = bytes.index(after: next)
                    continue
                }
                if byte == 0x22 {
                    isQuoted = false
                    facts.tag(clip(String(name), to: 64), String(decoding: value, as: UTF8.self))
                    value = []
                } else if value.count < LineFacts.valueLength {
                    value.append(byte)
                }
            } else if byte == 0x22 {
                isQuoted = true
            } else if byte == 0x20 {
                nameStart = next
            } else if byte == 0x3D {
                name = text[nameStart..<at]
            } else if byte == 0x5D, next == text.endIndex || bytes[next] != 0x5B {
                return text[next...]
            }
            at = next
        }
        return nil
    }

    /// `Nov 21 03:04:05 host program[pid]: message`; with a time of RFC 3339 the `[pid]` is needed, for words behind
    /// a time and a level look alike.
    private static func classic(_ line: Substring, _ facts: LineFacts, _ times: LogTime) -> CarriedLine? {
        guard let (time, end) = times.prefix(of: line), line[end...].utf8.first == 0x20 else { return nil }
        let rest = line[end...].dropFirst()
        guard let host = rest.split(at: " ") else { return nil }
        if line.utf8.first?.isDigit == true, let found = sender(host.before), let process = found.pid {
            return platform(found.program, process, host.after, time)
        }
        guard isHost(host.before) else { return nil }
        let tag = host.after[..<(host.after.utf8.firstIndex(of: 0x20) ?? host.after.endIndex)]
        guard let (program, pid) = sender(tag), pid != nil || line.utf8.first?.isLetter == true || facts.level != nil
        else { return nil }
        var facts = facts
        facts.time = time
        facts.hasExactTime = line.utf8.first?.isDigit == true
        facts.host = String(host.before)
        facts.service = String(program)
        facts.tag("pid", pid.map(String.init))
        var text = host.after[tag.endIndex...]
        if text.utf8.first == 0x20 { text = text.dropFirst() }
        return message(text, facts)
    }

    /// `TIME app[web.1]: text`, as Heroku's log streams have it, without a host.
    private static func platform(
        _ source: Substring, _ process: Substring, _ text: Substring, _ time: Timestamp
    ) -> CarriedLine {
        var facts = LineFacts(time: time, hasExactTime: true)
        let isProgram = source == "app" && process.utf8.first?.isDigit != true
        facts.service = String(isProgram ? process.split(at: ".")?.before ?? process : source)
        facts.tag(process.utf8.allSatisfy(\.isDigit) ? "pid" : "dyno", String(process))
        // What the platform says of a program that it had to end.
        if source == "heroku", text.starts("Error ") || text.ends(" to crashed") { facts.level = .error }
        var hasher = Hasher()
        hasher.combine(source)
        hasher.combine(process)
        return CarriedLine(text: unescaped(text), facts: facts, stream: hasher.finalize())
    }

    private static func isHost(_ word: Substring) -> Bool {
        guard let first = word.utf8.first, first.isLetter || first.isDigit, word.utf8.count <= 255 else { return false }
        return word.utf8.allSatisfy {
            $0.isLetter || $0.isDigit || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F || $0 == 0x3A
        }
            && LogLevel(word: word) == nil && word.utf8.last != 0x3A
    }

    /// `program:`, `program[pid]:`, `program(module)[pid]:`.
    private static func sender(_ tag: Substring) -> (program: Substring, pid: Substring?)? {
        guard tag.utf8.last == 0x3A, (2...256).contains(tag.utf8.count) else { return nil }
        let name = tag.dropLast()
        let program = name.split(at: "[")?.before ?? name
        guard let first = program.utf8.first, first.isLetter || first == 0x2F || first == 0x5F,
            program.utf8.allSatisfy({ $0.isIdentifier || "-./()@+".utf8.contains($0) })
        else { return nil }
        guard name.utf8.last == 0x5D, let pid = name.split(at: "[")?.after.dropLast() else {
            return name.utf8.contains(0x5B) ? nil : (program, nil)
        }
        return pid.utf8.allSatisfy { $0.isDigit || $0.isIdentifier || $0 == 0x2D || $0 == 0x2E } ? (program, pid) : nil
    }

    private static func message(_ text: Substring, _ facts: LineFacts) -> CarriedLine {
        var facts = facts
        // `warning: …`, where the line has no priority.
        if facts.level == nil, let claim = text.split(at: ":") { facts.level = LogLevel(word: claim.before) }
        // HAProxy's files have no priority, and what it says of its servers names no level.
        if facts.level == nil, facts.service == "haproxy",
            text.contains(" is DOWN, ") || text.ends("no server available!")
        {
            facts.level = .error
        }
        var carried = CarriedLine(
            text: text.trimmed.isEmpty ? "(no message)" : unescaped(text), facts: facts, isMessage: true)
        var hasher = Hasher()
        hasher.combine(facts.host)
        hasher.combine(facts.service)
        hasher.combine(facts.tags["pid"])
        carried.stream = hasher.finalize()
        return carried
    }

    /// rsyslog writes control characters as `#` and three octal digits: `#012` is a newline, `#011` a tab.
    private static func unescaped(_ text: Substring) -> String {
        guard text.contains("#01") else { return String(text) }
        var output: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == 0x23, let first = rest.first, first == 0x30 {
                let digits = rest.prefix(3)
                if digits.count == 3, digits.allSatisfy({ (0x30...0x37).contains($0) }) {
                    let value = digits.reduce(0) { $0 * 8 + Int($1 - 0x30) }
                    if value == 0x0A || value == 0x09 || value == 0x0D {
                        output.append(UInt8(value))
                        rest = rest.dropFirst(3)
                        continue
                    }
                }
            }
            output.append(byte)
        }
        return String(decoding: output, as: UTF8.self)
    }
}

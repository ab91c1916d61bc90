import Events

/// A line of Android's log in the forms `threadtime`, `time` and `brief`
/// (https://developer.android.com/tools/logcat#outputFormat).
enum LogcatLine {
    /// A quick look at a line that begins with a digit: a date, a time, and the number of a process or a level.
    static func mayBegin(_ line: UnsafeRawBufferPointer) -> Bool {
        guard line.count > 32 else { return false }
        // `2026-11-21 …` or `11-21 …`.
        let day = line[4] == 0x2D ? 5 : 0
        guard line[day + 2] == 0x2D, line[day + 5] == 0x20, line[day + 14] == 0x2E else { return false }
        let behind = line[(day + 18)...].prefix(8).drop { $0 != 0x20 }
        let first = behind.first { $0 != 0x20 } ?? 0
        return first.isDigit || level(first) != nil && behind.dropFirst().dropFirst().first == 0x2F
    }

    static func parse(_ line: Substring, _ times: LogTime) -> CarriedLine? {
        guard let first = line.utf8.first else { return nil }
        if first.isLetter { return brief(line, nil) }
        guard first.isDigit, let (time, end) = times.prefix(of: line) else { return nil }
        let rest = line[end...].trimmed
        return rest.utf8.first?.isDigit == true ? thread(rest, time) : brief(rest, time)
    }

    /// `1234  1250 E Tag: text` of the processes and threads, perhaps behind a user's number or name.
    private static func thread(_ text: Substring, _ time: Timestamp) -> CarriedLine? {
        var (rest, numbers): (Substring, [Substring]) = (text, [])
        while numbers.count < 3, rest.utf8.first?.isDigit == true {
            let number = rest.prefix { $0 != " " }
            guard number.utf8.count <= 10, number.utf8.allSatisfy(\.isDigit) else { return nil }
            numbers.append(number)
            rest = rest[number.endIndex...].trimmed
        }
        guard numbers.count >= 2, let letter = rest.utf8.first, let level = level(letter), let after = rest.after2(),
            let split = tag(after, ":")
        else { return nil }
        return carried(split.text, level, split.tag, pid: numbers[numbers.count - 2], time)
    }

    /// `E/Tag( 1234): text`.
    private static func brief(_ text: Substring, _ time: Timestamp?) -> CarriedLine? {
        guard let letter = text.utf8.first, let level = level(letter), text.dropFirst().utf8.first == 0x2F,
            let open = text.split(at: "("), let close = open.after.split(at: "):")
        else { return nil }
        let tag = open.before.dropFirst(2).trimmed
        let pid = close.before.trimmed
        guard isTag(tag), (1...10).contains(pid.utf8.count), pid.utf8.allSatisfy(\.isDigit) else { return nil }
        let message = close.after.utf8.first == 0x20 ? close.after.dropFirst() : close.after
        return carried(message, level, tag, pid: pid, time)
    }

    private static func tag(_ text: Substring, _ end: StaticString) -> (tag: Substring, text: Substring)? {
        guard let split = text.split(at: end) else { return nil }
        let tag = split.before.trimmed
        guard isTag(tag), split.after.isEmpty || split.after.utf8.first == 0x20 else { return nil }
        return (tag, split.after.dropFirst())
    }

    /// The prefilter looks for the same beginnings.
    private static func isTag(_ tag: Substring) -> Bool {
        guard let first = tag.utf8.first, tag.utf8.count <= 80 else { return false }
        return first.isLetter || [0x5F, 0x2E, 0x3A, 0x5B].contains(first)
    }

    private static func carried(
        _ text: Substring, _ level: LogLevel, _ tag: Substring, pid: Substring, _ time: Timestamp?
    ) -> CarriedLine {
        var facts = LineFacts(time: time, level: level)
        // What ends an app is told at the level of an error.
        if tag == "AndroidRuntime", text.starts("FATAL EXCEPTION") { facts.level = .fatal }
        facts.target = String(tag)
        facts.tag("pid", String(pid))
        var hasher = Hasher()
        hasher.combine(tag)
        hasher.combine(pid)
        let shown = text.trimmed.isEmpty ? "(no message)" : String(text)
        return CarriedLine(text: shown, facts: facts, stream: hasher.finalize(), isMessage: true)
    }

    private static func level(_ letter: UInt8) -> LogLevel? {
        switch letter {
        case 0x56: .trace
        case 0x44: .debug
        case 0x49: .info
        case 0x57: .warning
        case 0x45: .error
        case 0x46, 0x41: .fatal
        default: nil
        }
    }
}

extension Substring {
    /// What follows one letter and a blank.
    fileprivate func after2() -> Substring? {
        let rest = dropFirst()
        return rest.utf8.first == 0x20 ? rest.dropFirst() : nil
    }
}

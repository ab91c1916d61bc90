import Events

/// Headers that one program or platform alone writes.
extension TextHeader {
    /// `=CRASH REPORT==== 21-Nov-2026::03:04:05.123456 ===`, of Erlang's reports.
    static func erlang(_ line: Substring, _ times: LogTime) -> TextHeader? {
        guard let rest = line.after("="), let split = rest.split(at: " REPORT==== "),
            split.before.utf8.allSatisfy({ $0 &- 0x41 < 26 }), let (time, _) = times.prefix(of: split.after)
        else { return nil }
        let levels: [Substring: LogLevel] = [
            "ERROR": .error, "CRASH": .error, "SUPERVISOR": .error, "WARNING": .warning, "NOTICE": .info,
            "CRITICAL": .fatal, "ALERT": .fatal, "EMERGENCY": .fatal, "DEBUG": .debug,
        ]
        var header = TextHeader(time: time, level: levels[split.before] ?? .info, isBanner: true)
        header.message = rest[..<split.before.endIndex]
        return header
    }

    /// `START RequestId: …`, `REPORT RequestId: …`, `RequestId: … Error: …`, of AWS Lambda's platform.
    static func lambda(_ line: Substring) -> TextHeader? {
        guard let first = line.utf8.first, first == 0x53 || first == 0x45 || first == 0x52,
            let split = line.split(at: "RequestId: "), ["START ", "END ", "REPORT ", ""].contains(split.before)
        else { return nil }
        let id = split.after.prefix(36)
        guard isUUID(id) else { return nil }
        var header = TextHeader(message: line)
        header.context.add("request_id", .text(String(id)))
        if split.before.isEmpty, let error = split.after[id.endIndex...].after(" Error: ") {
            (header.level, header.message) = (.error, error)
        } else if split.before == "REPORT ", line.contains("Status: timeout") || line.contains("Status: error") {
            header.level = .error
        }
        return header
    }

    /// zap's `logger<tab>file.go:12<tab>message`, either of them perhaps missing.
    mutating func withoutCaller(_ text: Substring) -> Substring {
        let words = text.split(separator: "\t", maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count > 1 else { return text }
        if Self.isCaller(words[0]) {
            logger = logger ?? String(words[0])
            return text[words[1].startIndex...]
        }
        guard words.count > 2, Self.isCaller(words[1]), isTypeName(words[0]) else { return text }
        logger = String(words[0])
        return words[2]
    }

    static func isCaller(_ word: Substring) -> Bool {
        let location = fileLocation(word)
        return location.line != nil && location.file.ends(".go") && !location.file.utf8.contains(0x20)
    }

    /// The object behind a tab at the message's end, as zap and AWS Lambda write it, becomes context.
    mutating func withoutObject(_ text: Substring) -> Substring {
        guard text.utf8.last == 0x7D, let split = text.split(at: "\t{\"") else { return text }
        var object = String(text[text.utf8.index(before: text.utf8.index(before: split.after.startIndex))...])
        let (fields, isComplete) = object.withUTF8 { JSONScanner.scan(UnsafeRawBufferPointer($0)) }
        guard isComplete, !fields.isEmpty else { return text }
        for field in fields.fields { context.add(field.path, field.value) }
        self.object = fields
        return split.before.trimmed
    }

    static func isUUID(_ word: Substring) -> Bool {
        guard word.utf8.count == 36 else { return false }
        return word.utf8.enumerated().allSatisfy { place, byte in
            [8, 13, 18, 23].contains(place) ? byte == 0x2D : byte.isDigit || (byte | 0x20) &- 0x61 < 6
        }
    }
}

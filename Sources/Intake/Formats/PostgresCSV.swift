import Events

/// PostgreSQL's csvlog: one record a line, but with line ends inside its quoted fields
/// (https://www.postgresql.org/docs/current/runtime-config-logging.html, "Using CSV-Format Log Output").
enum PostgresCSV {
    /// The columns, of which older versions have fewer.
    private static let columns = [
        "log_time", "user_name", "database_name", "process_id", "connection_from", "session_id", "session_line_num",
        "command_tag", "session_start_time", "virtual_transaction_id", "transaction_id", "error_severity",
        "sql_state_code", "message", "detail", "hint", "internal_query", "internal_query_pos", "context", "query",
        "query_pos", "location", "application_name", "backend_type", "leader_pid", "query_id",
    ]

    /// `2026-11-21 03:04:05.123 UTC,"app","orders",…`: a time, then a comma before anything else.
    static func isStart(_ line: Substring) -> Bool {
        let head = line.utf8.prefix(40)
        guard head.count >= 24, let first = head.first, first.isDigit, let comma = head.firstIndex(of: 0x2C) else {
            return false
        }
        let time = head[..<comma]
        guard (19...32).contains(time.count), time.dropFirst(4).first == 0x2D, time.dropFirst(10).first == 0x20,
            !time.contains(0x22)
        else { return false }
        // A time with a comma before its fraction goes on with digits.
        let next = head[comma...].dropFirst().first
        return time.contains(0x3A) && (next == 0x22 || next == 0x2C)
            && line.utf8.lazy.filter { $0 == 0x2C }.prefix(12).count >= 11
    }

    /// Whether a quoted field is still open at the end of the text, which a field outside quotes began.
    static func isOpen(_ line: Substring, wasOpen: Bool) -> Bool {
        var isOpen = wasOpen
        // A doubled quote inside a field closes and opens it again.
        for byte in line.utf8 where byte == 0x22 { isOpen.toggle() }
        return isOpen
    }

    /// The fields by their columns' names; nil where it is no such record.
    static func parse(_ lines: [String]) -> LogFields? {
        let values = split(lines.joined(separator: "\n"))
        guard values.count >= 14, LogLevel(word: values[11]) != nil || values[11] == "STATEMENT" else { return nil }
        var fields = LogFields()
        for (column, value) in zip(columns, values) where !value.isEmpty { fields.add(column, .text(value)) }
        return fields
    }

    private static func split(_ text: String) -> [String] {
        var values: [String] = []
        var value: [UInt8] = []
        var (isQuoted, wasQuote) = (false, false)
        for byte in text.utf8 where values.count < columns.count {
            if byte == 0x22 {
                if wasQuote { value.append(byte) }
                wasQuote = isQuoted ? !wasQuote : false
                if !isQuoted { isQuoted = true }
                continue
            }
            if wasQuote { (isQuoted, wasQuote) = (false, false) }
            if byte == 0x2C, !isQuoted {
                values.append(String(decoding: value, as: UTF8.self))
                value = []
            } else {
                value.append(byte)
            }
        }
        if values.count < columns.count { values.append(String(decoding: value, as: UTF8.self)) }
        return values
    }

    /// The event: what PostgreSQL's text log tells below an error belongs to its message here too.
    static func draft(_ fields: LogFields, times: LogTime) -> EventDraft {
        var structured = StructuredEvent(fields: fields, times: times)
        var draft = structured.read()
        for (column, label) in [
            ("detail", "DETAIL"), ("hint", "HINT"), ("internalquery", "QUERY"), ("context", "CONTEXT"),
            ("query", "STATEMENT"), ("location", "LOCATION"),
        ] {
            guard let text = fields.value(column)?.text else { continue }
            draft.event.message += "\n\(label):  \(text)"
            draft.event.tags[column] = nil
        }
        draft.event.message = clip(draft.event.message, to: TraceLimits.message)
        if draft.event.code == "00000" { draft.event.code = nil }
        if draft.event.service == nil { draft.event.service = fields.value("applicationname")?.text }
        return draft
    }
}

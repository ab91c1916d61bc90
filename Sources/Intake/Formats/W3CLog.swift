import Events

/// The W3C's extended log format, whose directives name the columns: Microsoft's IIS, Amazon's CloudFront
/// (https://www.w3.org/TR/WD-logfile.html). Its times are UTC.
struct W3CLog {
    private(set) var columns: [String] = []
    private var day: String?
    private static let columnCount = 128

    /// Whether a file that begins so is such a log.
    static func isLog(_ beginning: UnsafeRawBufferPointer) -> Bool {
        guard beginning.first == 0x23 else { return false }
        let head = String(decoding: beginning.prefix(4096), as: UTF8.self)
        return textLines(head, limit: 16).contains { $0.starts("#Fields: ") }
            && (head[...].starts("#Software: ") || head[...].starts("#Version: ") || head[...].starts("#Fields: ")
                || head[...].starts("#Date: "))
    }

    /// The directives at the beginning of a file, for whoever goes on in its midst.
    mutating func readDirectives(_ beginning: [UInt8]) {
        let head = String(decoding: beginning.prefix(4096), as: UTF8.self)
        for line in textLines(head, limit: 16).prefix(while: { $0.utf8.first == 0x23 }) { readDirective(line) }
    }

    mutating func readDirective(_ line: Substring) {
        if let names = line.after("#Fields: ") {
            columns = names.split(whereSeparator: { $0 == " " || $0 == "\t" }).prefix(Self.columnCount).map {
                $0.lowercased()
            }
        }
        if let date = line.after("#Date: ") { day = String(date.prefix(10)) }
    }

    /// - Returns: nil for a line that has other columns than the directives name.
    func read(_ line: Substring, _ times: LogTime) -> EventDraft? {
        let isTabbed = line.utf8.contains(0x09)
        let words = line.split(
            separator: isTabbed ? "\t" : " ", maxSplits: Self.columnCount, omittingEmptySubsequences: !isTabbed)
        guard !columns.isEmpty, words.count == columns.count else { return nil }
        var values: [String: Substring] = [:]
        for (name, word) in zip(columns, words) where word != "-" && !word.isEmpty { values[name] = word }
        guard let method = values["cs-method"] ?? values["c-method"] else { return other(values, times) }
        let status = (values["sc-status"] ?? values["s-status"]).flatMap { positiveNumber($0) }
        var url = values["cs-uri-stem"] ?? values["cs-uri"] ?? "/"
        if let query = values["cs-uri-query"] { url = url + "?" + query }
        let entry = AccessLine.Entry(
            time: time(values, times), method: method, url: url, status: status,
            isError: status.map { $0 >= 500 } ?? false, service: values["s-sitename"])
        var draft = entry.draft(times)
        fill(&draft.event, values)
        return draft
    }

    /// A line of no request: what it says in pairs.
    private func other(_ values: [String: Substring], _ times: LogTime) -> EventDraft {
        let words = values.sorted { $0.key < $1.key }.prefix(16).map { "\($0.key)=\($0.value)" }
        let time = time(values, times)
        let event = ErrorEvent(
            id: "", time: time ?? times.now, level: .info, message: clip(words.joined(separator: " "), to: 1024))
        return EventDraft(event: event, hasTime: time != nil)
    }

    private func time(_ values: [String: Substring], _ times: LogTime) -> Timestamp? {
        guard let clock = values["time"], let day = values["date"].map(String.init) ?? day else { return nil }
        return Timestamp(rfc3339: "\(day)T\(clock)Z")
    }

    private func fill(_ event: inout ErrorEvent, _ values: [String: Substring]) {
        let host = values["s-computername"] ?? values["s-ip"] ?? values["x-edge-location"]
        event.host = host.map { clip(String($0), to: LineFacts.valueLength) }
        if let taken = values["time-taken"], let number = Double(taken), number.isFinite, number >= 0 {
            // IIS counts milliseconds, CloudFront seconds with their parts.
            event.durationMilliseconds = taken.utf8.contains(0x2E) ? number * 1000 : number
        }
        let status = [values["sc-status"], values["sc-substatus"]].compactMap(\.self).joined(separator: ".")
        event.code = event.level >= .error && !status.isEmpty ? clip(status, to: 128) : nil
        for (name, column) in [
            ("client", "c-ip"), ("user", "cs-username"), ("sc-win32-status", "sc-win32-status"),
            ("x-edge-result-type", "x-edge-result-type"), ("request_id", "x-edge-request-id"),
        ] {
            if let value = values[column] { event.tags[name] = clip(String(value), to: LineFacts.valueLength) }
        }
    }
}

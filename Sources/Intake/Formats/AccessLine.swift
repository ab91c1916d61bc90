import Events

/// A request as servers and proxies log it, a line each: what failed on the server's side is an error.
enum AccessLine {
    /// What a line says of one request.
    struct Entry {
        var time: Timestamp?
        var method: Substring
        var url: Substring
        var status: Int?
        var isError: Bool
        var service: Substring?
        var tags: [(name: String, value: Substring)] = []

        /// As an event; the words are the same for every request of a kind.
        func draft(_ times: LogTime) -> EventDraft {
            let answer = status.map { " responded \($0)" } ?? " failed"
            let path = url.prefix { $0 != "?" }
            let said = method.isEmpty ? String(url) : "\(method) \(clip(String(path), to: 1024))"
            var event = ErrorEvent(
                id: "", time: time ?? times.now, level: isError ? .error : .info,
                message: isError || status != nil ? said + answer : said)
            if !method.isEmpty {
                event.request = RequestInfo(
                    method: clip(String(method), to: 16), url: clip(String(url), to: 2048), status: status)
            }
            event.service = service.map { clip(String($0), to: LineFacts.valueLength) }
            for tag in tags where !tag.value.isEmpty && tag.value != "-" {
                event.tags[tag.name] = clip(String(tag.value), to: LineFacts.valueLength)
            }
            return EventDraft(event: event, hasTime: time != nil)
        }
    }

    /// The status from which on the server failed.
    private static let failed = 500...599

    static func parse(_ line: Substring, _ times: LogTime) -> Entry? {
        if line.starts("[pid: ") { return uwsgi(line, times) }
        guard let open = line.split(at: " ["), let close = open.after.split(at: "] "), close.before.utf8.count <= 40,
            open.before.utf8.count <= 512, let first = line.utf8.first,
            first.isLetter || first.isDigit || first == 0x3A,
            let (time, end) = times.prefix(of: close.before), close.before[end...].utf8.count <= 12
        else { return nil }
        return close.after.utf8.first == 0x22
            ? common(open.before, close.after, time) : proxy(open.before, close.after, time)
    }

    /// Apache's and nginx's common and combined forms: `client - user [time] "GET /a HTTP/1.1" 502 157 "-" "agent"`.
    private static func common(_ client: Substring, _ text: Substring, _ time: Timestamp) -> Entry? {
        guard let quote = text.dropFirst().split(at: "\" ") else { return nil }
        // As the search for candidates has it: one blank before the size, which may be `-`.
        let words = quote.after.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count > 1, let status = status(words[0]), let size = words[1].utf8.first,
            size.isDigit || size == 0x2D
        else { return nil }
        // What was no request at all is answered too.
        let (method, url) = request(quote.before) ?? ("", "no request")
        return Entry(
            time: time, method: method, url: url, status: status, isError: failed.contains(status),
            tags: [("client", client.prefix { $0 != " " })])
    }

    /// HAProxy's: `client:port [time] frontend backend/server 0/-1/-1/-1/0 503 212 - - SC-- 0/0/0/0/0 0/0 "GET / HTTP/1.1"`,
    /// and with fewer timers, without status and request, of plain connections
    /// (https://www.haproxy.com/documentation/haproxy-configuration-manual/latest/#8.2).
    private static func proxy(_ client: Substring, _ text: Substring, _ time: Timestamp) -> Entry? {
        let words = text.split(separator: " ", maxSplits: 10)
        guard words.count >= 7, words[1].utf8.contains(0x2F), isTimers(words[2]) else { return nil }
        let place: [(String, Substring)] = [
            ("client", client), ("frontend", words[0]), ("server", words[1]), ("timers", words[2]),
        ]
        let backend = words[1].prefix { $0 != "/" }
        if text.contains(" \""), let status = status(words[3]) {
            guard words.count >= 8, words[4].utf8.allSatisfy(\.isDigit), isState(words[7], 4),
                let open = text.split(at: " \""),
                let request = request(open.after.utf8.last == 0x22 ? open.after.dropLast() : open.after)
            else { return nil }
            return Entry(
                time: time, method: request.method, url: request.url, status: status, isError: failed.contains(status),
                service: backend, tags: place + [("termination", words[7])])
        }
        guard words[3].utf8.allSatisfy(\.isDigit), isState(words[4], 2), let state = words[4].utf8.first,
            words[5].utf8.first?.isDigit == true
        else { return nil }
        let isError = failures.contains(state)
        return Entry(
            time: time, method: "", url: "connection to " + backend, status: nil, isError: isError, service: backend,
            tags: place + [("termination", words[4])])
    }

    /// uWSGI's: `[pid: 8|app: 0|req: 1/1] 10.0.0.9 () {38 vars in 696 bytes} [Sun Mar 13 22:49:12 2026] POST /a =>
    /// generated 47 bytes in 129 msecs (HTTP/1.1 500) …`.
    private static func uwsgi(_ line: Substring, _ times: LogTime) -> Entry? {
        guard let open = line.split(at: "} ["), let close = open.after.split(at: "] "),
            let arrow = close.after.split(at: " => "), let protocolAt = arrow.after.split(at: " (HTTP/"),
            let request = request(arrow.before), let answer = protocolAt.after.split(at: ") ")?.before.split(at: " "),
            isVersion(answer.before), let status = status(answer.after)
        else { return nil }
        return Entry(
            time: times.prefix(of: close.before)?.time, method: request.method, url: request.url, status: status,
            isError: failed.contains(status))
    }

    /// `1.1` or `2`.
    private static func isVersion(_ text: Substring) -> Bool {
        let bytes = Array(text.utf8)
        if bytes.count == 1 { return bytes[0] == 0x32 || bytes[0] == 0x33 }
        return bytes.count == 3 && (bytes[0] == 0x31 || bytes[0] == 0x32) && bytes[1] == 0x2E && bytes[2].isDigit
    }

    private static func request(_ text: Substring) -> (method: Substring, url: Substring)? {
        let words = text.split(separator: " ", maxSplits: 2)
        guard words.count >= 2, (2...16).contains(words[0].utf8.count), words[0].utf8.allSatisfy({ $0 &- 0x41 < 26 }),
            let first = words[1].utf8.first, first == 0x2F || first == 0x2A || first.isLetter || first.isDigit
        else { return nil }
        return (words[0], words[1])
    }

    private static func status(_ word: Substring) -> Int? {
        guard word.utf8.count == 3, let number = positiveNumber(word), (100...599).contains(number) else { return nil }
        return number
    }

    /// Who ended a connection, where it was not the client (`C`), who does so at will.
    private static let failures = Set("SPIRDUKLspirdukl".utf8)
    private static let phases = Set("RQCHDLT-".utf8)

    private static func isTimers(_ word: Substring) -> Bool {
        word.utf8.contains(0x2F) && word.utf8.last?.isDigit == true
            && word.utf8.allSatisfy { $0.isDigit || $0 == 0x2F || $0 == 0x2D || $0 == 0x2B }
    }

    private static func isState(_ word: Substring, _ length: Int) -> Bool {
        word.utf8.count == length && word.utf8.allSatisfy { $0.isLetter || $0 == 0x2D }
            && phases.contains(word.utf8.dropFirst().first ?? 0)
    }
}

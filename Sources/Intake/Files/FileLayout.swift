/// How a file is cut into records, by what it begins with.
enum FileLayout: Equatable {
    /// A line each, or some lines each.
    case lines
    /// JSON objects over many lines, or in an array.
    case objects
    /// An envelope of a Sentry SDK.
    case envelope
    /// One OTLP request, as a protocol buffer; `framed` ones behind their length, as the Collector's file exporter writes.
    case otlpRequest, framedRequests
    /// systemd's export format: blocks of `NAME=value`.
    case journalExport
    /// Lines whose columns a directive names (IIS, CloudFront).
    case w3c
    /// Syslog messages behind their length (RFC 6587, octet counting).
    case countedSyslog

    /// Bytes of the beginning that decide.
    static let sight = 64 << 10

    init(of beginning: [UInt8], format: SourceSettings.Format?) {
        self = beginning.withUnsafeBytes { Self.choose($0, format) }
    }

    private static func choose(_ bytes: UnsafeRawBufferPointer, _ format: SourceSettings.Format?) -> FileLayout {
        switch format {
        case .text, .logfmt, .docker, .cri: .lines
        case .syslog: isCounted(bytes) ? .countedSyslog : .lines
        case .journald: isExport(bytes) ? .journalExport : .lines
        case .otlpProtobuf: isFramed(bytes) ? .framedRequests : .otlpRequest
        case .sentry: SentryEnvelope.isEnvelope(bytes) ? .envelope : jsonLayout(bytes)
        case .json, .otlp, .patrol, .loki, .rollbar, .datadog: jsonLayout(bytes)
        case nil: detect(bytes)
        }
    }

    private static func detect(_ bytes: UnsafeRawBufferPointer) -> FileLayout {
        switch bytes.first ?? 0x20 {
        case 0x0A where OTLPWire.isRequest(bytes): .otlpRequest
        case 0x00 where isFramed(bytes): .framedRequests
        case 0x5F where isExport(bytes): .journalExport
        case 0x31...0x39 where isCounted(bytes): .countedSyslog
        case 0x23 where W3CLog.isLog(bytes): .w3c
        case 0x7B where SentryEnvelope.isEnvelope(bytes): .envelope
        default: jsonLayout(bytes)
        }
    }

    private static func isFramed(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count > 8 else { return false }
        let length = bytes[..<4].reduce(0) { $0 << 8 | Int($1) }
        return length > 1 && length <= IntakeLimits.document
            && OTLPWire.isRequest(UnsafeRawBufferPointer(rebasing: bytes[4...].prefix(length)))
    }

    private static func isExport(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.starts(with: "__CURSOR=".utf8) || bytes.starts(with: "__REALTIME_TIMESTAMP=".utf8)
    }

    /// `123 <34>…`.
    private static func isCounted(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let digits = bytes.prefix(8).prefix { $0.isDigit }
        let rest = bytes.dropFirst(digits.count).prefix(6)
        guard (1...7).contains(digits.count), rest.first == 0x20, rest.dropFirst().first == 0x3C else { return false }
        let priority = rest.dropFirst(2).prefix { $0.isDigit }
        return !priority.isEmpty && rest.dropFirst(2 + priority.count).first == 0x3E
    }

    /// Lines where the first one is a whole object; objects where it opens one that goes on below, or an array.
    private static func jsonLayout(_ bytes: UnsafeRawBufferPointer) -> FileLayout {
        let blanks: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF]
        guard let start = bytes.firstIndex(where: { !blanks.contains($0) }) else { return .lines }
        let rest = bytes[start...]
        if rest.first == 0x5B {
            let next = rest.dropFirst().first { !blanks.contains($0) }
            return next == 0x7B ? .objects : .lines
        }
        guard rest.first == 0x7B else { return .lines }
        guard let end = rest.firstIndex(of: 0x0A) else {
            // A line that goes beyond what is in sight is a document; a short file is one line.
            return bytes.count >= sight ? .objects : .lines
        }
        // Some printers put the comma at the beginning of the next line.
        let next = rest[end...].first { !blanks.contains($0) }
        return opensObject(rest[..<end], next) && holdsObject(rest) ? .objects : .lines
    }

    /// Whether a line leaves an object open where a line break may stand.
    private static func opensObject(_ line: Slice<UnsafeRawBufferPointer>, _ next: UInt8?) -> Bool {
        var (depth, isQuoted, isEscaped, last) = (0, false, false, UInt8(0))
        for byte in line {
            if isQuoted {
                if isEscaped {
                    isEscaped = false
                } else if byte == 0x5C {
                    isEscaped = true
                } else if byte == 0x22 {
                    isQuoted = false
                }
            } else {
                if byte == 0x22 { isQuoted = true }
                if byte == 0x7B || byte == 0x5B { depth += 1 }
                if byte == 0x7D || byte == 0x5D { depth -= 1 }
                if byte > 0x20 { last = byte }
            }
        }
        return depth > 0 && !isQuoted && (last == 0x7B || last == 0x5B || last == 0x2C || last == 0x3A || next == 0x2C)
    }

    /// Whether the first object is whole, or goes on beyond what is in sight, and no text stands behind it.
    private static func holdsObject(_ bytes: Slice<UnsafeRawBufferPointer>) -> Bool {
        var splitter = JSONSplitter()
        switch splitter.feed(UnsafeRawBufferPointer(rebasing: bytes), from: 0) {
        case .more, .tooLarge: return true
        case .broken(let place):
            // A torn object, and the next one below it.
            let at = bytes.startIndex + place
            return place > 0 && bytes[at] == 0x7B && bytes[at - 1] == 0x0A
        case .value(let end):
            let next = bytes.dropFirst(end).first { $0 > 0x20 }
            return next == nil || next == 0x7B || next == 0x2C || next == 0x5B || next == 0x1E
        }
    }
}

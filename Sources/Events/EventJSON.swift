/// Writes an event's JSON form (docs/formats.md), the bytes that `JSONEncoder` makes of it with sorted keys and plain
/// slashes: an event is written for each sample that a history keeps, and the encoder takes longer than all the rest.
package struct EventJSON {
    private(set) var bytes: [UInt8] = []

    package static func encode(_ event: ErrorEvent) -> [UInt8] {
        var writer = EventJSON()
        writer.bytes.reserveCapacity(1024)
        writer.write(event)
        return writer.bytes
    }

    private mutating func write(_ event: ErrorEvent) {
        begin()
        if !event.breadcrumbs.isEmpty { list("breadcrumbs", event.breadcrumbs) { $0.write($1) } }
        text("code", event.code)
        if event.count != 1 { number("count", event.count) }
        number("durationMs", event.durationMilliseconds)
        text("environment", event.environment)
        if !event.exceptions.isEmpty { list("exceptions", event.exceptions) { $0.write($1) } }
        if !event.fingerprint.isEmpty { list("fingerprint", event.fingerprint) { $0.write($1) } }
        text("host", event.host)
        text("id", event.id)
        text("level", event.level.rawValue)
        let before = event.linesBefore
        if !before.isEmpty { list("linesBefore", before) { $0.write($1) } }
        text("message", event.message)
        if !event.parentSpans.isEmpty { list("parentSpans", event.parentSpans) { $0.write($1) } }
        text("receivedAt", event.receivedAt?.rfc3339)
        text("release", event.release)
        text("repositoryUrl", event.repositoryURL)
        if let request = event.request {
            key("request")
            write(request)
        }
        text("revision", event.revision)
        text("service", event.service)
        if let source = event.source {
            key("source")
            write(source)
        }
        text("spanId", event.spanID)
        if !event.tags.isEmpty {
            key("tags")
            begin()
            for (name, value) in event.tags.sorted(by: { $0.key < $1.key }) { text(name, value) }
            end()
        }
        text("target", event.target)
        text("time", event.time.rfc3339)
        text("traceId", event.traceID)
        number("v", ErrorEvent.formatVersion)
        end()
    }

    private mutating func write(_ exception: ExceptionInfo) {
        begin()
        list("frames", exception.frames) { $0.write($1) }
        text("message", exception.message)
        text("type", exception.type)
        end()
    }

    private mutating func write(_ frame: StackFrame) {
        begin()
        number("column", frame.column)
        if let context = frame.context {
            key("context")
            begin()
            list("after", context.after) { $0.write($1) }
            list("before", context.before) { $0.write($1) }
            text("line", context.line)
            end()
        }
        text("file", frame.file)
        text("function", frame.function)
        if let inApp = frame.inApp {
            key("inApp")
            bytes += Array((inApp ? "true" : "false").utf8)
        }
        number("line", frame.line)
        text("module", frame.module)
        end()
    }

    private mutating func write(_ request: RequestInfo) {
        begin()
        text("method", request.method)
        number("status", request.status)
        text("url", request.url)
        end()
    }

    private mutating func write(_ span: SpanInfo) {
        begin()
        number("durationMs", span.durationMilliseconds)
        text("id", span.id)
        text("name", span.name)
        text("service", span.service)
        end()
    }

    private mutating func write(_ breadcrumb: Breadcrumb) {
        begin()
        text("category", breadcrumb.category)
        text("level", breadcrumb.level?.rawValue)
        text("message", breadcrumb.message)
        text("time", breadcrumb.time?.rfc3339)
        end()
    }

    private mutating func write(_ source: EventSource) {
        begin()
        text("name", source.name)
        number("offset", source.offset)
        end()
    }

    // MARK: - JSON

    private mutating func begin() { bytes.append(0x7B) }

    private mutating func end() { bytes.append(0x7D) }

    /// A comma, unless it is the first of its object, and the name.
    private mutating func key(_ name: String) {
        if bytes.last != 0x7B { bytes.append(0x2C) }
        write(name)
        bytes.append(0x3A)
    }

    private mutating func text(_ name: String, _ value: String?) {
        guard let value else { return }
        key(name)
        write(value)
    }

    private mutating func number(_ name: String, _ value: (some FixedWidthInteger)?) {
        guard let value else { return }
        key(name)
        bytes += Array(String(value).utf8)
    }

    private mutating func number(_ name: String, _ value: Double?) {
        guard let value else { return }
        key(name)
        // JSON has no such numbers: words, as the histories' decoder takes them.
        if value.isNaN { return write("nan") }
        if value.isInfinite { return write(value < 0 ? "-inf" : "inf") }
        let digits = value.description
        bytes += Array((digits.hasSuffix(".0") ? digits.dropLast(2) : digits[...]).utf8)
    }

    private mutating func list<Element>(
        _ name: String, _ elements: [Element], _ write: (inout EventJSON, Element) -> Void
    ) {
        key(name)
        bytes.append(0x5B)
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes.append(0x2C) }
            write(&self, element)
        }
        bytes.append(0x5D)
    }

    private mutating func write(_ value: String) {
        var value = value
        bytes.append(0x22)
        value.withUTF8 { text in
            var start = text.startIndex
            for index in text.indices where text[index] < 0x20 || text[index] == 0x22 || text[index] == 0x5C {
                bytes.append(contentsOf: text[start..<index])
                escape(text[index])
                start = index + 1
            }
            bytes.append(contentsOf: text[start...])
        }
        bytes.append(0x22)
    }

    private mutating func escape(_ byte: UInt8) {
        bytes.append(0x5C)
        switch byte {
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case 0x22, 0x5C: bytes.append(byte)
        default:
            bytes += Array("u00".utf8)
            for digit in [byte >> 4, byte & 15] { bytes.append(digit < 10 ? 0x30 + digit : 0x57 + digit) }
        }
    }
}

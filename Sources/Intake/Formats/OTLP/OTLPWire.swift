import Foundation
import SwiftProtobuf

/// OTLP as protocol buffers, decoded by swift-protobuf from the fields of telemetry.proto.
enum OTLPWire {
    /// Whether the bytes begin like a request: a resource's records first, whose first field is the resource or a scope.
    /// Text that begins with an empty line is told from it by control characters, which text has not.
    static func isRequest(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var outer = Walker(bytes, 0..<bytes.count)
        guard let first = outer.key(), first == (1, 2), let length = outer.varint(), length > 1 else { return false }
        var inner = Walker(bytes, outer.index..<bytes.count)
        guard let (field, type) = inner.key(), type == 2, field <= 3, let size = inner.varint(), size <= length else {
            return false
        }
        return bytes.prefix(512).contains { $0 < 0x09 || (0x0E..<0x1B).contains($0) }
    }

    /// - Returns: nil where the bytes are no request for logs or traces, or one of more than ``Telemetry/records``.
    static func read(_ bytes: UnsafeRawBufferPointer) -> TelemetryRequest? {
        guard let index = index(bytes), !index.isTooLong else { return nil }
        var request = TelemetryRequest()
        let part = { (range: Range<Int>) in UnsafeRawBufferPointer(rebasing: bytes[range]) }
        let sources = index.origins.map { source(resource: $0.resource.map(part), scope: $0.scope.map(part)) }
        for place in index.logs {
            if let record = record(part(place.bytes)) {
                request.add(record, sources[place.origin])
            } else {
                request.rejected += 1
            }
        }
        for place in index.spans {
            if let span = span(part(place.bytes)) {
                request.add(span, sources[place.origin])
            } else {
                request.rejected += 1
            }
        }
        return request
    }

    /// Finds the records of a request without reading them: an empty one takes two bytes here and hundreds as a value.
    ///
    /// - Returns: nil where the bytes are no request for logs or traces.
    static func index(_ bytes: UnsafeRawBufferPointer) -> TelemetryIndex? {
        guard let kind = kind(ofRecordsIn: bytes) else { return nil }
        var index = TelemetryIndex()
        let isWhole = walk(bytes, 0..<bytes.count) { field, resource in
            guard field == 1 else { return true }
            let first = index.origins.count
            var described: Range<Int>?
            let isWhole = walk(bytes, resource) { field, part in
                if field == 1 { described = part }
                return field != 2 || add(part, of: kind, bytes, to: &index)
            }
            for place in first..<index.origins.count { index.origins[place].resource = described }
            return isWhole
        }
        return isWhole ? index : nil
    }

    /// - Returns: false where the bytes of the scope are broken.
    private static func add(
        _ scope: Range<Int>, of kind: TelemetryIndex.Kind, _ bytes: UnsafeRawBufferPointer,
        to index: inout TelemetryIndex
    ) -> Bool {
        let count = index.count
        index.origins.append(TelemetryIndex.Origin())
        let isWhole = walk(bytes, scope) { field, part in
            if field == 1 { index.origins[index.origins.count - 1].scope = part }
            if field == 2 { index.add(kind, part) }
            return true
        }
        if index.count == count { index.origins.removeLast() }
        return isWhole
    }

    /// Calls for every message in these bytes, until one says false.
    ///
    /// - Returns: whether all of them were gone through, and none was broken.
    private static func walk(
        _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, _ message: (UInt64, Range<Int>) -> Bool
    ) -> Bool {
        var walker = Walker(bytes, range)
        while let (field, part) = walker.nextMessage() {
            guard message(field, part) else { return false }
        }
        return walker.isAtEnd
    }

    /// What the request's records are; logs where it has none.
    ///
    /// - Returns: nil where none of the records says.
    private static func kind(ofRecordsIn bytes: UnsafeRawBufferPointer) -> TelemetryIndex.Kind? {
        var (found, hasRecords) = (TelemetryIndex.Kind?.none, false)
        _ = walk(bytes, 0..<bytes.count) { field, resource in
            field != 1
                || walk(bytes, resource) { field, scope in
                    field != 2
                        || walk(bytes, scope) { field, record in
                            guard field == 2 else { return true }
                            hasRecords = true
                            found = kind(bytes, record)
                            return found == nil
                        }
                }
        }
        return found ?? (hasRecords ? nil : .log)
    }

    /// Told apart by how fields of the same number are written: a log record's time and a span's id are number 1.
    private static func kind(_ bytes: UnsafeRawBufferPointer, _ record: Range<Int>) -> TelemetryIndex.Kind? {
        var fields = Walker(bytes, record)
        while let (field, type) = fields.key() {
            switch (field, type) {
            case (1, 1), (2, 0), (11, 1), (6, 2), (12, 2): return .log
            case (7, 1), (8, 1), (2, 2), (4, 2), (6, 0): return .span
            default: if !fields.skip(type) { return nil }
            }
        }
        return nil
    }

    /// Reads keys and lengths of the wire format, nothing else.
    private struct Walker {
        private let bytes: UnsafeRawBufferPointer
        private let end: Int
        private(set) var index: Int

        init(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) {
            (self.bytes, index, end) = (bytes, range.lowerBound, range.upperBound)
        }

        var isAtEnd: Bool { index == end }

        mutating func varint() -> UInt64? {
            var (value, shift) = (UInt64(0), UInt64(0))
            while index < end, shift < 64 {
                let byte = bytes[index]
                index += 1
                value |= UInt64(byte & 0x7F) << shift
                if byte < 0x80 { return value }
                shift += 7
            }
            return nil
        }

        mutating func key() -> (field: UInt64, type: UInt64)? {
            guard !isAtEnd, let key = varint(), key >> 3 > 0 else { return nil }
            return (key >> 3, key & 7)
        }

        mutating func skip(_ type: UInt64) -> Bool {
            switch type {
            case 0: return varint() != nil
            case 1: return advance(8)
            case 2: return varint().map { advance($0) } ?? false
            case 5: return advance(4)
            default: return false
            }
        }

        private mutating func advance(_ count: UInt64) -> Bool {
            guard count <= UInt64(end - index) else { return false }
            index += Int(count)
            return true
        }

        /// The next length-delimited field; others are passed. nil at the end, and where the bytes are broken.
        mutating func nextMessage() -> (field: UInt64, part: Range<Int>)? {
            while let (field, type) = key() {
                guard type == 2 else {
                    guard skip(type) else { return nil }
                    continue
                }
                guard let length = varint() else { return nil }
                let start = index
                guard advance(length) else { return nil }
                return (field, start..<index)
            }
            return nil
        }
    }
}

/// From the generated messages to our values.
extension OTLPWire {
    /// - Returns: nil for bytes that are no log record.
    static func record(_ bytes: UnsafeRawBufferPointer) -> Telemetry.Record? {
        decoded(WireLogRecord.self, bytes).map(record)
    }

    /// - Returns: nil for bytes that are no span.
    static func span(_ bytes: UnsafeRawBufferPointer) -> Telemetry.Span? { decoded(WireSpan.self, bytes).map(span) }

    static func source(resource: UnsafeRawBufferPointer?, scope: UnsafeRawBufferPointer?) -> Telemetry.Source {
        let resource = resource.flatMap { decoded(WireResource.self, $0) }
        let scope = scope.flatMap { decoded(WireScope.self, $0) }
        return Telemetry.Source(
            resource: attributes(resource?.attributes ?? []), scopeName: scope.flatMap { optional($0.name) })
    }

    /// nil for bytes of another format, which the caller counts.
    private static func decoded<Message: SwiftProtobuf.Message>(
        _ type: Message.Type, _ bytes: UnsafeRawBufferPointer
    ) -> Message? {
        do { return try Message(serializedBytes: Data(bytes)) } catch { return nil }
    }

    private static func record(_ entry: WireLogRecord) -> Telemetry.Record {
        var record = Telemetry.Record()
        (record.time, record.observed) = (entry.timeUnixNano, entry.observedTimeUnixNano)
        record.severity = Int(entry.severityNumber)
        record.severityText = optional(entry.severityText)
        record.attributes = attributes(entry.attributes)
        record.traceID = Telemetry.hex(entry.traceID)
        record.spanID = Telemetry.hex(entry.spanID)
        record.eventName = optional(entry.eventName)
        if case .kvlistValue? = entry.body.value {
            add(entry.body, named: "", to: &record.bodyFields)
        } else {
            record.body = text(of: entry.body)
        }
        return record
    }

    private static func span(_ entry: WireSpan) -> Telemetry.Span {
        var span = Telemetry.Span()
        span.traceID = Telemetry.hex(entry.traceID)
        span.id = Telemetry.hex(entry.spanID)
        span.parentID = Telemetry.hex(entry.parentSpanID)
        span.name = text(entry.name)
        span.kind = Int(entry.kind)
        (span.start, span.end) = (entry.startTimeUnixNano, entry.endTimeUnixNano)
        span.attributes = attributes(entry.attributes)
        span.events = entry.events.prefix(Telemetry.spanEvents).map { event in
            Telemetry.Span.Event(
                time: event.timeUnixNano, name: text(event.name), attributes: attributes(event.attributes))
        }
        span.isError = entry.status.code == 2
        span.statusMessage = optional(entry.status.message)
        return span
    }

    private static func text(_ data: Data) -> String { data.withUnsafeBytes { LineDecoder.decode($0).text } }

    private static func optional(_ data: Data) -> String? { data.isEmpty ? nil : text(data) }

    private static func attributes(_ pairs: [WireKeyValue]) -> Telemetry.Attributes {
        var attributes = Telemetry.Attributes()
        for pair in pairs.prefix(Telemetry.attributes) { add(pair.value, named: text(pair.key), to: &attributes) }
        return attributes
    }

    /// Depth is bounded by the decoder (100 messages within messages).
    private static func add(_ value: WireAnyValue, named name: String, to attributes: inout Telemetry.Attributes) {
        guard case .kvlistValue(let list)? = value.value else {
            if let text = text(of: value) { attributes.add(name, text) }
            return
        }
        for pair in list.values.prefix(Telemetry.attributes) {
            let key = text(pair.key)
            add(pair.value, named: clip(name.isEmpty ? key : "\(name).\(key)", to: 256), to: &attributes)
        }
    }

    private static func text(of value: WireAnyValue) -> String? {
        switch value.value {
        case .stringValue(let data)?: return optional(data)
        case .boolValue(let flag)?: return flag ? "true" : "false"
        case .intValue(let number)?: return String(number)
        case .doubleValue(let number)?: return String(number)
        case .bytesValue(let data)?: return data.base64EncodedString()
        case .arrayValue(let list)?:
            let texts = list.values.prefix(64).compactMap { text(of: $0) }
            return texts.isEmpty ? nil : "[\(texts.joined(separator: ", "))]"
        case .kvlistValue?, nil: return nil
        }
    }
}

import Foundation
import SwiftProtobuf

/// OTLP as protocol buffers, decoded by swift-protobuf from the fields of telemetry.proto.
enum OTLPWire {
    private enum Content { case logs, spans, other }

    /// Whether the bytes begin like a request: a resource's records first, whose first field is the resource or a scope.
    /// Text that begins with an empty line is told from it by control characters, which text has not.
    static func isRequest(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var outer = Walker(bytes)
        guard let first = outer.key(), first == (1, 2), let length = outer.varint(), length > 1 else { return false }
        var inner = Walker(UnsafeRawBufferPointer(rebasing: bytes[outer.index...]))
        guard let (field, type) = inner.key(), type == 2, field <= 3, let size = inner.varint(), size <= length else {
            return false
        }
        return bytes.prefix(512).contains { $0 < 0x09 || (0x0E..<0x1B).contains($0) }
    }

    /// - Returns: nil where the bytes are no request for logs or traces, or more than ``Telemetry/records``.
    static func read(_ bytes: UnsafeRawBufferPointer) -> TelemetryRequest? {
        guard let (content, count) = survey(bytes), count <= Telemetry.records else { return nil }
        let data = Data(bytes)
        var request = TelemetryRequest()
        do {
            switch content {
            case .logs: add(try WireLogsRequest(serializedBytes: data), to: &request)
            case .spans: add(try WireTraceRequest(serializedBytes: data), to: &request)
            case .other: return nil
            }
        } catch {
            // Bytes of another format, or cut: the caller counts them.
            return nil
        }
        return request
    }

    /// What kind of records the request has, and how many: an empty one takes two bytes here and hundreds as a value.
    private static func survey(_ bytes: UnsafeRawBufferPointer) -> (content: Content, count: Int)? {
        var (content, count) = (Content?.none, 0)
        var outer = Walker(bytes)
        while let resource = outer.nextMessage() {
            guard resource.field == 1 else { continue }
            var scopes = Walker(resource.bytes)
            while let scope = scopes.nextMessage() {
                guard scope.field == 2 else { continue }
                var records = Walker(scope.bytes)
                while let record = records.nextMessage() {
                    guard record.field == 2 else { continue }
                    count += 1
                    if content == nil || content == .other { content = kind(record.bytes) }
                }
            }
        }
        guard outer.isAtEnd else { return nil }
        return (content ?? .logs, count)
    }

    /// Told apart by how fields of the same number are written: a log record's time and a span's id are number 1.
    private static func kind(_ record: UnsafeRawBufferPointer) -> Content {
        var fields = Walker(record)
        while let (field, type) = fields.key() {
            switch (field, type) {
            case (1, 1), (2, 0), (11, 1), (6, 2), (12, 2): return .logs
            case (7, 1), (8, 1), (2, 2), (4, 2), (6, 0): return .spans
            default: if !fields.skip(type) { return .other }
            }
        }
        return .other
    }

    /// Reads keys and lengths of the wire format, nothing else.
    private struct Walker {
        let bytes: UnsafeRawBufferPointer
        private(set) var index = 0

        init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

        var isAtEnd: Bool { index == bytes.count }

        mutating func varint() -> UInt64? {
            var (value, shift) = (UInt64(0), UInt64(0))
            while index < bytes.count, shift < 64 {
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
            guard count <= UInt64(bytes.count - index) else { return false }
            index += Int(count)
            return true
        }

        /// The next length-delimited field; others are passed. nil at the end, and where the bytes are broken.
        mutating func nextMessage() -> (field: UInt64, bytes: UnsafeRawBufferPointer)? {
            while let (field, type) = key() {
                guard type == 2 else {
                    guard skip(type) else { return nil }
                    continue
                }
                guard let length = varint() else { return nil }
                let start = index
                guard advance(length) else { return nil }
                return (field, UnsafeRawBufferPointer(rebasing: bytes[start..<index]))
            }
            return nil
        }
    }
}

/// From the generated messages to our values.
extension OTLPWire {
    private static func add(_ message: WireLogsRequest, to request: inout TelemetryRequest) {
        for resource in message.resourceLogs {
            var source = Telemetry.Source(resource: attributes(resource.resource.attributes))
            for scope in resource.scopeLogs {
                source.scopeName = optional(scope.scope.name)
                for entry in scope.logRecords { request.add(record(entry), source) }
            }
        }
    }

    private static func add(_ message: WireTraceRequest, to request: inout TelemetryRequest) {
        for resource in message.resourceSpans {
            var source = Telemetry.Source(resource: attributes(resource.resource.attributes))
            for scope in resource.scopeSpans {
                source.scopeName = optional(scope.scope.name)
                for entry in scope.spans { request.add(span(entry), source) }
            }
        }
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

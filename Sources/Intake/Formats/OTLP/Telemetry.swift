import Events

/// Logs and spans of OpenTelemetry, whichever encoding they came in (https://opentelemetry.io/docs/specs/otlp/).
enum Telemetry {
    /// Values of one resource, record or span that are read.
    static let attributes = 256
    /// Log records and spans of one request: more than 20 MB of records that say anything hold.
    static let records = 200_000
    static let spanEvents = 1000

    /// Named values, flat: a list of key and value inside a value has dotted names.
    struct Attributes {
        private(set) var pairs: [(name: String, value: String)] = []
        private var positions: [String: Int] = [:]

        subscript(name: String) -> String? { positions[name].map { pairs[$0].value } }

        mutating func add(_ name: String, _ value: String) {
            guard pairs.count < Telemetry.attributes, !value.isEmpty, positions[name] == nil else { return }
            positions[name] = pairs.count
            pairs.append((clip(name, to: 256), clip(value, to: IntakeLimits.record)))
        }

        func first(_ names: [String]) -> String? { Provenance.first(names) { self[$0] } }
    }

    struct Source {
        var resource = Attributes()
        var scopeName: String?
    }

    struct Record {
        var time: UInt64 = 0
        var observed: UInt64 = 0
        var severity = 0
        var severityText: String?
        /// The body as text, or as names and values.
        var body: String?
        var bodyFields = Attributes()
        var attributes = Attributes()
        var traceID: String?
        var spanID: String?
        var eventName: String?
    }

    struct Span {
        var traceID: String?
        var id: String?
        var parentID: String?
        var name = ""
        var kind = 0
        var start: UInt64 = 0
        var end: UInt64 = 0
        var attributes = Attributes()
        var events: [Event] = []
        var isError = false
        var statusMessage: String?

        struct Event {
            var time: UInt64 = 0
            var name = ""
            var attributes = Attributes()
        }
    }

    /// Nanoseconds since 1970 as an instant; nil for none, and for what lies beyond 2262.
    static func time(_ nanoseconds: UInt64) -> Timestamp? {
        nanoseconds == 0 ? nil : Int64(exactly: nanoseconds).map(Timestamp.init(nanoseconds:))
    }

    /// Lower-case hexadecimal digits. JSON has them in either case, and naive exporters send base64.
    static func identifier(_ text: String?, bytes: Int) -> String? {
        guard let text, !text.isEmpty, text.utf8.count <= 128 else { return nil }
        let isHex = text.utf8.allSatisfy { $0.isDigit || ($0 | 0x20) &- 0x61 < 6 }
        if isHex { return text.utf8.contains { $0 != 0x30 } ? text.lowercased() : nil }
        if let decoded = base64(text), decoded.count == bytes { return hex(decoded) }
        return text
    }

    static func hex(_ bytes: some Collection<UInt8>) -> String? {
        guard !bytes.isEmpty, bytes.contains(where: { $0 != 0 }) else { return nil }
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// The bytes of standard base64 (RFC 4648); nil for anything else.
    static func base64(_ text: String) -> [UInt8]? {
        var (output, buffer, bits, padding) = ([UInt8](), UInt32(0), 0, 0)
        for byte in text.utf8 {
            let value: UInt32
            switch byte {
            case 0x41...0x5A: value = UInt32(byte - 0x41)
            case 0x61...0x7A: value = UInt32(byte - 0x61 + 26)
            case 0x30...0x39: value = UInt32(byte - 0x30 + 52)
            case 0x2B, 0x2D: value = 62
            case 0x2F, 0x5F: value = 63
            case 0x3D:
                padding += 1
                continue
            default: return nil
            }
            guard padding == 0 else { return nil }
            (buffer, bits) = (buffer << 6 | value, bits + 6)
            if bits >= 8 {
                bits -= 8
                output.append(UInt8(truncatingIfNeeded: buffer >> UInt32(bits)))
            }
        }
        return padding <= 2 ? output : nil
    }
}

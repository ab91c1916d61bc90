import Foundation

/// What an exporter is answered (https://opentelemetry.io/docs/specs/otlp/#otlphttp-response).
struct OTLPReply {
    enum Signal: String { case logs = "rejectedLogRecords", traces = "rejectedSpans" }

    let signal: Signal
    /// Records that could not be read; the others were accepted.
    let rejected: Int

    private static let reason = "records that could not be read"

    /// `ExportLogsServiceResponse` or `ExportTraceServiceResponse` in JSON; empty on full success.
    var json: String {
        guard rejected > 0 else { return "{}" }
        return #"{"partialSuccess":{"\#(signal.rawValue)":"\#(rejected)","errorMessage":"\#(Self.reason)"}}"#
    }

    /// The same as a protocol buffer: field 1 holds a message with the count in field 1 and the words in field 2.
    var protobuf: [UInt8] {
        guard rejected > 0 else { return [] }
        let partial = [0x08] + Self.varint(UInt64(rejected)) + [0x12, UInt8(Self.reason.utf8.count)] + Self.reason.utf8
        return [0x0A] + Self.varint(UInt64(partial.count)) + partial
    }

    private static func varint(_ number: UInt64) -> [UInt8] {
        var (rest, bytes) = (number, [UInt8]())
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}

import Events
import Synchronization

/// Remembers what grouping said of messages without exceptions, so that a key is hashed once.
///
/// Changes no result, only the time it takes: what is remembered is a pure function of the masked message, the code and
/// the target, and these are compared whole; a hash only finds them.
final class MessageMemory: Sendable {
    /// Results kept; then all are forgotten and the memory fills anew.
    static let maxResults = 20_000

    /// A class, so that looking does not copy all that a result holds.
    private final class Entry: Sendable {
        let code: String?
        let target: String?
        let result: GroupingResult

        init(_ event: ErrorEvent, _ result: GroupingResult) {
            (code, target, self.result) = (event.code, event.target, result)
        }

        func isOf(_ event: ErrorEvent, _ masked: Bytes) -> Bool {
            guard event.code == code, event.target == target else { return false }
            var template = result.template
            return template.withUTF8 { $0.count == masked.count && $0.elementsEqual(masked) }
        }
    }

    private let entries = Mutex<[UInt64: Entry]>([:])

    /// - Parameter work: makes the result of the event whose message has this template.
    func result(of event: ErrorEvent, else work: (_ template: String) -> GroupingResult) -> GroupingResult {
        var message = event.message
        return message.withUTF8 { bytes in
            MessageTemplate.withMasked(bytes) { masked in
                let hash = masked.folded
                if let known = entries.withLock({ $0[hash] }), known.isOf(event, masked) { return known.result }
                let result = work(masked.string(0..<masked.count))
                entries.withLock { entries in
                    if entries.count >= Self.maxResults { entries.removeAll(keepingCapacity: true) }
                    entries[hash] = Entry(event, result)
                }
                return result
            }
        }
    }
}

extension Bytes {
    /// A hash: eight bytes at a time, mixed by multiplication and folding.
    var folded: UInt64 {
        var state = UInt64(count) &* 0x9E37_79B9_7F4A_7C15
        let raw = UnsafeRawBufferPointer(self)
        var index = 0
        while index + 8 <= raw.count {
            let chunk = raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            state = Self.fold(state ^ chunk, 0xA076_1D64_78BD_642F)
            index += 8
        }
        var tail: UInt64 = 0
        while index < raw.count {
            tail = tail << 8 | UInt64(raw[index])
            index += 1
        }
        return Self.fold(state ^ tail, 0xE703_7ED1_A0B4_28DB)
    }

    private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }
}

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

        init(_ code: String?, _ target: String?, _ result: GroupingResult) {
            (self.code, self.target, self.result) = (code, target, result)
        }

        func isOf(_ masked: Bytes, _ code: String?, _ target: String?) -> Bool {
            guard code == self.code, target == self.target else { return false }
            var template = result.template
            return template.withUTF8 { $0.isSame(as: masked) }
        }
    }

    enum Answer {
        case known(GroupingResult)
        /// The template, and where what comes of it is to be kept.
        case unknown(template: String, place: UInt64)
    }

    private let entries = Mutex<[UInt64: Entry]>([:])

    /// What is known of messages like this one.
    func answer(_ message: String, code: String?, target: String?) -> Answer {
        var message = message
        return message.withUTF8 { bytes in
            MessageTemplate.withMasked(bytes) { masked in
                let place = masked.folded
                if let known = entries.withLock({ $0[place] }), known.isOf(masked, code, target) {
                    return .known(known.result)
                }
                return .unknown(template: masked.string(0..<masked.count), place: place)
            }
        }
    }

    func keep(_ result: GroupingResult, at place: UInt64, code: String?, target: String?) {
        let entry = Entry(code, target, result)
        entries.withLock { entries in
            if entries.count >= Self.maxResults { entries.removeAll(keepingCapacity: true) }
            entries[place] = entry
        }
    }
}

extension Bytes {
    /// Whether both have the same bytes, compared eight at a time.
    func isSame(as other: Bytes) -> Bool {
        guard count == other.count else { return false }
        let (left, right) = (UnsafeRawBufferPointer(self), UnsafeRawBufferPointer(other))
        var index = 0
        while index + 8 <= count {
            let word = left.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            guard word == right.loadUnaligned(fromByteOffset: index, as: UInt64.self) else { return false }
            index += 8
        }
        while index < count {
            guard left[index] == right[index] else { return false }
            index += 1
        }
        return true
    }

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

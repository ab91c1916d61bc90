import Events
import Synchronization

/// Remembers what grouping said of messages without exceptions, so that a key is hashed once.
///
/// Changes no result, only the time it takes: what is remembered is a pure function of the masked message, the code and
/// the target, and these are compared whole; a hash only finds them.
final class MessageMemory: Sendable {
    /// Results kept; then all are forgotten and the memory fills anew.
    static let maxResults = 20_000

    private struct Entry: Sendable {
        let template: [UInt8]
        let code: String?
        let target: String?
        let result: GroupingResult

        func isOf(_ masked: Bytes, _ code: String?, _ target: String?) -> Bool {
            guard code == self.code, target == self.target else { return false }
            return template.withUnsafeBufferPointer { $0.isSame(as: masked) }
        }
    }

    /// Results, and where the hash of a masked message says that one of them is.
    private struct Entries: Sendable {
        var entries: [Entry] = []
        var places = FoldedTable()

        /// Calls `body` with what is known of a masked message, without copying it.
        func known<Answer>(
            _ masked: Bytes, _ place: UInt64, _ code: String?, _ target: String?, _ body: (GroupingResult) -> Answer
        ) -> Answer? {
            guard let entry = places[place].map(Int.init), entries[entry].isOf(masked, code, target) else { return nil }
            return body(entries[entry].result)
        }
    }

    enum Answer {
        case known(GroupingResult)
        /// The template, and where what comes of it is to be kept.
        case unknown(template: String, place: UInt64)
    }

    private let memory = Mutex(Entries())

    /// What is known of messages like this one.
    func answer(_ message: String, code: String?, target: String?) -> Answer {
        var message = message
        return message.withUTF8 { bytes in
            MessageTemplate.withMasked(bytes) { masked in
                let place = masked.folded
                if let known = memory.withLock({ $0.known(masked, place, code, target) { $0 } }) {
                    return .known(known)
                }
                return .unknown(template: masked.string(0..<masked.count), place: place)
            }
        }
    }

    /// The group of a message without code and target; nil where nothing is known of it.
    func fingerprint(of message: Bytes) -> Fingerprint? {
        MessageTemplate.withMasked(message) { masked in
            let place = masked.folded
            return memory.withLock { $0.known(masked, place, nil, nil) { $0.fingerprint } }
        }
    }

    func keep(_ result: GroupingResult, at place: UInt64, code: String?, target: String?) {
        let entry = Entry(template: Array(result.template.utf8), code: code, target: target, result: result)
        memory.withLock { memory in
            if memory.entries.count >= Self.maxResults {
                memory.entries.removeAll(keepingCapacity: true)
                memory.places.removeAll()
            }
            memory.places.set(place, to: UInt32(memory.entries.count))
            memory.entries.append(entry)
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

    /// A hash: sixteen bytes at a time, mixed by multiplication and folding.
    var folded: UInt64 {
        let raw = UnsafeRawBufferPointer(self)
        var state = UInt64(count) &* 0x9E37_79B9_7F4A_7C15
        guard count >= 16 else {
            var (head, tail): (UInt64, UInt64) = (0, 0)
            for index in 0..<Swift.min(8, count) { head = head << 8 | UInt64(raw[index]) }
            for index in Swift.min(8, count)..<count { tail = tail << 8 | UInt64(raw[index]) }
            return Self.fold(Self.fold(state ^ head, 0xA076_1D64_78BD_642F) ^ tail, 0xE703_7ED1_A0B4_28DB)
        }
        var index = 0
        while index < count {
            // The last step reads some bytes again rather than none.
            let place = Swift.min(index, count - 16)
            let left = raw.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            let right = raw.loadUnaligned(fromByteOffset: place + 8, as: UInt64.self)
            state = Self.fold(state ^ left, right ^ 0xA076_1D64_78BD_642F)
            index += 16
        }
        return Self.fold(state, 0xE703_7ED1_A0B4_28DB)
    }

    @inline(__always)
    private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }
}

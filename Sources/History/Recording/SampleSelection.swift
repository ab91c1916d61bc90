import Crypto
import Events

/// What tells one kept event from another: the hash of its id, and its time.
struct SampleKey: Hashable, Comparable, Sendable {
    /// The first 16 bytes of the SHA-256 of the event's id.
    let high: UInt64
    let low: UInt64
    let time: Int64

    init(high: UInt64, low: UInt64, time: Int64) { (self.high, self.low, self.time) = (high, low, time) }

    /// An event without an id is told by its time and message.
    init(_ event: ErrorEvent) {
        let identity = event.id.isEmpty ? "\(event.time.nanoseconds) \(event.message)" : event.id
        (high, low) = Self.halves(identity)
        time = event.time.nanoseconds
    }

    static func halves(_ identity: String) -> (UInt64, UInt64) {
        var identity = identity
        let digest = identity.withUTF8 { SHA256.hash(data: UnsafeRawBufferPointer($0)) }
        return digest.withUnsafeBytes {
            (
                UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)),
                UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
    }

    /// By hash, and so at random, but the same on every machine.
    static func < (left: SampleKey, right: SampleKey) -> Bool {
        (left.high, left.low, left.time) < (right.high, right.low, right.time)
    }

    static func isEarlier(_ left: SampleKey, _ right: SampleKey) -> Bool {
        left.time != right.time ? left.time < right.time : left < right
    }
}

/// Which events of a group are kept whole: the first, the latest, and those whose ids hash lowest.
///
/// A pure function of the set of events seen: any order, any split into batches and any merge of two histories
/// keep the same ones.
struct SampleSelection {
    /// Where a kept event is: stored already, or at this place in the batch.
    enum Place: Hashable { case stored, entry(Int) }

    struct Slots: OptionSet, Hashable, Sendable {
        let rawValue: Int64
        static let first = Slots(rawValue: 1)
        static let latest = Slots(rawValue: 2)
        static let spread = Slots(rawValue: 4)
    }

    private var first: (key: SampleKey, place: Place)?
    private var latest: (key: SampleKey, place: Place)?
    /// Ascending by key.
    private var spread: [(key: SampleKey, place: Place)] = []

    mutating func offer(_ key: SampleKey, _ place: Place) {
        if let kept = first {
            if SampleKey.isEarlier(key, kept.key) { first = (key, place) }
        } else {
            first = (key, place)
        }
        if let kept = latest {
            if SampleKey.isEarlier(kept.key, key) { latest = (key, place) }
        } else {
            latest = (key, place)
        }
        if spread.count == HistoryLimits.spreadSamples, let highest = spread.last, highest.key <= key { return }
        let position = spread.firstIndex { key <= $0.key } ?? spread.count
        if position < spread.count, spread[position].key == key { return }
        spread.insert((key, place), at: position)
        if spread.count > HistoryLimits.spreadSamples { spread.removeLast() }
    }

    /// Every kept event once, with all that it is kept for.
    var kept: [SampleKey: (place: Place, slots: Slots)] {
        var result: [SampleKey: (place: Place, slots: Slots)] = [:]
        func add(_ key: SampleKey, _ place: Place, _ slot: Slots) {
            result[key, default: (place, [])].slots.insert(slot)
        }
        for item in spread { add(item.key, item.place, .spread) }
        if let first { add(first.key, first.place, .first) }
        if let latest { add(latest.key, latest.place, .latest) }
        return result
    }
}

import Foundation

/// What stands beside what, in the documents that were found for a query.
///
/// Where the same neighbours enclose ever different tokens, a value stands: a path's part, a name, a host. What
/// differs there says little. Where they nearly always enclose the same token, another one is another error.
struct Neighbours {
    /// Fewer observations of a neighbour say nothing.
    private static let leastObservations: Int32 = 4
    /// Taken for the variety of a place whose neighbours say nothing.
    private static let unknownVariety: Float = 2
    /// How fast a place loses weight with its variety.
    private static let varietyFactor: Float = 1

    private var keys: [UInt64]
    private var slots: [Int32]
    private let mask: Int
    private var pairCounts: [Int32] = []
    /// Number of the pair of each element of the sequence and the one after it.
    private(set) var pairs: [Int32]
    /// By token: observations and the sum of n·log n over what follows, and over what precedes.
    private var after: [(count: Int32, sum: Float)]
    private var before: [(count: Int32, sum: Float)]
    private let sequence: [Comparison.Element]

    init(_ comparison: Comparison) {
        sequence = comparison.sequence
        var size = 1024
        while size < sequence.count * 2 { size *= 2 }
        mask = size - 1
        keys = [UInt64](repeating: .max, count: size)
        slots = [Int32](repeating: 0, count: size)
        pairs = [Int32](repeating: 0, count: sequence.count)
        after = Array(repeating: (0, 0), count: comparison.tokens.count)
        before = after
        for (number, extent) in comparison.extents.enumerated() { count(extent.sequence, isQuery: number == 0) }
    }

    var pairCount: Int { pairCounts.count }

    /// The query itself is not evidence of what is usual.
    private mutating func count(_ range: Range<Int>, isQuery: Bool) {
        for index in range.dropLast() {
            let (left, right) = (sequence[index].token, sequence[index + 1].token)
            let pair = pair(left, right)
            pairs[index] = pair
            guard !isQuery else { continue }
            let known = pairCounts[Int(pair)]
            pairCounts[Int(pair)] = known + 1
            let growth = Self.term(known + 1) - Self.term(known)
            after[Int(left)].count += 1
            after[Int(left)].sum += growth
            before[Int(right)].count += 1
            before[Int(right)].sum += growth
        }
    }

    private mutating func pair(_ left: Int32, _ right: Int32) -> Int32 {
        let key = UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
        var slot = Int(truncatingIfNeeded: (key &* 0x9e37_79b9_7f4a_7c15) >> 33) & mask
        while keys[slot] != .max {
            if keys[slot] == key { return slots[slot] }
            slot = (slot + 1) & mask
        }
        (keys[slot], slots[slot]) = (key, Int32(pairCounts.count))
        pairCounts.append(0)
        return slots[slot]
    }

    private static let terms: [Float] = (0..<4096).map { $0 < 2 ? 0 : Float($0) * log(Float($0)) }

    @inline(__always)
    private static func term(_ count: Int32) -> Float {
        count < terms.count ? terms[Int(count)] : Float(count) * log(Float(count))
    }

    /// How much the element of the sequence counts for its place, 0 to 1.
    func weight(at index: Int) -> Float {
        let left = after[Int(sequence[index - 1].token)]
        let right = before[Int(sequence[index + 1].token)]
        var variety: Float?
        if left.count >= Self.leastObservations { variety = Self.entropy(left) }
        if right.count >= Self.leastObservations {
            let other = Self.entropy(right)
            variety = min(variety ?? other, other)
        }
        return 1 / (1 + Self.varietyFactor * max(0, variety ?? Self.unknownVariety))
    }

    /// Shannon's, in nats.
    @inline(__always)
    private static func entropy(_ observed: (count: Int32, sum: Float)) -> Float {
        log(Float(observed.count)) - observed.sum / Float(observed.count)
    }
}

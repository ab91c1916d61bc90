/// Where an embedding model puts a text: a direction, a byte a dimension.
///
/// Cosines of vectors of such bytes differ from those of the model's own by about a thousandth; the length of a vector
/// says nothing of its text.
public struct QuantizedVector: Sendable, Hashable {
    /// Dimensions that a vector may have: common models have 384 to 4,096.
    public static let maxDimensions = 16384

    let bytes: [Int8]
    /// Of the bytes, Euclidean; above 0.
    let length: Float

    public var dimensions: Int { bytes.count }

    /// - Returns: nil for what is no direction: nothing, too many dimensions, zeros, or a number that is none.
    public init?(_ values: [Float]) {
        guard (1...Self.maxDimensions).contains(values.count), values.allSatisfy(\.isFinite) else { return nil }
        let most = values.reduce(Float(0)) { max($0, abs($1)) }
        guard most > 0 else { return nil }
        self.init(bytes: values.map { Int8(($0 / most * 127).rounded()) })
    }

    /// As it was stored.
    init?(bytes: [Int8]) {
        let squares = bytes.reduce(Int64(0)) { $0 + Int64($1) * Int64($1) }
        guard squares > 0 else { return nil }
        (self.bytes, length) = (bytes, Float(squares).squareRoot())
    }

    /// -1 to 1 of two vectors of one model; nil for bytes of another size, or without a direction.
    func cosine(to other: UnsafeRawBufferPointer, length otherLength: Float) -> Float? {
        guard other.count == bytes.count, otherLength > 0, otherLength.isFinite else { return nil }
        let product = bytes.withUnsafeBufferPointer { own in
            other.withMemoryRebound(to: Int8.self) { Self.product(own, $0) }
        }
        return max(-1, min(1, Float(product) / (length * otherLength)))
    }

    /// Of equally many; at most 16,384 times 128 times 128, which 32 bits hold.
    @inline(__always)
    private static func product(_ left: UnsafeBufferPointer<Int8>, _ right: UnsafeBufferPointer<Int8>) -> Int32 {
        var sum: Int32 = 0
        for index in 0..<left.count { sum &+= Int32(left[index]) &* Int32(right[index]) }
        return sum
    }
}

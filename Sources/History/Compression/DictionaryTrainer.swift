/// Chooses what a compression dictionary holds: the stretches of samples that occur most often elsewhere.
///
/// After COVER (Liao, Petri, Moffat, Wirth: Effective Construction of Relative Lempel-Ziv Dictionaries, 2016): the
/// samples are divided into as many parts as the dictionary has room for stretches; of each part the stretch is taken
/// whose short pieces are the most frequent of all, and their frequency then counts as used. LZ4 reaches 64 KB back.
enum DictionaryTrainer {
    static let bytes = 16 * 1024
    /// Samples are read up to so many bytes.
    static let sampleBytes = 4 << 20
    /// Fewer samples make no dictionary: it would know them by heart and nothing else.
    static let leastSamples = 64
    private static let stretch = 48
    private static let piece = 8
    private static let tableBits = 20

    /// - Returns: nil where the samples are too few.
    static func train(_ samples: [[UInt8]]) -> [UInt8]? {
        guard samples.count >= leastSamples else { return nil }
        var text: [UInt8] = []
        for sample in samples where text.count + sample.count <= sampleBytes { text += sample }
        guard text.count > bytes * 2 else { return nil }
        return text.withUnsafeBufferPointer(train)
    }

    private static func train(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        let last = text.count - piece
        var counts = [UInt32](repeating: 0, count: 1 << tableBits)
        var slots = [UInt32](repeating: 0, count: last + 1)
        for position in 0...last {
            slots[position] = slot(text, position)
            counts[Int(slots[position])] &+= 1
        }
        // What occurs once is of no use to another record.
        for index in counts.indices where counts[index] == 1 { counts[index] = 0 }
        let parts = bytes / stretch
        let size = max(stretch, text.count / parts)
        var chosen: [(score: UInt64, bytes: ArraySlice<UInt8>)] = []
        for start in stride(from: 0, through: last - stretch, by: size) {
            let best = best(in: start..<min(start + size, last - stretch + 1), slots, counts)
            guard best.score > 0 else { continue }
            chosen.append((best.score, Array(text[best.start..<best.start + stretch])[...]))
            for position in best.start...best.start + stretch - piece { counts[Int(slots[position])] = 0 }
        }
        // The most useful last: the nearest to the record.
        chosen.sort { $0.score < $1.score }
        return Array(chosen.flatMap(\.bytes).suffix(bytes))
    }

    /// The stretch with the greatest sum of frequencies; a piece that recurs within it counts again, as it is short.
    private static func best(
        in range: Range<Int>, _ slots: [UInt32], _ counts: [UInt32]
    ) -> (start: Int, score: UInt64) {
        let pieces = stretch - piece + 1
        guard !range.isEmpty else { return (0, 0) }
        var score = (0..<pieces).reduce(UInt64(0)) { $0 + UInt64(counts[Int(slots[range.lowerBound + $1])]) }
        var best = (start: range.lowerBound, score: score)
        for start in range.dropFirst() {
            score -= UInt64(counts[Int(slots[start - 1])])
            score += UInt64(counts[Int(slots[start + pieces - 1])])
            if score > best.score { best = (start, score) }
        }
        return best
    }

    private static func slot(_ text: UnsafeBufferPointer<UInt8>, _ position: Int) -> UInt32 {
        var value: UInt64 = 0
        for offset in 0..<piece { value = value << 8 | UInt64(text[position + offset]) }
        return UInt32(truncatingIfNeeded: (value &* 0xcf1b_bcdc_b7a5_6463) >> (64 - UInt64(tableBits)))
    }
}

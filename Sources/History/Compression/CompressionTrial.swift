import Events

/// Packs records as the history does, away from it, to say what that saves: the measuring door of compression.
///
/// Texts that recur are numbered on their second appearance. All that records share counts: those texts as they are
/// kept (packed), and the dictionary.
public struct CompressionTrial {
    public struct Result: Sendable, Hashable, Codable {
        public var records: Int
        public var rawBytes: Int
        /// Of the records, with their headers.
        public var packedBytes: Int
        /// Of the dictionary and of the texts that the records refer to.
        public var sharedBytes: Int
        /// Raw bytes to packed and shared ones.
        public var ratio: Double
        public var dictionaryBytes: Int
        /// Megabytes of raw records a second, one thread.
        public var writeMegabytesPerSecond: Double
        public var readMegabytesPerSecond: Double
    }

    private var texts: [[UInt8]] = []
    private var numbers: [[UInt8]: Int] = [:]
    private var seen: Set<[UInt8]> = []
    private var codec = RecordCodec()

    public init() {}

    /// Trains on some records, and measures others.
    public mutating func run(training: [[UInt8]], measured: [[UInt8]]) throws -> Result {
        let samples = training.map { CompactJSON.encode($0, share: { share($0) }) ?? $0 }
        if let dictionary = DictionaryTrainer.train(samples) {
            codec.dictionaries[1] = dictionary
            codec.current = 1
        }
        let clock = ContinuousClock()
        let start = clock.now
        var packed: [[UInt8]] = []
        for record in measured { packed.append(try codec.pack(record, share: { share($0) })) }
        let written = clock.now
        var used: Set<Int> = []
        for record in packed {
            _ = try codec.unpack(record) { number in
                used.insert(number)
                return number < texts.count ? texts[number] : nil
            }
        }
        let reading = clock.now
        var read = 0
        for record in packed {
            read += try codec.unpack(record) { $0 < texts.count ? texts[$0] : nil }.count
        }
        let end = clock.now
        let raw = measured.reduce(0) { $0 + $1.count }
        guard raw == read else { throw RecordError.badChecksum }
        let dictionary = codec.dictionaries[1] ?? []
        let shared = packedSize(dictionary) + packedSize(Self.together(used.map { texts[$0] }))
        let bytes = packed.reduce(0) { $0 + $1.count }
        func speed(_ duration: Duration) -> Double { Double(raw) / 1e6 / max(1e-9, duration.inSeconds) }
        return Result(
            records: measured.count, rawBytes: raw, packedBytes: bytes, sharedBytes: shared,
            ratio: Double(raw) / Double(max(1, bytes + shared)), dictionaryBytes: dictionary.count,
            writeMegabytesPerSecond: speed(start.duration(to: written)),
            readMegabytesPerSecond: speed(reading.duration(to: end)))
    }

    private mutating func share(_ text: [UInt8]) -> Int? {
        if let number = numbers[text] { return number }
        guard !seen.insert(text).inserted else { return nil }
        numbers[text] = texts.count
        texts.append(text)
        return texts.count - 1
    }

    /// Sorted, each without what it has in common with the one before.
    private static func together(_ texts: [[UInt8]]) -> [UInt8] {
        var result: [UInt8] = []
        var last: [UInt8] = []
        for text in texts.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            let common = zip(last, text).prefix { $0 == $1 }.count
            CompactJSON.append(common, to: &result)
            CompactJSON.append(text.count - common, to: &result)
            result += text[common...]
            last = text
        }
        return result
    }

    private func packedSize(_ bytes: [UInt8]) -> Int { LZ4Packer(dictionary: []).compress(bytes)?.count ?? bytes.count }
}

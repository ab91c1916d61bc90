import ApplianceTestSupport
import Events
import Foundation
import Testing

@testable import History

@Suite("Records read back as they were written, or say that they do not")
struct RecordCodecTests {
    static let texts: [[UInt8]] = [
        [], [0], Array("short".utf8), [UInt8](repeating: 65, count: 100_000), (0..<5000).map { UInt8($0 % 251) },
    ]

    @Test("any bytes, with and without a dictionary", arguments: texts)
    func roundTrip(raw: [UInt8]) throws {
        let dictionary = Array("{\"exceptions\":[{\"frames\":[{\"file\":\"src/main".utf8)
        for codec in [RecordCodec(), RecordCodec(dictionaries: [7: dictionary], current: 7)] {
            #expect(try codec.unpack(codec.pack(raw)) == raw)
        }
    }

    @Test("a dictionary makes a record that resembles it smaller")
    func dictionaryHelps() throws {
        let raw = Array("at com.acme.orders.OrderRepository.findOpen(OrderRepository.java:88)".utf8)
        let with = try RecordCodec(dictionaries: [1: raw + raw], current: 1).pack(raw)
        #expect(with.count < (try RecordCodec().pack(raw)).count / 2)
    }

    @Test("a record packed by tasks at once, after others, is the one that a new codec packs", arguments: [0, 1])
    func reused(current: Int) async throws {
        let dictionary = (0..<60_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
        func codec() -> RecordCodec { RecordCodec(dictionaries: [1: dictionary], current: current) }
        let records = (0..<200).map { number in
            Array(dictionary[(number * 290)..<(number * 290 + 40 + number * 9)]) + Array("record \(number)".utf8)
        }
        let shared = codec()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for record in records {
                group.addTask {
                    let packed = try shared.pack(record)
                    #expect(try packed == codec().pack(record))
                    #expect(try codec().unpack(packed) == record)
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("a flipped bit is noticed, or changes nothing of what was stored")
    func flippedBits() throws {
        let codec = RecordCodec()
        let raw = Array("the pool is exhausted, the pool is exhausted".utf8)
        let record = try codec.pack(raw)
        var noticed = 0
        for index in record.indices {
            for bit in 0..<8 {
                var damaged = record
                damaged[index] ^= 1 << bit
                do {
                    #expect(try codec.unpack(damaged) == raw)
                } catch {
                    noticed += 1
                }
            }
        }
        #expect(noticed > record.count * 7)
    }

    @Test("any cut is noticed")
    func cuts() throws {
        let codec = RecordCodec()
        let record = try codec.pack(Array("the pool is exhausted, the pool is exhausted".utf8))
        for length in 0..<record.count {
            #expect(throws: RecordError.self) { try codec.unpack(Array(record.prefix(length))) }
        }
    }

    @Test("a wrong dictionary is noticed by the checksum, a missing one by its id")
    func wrongDictionary() throws {
        let text = Array("connection reset by peer while reading from upstream".utf8)
        // A copy: liblz4 leaves out a dictionary that lies where the text does.
        let record = try RecordCodec(dictionaries: [1: text.map { $0 }], current: 1).pack(text)
        let other = RecordCodec(dictionaries: [1: text.map { $0 ^ 1 }])
        #expect(throws: RecordError.self) { try other.unpack(record) }
        #expect(throws: RecordError.unknownDictionary(1)) { try RecordCodec().unpack(record) }
    }

    @Test("a claimed length is refused before anything is allocated")
    func claimedLength() throws {
        var record = try RecordCodec().pack([1, 2, 3])
        record.replaceSubrange(7..<11, with: [0x7F, 0xFF, 0xFF, 0xFF])
        #expect(throws: RecordError.tooLong(0x7FFF_FFFF)) { try RecordCodec().unpack(record) }
        #expect(throws: RecordError.tooLong(RecordCodec.maximumRawLength + 1)) {
            try RecordCodec().pack([UInt8](repeating: 0, count: RecordCodec.maximumRawLength + 1))
        }
    }

    @Test("a newer format is named, and content that does not decode too")
    func foreignContent() throws {
        var record = try RecordCodec().pack([1, 2, 3])
        record[2] = 9
        #expect(throws: RecordError.newerFormat(9)) { try RecordCodec().unpack(record) }
        let number = try RecordCodec().encode(12)
        #expect(throws: RecordError.self) { try RecordCodec().decode([String].self, from: number) }
        for error: RecordError in [
            .notARecord, .newerFormat(2), .unknownDictionary(3), .tooLong(4), .badBlock, .badChecksum, .badContent("x"),
        ] {
            #expect(!error.description.isEmpty)
        }
    }

    @Test("numbers that JSON lacks do not stop a write")
    func infinity() throws {
        var odd = event("odd")
        odd.durationMilliseconds = .nan
        let read = try StoredEvent.unpack(StoredEvent.pack(odd, RecordCodec()), RecordCodec())
        #expect(read.durationMilliseconds?.isNaN == true)
        #expect(read.message == odd.message)
    }

    @Test("an event too large for a record loses what matters least")
    func hugeEvent() throws {
        var huge = event("huge", service: "orders")
        huge.linesBefore = [String](repeating: String(repeating: "x", count: 1 << 20), count: 17)
        let read = try StoredEvent.unpack(StoredEvent.pack(huge, RecordCodec()), RecordCodec())
        #expect(read.id == "huge")
        #expect(read.exceptions == huge.exceptions)
        #expect(read.service == "orders")
        #expect(read.linesBefore.isEmpty)
    }

    @Test(
        "JSON comes back byte for byte, with what recurs stored once",
        arguments: [
            #"{}"#, #"[]"#, #""text""#, #"{"a":[1,-2,0,3.5e7,true,null,"",{"b":{}}],"c\u0041":"\\"}"#,
            #"{"id":"9f86d081884c7d65","long":"recurs, and recurs","again":"recurs, and recurs","n":123456789012345678}"#,
            #"{"big":12345678901234567890,"zero":01,"hex":"ABCDEF12"}"#,
            #"{"a\"b":1,"c\\":{"\"":2},"\\\"":"\""}"#,
        ])
    func compactJSON(json: String) throws {
        let raw = Array(json.utf8)
        var texts: [[UInt8]] = []
        let record = try RecordCodec().pack(raw) { text in
            if let known = texts.firstIndex(of: text) { return known }
            texts.append(text)
            return texts.count - 1
        }
        #expect(record[2] == RecordCodec.compact)
        #expect(try RecordCodec().unpack(record) { texts[$0] } == raw)
        if !texts.isEmpty { #expect(throws: RecordError.badBlock) { try RecordCodec().unpack(record) } }
    }

    @Test(
        "what would not come back is kept as it is",
        arguments: [
            "", "not json", #"{"a": 1}"#, #"{"a":1"#, #"{"":1}"#, #"{"a":1,"":2}"#, "[1,2", #""open"#, "{\"a\":1}\n",
            String(repeating: "[", count: 100) + String(repeating: "]", count: 100),
        ])
    func notCompact(text: String) throws {
        let record = try RecordCodec().pack(Array(text.utf8)) { _ in nil }
        #expect(record[2] == RecordCodec.plain)
        #expect(try RecordCodec().unpack(record) == Array(text.utf8))
    }

    @Test("damaged compact bytes never trap and never pass for whole ones", arguments: 1...40)
    func damagedCompact(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let raw = Array(#"{"a":["one","two",{"b":12345,"c":"9f86d081884c7d65"}],"d":"three"}"#.utf8)
        let packed = try #require(CompactJSON.encode(raw) { _ in nil })
        var damaged = packed
        for _ in 0..<3 {
            damaged[Int.random(in: 0..<packed.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
        }
        let read = CompactJSON.decode(damaged, length: raw.count) { $0 == 1 ? Array("shared".utf8) : nil }
        #expect(read == nil || read?.count == raw.count)
    }

    @Test("a trained dictionary makes records that it was not trained on smaller; few samples make none")
    func training() throws {
        func record(_ number: Int) -> [UInt8] {
            Array(
                #"{"type":"java.util.concurrent.TimeoutException","n":\#(number),"frame":"com.acme.orders.Orders"}"#
                    .utf8)
        }
        #expect(DictionaryTrainer.train((0..<10).map(record)) == nil)
        let dictionary = try #require(DictionaryTrainer.train((0..<1000).map(record)))
        #expect(dictionary.count <= DictionaryTrainer.bytes)
        let with = try RecordCodec(dictionaries: [1: dictionary], current: 1).pack(record(5000))
        #expect(with.count < (try RecordCodec().pack(record(5000))).count * 2 / 3)
        var trial = CompressionTrial()
        let result = try trial.run(training: (0..<500).map(record), measured: (500..<900).map(record))
        #expect(result.ratio > 1.5)
        #expect(result.sharedBytes > 0)
    }

    @Test("a history trains a dictionary once it pays, uses it from then on, and keeps what was packed before")
    func storeTrains() throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        func entries(_ range: Range<Int>, frame: String) -> [RecordEntry] {
            range.map { number in
                var entry = entry("g\(number)", "\(number)")
                entry.event.exceptions[0].frames = (0..<6).map { (at: Int) in
                    StackFrame(file: "\(frame)\(at).java", function: "find\(at)", module: "com.acme.\(frame)", line: at)
                }
                return entry
            }
        }
        try store.record(batch(entries(0..<100, frame: "orders")))
        #expect(try !store.trainDictionary(now: noon))
        try store.record(batch(entries(100..<900, frame: "orders")))
        let before = try store.statistics().recordBytes
        #expect(try store.trainDictionary(now: noon))
        #expect(try !store.trainDictionary(now: noon))
        try store.record(batch(entries(900..<1800, frame: "orders")))
        #expect(try store.statistics().recordBytes < before * 2)
        for name in ["g5", "g1700"] { #expect(try store.samples(of: fingerprint(name), limit: 1).count == 1) }
        #expect(try store.verify().problems.isEmpty)
        let again = try HistoryStore.open(at: scratch.file, mode: .readOnly, now: noon)
        #expect(try again.samples(of: fingerprint("g1700"), limit: 1).count == 1)
    }
}

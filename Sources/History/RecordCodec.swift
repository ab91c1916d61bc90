import Foundation

/// Why a stored record cannot be read.
public enum RecordError: Error, Equatable, CustomStringConvertible {
    case notARecord
    case newerFormat(Int)
    case unknownDictionary(Int)
    case tooLong(Int)
    case badBlock
    case badChecksum
    case badContent(String)

    public var description: String {
        switch self {
        case .notARecord: "it does not begin as a record does"
        case .newerFormat(let format): "its format \(format) is newer than this program's"
        case .unknownDictionary(let id): "its compression dictionary \(id) is not in the file"
        case .tooLong(let length): "it claims \(length) bytes"
        case .badBlock: "its compressed bytes are not well formed"
        case .badChecksum: "its checksum is wrong"
        case .badContent(let detail): "its content does not decode: \(detail)"
        }
    }
}

/// Packs records as LZ4 blocks with a header that makes every damage visible.
///
/// A block that is unpacked with a wrong dictionary gives garbage without an error, so the header carries what
/// LZ4 leaves out. Layout, integers big-endian: `AR`, format (1 byte), dictionary id (4), raw length (4),
/// ``Checksum`` of the raw bytes (8), in the compact format the length of what the block unpacks to (4), the block.
struct RecordCodec {
    /// Formats: the raw bytes are JSON; or ``CompactJSON`` of it, whose length follows the checksum.
    static let (plain, compact): (UInt8, UInt8) = (1, 2)
    /// Checked before anything is allocated: a record that claims more is damaged or hostile.
    static let maximumRawLength = 16 << 20
    static let headerLength = 19
    private static let magic: [UInt8] = [0x41, 0x52]

    /// Id → bytes; 0 is no dictionary.
    var dictionaries: [Int: [UInt8]] { didSet { packer = LZ4Packer(dictionary: dictionaries[current] ?? []) } }
    /// What new records are packed with.
    var current: Int { didSet { packer = LZ4Packer(dictionary: dictionaries[current] ?? []) } }
    /// With the current dictionary; copies of this codec share it.
    private var packer: LZ4Packer

    init(dictionaries: [Int: [UInt8]] = [:], current: Int = 0) {
        (self.dictionaries, self.current) = (dictionaries, current)
        packer = LZ4Packer(dictionary: dictionaries[current] ?? [])
    }

    /// A record that refers to nothing outside it.
    func pack(_ raw: [UInt8]) throws(RecordError) -> [UInt8] { try seal(raw, compact: nil) }

    /// - Parameter share: as in ``CompactJSON/encode(_:share:)``.
    func pack(_ raw: [UInt8], share: ([UInt8]) -> Int?) throws(RecordError) -> [UInt8] {
        try seal(raw, compact: CompactJSON.encode(raw, share: share))
    }

    private func seal(_ raw: [UInt8], compact: [UInt8]?) throws(RecordError) -> [UInt8] {
        guard raw.count <= Self.maximumRawLength else { throw .tooLong(raw.count) }
        _ = try bytes(ofDictionary: current)
        let content = compact ?? raw
        guard let block = packer.compress(content) else { throw .tooLong(raw.count) }
        var record = Self.magic
        record.reserveCapacity(Self.headerLength + block.count)
        record.append(compact == nil ? Self.plain : Self.compact)
        record.append(contentsOf: Self.bigEndian(UInt32(truncatingIfNeeded: current)))
        record.append(contentsOf: Self.bigEndian(UInt32(truncatingIfNeeded: raw.count)))
        withUnsafeBytes(of: Checksum.of(raw).bigEndian) { record.append(contentsOf: $0) }
        if compact != nil { record.append(contentsOf: Self.bigEndian(UInt32(truncatingIfNeeded: content.count))) }
        record.append(contentsOf: block)
        return record
    }

    /// - Parameter text: a text that the record refers to.
    func unpack(_ record: [UInt8], text: (Int) -> [UInt8]? = { _ in nil }) throws(RecordError) -> [UInt8] {
        guard record.count >= Self.headerLength, record.starts(with: Self.magic) else { throw .notARecord }
        guard record[2] == Self.plain || record[2] == Self.compact else {
            throw .newerFormat(Int(record[2]))
        }
        let length = Self.integer(record[7..<11])
        guard length <= Self.maximumRawLength else { throw .tooLong(length) }
        let dictionary = try bytes(ofDictionary: Self.integer(record[3..<7]))
        var raw: [UInt8]
        if record[2] == Self.plain {
            guard let plain = LZ4.decompress(record[Self.headerLength...], rawLength: length, dictionary: dictionary)
            else { throw .badBlock }
            raw = plain
        } else {
            let start = Self.headerLength + 4
            guard record.count >= start else { throw .notARecord }
            let packed = Self.integer(record[Self.headerLength..<start])
            guard packed <= 2 * length + 16 else { throw .tooLong(packed) }
            guard let compact = LZ4.decompress(record[start...], rawLength: packed, dictionary: dictionary),
                let json = CompactJSON.decode(compact, length: length, text: text)
            else { throw .badBlock }
            raw = json
        }
        let checksum = record[11..<19].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard Checksum.of(raw) == checksum else { throw .badChecksum }
        return raw
    }

    func encode(_ value: some Encodable) throws(RecordError) -> [UInt8] {
        let raw: Data
        do {
            raw = try StoredJSON.encoder().encode(value)
        } catch {
            throw .badContent("\(error)")
        }
        return try pack([UInt8](raw))
    }

    func decode<Value: Decodable>(_ type: Value.Type, from record: [UInt8]) throws(RecordError) -> Value {
        let raw = try unpack(record)
        do {
            return try StoredJSON.decoder().decode(type, from: Data(raw))
        } catch {
            throw .badContent("\(error)")
        }
    }

    private func bytes(ofDictionary id: Int) throws(RecordError) -> [UInt8] {
        if id == 0 { return [] }
        guard let dictionary = dictionaries[id] else { throw .unknownDictionary(id) }
        return dictionary
    }

    private static func bigEndian(_ value: UInt32) -> [UInt8] {
        [UInt8(value >> 24), UInt8(value >> 16 & 255), UInt8(value >> 8 & 255), UInt8(value & 255)]
    }

    private static func integer(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }
}

/// The JSON inside records: stable key order, and no number that JSON lacks can stop a write.
enum StoredJSON {
    static func encoder() -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return encoder
    }

    static func decoder() -> JSONDecoder {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return decoder
    }

    /// Small values kept as JSON in a column of their own.
    static func text(_ value: some Encodable) throws -> String {
        String(decoding: try encoder().encode(value), as: UTF8.self)
    }

    /// A list of texts. One that escapes nothing is read without a decoder: reports read thousands.
    static func list(_ text: String) throws -> [String] {
        let bytes = text.utf8
        guard bytes.count > 4, !bytes.contains(UInt8(ascii: "\\")), text.hasPrefix("[\""), text.hasSuffix("\"]") else {
            return try value([String].self, text)
        }
        // Without an escape, a quotation mark only begins or ends a text, and StoredJSON writes no spaces between.
        return text.dropFirst(2).dropLast(2).split(separator: "\",\"", omittingEmptySubsequences: false).map(
            String.init)
    }

    static func value<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
        try decoder().decode(type, from: Data(text.utf8))
    }
}

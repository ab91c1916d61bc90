/// Small GGUF files of any kind, made as the format's page says; good ones and spoilt ones.
public struct GGUFFixture: Sendable {
    public var version: UInt32 = 3
    public var magic: [UInt8] = Array("GGUF".utf8)
    public var pairs: [Pair] = [
        Pair("general.architecture", .text("qwen2")), Pair("general.name", .text("Tiny")),
        Pair("qwen2.context_length", .word(32768)), Pair("general.alignment", .word(32)),
        Pair("tokenizer.ggml.tokens", .texts(["a", "b", "c"])),
    ]
    public var tensors: [Tensor] = [Tensor(name: "token_embd.weight", widths: [32, 4], kind: 8, offset: 0)]
    /// Of the tensors' data, after the header and its padding.
    public var dataBytes = 4 * 34
    /// In place of the counts that are true.
    public var claimedPairs: UInt64?
    public var claimedTensors: UInt64?

    public enum Value: Sendable {
        case text(String), word(UInt32), texts([String])
        /// Bytes of a type, as they are.
        case raw(type: UInt32, [UInt8])
    }

    public struct Pair: Sendable {
        var key: String
        var value: Value

        public init(_ key: String, _ value: Value) { (self.key, self.value) = (key, value) }
    }

    public struct Tensor: Sendable {
        public var name: String
        public var widths: [UInt64]
        public var kind: UInt32
        public var offset: UInt64

        public init(name: String, widths: [UInt64], kind: UInt32, offset: UInt64) {
            (self.name, self.widths, self.kind, self.offset) = (name, widths, kind, offset)
        }
    }

    public init() {}

    public var bytes: [UInt8] {
        var bytes = magic + Self.little(version) + Self.little(claimedTensors ?? UInt64(tensors.count))
        bytes += Self.little(claimedPairs ?? UInt64(pairs.count))
        for pair in pairs { bytes += Self.text(pair.key) + Self.value(pair.value) }
        for tensor in tensors {
            bytes += Self.text(tensor.name) + Self.little(UInt32(tensor.widths.count))
            for width in tensor.widths { bytes += Self.little(width) }
            bytes += Self.little(tensor.kind) + Self.little(tensor.offset)
        }
        bytes += [UInt8](repeating: 0, count: (32 - bytes.count % 32) % 32)
        return bytes + (0..<dataBytes).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    }

    public static func little(_ number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }

    public static func text(_ text: String) -> [UInt8] { little(UInt64(text.utf8.count)) + Array(text.utf8) }

    private static func value(_ value: Value) -> [UInt8] {
        switch value {
        case .text(let words): little(UInt32(8)) + text(words)
        case .word(let number): little(UInt32(4)) + little(number)
        case .texts(let all):
            little(UInt32(9)) + little(UInt32(8)) + little(UInt64(all.count)) + all.flatMap { text($0) }
        case .raw(let type, let bytes): little(type) + bytes
        }
    }
}

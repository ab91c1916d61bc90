/// What a GGUF file says of itself, read strictly: the file is another's, and a server will map it into memory.
///
/// The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, versions 2 and 3, little-endian.
public struct GGUFHeader: Sendable, Hashable {
    public var version: Int
    public var tensorCount: Int
    /// `general.architecture`: `qwen2`, `llama`. Every model has one.
    public var architecture: String
    public var name: String?
    /// What the model was trained for, `ARCHITECTURE.context_length`.
    public var contextTokens: Int?
    /// Where the tensors end: a file that is shorter was cut.
    public var bytesNeeded: Int

    /// Of pairs and of tensors; the largest models have some thousands.
    static let mostPairs = 65_536
    static let mostTensors = 262_144
    /// Of a key, by the format.
    static let longestKey = 65_535
    /// Of a text or an array: a vocabulary has some 260,000 words, a chat template some kilobytes.
    static let longestText = 16 << 20
    /// Of an architecture's name.
    static let longestWord = 64
    static let mostElements = 16 << 20
    /// Arrays of arrays; the format allows them, no model has them.
    static let deepestArray = 3
    /// ggml's GGML_MAX_DIMS.
    static let mostDimensions = 4

    /// Reads a file's beginning.
    ///
    /// - Parameters:
    ///   - prefix: as much of the file as was read.
    ///   - fileSize: of the whole file.
    /// - Throws: ``GGUFError/longer`` when the header goes on after `prefix`; any other is the file's own fault.
    public init(prefix: UnsafeRawBufferPointer, fileSize: Int) throws(GGUFError) {
        var reader = GGUFReader(bytes: prefix, fileSize: fileSize)
        guard try reader.bytes(4).elementsEqual("GGUF".utf8) else { throw .notGGUF }
        let version = try reader.number(UInt32.self)
        guard version == 2 || version == 3 else { throw .unknownVersion(Int(version)) }
        let tensors = try reader.count(atMost: Self.mostTensors, "tensors")
        let pairs = try reader.count(atMost: Self.mostPairs, "pairs")
        guard tensors > 0 else { throw .implausible("no tensor in it") }
        var facts = Facts()
        for _ in 0..<pairs {
            let key = try reader.text(atMost: Self.longestKey)
            let type = try reader.number(UInt32.self)
            try facts.take(key, try reader.value(type, depth: 0))
        }
        guard let architecture = facts.texts["general.architecture"],
            (1...Self.longestWord).contains(architecture.utf8.count)
        else {
            throw .implausible("it names no architecture")
        }
        var end = 0
        for _ in 0..<tensors { end = max(end, try GGUFTensor.end(&reader, alignment: facts.alignment)) }
        let start = try Self.aligned(reader.offset, facts.alignment)
        let (needed, overflows) = start.addingReportingOverflow(end)
        guard !overflows else { throw .implausible("its tensors end nowhere") }
        guard needed <= fileSize else { throw .cutShort(has: fileSize, needs: needed) }
        (self.version, tensorCount, self.architecture) = (Int(version), tensors, architecture)
        (name, bytesNeeded) = (facts.texts["general.name"], needed)
        contextTokens = facts.numbers["\(architecture).context_length"]
    }

    private static func aligned(_ offset: Int, _ alignment: Int) throws(GGUFError) -> Int {
        let (sum, overflows) = offset.addingReportingOverflow(alignment - 1)
        guard !overflows else { throw .implausible("its tensors begin nowhere") }
        return sum / alignment * alignment
    }

    /// The few pairs that are told of a model.
    private struct Facts {
        var texts: [String: String] = [:]
        var numbers: [String: Int] = [:]
        /// `general.alignment`, a power of two; 32 without it.
        var alignment = 32

        mutating func take(_ key: String, _ value: GGUFReader.Value) throws(GGUFError) {
            switch value {
            case .text(let text) where key == "general.architecture" || key == "general.name":
                guard texts.updateValue(text, forKey: key) == nil else {
                    throw .implausible("\(key) stands there twice")
                }
            case .number(let number) where key.hasSuffix(".context_length"): numbers[key] = number
            case .number(let number) where key == "general.alignment":
                guard number > 0, number <= 1 << 20, number.nonzeroBitCount == 1 else {
                    throw .implausible("its alignment is \(number)")
                }
                alignment = number
            default: break
            }
        }
    }
}

/// Why a file is no model that can be taken in.
public enum GGUFError: Error, Equatable, CustomStringConvertible {
    case notGGUF
    case unknownVersion(Int)
    /// The header goes on after the bytes that were given.
    case longer
    case cutShort(has: Int, needs: Int)
    /// What no writer of models writes.
    case implausible(String)

    public var description: String {
        switch self {
        case .notGGUF: "it does not begin as a GGUF file does"
        case .unknownVersion(let version): "its GGUF version is \(version); 2 and 3 are known"
        case .longer: "its header is longer than a header is"
        case .cutShort(let has, let needs): "it is cut short: \(has) bytes of \(needs)"
        case .implausible(let what): "its header is damaged: \(what)"
        }
    }
}

/// Compares a query with candidates that were found for it, as a whole: documents are read into flat arrays of small
/// numbers, so that everything after that is arithmetic.
struct Comparison {
    /// What a token is, and so how much it counts beside its rarity.
    enum Kind: UInt8 {
        case word, piece, runtimePiece, type, code, part, line, runtimeLine

        var factor: Float {
            switch self {
            case .word, .piece, .type: 1
            case .code: 1.5
            case .part: 0.7
            case .runtimePiece: Comparison.runtimeFactor
            case .line: Comparison.lineFactor
            case .runtimeLine: Comparison.lineFactor * Comparison.runtimeFactor
            }
        }
    }

    /// Frames of the runtime are in every trace.
    static let runtimeFactor: Float = 0.3
    static let (frameFactor, lineFactor): (Float, Float) = (0.5, 1)
    /// A frame's weight falls by this much a call away from the fault.
    static let frameDecay: Float = 0.02

    struct Element {
        var token: Int32
        var kind: Kind
    }

    struct Frame {
        var token: Int32
        var isRuntime: Bool
    }

    /// Where a document's parts lie in the arrays.
    struct Extent {
        var sequence: Range<Int>
        var features: Range<Int>
        var frames: Range<Int>
        var type: Int32
        var code: Int32
    }

    private(set) var tokens: TokenTable
    /// Words and the pieces of frames in their order, framed by ``TokenTable/start`` and ``TokenTable/end``.
    private(set) var sequence: [Element] = []
    /// What has no place in the order.
    private(set) var features: [Element] = []
    private(set) var frames: [Frame] = []
    /// The query first.
    private(set) var extents: [Extent] = []

    init(_ query: SearchTokens, _ rarity: TermRarity) {
        tokens = TokenTable(rarity)
        _ = query.encoded.withUnsafeBytes { add($0) }
    }

    /// - Returns: false for bytes that no document was stored as; nothing is added then.
    mutating func add(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let starts = (sequence.count, features.count, frames.count)
        var (type, code): (Int32, Int32) = (0, 0)
        append(TokenTable.start, .word)
        let isRead = SearchTokens.read(bytes) { part in
            switch part {
            case .type(let token):
                type = tokens[token]
                features.append(Element(token: type, kind: .type))
            case .code(let token):
                code = tokens[token]
                features.append(Element(token: code, kind: .code))
            case .word(let token): append(token == SearchTokens.value ? TokenTable.value : tokens[token], .word)
            case .frame(let name, let line, let isRuntime):
                append(TokenTable.value, .word)
                frames.append(Frame(token: tokens[name], isRuntime: isRuntime))
                guard line != 0 else { return }
                let place = tokens[SearchTokens.place(name, line)]
                features.append(Element(token: place, kind: isRuntime ? .runtimeLine : .line))
            case .piece(let token): append(tokens[token], frames.last?.isRuntime == true ? .runtimePiece : .piece)
            case .part(let token): features.append(Element(token: tokens[token], kind: .part))
            }
        }
        guard isRead else {
            sequence.removeLast(sequence.count - starts.0)
            features.removeLast(features.count - starts.1)
            frames.removeLast(frames.count - starts.2)
            return false
        }
        append(TokenTable.end, .word)
        extents.append(
            Extent(
                sequence: starts.0..<sequence.count, features: starts.1..<features.count,
                frames: starts.2..<frames.count, type: type, code: code))
        return true
    }

    /// Lines of code are not in the index: how rare one is, the documents at hand tell.
    mutating func weighLines() {
        var (counts, marks): ([Int32: Int], [Int32: Int]) = ([:], [:])
        for (number, extent) in extents.enumerated() {
            for element in features[extent.features] where element.kind == .line || element.kind == .runtimeLine {
                if marks.updateValue(number, forKey: element.token) != number { counts[element.token, default: 0] += 1 }
            }
        }
        for (token, count) in counts { tokens.setDocuments(count, of: token) }
    }

    private mutating func append(_ token: Int32, _ kind: Kind) {
        sequence.append(Element(token: token, kind: kind))
    }

    /// What each term of a query adds to a document that has it, while candidates are looked for.
    static func termWeights(of query: SearchTokens, _ rarity: TermRarity) -> [UInt32: Float] {
        var weights: [UInt32: Float] = [:]
        func add(_ term: UInt32, _ factor: Float) {
            guard term != 0 else { return }
            let weight = factor * Float(rarity.weight(of: term))
            if weight > weights[term] ?? 0 { weights[term] = weight }
        }
        add(query.type, Kind.type.factor)
        add(query.code, Kind.code.factor)
        for word in query.words { add(word, Kind.word.factor) }
        for frame in query.frames {
            add(frame.name, frame.isRuntime ? frameFactor * runtimeFactor : frameFactor)
            for piece in frame.pieces { add(piece, frame.isRuntime ? runtimeFactor : Kind.piece.factor) }
            for part in frame.parts { add(part, Kind.part.factor) }
        }
        return weights
    }
}

/// Numbers tokens in the order of their appearance, and remembers how telling each is.
struct TokenTable {
    /// The ends of a text, and where a value or a frame's edge stood.
    static let (start, value, end): (Int32, Int32, Int32) = (0, 1, 2)

    private let rarity: TermRarity
    private var keys: [UInt32]
    private var numbers: [Int32]
    private var mask: Int
    /// By number.
    private(set) var weights: [Float] = [0, 0, 0]

    init(_ rarity: TermRarity) {
        self.rarity = rarity
        mask = 4095
        keys = [UInt32](repeating: 0, count: mask + 1)
        numbers = [Int32](repeating: 0, count: mask + 1)
    }

    var count: Int { weights.count }

    /// - Parameter token: not 0.
    subscript(token: UInt32) -> Int32 {
        mutating get {
            var slot = Int((token &* 0x9e37_79b1) >> 7) & mask
            while keys[slot] != 0 {
                if keys[slot] == token { return numbers[slot] }
                slot = (slot + 1) & mask
            }
            let number = Int32(weights.count)
            (keys[slot], numbers[slot]) = (token, number)
            weights.append(Float(rarity.weight(of: token)))
            if weights.count * 2 > mask { grow() }
            return number
        }
    }

    mutating func setDocuments(_ count: Int, of token: Int32) {
        weights[Int(token)] = Float(rarity.weight(documents: count))
    }

    private mutating func grow() {
        let (oldKeys, oldNumbers) = (keys, numbers)
        mask = mask * 2 + 1
        keys = [UInt32](repeating: 0, count: mask + 1)
        numbers = [Int32](repeating: 0, count: mask + 1)
        for (key, number) in zip(oldKeys, oldNumbers) where key != 0 {
            var slot = Int((key &* 0x9e37_79b1) >> 7) & mask
            while keys[slot] != 0 { slot = (slot + 1) & mask }
            (keys[slot], numbers[slot]) = (key, number)
        }
    }
}

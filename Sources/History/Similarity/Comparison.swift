import Foundation

/// Compares a query with candidates that were found for it, as a whole: documents are read into flat arrays of small
/// numbers, so that everything after that is arithmetic.
struct Comparison {
    /// What a token is, and so how much it counts beside its rarity.
    enum Kind: UInt8 {
        case word, piece, runtimePiece, type, code, part

        var factor: Float {
            switch self {
            case .word, .piece, .type: 1
            case .code: 1.5
            case .part: 0.7
            // Of a rare one more: ``Comparison/factor(_:)``.
            case .runtimePiece: Comparison.runtimeFactor
            }
        }
    }

    /// Frames of the runtime are in every trace, and tell the less the more common they are.
    static let runtimeFactor: Float = 0.15
    static let (frameFactor, lineFactor): (Float, Float) = (0.25, 1)
    /// A frame's weight falls by this much a call away from the fault.
    static let frameDecay: Float = 0.02

    struct Element {
        var token: Int32
        var kind: Kind
    }

    struct Frame {
        var token: Int32
        var isRuntime: Bool
        /// The frame at its line, as a token; 0 where the line is unknown.
        var place: Int32
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
                let place = line == 0 ? 0 : tokens[SearchTokens.place(name, line)]
                frames.append(Frame(token: tokens[name], isRuntime: isRuntime, place: place))
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

    /// Lines of code are not in the index: how rare one is, and how much a frame's lines vary, the documents at hand
    /// tell.
    mutating func weighLines() {
        var counts: [Int32: Int] = [:]
        var (marks, framesOfPlaces): ([Int32: Int], [Int32: Int32]) = ([:], [:])
        for (number, extent) in extents.enumerated() {
            for frame in frames[extent.frames] where frame.place != 0 {
                guard marks.updateValue(number, forKey: frame.place) != number else { continue }
                counts[frame.place, default: 0] += 1
                framesOfPlaces[frame.place] = frame.token
            }
        }
        for (place, count) in counts { tokens.setDocuments(count, of: place) }
        findVolatile(counts, framesOfPlaces)
    }

    /// 0 to 1, by a frame's token: that its line says nothing, for it is another one nearly every time.
    private(set) var volatility: [Int32: Float] = [:]
    /// Fewer observations of a frame say nothing about its lines.
    private static let leastLines = 8
    /// Lines that recur at all are no chance.
    private static let volatilityExponent: Float = 10

    /// Where the same function is met at ever different lines, two that agree do so by chance.
    private mutating func findVolatile(_ counts: [Int32: Int], _ framesOfPlaces: [Int32: Int32]) {
        var lines: [Int32: (count: Int, sum: Float)] = [:]
        for (place, count) in counts.sorted(by: { $0.key < $1.key }) {
            guard let frame = framesOfPlaces[place] else { continue }
            let known = lines[frame] ?? (0, 0)
            lines[frame] = (known.count + count, known.sum + Float(count) * log(Float(count)))
        }
        for (frame, seen) in lines where seen.count >= Self.leastLines {
            let most = log(Float(seen.count))
            volatility[frame] = pow(max(0, most - seen.sum / Float(seen.count)) / most, Self.volatilityExponent)
        }
    }

    /// What an element counts beside its rarity.
    func factor(_ element: Element) -> Float {
        element.kind == .runtimePiece ? runtimeFactor(element.token) : element.kind.factor
    }

    /// A name of the runtime that is hardly ever seen tells as much as any other.
    func runtimeFactor(_ token: Int32) -> Float {
        let rarity = min(1, tokens.weights[Int(token)] / tokens.rarest)
        return Self.runtimeFactor + (1 - Self.runtimeFactor) * rarity * rarity
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
    /// The weight of what one document has.
    let rarest: Float
    /// By number.
    private(set) var weights: [Float] = [0, 0, 0]

    init(_ rarity: TermRarity) {
        self.rarity = rarity
        rarest = Float(rarity.weight(documents: 1))
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

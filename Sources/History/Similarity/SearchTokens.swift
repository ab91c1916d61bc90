import Events

/// A search key as numbers: what the index stores and compares.
///
/// Each token is a 32-bit hash that its kind is part of; two tokens of a million that fall together change a
/// ranking by a hair, and nothing else.
struct SearchTokens: Hashable, Sendable {
    struct Frame: Hashable, Sendable {
        var name: UInt32
        /// 0: unknown.
        var line: UInt32
        var isRuntime: Bool
        /// Identifiers of the name in order: packages, class, function. The same tokens as words of a message.
        var pieces: [UInt32]
        /// What class and function are composed of (`find`, `Open`), in lower case.
        var parts: [UInt32]
    }

    /// 0: none.
    var type: UInt32
    var code: UInt32
    /// In order, repeats kept; ``value`` where a number or another value stood.
    var words: [UInt32]
    /// Innermost first.
    var frames: [Frame]

    static let value: UInt32 = 0
    static let maximumFrames = 48
    static let maximumWords = 192
    static let maximumPieces = 24

    /// What the index finds the document by: each token once, in ascending order.
    var terms: [UInt32] {
        var all = [type, code] + words
        for frame in frames {
            all.append(frame.name)
            all += frame.pieces
            all += frame.parts
        }
        all.sort()
        var last: UInt32 = 0
        return all.filter { term in
            defer { last = term }
            return term != 0 && term != last
        }
    }

    /// A frame at its line, as a token.
    static func place(_ name: UInt32, _ line: UInt32) -> UInt32 {
        let mixed = (UInt64(name) << 32 | UInt64(line)) &* 0x9e37_79b9_7f4a_7c15
        return max(1, UInt32(truncatingIfNeeded: mixed >> 32))
    }

    var isEmpty: Bool { type == 0 && code == 0 && frames.isEmpty && words.allSatisfy { $0 == Self.value } }
}

// MARK: - Stored form

extension SearchTokens {
    private static let formatVersion: UInt32 = 2

    /// Little-endian numbers of 32 bits: version, type, code, number of words, the words; then of each frame name,
    /// line (and in the highest bit whether it is the runtime's), numbers of pieces and parts, pieces, parts.
    var encoded: [UInt8] {
        var numbers = [Self.formatVersion, type, code, UInt32(words.count)] + words
        for frame in frames {
            numbers.append(frame.name)
            numbers.append(min(frame.line, Self.lineMask) | (frame.isRuntime ? ~Self.lineMask : 0))
            numbers.append(UInt32(frame.pieces.count) << 16 | UInt32(frame.parts.count))
            numbers += frame.pieces
            numbers += frame.parts
        }
        var bytes = [UInt8]()
        bytes.reserveCapacity(numbers.count * 4)
        for number in numbers { withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) } }
        return bytes
    }

    private static let lineMask: UInt32 = 0x7fff_ffff

    /// What a stored form consists of, in its order. Tokens are never 0, but for words.
    enum Part {
        case type(UInt32), code(UInt32), word(UInt32)
        case frame(name: UInt32, line: UInt32, isRuntime: Bool)
        /// Of the frame before.
        case piece(UInt32), part(UInt32)
    }

    /// - Returns: false for bytes that ``encoded`` did not make; some parts may have been told by then.
    static func read(_ bytes: UnsafeRawBufferPointer, _ body: (Part) -> Void) -> Bool {
        let count = bytes.count / 4
        func number(_ index: Int) -> UInt32 {
            UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self))
        }
        guard bytes.count % 4 == 0, count >= 4, number(0) == formatVersion, number(3) <= maximumWords,
            4 + Int(number(3)) <= count
        else { return false }
        if number(1) != 0 { body(.type(number(1))) }
        if number(2) != 0 { body(.code(number(2))) }
        var position = 4 + Int(number(3))
        for index in 4..<position { body(.word(number(index))) }
        var frames = 0
        while position < count {
            guard frames < maximumFrames, position + 3 <= count, number(position) != 0 else { return false }
            let (line, counts) = (number(position + 1), number(position + 2))
            let (pieces, parts) = (Int(counts >> 16), Int(counts & 0xffff))
            guard pieces <= maximumPieces, parts <= maximumPieces, position + 3 + pieces + parts <= count else {
                return false
            }
            body(.frame(name: number(position), line: line & lineMask, isRuntime: line > lineMask))
            position += 3
            for index in 0..<pieces + parts {
                let token = number(position + index)
                guard token != 0 else { return false }
                body(index < pieces ? .piece(token) : .part(token))
            }
            position += pieces + parts
            frames += 1
        }
        return true
    }

    /// - Returns: nil for bytes that ``encoded`` did not make.
    init?(encoded bytes: UnsafeRawBufferPointer) {
        (type, code, words, frames) = (0, 0, [], [])
        var frame: Frame?
        let isRead = Self.read(bytes) { part in
            switch part {
            case .type(let token): type = token
            case .code(let token): code = token
            case .word(let token): words.append(token)
            case .piece(let token): frame?.pieces.append(token)
            case .part(let token): frame?.parts.append(token)
            case .frame(let name, let line, let isRuntime):
                if let frame { frames.append(frame) }
                frame = Frame(name: name, line: line, isRuntime: isRuntime, pieces: [], parts: [])
            }
        }
        if let frame { frames.append(frame) }
        guard isRead else { return nil }
    }

    /// 64 bits that tell one key from another (two of a million fall together once in forty million indexes); lines of
    /// code are no part of it.
    var digest: UInt64 {
        var (high, low): (UInt64, UInt64) = (0xcbf2_9ce4_8422_2325, 0x9e37_79b9_7f4a_7c15)
        func add(_ token: UInt32) {
            high = (high ^ UInt64(token)) &* 0x100_0000_01b3
            low = (low &+ UInt64(token)) &* 0xbf58_476d_1ce4_e5b9
            low ^= low >> 29
        }
        for token in [type, code, UInt32(frames.count)] + words { add(token) }
        for frame in frames { add(frame.name) }
        return high ^ low
    }
}

/// Sorts the lines of one log into templates.
///
/// Lines are masked, cut into words, and the words that vary by their looks (numbers, paths, values after `=`)
/// become one mark; what is left tells templates apart. At the end, templates that differ in one word are joined
/// where that word shows that it varies. Deterministic; memory grows with the number of different templates, up to a
/// limit, and four bytes a line.
public struct TemplateMiner: Sendable {
    /// What a line is.
    public enum Input: Sendable {
        /// The message alone.
        case messages
        /// A whole line with its header; where the message begins is found from the lines.
        case lines
    }

    /// Different skeletons that are kept; further ones are reduced to their first words.
    public static let maxSkeletons = 100_000
    /// Reduced ones that are kept; all further lines are one template.
    private static let maxReduced = 20_000
    /// Different words that are told apart; further ones count as varying.
    private static let maxWords = 500_000
    /// Masked texts whose skeleton is remembered.
    private static let maxRemembered = 200_000
    /// Lines from which the layout is learned.
    private static let sampleLines = 4000
    /// Words of a skeleton that are kept once there are too many.
    private static let overflowWords = 3

    private let input: Input
    private var layout: LineLayout?
    private var sample: [[UInt8]] = []
    private var wordNumbers: [[UInt8]: UInt32] = [:]
    private var words: [[UInt8]] = [Array("<*>".utf8)]
    private var skeletons: [Skeleton: UInt32] = [:]
    private var ordered: [Skeleton] = []
    /// Hash of a masked text → its skeleton.
    private var remembered: [UInt64: UInt32] = [:]
    private var assigned: [UInt32] = []

    public init(_ input: Input = .messages) {
        self.input = input
    }

    /// Reads one line.
    public mutating func add(_ line: String) {
        var line = line
        line.withUTF8 { add($0) }
    }

    /// Reads one line, given as its bytes.
    public mutating func add(_ line: UnsafeBufferPointer<UInt8>) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: MessageTemplate.maxBytes + MaskScanner.slack) {
            output in
            var scanner = MaskScanner(Bytes(rebasing: line.prefix(MessageTemplate.maxMessageBytes)), into: output)
            scanner.scan()
            addMasked(Bytes(rebasing: UnsafeBufferPointer(output)[..<scanner.finish()]))
        }
    }

    /// The template of each line read so far, as the templates stand now.
    public mutating func finish() -> MinedTemplates {
        learnLayout()
        var merge = SkeletonMerge(ordered, isIdentifier: words.map(Self.looksLikeIdentifier))
        let texts = merge.run().map(text)
        return MinedTemplates(assigned: assigned, texts: texts)
    }

    // MARK: - Reading

    private mutating func addMasked(_ masked: Bytes) {
        if input == .lines, layout == nil {
            sample.append(Array(masked))
            if sample.count == Self.sampleLines { learnLayout() }
            return
        }
        let hash = Self.hash(masked)
        if let known = remembered[hash] { return assigned.append(known) }
        let number = number(of: skeleton(of: masked))
        if remembered.count >= Self.maxRemembered { remembered.removeAll(keepingCapacity: true) }
        remembered[hash] = number
        assigned.append(number)
    }

    private mutating func learnLayout() {
        guard input == .lines, layout == nil else { return }
        layout = LineLayout(sample: sample)
        let held = sample
        sample = []
        for line in held { line.withUnsafeBufferPointer { addMasked($0) } }
    }

    private mutating func skeleton(of masked: Bytes) -> Skeleton {
        var skeleton = Skeleton(words: [])
        var reader = SkeletonReader(masked, from: layout?.messageStart(in: masked) ?? 0)
        reader.read { range in
            skeleton.words.append(range.map { number(ofWord: Array(masked[$0])) } ?? Skeleton.variable)
        }
        return skeleton
    }

    private mutating func number(ofWord word: [UInt8]) -> UInt32 {
        if let number = wordNumbers[word] { return number }
        guard words.count < Self.maxWords else { return Skeleton.variable }
        let number = UInt32(words.count)
        words.append(word)
        wordNumbers[word] = number
        return number
    }

    private mutating func number(of skeleton: Skeleton) -> UInt32 {
        if let number = skeletons[skeleton] { return number }
        var skeleton = skeleton
        if skeletons.count >= Self.maxSkeletons {
            let kept = skeletons.count < Self.maxSkeletons + Self.maxReduced ? Self.overflowWords : 0
            skeleton = Skeleton(words: skeleton.words.prefix(kept) + [Skeleton.variable])
            if let number = skeletons[skeleton] { return number }
        }
        let number = UInt32(ordered.count)
        skeletons[skeleton] = number
        ordered.append(skeleton)
        return number
    }

    // MARK: - Words

    private func text(_ skeleton: Skeleton) -> String {
        String(decoding: Array(skeleton.words.map { words[Int($0)] }.joined(separator: [0x20])), as: UTF8.self)
    }

    /// Capitals, digits, `_` or a dot inside: more a name than a word.
    private static func looksLikeIdentifier(_ word: [UInt8]) -> Bool {
        word.contains { $0.isDigit || $0 == 0x5F || $0 == 0x2E } || (word.count >= 2 && word.allSatisfy(\.isUpper))
    }

    /// Eight bytes at a time, mixed by multiplication and folding.
    private static func hash(_ bytes: Bytes) -> UInt64 {
        var state = UInt64(bytes.count) &* 0x9E37_79B9_7F4A_7C15
        let raw = UnsafeRawBufferPointer(bytes)
        var index = 0
        while index + 8 <= raw.count {
            let chunk = raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            state = fold(state ^ chunk, 0xA076_1D64_78BD_642F)
            index += 8
        }
        var tail: UInt64 = 0
        while index < raw.count {
            tail = tail << 8 | UInt64(raw[index])
            index += 1
        }
        return fold(state ^ tail, 0xE703_7ED1_A0B4_28DB)
    }

    private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }
}

/// What a miner found.
public struct MinedTemplates: Sendable {
    private let assigned: [UInt32]
    /// For each skeleton the text of its template.
    private let texts: [String]
    private let ids: [String]

    init(assigned: [UInt32], texts: [String]) {
        (self.assigned, self.texts) = (assigned, texts)
        ids = texts.map(Self.id)
    }

    /// Lines read.
    public var count: Int { assigned.count }

    /// The id of a line's template: a hash of its text, so that one template has one name in every run.
    public func id(ofLine line: Int) -> String { ids[Int(assigned[line])] }

    /// The text of a line's template: its constant words, and `<*>` for what varies.
    public func template(ofLine line: Int) -> String { texts[Int(assigned[line])] }

    /// All templates with their number of lines, the most frequent first.
    public var templates: [(id: String, text: String, lines: Int)] {
        var counts: [String: Int] = [:]
        for number in assigned { counts[texts[Int(number)], default: 0] += 1 }
        return counts.map { (Self.id($0.key), $0.key, $0.value) }.sorted { ($1.lines, $0.text) < ($0.lines, $1.text) }
    }

    /// FNV-1a, 64 bits (http://www.isthe.com/chongo/tech/comp/fnv/).
    private static func id(_ text: String) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0100_0000_01B3 }
        let digits = String(hash, radix: 16)
        return "T-" + String(repeating: "0", count: 16 - digits.count) + digits
    }
}

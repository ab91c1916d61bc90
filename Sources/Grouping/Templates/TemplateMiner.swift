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
    private var remembered = FoldedTable()
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
        MessageTemplate.withMasked(line) { addMasked($0) }
    }

    /// The template of each line read so far, as the templates stand now.
    public mutating func finish() -> MinedTemplates {
        learnLayout()
        var merge = SkeletonMerge(ordered, looks: words.map(WordLook.init))
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
        let hash = masked.folded
        if let known = remembered[hash] { return assigned.append(known) }
        let number = number(of: skeleton(of: masked))
        if remembered.count >= Self.maxRemembered { remembered.removeAll() }
        remembered.set(hash, to: number)
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

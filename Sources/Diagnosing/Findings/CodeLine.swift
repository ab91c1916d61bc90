/// A line of source code as chains of accesses: `order.list("items").get(0)` is a name with two calls.
///
/// No grammar of any language: what is written as names joined by `.`, `->`, `::`, `[…]` and `(…)` reads the same in
/// most. Bounded in length, in chains and in nesting, because a repository may hold anything.
struct CodeLine: Sendable {
    /// Bytes of a line that are read.
    static let maximumBytes = 400
    static let maximumChains = 24
    private static let maximumSteps = 16
    /// Stretches inside of brackets that are read after the line itself.
    private static let maximumStretches = 32

    let bytes: [UInt8]
    /// Outer ones before those inside their brackets.
    private(set) var chains: [Chain] = []

    /// A name, and what is done to it step by step.
    struct Chain: Sendable, Hashable {
        var start: Int
        /// Where the first name ends.
        var nameEnd: Int
        var steps: [Step] = []

        var end: Int { steps.last?.end ?? nameEnd }
        /// Where the receiver of a step ends.
        func receiverEnd(of step: Int) -> Int { step == 0 ? nameEnd : steps[step - 1].end }
    }

    struct Step: Sendable, Hashable {
        var kind: Kind
        /// The name of a member; what stands between the brackets of a call or an index.
        var inner: Range<Int>
        var end: Int

        enum Kind: Sendable, Hashable { case member, call, index }
    }

    init(_ text: String) {
        bytes = Array(UntrustedText.bounded(text, bytes: Self.maximumBytes).utf8)
        var stretches = [0..<bytes.count]
        var next = 0
        while next < stretches.count, chains.count < Self.maximumChains {
            let found = Self.chains(in: bytes, stretches[next], most: Self.maximumChains - chains.count)
            next += 1
            chains += found.chains
            stretches += found.inner.prefix(max(0, Self.maximumStretches - stretches.count))
        }
    }

    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    /// The first name of a chain.
    func name(of chain: Chain) -> String { text(chain.start..<chain.nameEnd) }

    /// What a step is done to.
    func receiver(_ chain: Chain, _ step: Int) -> String { text(chain.start..<chain.receiverEnd(of: step)) }

    func inner(_ step: Step) -> String { text(step.inner) }

    /// A member that is called at once: `.get(0)`; with the name's and the call's steps.
    func calls(in chain: Chain) -> [(name: String, member: Int?, call: Int)] {
        chain.steps.indices.compactMap { index in
            guard chain.steps[index].kind == .call else { return nil }
            guard index > 0 else { return (name(of: chain), nil, 0) }
            let before = chain.steps[index - 1]
            return before.kind == .member ? (inner(before), index - 1, index) : nil
        }
    }
}

// MARK: reading

extension CodeLine {
    /// Words that begin no value.
    private static let keywords: Set<String> = [
        "if", "else", "elif", "unless", "while", "for", "foreach", "switch", "case", "when", "match", "return", "yield",
        "throw", "raise", "new", "await", "async", "var", "let", "const", "val", "final", "def", "func", "fn",
        "function", "class", "in", "not", "and", "or", "is", "as", "assert", "try", "catch", "defer", "go", "mut",
        "static", "public", "private", "import", "from", "do", "end", "then", "lambda", "with", "delete", "typeof",
    ]

    private static func chains(
        in bytes: [UInt8], _ range: Range<Int>, most: Int
    ) -> (chains: [Chain], inner: [Range<Int>]) {
        var (found, inner): ([Chain], [Range<Int>]) = ([], [])
        var index = range.lowerBound
        while index < range.upperBound, found.count < most {
            let byte = bytes[index]
            if isQuote(byte) {
                index = pastString(bytes, index, range.upperBound)
            } else if isComment(bytes, index, range) {
                break
            } else if isNameStart(byte) {
                let chain = chain(bytes, index, range.upperBound)
                let name = String(decoding: bytes[chain.start..<chain.nameEnd], as: UTF8.self)
                if keywords.contains(name), chain.steps.first?.kind != .member {
                    index = chain.nameEnd
                    continue
                }
                found.append(chain)
                inner += chain.steps.filter { $0.kind != .member && !$0.inner.isEmpty }.map(\.inner)
                index = max(chain.end, index + 1)
            } else if isDigit(byte) {
                // A number and what clings to it is no name.
                while index < range.upperBound, isNamePart(bytes[index]) || bytes[index] == 0x2E { index += 1 }
            } else {
                index += 1
            }
        }
        return (found, inner)
    }

    private static func chain(_ bytes: [UInt8], _ start: Int, _ end: Int) -> Chain {
        var index = start + 1
        while index < end, isNamePart(bytes[index]) { index += 1 }
        var chain = Chain(start: start, nameEnd: index)
        while chain.steps.count < maximumSteps, let step = step(bytes, chain.end, end) { chain.steps.append(step) }
        return chain
    }

    private static func step(_ bytes: [UInt8], _ start: Int, _ end: Int) -> Step? {
        var index = start
        // `?.`, `!.`, `!!.`, `&.`: the access counts.
        while index < end, index - start < 2, bytes[index] == 0x3F || bytes[index] == 0x21 || bytes[index] == 0x26 {
            index += 1
        }
        let hasMark = index > start
        guard index < end else { return nil }
        switch bytes[index] {
        case 0x2E: index += 1
        case 0x2D where index + 1 < end && bytes[index + 1] == 0x3E: index += 2
        case 0x3A where index + 1 < end && bytes[index + 1] == 0x3A: index += 2
        case 0x28 where !hasMark, 0x5B:
            guard let close = matching(bytes, index, end) else { return nil }
            let kind: Step.Kind = bytes[index] == 0x28 ? .call : .index
            return Step(kind: kind, inner: index + 1..<close, end: close + 1)
        default: return nil
        }
        // Go's type assertion `.(string)` is a step that is done to a value.
        if index < end, bytes[index] == 0x28, let close = matching(bytes, index, end) {
            return Step(kind: .member, inner: index..<close + 1, end: close + 1)
        }
        guard index < end, isNameStart(bytes[index]) else { return nil }
        let name = index
        while index < end, isNamePart(bytes[index]) { index += 1 }
        return Step(kind: .member, inner: name..<index, end: index)
    }

    /// Where the bracket at `open` is closed; nil where it is not.
    private static func matching(_ bytes: [UInt8], _ open: Int, _ end: Int) -> Int? {
        var (depth, index) = (0, open)
        while index < end {
            switch bytes[index] {
            case 0x28, 0x5B, 0x7B: depth += 1
            case 0x29, 0x5D, 0x7D:
                depth -= 1
                if depth == 0 { return index }
            case let byte where isQuote(byte):
                index = pastString(bytes, index, end)
                continue
            default: break
            }
            index += 1
        }
        return nil
    }

    private static func pastString(_ bytes: [UInt8], _ open: Int, _ end: Int) -> Int {
        var index = open + 1
        while index < end, bytes[index] != bytes[open] { index += bytes[index] == 0x5C ? 2 : 1 }
        // An apostrophe that is no quote, as in Rust's lifetimes, ends nothing.
        return index < end ? index + 1 : open + 1
    }

    private static func isComment(_ bytes: [UInt8], _ index: Int, _ range: Range<Int>) -> Bool {
        let next = index + 1 < range.upperBound ? bytes[index + 1] : 0
        if bytes[index] == 0x2F, next == 0x2A { return true }
        // `//` is a division of whole numbers in Python: a comment stands at the beginning or after a statement.
        if bytes[index] == 0x2F, next == 0x2F {
            let before = bytes[range.lowerBound..<index].last { $0 != 0x20 && $0 != 0x09 }
            return before == nil || before == 0x3B || before == 0x7B || before == 0x7D
        }
        return bytes[index] == 0x23 && (next == 0x20 || index == range.lowerBound)
    }

    private static func isQuote(_ byte: UInt8) -> Bool { byte == 0x22 || byte == 0x27 || byte == 0x60 }
    static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
    static func isNameStart(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- 0x61 < 26 || byte == 0x5F || byte == 0x24 || byte == 0x40 || byte >= 0x80
    }
    static func isNamePart(_ byte: UInt8) -> Bool { isNameStart(byte) && byte != 0x40 || isDigit(byte) }
}

extension CodeLine {
    /// Names and numbers of a text, those inside of strings too, in order and without repetition.
    static func terms(of text: String) -> [String] { allTerms(of: text).filter { !keywords.contains($0) } }

    /// What languages call the object whose code runs.
    static let selves: Set<String> = ["self", "this", "super", "cls", "base"]

    /// Names of values and members, without what strings hold.
    var names: [String] {
        chains.flatMap { chain in [name(of: chain)] + chain.steps.filter { $0.kind == .member }.map(inner) }
    }

    /// The string that ends right before a `.` at the end of this range: what a member of a literal is taken of.
    func literal(before start: Int) -> String? {
        guard start > 2, bytes[start - 1] == 0x2E, Self.isQuote(bytes[start - 2]) else { return nil }
        guard let open = bytes[..<(start - 2)].lastIndex(of: bytes[start - 2]) else { return nil }
        return text(open..<start - 1)
    }

    /// Chains that stand right before or right after this operator.
    func operands(of sign: String, _ side: Side) -> [String] {
        let sign = Array(sign.utf8)
        return chains.filter { chain in
            switch side {
            case .left: bytes[chain.end...].drop { $0 == 0x20 }.starts(with: sign)
            case .right: bytes[..<chain.start].reversed().drop { $0 == 0x20 }.starts(with: sign.reversed())
            }
        }.map { text($0.start..<$0.end) }
    }

    enum Side: Sendable, Hashable { case left, right }

    /// The same with the words that languages keep for themselves.
    static func allTerms(of text: String) -> [String] {
        var (terms, seen): ([String], Set<String>) = ([], [])
        let bytes = Array(text.utf8.prefix(maximumBytes))
        var index = 0
        while index < bytes.count {
            let start = index
            while index < bytes.count, isNamePart(bytes[index]) { index += 1 }
            if index > start {
                let term = String(decoding: bytes[start..<index], as: UTF8.self)
                if seen.insert(term).inserted { terms.append(term) }
            } else {
                index += 1
            }
        }
        return terms
    }
}

/// Finds where the names of a failing line are declared: token by token, no parser.
struct Declarations {
    /// A name worth looking for, and what it seems to be.
    struct Wanted: Equatable {
        enum Kind: Equatable { case constant, type, function }

        var name: String
        var kind: Kind
        /// What a function is called on, where that is not the object itself.
        var receiver: String?
    }

    static let maxWanted = 8
    /// The longest declaration that is shown whole.
    static let maxLines = 30

    /// Constants (`VAT`, `MAX_SIZE`), types (`PriceTable`) and called functions of a line, in its order.
    static func wanted(in line: String) -> [Wanted] {
        var (found, seen): ([Wanted], Set<String>) = ([], [])
        let bytes = Array(line.utf8.prefix(1000))
        var index = 0
        var quote: UInt8 = 0
        var previous: String?
        while index < bytes.count, found.count < maxWanted {
            let byte = bytes[index]
            if quote != 0 || byte == 0x22 || byte == 0x27 {
                if byte == 0x22 || byte == 0x27 { quote = quote == 0 ? byte : quote == byte ? 0 : quote }
                index += 1
                continue
            }
            let start = index
            while index < bytes.count, isNameByte(bytes[index]) { index += 1 }
            if index == start {
                index += 1
                continue
            }
            let name = String(decoding: bytes[start..<index], as: UTF8.self)
            let isCalled = index < bytes.count && bytes[index] == UInt8(ascii: "(")
            let receiver = previous
            previous = index < bytes.count && isAccess(bytes, at: index) ? name : nil
            guard let kind = kind(of: name, isCalled: isCalled), seen.insert(name).inserted else { continue }
            let isOwn = receiver.map(selfWords.contains) ?? true
            found.append(Wanted(name: name, kind: kind, receiver: kind == .function && !isOwn ? receiver : nil))
        }
        return found
    }

    private static let selfWords: Set<String> = ["self", "this", "Self", "cls", "super", "s", "me", "base", "parent"]

    /// `.`, `->`, `::`, `?.` or `!.` behind a name.
    private static func isAccess(_ bytes: [UInt8], at index: Int) -> Bool {
        let rest = bytes[index...].prefix(2)
        return rest.first == UInt8(ascii: ".")
            || ["->", "::", "?.", "!."].contains { rest.elementsEqual($0.utf8) }
    }

    /// The failing line's own, then those of the lines above it that gave its variables their values.
    static func wanted(in lines: [String], failing index: Int) -> [Wanted] {
        guard lines.indices.contains(index) else { return [] }
        var found = wanted(in: lines[index])
        for name in FunctionHeader.identifiers(String(lines[index].prefix(1000))).prefix(maxWanted) {
            let source = lines[..<index].suffix(maxLines).last { assigns($0, name) }
            for more in source.map(wanted(in:)) ?? [] where !found.contains(more) && found.count < maxWanted {
                found.append(more)
            }
        }
        return found
    }

    /// `name = …`, `name := …`, `let name: Type = …`; no comparison.
    private static func assigns(_ line: String, _ name: String) -> Bool {
        guard line.utf8.count < 1000, let equals = line.firstIndex(of: "="), equals != line.startIndex else {
            return false
        }
        let next = line[line.index(after: equals)...].first
        guard next != "=", !"=!<>".contains(line[line.index(before: equals)]) else { return false }
        return FunctionHeader.identifiers(String(line[..<equals])).contains(name)
    }

    /// Words of the lines by which a file names others, and its variables that carry a module's or a type's name.
    static func importWords(_ text: SourceText) -> Set<String> {
        var words: Set<String> = []
        for line in text.lines.prefix(maxImportLines) where words.count < maxImportWords {
            let found = FunctionHeader.identifiers(String(line.prefix(400)))
            guard found.prefix(3).contains(where: importStarts.contains) || found.contains("require") else { continue }
            words.formUnion(found.filter { !importStarts.contains($0) && $0.utf8.count >= 3 })
        }
        return words
    }

    private static let maxImportLines = 200
    private static let maxImportWords = 200
    private static let importStarts: Set<String> = [
        "import", "from", "use", "using", "require", "require_once", "require_relative", "include", "include_once",
        "mod",
        "export", "package",
    ]

    private static func isNameByte(_ byte: UInt8) -> Bool {
        byte == 0x5F || byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || byte >= 0x80
    }

    private static func kind(of name: String, isCalled: Bool) -> Wanted.Kind? {
        guard let first = name.utf8.first, name.utf8.count >= 3, first &- 0x30 >= 10 else { return nil }
        let hasLower = name.utf8.contains { $0 &- 0x61 < 26 }
        if !hasLower, first &- 0x41 < 26 || first == 0x5F { return .constant }
        if isCalled { return SuspectEvidence.names([name]).isEmpty ? nil : .function }
        return first &- 0x41 < 26 ? .type : nil
    }

    /// The lines (from 1) that declare a name in a file; nil where none does.
    ///
    /// - Parameter outside: lines that do not count: the failing function's own.
    static func range(
        of wanted: Wanted, in text: SourceText, _ finder: FunctionFinder, outside: ClosedRange<Int>?
    ) -> ClosedRange<Int>? {
        if wanted.kind == .function {
            guard let found = finder.named(wanted.name).first, outside.map({ !$0.contains(found.first) }) ?? true else {
                return nil
            }
            return found.first...min(found.last, found.first + maxLines - 1)
        }
        for (index, line) in text.lines.prefix(VersionText.maxLines).enumerated() {
            guard outside.map({ !$0.contains(index + 1) }) ?? true, line.utf8.count < 2000, line.contains(wanted.name),
                isDeclaration(of: wanted, line)
            else { continue }
            return index + 1...end(of: index + 1, in: text, isType: wanted.kind == .type)
        }
        return nil
    }

    private static let typeWords: Set<String> = [
        "class", "struct", "enum", "interface", "trait", "record", "object", "type", "typealias", "protocol", "union",
        "typedef", "module",
    ]
    private static let constantWords: Set<String> = [
        "const", "let", "var", "val", "static", "final", "constexpr", "define", "readonly", "case",
    ]

    private static func isDeclaration(of wanted: Wanted, _ line: String) -> Bool {
        let words = FunctionHeader.identifiers(line)
        guard let place = words.firstIndex(of: wanted.name) else { return false }
        let before = words[..<place]
        if wanted.kind == .type { return before.last.map(typeWords.contains) ?? false }
        // `LIMIT = 100`, `const LIMIT: u64 = 100`, `private static final Map<…> VAT = …`, `#define LIMIT 100`.
        guard let range = line.firstRange(of: wanted.name) else { return false }
        let rest = line[range.upperBound...].drop { $0 == " " || $0 == "\t" }
        if before.contains("define") { return true }
        let assigns = (rest.hasPrefix("=") && !rest.hasPrefix("==") && !rest.hasPrefix("=>")) || rest.hasPrefix(":")
        return assigns && (before.isEmpty || before.contains(where: constantWords.contains))
    }

    /// The last line of a declaration that begins on a line: where its brackets close.
    private static func end(of first: Int, in text: SourceText, isType: Bool) -> Int {
        var depth = 0
        for number in first...min(text.lines.count, first + maxLines - 1) {
            for byte in text.lines[number - 1].utf8.prefix(1000) {
                if byte == 0x28 || byte == 0x5B || byte == 0x7B { depth += 1 }
                if byte == 0x29 || byte == 0x5D || byte == 0x7D { depth -= 1 }
            }
            if depth <= 0, !isType || number > first { return number }
        }
        return min(text.lines.count, first + (isType ? 9 : maxLines - 1))
    }
}

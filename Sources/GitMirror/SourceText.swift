/// A file's lines as git counts them, and what kind of language it is.
struct SourceText: Sendable {
    /// Blobs larger than this are not read.
    static let maxBytes = 2 << 20
    /// Longer lines are cut where they are shown; git's and our line numbers are not touched.
    static let maxShownLine = 400

    let path: String
    let lines: [String]

    /// - Returns: nil for a binary file (one with a NUL in its first 8,000 bytes, as git judges).
    init?(path: String, bytes: [UInt8]) {
        guard !bytes.prefix(8000).contains(0) else { return nil }
        self.path = path
        var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map { line in
            String(decoding: line.last == 0x0D ? line.dropLast() : line, as: UTF8.self)
        }
        if lines.last == "" { lines.removeLast() }
        self.lines = lines
    }

    var language: Language { Language(path: path) }

    /// A line as it is shown, from 1.
    func shown(_ number: Int) -> String {
        guard number >= 1, number <= lines.count else { return "" }
        let line = lines[number - 1]
        return line.utf8.count > Self.maxShownLine ? line.prefix(Self.maxShownLine) + "…" : line
    }

    /// The line nearest to `number` whose text is `text`, white space aside, within `reach` lines.
    func nearest(_ text: String, to number: Int, reach: Int) -> Int? {
        let wanted = Self.squeezed(text)
        guard wanted.utf8.count > 2 else { return nil }
        let number = min(max(1, number), max(1, lines.count))
        for distance in 0...max(0, reach) {
            for candidate in distance == 0 ? [number] : [number - distance, number + distance]
            where candidate >= 1 && candidate <= lines.count && Self.squeezed(lines[candidate - 1]) == wanted {
                return candidate
            }
        }
        return nil
    }

    static func squeezed(_ text: String) -> String {
        text.split { $0 == " " || $0 == "\t" || $0 == "\r" }.joined(separator: " ")
    }

    static func indentation(_ line: String) -> Int {
        var width = 0
        for byte in line.utf8 {
            switch byte {
            case 0x20: width += 1
            case 0x09: width += 4
            default: return width
            }
        }
        return width
    }
}

/// How a language shows where a function begins and ends.
enum Language: Sendable, Equatable {
    case braces(BraceStyle)
    /// Blocks by indentation; Ruby and Lua close them with `end`.
    case indentation
    case unknown

    init(path: String) {
        switch path.split(separator: ".").last.map({ $0.lowercased() }) ?? "" {
        case "py", "pyx", "rb", "ex", "exs", "lua", "jl", "rake", "gd": self = .indentation
        case "js", "jsx", "ts", "tsx", "mjs", "cjs", "vue", "svelte":
            self = .braces(BraceStyle(backtickStrings: true, linesEndStatements: true))
        case "go": self = .braces(BraceStyle(backtickStrings: true, quotedCharacters: true, linesEndStatements: true))
        case "kt", "kts", "swift", "scala", "groovy":
            self = .braces(BraceStyle(quotedCharacters: true, linesEndStatements: true))
        case "php", "pl":
            self = .braces(BraceStyle(backtickStrings: false, quotedCharacters: false, hashComments: true))
        case "rs", "java", "cs", "c", "h", "cc", "cpp", "hpp", "cxx", "m", "mm", "zig", "proto", "dart":
            self = .braces(BraceStyle(backtickStrings: false, quotedCharacters: true, hashComments: false))
        default: self = .unknown
        }
    }

    var isCode: Bool { self != .unknown }
}

/// What tells the brace languages apart, as far as finding functions needs it.
struct BraceStyle: Sendable, Equatable {
    var backtickStrings = false
    /// A single quote begins a character (or a lifetime), not a string.
    var quotedCharacters = false
    var hashComments = false
    /// No semicolons: a declaration's header does not go on after a line's end, but for its brace.
    var linesEndStatements = false
}

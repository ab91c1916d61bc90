/// The list that travels with side-loaded files: a SHA-256 a file, as `sha256sum` or `deploy/models/carry` writes it.
///
/// `SUM  FILE`, `SUM *FILE` or `SUM  SIZE  FILE`, one a line; a sum alone stands for the one file beside it.
public struct CarryList: Sendable, Hashable {
    public struct Entry: Sendable, Hashable {
        /// 64 lowercase hexadecimal digits.
        public var sum: String
        public var size: Int?
        /// Empty where the line names none.
        public var file: String
    }

    public private(set) var entries: [Entry] = []

    public static let longest = 1 << 20

    /// - Returns: nil where a line is none of these, or two disagree about one file.
    public init?(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline)
        where !line.allSatisfy(\.isWhitespace) && !line.hasPrefix("#") {
            guard let entry = Entry(line) else { return nil }
            if let other = self[entry.file], other.sum != entry.sum { return nil }
            entries.append(entry)
        }
        if entries.isEmpty { return nil }
    }

    /// - Parameter file: the path as the list has it, below the list's own folder; where it was written from elsewhere,
    ///   whole paths end with it.
    public subscript(_ file: String) -> Entry? {
        entries.first { $0.file == file } ?? entries.first { $0.file.hasPrefix("/") && $0.file.hasSuffix("/\(file)") }
            ?? (entries.count == 1 && entries[0].file.isEmpty ? entries[0] : nil)
    }
}

extension CarryList.Entry {
    init?(_ line: Substring) {
        let sum = line.prefix(64).lowercased()
        guard sum.utf8.count == 64, sum.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else {
            return nil
        }
        self.sum = sum
        let rest = line.dropFirst(64)
        guard rest.isEmpty || rest.first == " " else { return nil }
        let words = rest.drop { $0 == " " || $0 == "*" }
        let digits = words.prefix { $0.isASCII && $0.isNumber }
        // A size stands between two pairs of spaces; a file whose name begins with digits does not.
        if let size = Int(digits), words.dropFirst(digits.count).hasPrefix("  ") {
            self.size = size
            file = String(words.dropFirst(digits.count).drop { $0 == " " })
        } else {
            file = String(words)
        }
        if file.hasPrefix("./") { file.removeFirst(2) }
    }
}

/// A name that Ollama takes: `[HOST/][NAMESPACE/]MODEL[:TAG]`.
public struct ModelName: Sendable, Hashable, CustomStringConvertible {
    public let description: String

    static let longest = 200

    /// - Throws: ``ModelFileError/noName(_:)``.
    public init(_ text: String) throws(ModelFileError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard text.utf8.count <= Self.longest, (1...3).contains(parts.count), let last = parts.last else {
            throw .noName(text)
        }
        let ends = last.split(separator: ":", omittingEmptySubsequences: false)
        guard ends.count <= 2, (parts.dropLast() + ends).allSatisfy(Self.isWord) else { throw .noName(text) }
        description = text
    }

    /// The name that a file's own name stands for: what no name may hold becomes a hyphen.
    public init(file: String) throws(ModelFileError) {
        let stem = file.lowercased().hasSuffix(".gguf") ? String(file.dropLast(5)) : file
        let words = stem.lowercased().map { Self.isNameCharacter($0) ? $0 : "-" }
        try self.init(String(String(words).drop { !$0.isLetter && !$0.isNumber }.prefix(80)))
    }

    /// With the tag that the server adds where none is given.
    public var whole: String {
        description.split(separator: "/").last?.contains(":") == true ? description : description + ":latest"
    }

    private static func isWord(_ word: Substring) -> Bool {
        guard let first = word.utf8.first, first != 0x2D, first != 0x2E else { return false }
        return word.allSatisfy(isNameCharacter)
    }

    private static func isNameCharacter(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || "._-".contains(character))
    }
}

/// The language of a source file, as far as a code fence and a comment need it.
struct SourceLanguage: Sendable, Equatable {
    /// The fence's info string; empty when unknown.
    let name: String
    /// What starts a comment that runs to the end of the line.
    let comment: String

    private static let known: [String: (name: String, comment: String)] = [
        "c": ("c", "//"), "h": ("c", "//"), "cc": ("cpp", "//"), "cpp": ("cpp", "//"), "hpp": ("cpp", "//"),
        "cs": ("csharp", "//"), "dart": ("dart", "//"), "ex": ("elixir", "#"), "exs": ("elixir", "#"),
        "go": ("go", "//"), "groovy": ("groovy", "//"), "java": ("java", "//"), "js": ("javascript", "//"),
        "jsx": ("jsx", "//"), "kt": ("kotlin", "//"), "kts": ("kotlin", "//"), "lua": ("lua", "--"),
        "mjs": ("javascript", "//"), "php": ("php", "//"), "pl": ("perl", "#"), "py": ("python", "#"),
        "rb": ("ruby", "#"), "rs": ("rust", "//"), "scala": ("scala", "//"), "sh": ("sh", "#"), "sql": ("sql", "--"),
        "swift": ("swift", "//"), "ts": ("typescript", "//"), "tsx": ("tsx", "//"), "yaml": ("yaml", "#"),
        "yml": ("yaml", "#"),
    ]

    /// - Parameter file: a path of any origin; only its extension is looked at, and only known ones count.
    init(file: String) {
        let fileExtension = file.utf8.last == 0x2E ? "" : String(file.split(separator: ".").last ?? "").lowercased()
        let entry = Self.known[fileExtension] ?? ("", "")
        (name, comment) = (entry.name, entry.comment)
    }
}

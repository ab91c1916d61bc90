/// An amount of bytes as people write it: `500MB`, `20GB`, `1GiB`, `4096`.
public enum ByteWords {
    private static let units: [(suffix: String, bytes: Int)] = [
        ("", 1), ("B", 1), ("KB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
    ]

    /// - Returns: nil for anything else, and for what does not fit.
    public static func bytes(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let suffix = text.dropFirst(digits.count).lowercased()
        guard let count = Int(digits), let unit = units.first(where: { $0.suffix.lowercased() == suffix }) else {
            return nil
        }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: unit.bytes)
        return overflow ? nil : bytes
    }
}

/// An amount of bytes in the configuration.
public struct ByteCount: Sendable, Hashable {
    public var bytes: Int64

    public init(bytes: Int64) { self.bytes = bytes }

    /// As an operator would write it.
    var words: String {
        let units: [(Int64, String)] = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1000, "KB")]
        let unit = bytes == 0 ? nil : units.first { bytes % $0.0 == 0 }
        return unit.map { "\(bytes / $0.0)\($0.1)" } ?? "\(bytes)"
    }
}

extension ByteCount: ConfigurationValue {
    init(raw: RawValue) throws(ValueProblem) {
        let text: String
        switch raw {
        case .text(let value), .environment(let value): text = value
        case .integer(let value): text = "\(value)"
        default: text = ""
        }
        guard let bytes = ByteWords.bytes(text) else {
            throw ValueProblem(expected: "an amount such as \"500MB\", \"20GB\" or 0")
        }
        self.init(bytes: Int64(bytes))
    }

    var toml: String? { "\"\(words)\"" }
}

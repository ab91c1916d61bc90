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

/// The part of a source file's path that does not depend on where it was deployed.
enum FilePath {
    private static let maxBytes = 1024
    /// Directories kept before the file's name.
    private static let keptDirectories = 1

    /// `/srv/releases/20260101/app/orders.py` → `app/orders.py`, `main.3fa2c1d9.js` → `main.js`.
    static func normalize(_ path: String) -> String {
        let bytes = path.utf8.prefix(maxBytes).prefix { $0 != 0x3F && $0 != 0x23 }
        var parts = bytes.split { $0 == 0x2F || $0 == 0x5C }.map { Array($0) }
        parts.removeAll { $0 == [0x2E] || $0 == [0x2E, 0x2E] }
        let kept = parts.suffix(keptDirectories + 1).enumerated().map { position, part in
            position == min(parts.count, keptDirectories + 1) - 1 ? fileName(part) : directory(part)
        }
        return kept.filter { !$0.isEmpty }.joined(separator: "/")
    }

    /// The name without the hash that a bundler put into it.
    private static func fileName(_ name: [UInt8]) -> String {
        let pieces = name.split(separator: 0x2E, omittingEmptySubsequences: false)
        let kept = pieces.enumerated().filter { position, piece in
            position == 0 || position == pieces.count - 1 || !isHash(piece)
        }
        guard let first = kept.first?.element else { return "" }
        let stem = first.split(separator: 0x2D, omittingEmptySubsequences: false)
        let isHashed = stem.count > 1 && (stem.last.map { isHash($0) } ?? false)
        let head = isHashed ? Array(stem.dropLast().joined(separator: [0x2D])) : Array(first)
        return ([head] + kept.dropFirst().map { Array($0.element) }).map { String(decoding: $0, as: UTF8.self) }
            .joined(separator: ".")
    }

    /// A directory named after a release, a hash or a host says nothing.
    private static func directory(_ name: [UInt8]) -> String {
        let digits = name.count { $0.isDigit }
        return digits * 2 >= name.count || isHash(name[...]) || name.last == 0x3A
            ? "" : String(decoding: name, as: UTF8.self)
    }

    private static func isHash(_ piece: ArraySlice<UInt8>) -> Bool {
        let digits = piece.count { $0.isDigit }
        return piece.count >= 6 && digits >= 2 && piece.allSatisfy(\.isAlphanumeric)
            && (piece.count >= 8 || digits >= 2)
    }
}

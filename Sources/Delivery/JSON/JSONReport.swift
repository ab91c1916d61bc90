import Events
import Foundation

/// The report as JSON: a stable, documented form (`"v": 1`), sorted keys, pretty-printed.
///
/// Keys are only ever added within a version; absent values are left out. Times are RFC 3339 in UTC. Events have
/// the form of docs/formats.md. Characters that hide or change direction are escaped (`\u202e`), so that the
/// document is safe to print; its values are exact.
public enum JSONReport {
    public static let version = 1

    /// The document, ending with a newline.
    ///
    /// - Throws: only what `JSONEncoder` throws for numbers that JSON cannot hold.
    public static func render(_ report: Report) throws -> Data {
        try encode(ReportDocument(report))
    }

    /// One group in the same form, for `show --json` and `explain --json`.
    public static func render(_ group: ReportGroup) throws -> Data { try encode(GroupDocument(group)) }

    private static func encode(_ document: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        let text = String(decoding: try encoder.encode(document), as: UTF8.self)
        return Data((printable(text) + "\n").utf8)
    }

    /// Escapes what a terminal would obey. In JSON such characters can only stand in strings, and the encoder has
    /// escaped those below U+0020 already.
    static func printable(_ json: String) -> String {
        guard json.unicodeScalars.contains(where: { $0.value > 0x7E && $0.isDeceptive || $0.value == 0x7F }) else {
            return json
        }
        // As bytes: to append several scalars to a text copies all of it.
        var result: [UInt8] = []
        result.reserveCapacity(json.utf8.count + 1024)
        for scalar in json.unicodeScalars {
            guard scalar.value == 0x7F || (scalar.value > 0x7E && scalar.isDeceptive) else {
                result.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
                continue
            }
            for unit in UTF16.encode(scalar) ?? UTF16.encodedReplacementCharacter {
                let digits = String(unit, radix: 16)
                result.append(contentsOf: "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

/// The pairs of a query or a form, bounded; the first of a name counts.
struct PageQuery: Sendable, Equatable {
    private(set) var pairs: [(name: String, value: String)] = []

    /// Pairs that are read, and bytes of a value.
    static let most = 32
    static let longest = 8192

    /// - Parameter text: `application/x-www-form-urlencoded`.
    init(_ text: some StringProtocol) {
        for pair in text.utf8.prefix(Self.longest * 4).split(separator: UInt8(ascii: "&")).prefix(Self.most) {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count > 1 ? Self.decoded(parts[1]) : ""
            pairs.append((Self.decoded(parts[0]), value))
        }
    }

    init(pairs: [(String, String)] = []) { self.pairs = pairs.map { (name: $0.0, value: $0.1) } }

    static func == (left: PageQuery, right: PageQuery) -> Bool {
        left.pairs.elementsEqual(right.pairs) { $0.name == $1.name && $0.value == $1.value }
    }

    subscript(name: String) -> String { pairs.first { $0.name == name }?.value ?? "" }

    /// With one pair set, or left out where the value is empty.
    func with(_ name: String, _ value: String) -> PageQuery {
        var query = self
        query.pairs.removeAll { $0.name == name }
        if !value.isEmpty { query.pairs.append((name: name, value: value)) }
        return query
    }

    /// `?a=b&c=d`, or nothing.
    var text: String {
        let parts = pairs.map { "\(Self.encoded($0.name))=\(Self.encoded($0.value))" }
        return parts.isEmpty ? "" : "?" + parts.joined(separator: "&")
    }

    static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            let isPlain =
                byte &- 0x30 < 10 || (byte < 0x80 && (byte | 0x20) &- 0x61 < 26) || byte == 0x2D || byte == 0x2E
                || byte == 0x5F || byte == 0x7E || byte == 0x2F
            bytes += isPlain ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func decoded(_ text: some Collection<UInt8>) -> String {
        var (bytes, escape) = ([UInt8](), [UInt8]())
        for byte in text.prefix(longest) {
            if !escape.isEmpty {
                escape.append(byte)
                guard escape.count == 3 else { continue }
                if let value = UInt8(String(decoding: escape.dropFirst(), as: UTF8.self), radix: 16) {
                    bytes.append(value)
                } else {
                    bytes += escape
                }
                escape = []
            } else if byte == UInt8(ascii: "%") {
                escape = [byte]
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
            }
        }
        return String(decoding: bytes + escape, as: UTF8.self)
    }
}

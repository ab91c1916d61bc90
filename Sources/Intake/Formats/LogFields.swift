/// The named values of one structured log line, flat, found by any of their usual spellings.
///
/// `traceId`, `trace_id`, `Trace-Id` are one name; a dot in a key and a nested object are the same.
struct LogFields {
    enum Value: Hashable {
        case text(String)
        /// The number, and its digits as written (identifiers lose digits as numbers).
        case number(Double, String)
        case flag(Bool)
        case absent

        /// A value as text formats write it: a number where it reads as one.
        init(written text: String) { self = Double(text).map { .number($0, text) } ?? .text(text) }

        /// As text; nil for an absent or empty value.
        var text: String? {
            switch self {
            case .text(let text): text.isEmpty ? nil : text
            case .number(_, let digits): digits
            case .flag(let flag): flag ? "true" : "false"
            case .absent: nil
            }
        }
    }

    struct Field {
        var path: String
        var value: Value
        var isRead = false
    }

    private(set) var fields: [Field] = []
    /// Of the object's own names, however many values lie before them.
    var marks: ServiceMarks = []
    private var positions: [String: Int] = [:]
    /// Names that are there, by their length and first letter: most of the names that are asked for are not.
    private var present: [UInt64] = [0, 0, 0, 0]
    /// First parts of dotted names, with the dot.
    private var scopes: Set<String> = []

    var isEmpty: Bool { fields.isEmpty }

    mutating func add(_ path: String, _ value: Value) {
        guard fields.count < JSONLimits.fields else { return }
        let name = Self.normalized(path)
        if let known = positions[name], fields[known].value.text != nil { return }
        positions[name] = fields.count
        note(name)
        fields.append(Field(path: path, value: value))
    }

    private mutating func note(_ name: String) {
        present[Self.slot(name) >> 6] |= 1 << (Self.slot(name) & 63)
        guard let dot = name.utf8.firstIndex(of: 0x2E) else { return }
        scopes.insert(String(name[...dot]))
    }

    private static func slot(_ name: String) -> Int {
        (Int(name.utf8.first ?? 0) &* 31 &+ name.utf8.count &* 7) & 255
    }

    private func position(_ name: String) -> Int? {
        let slot = Self.slot(name)
        return present[slot >> 6] >> (slot & 63) & 1 == 1 ? positions[name] : nil
    }

    /// Lower case, without `_` and `-`, and without the `@` of logstash before names of more than three letters.
    static func normalized(_ path: String) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(path.utf8.count)
        for byte in path.utf8 where byte != 0x5F && byte != 0x2D {
            bytes.append(byte &- 0x41 < 26 ? byte | 0x20 : byte)
        }
        if bytes.first == 0x40, bytes.count > 3, bytes != Array("@version".utf8) { bytes.removeFirst() }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The first of the names that has a value; it then counts as read and is no tag.
    mutating func take(_ names: [String], in scopes: [String] = ["", "fields."]) -> Value? {
        if fields.isEmpty { return nil }
        for scope in scopes where scope.isEmpty || self.scopes.contains(scope) {
            for name in names {
                guard let position = position(scope.isEmpty ? name : scope + name), fields[position].value.text != nil
                else { continue }
                fields[position].isRead = true
                return fields[position].value
            }
        }
        return nil
    }

    mutating func text(_ names: [String], in scopes: [String] = ["", "fields."]) -> String? {
        take(names, in: scopes)?.text
    }

    /// Looks without marking as read.
    func value(_ name: String) -> Value? { position(name).map { fields[$0].value } }

    func hasPrefix(_ prefix: String) -> Bool { positions.keys.contains { $0.hasPrefix(prefix) } }

    /// Every field below a path, as (rest of the name, value), in the order written.
    func below(_ prefix: String) -> [(name: String, value: Value)] {
        fields.compactMap { field in
            let name = Self.normalized(field.path)
            return name.hasPrefix(prefix) ? (String(name.dropFirst(prefix.count)), field.value) : nil
        }
    }

    mutating func markRead(below prefix: String) {
        for index in fields.indices where Self.normalized(fields[index].path).hasPrefix(prefix) {
            fields[index].isRead = true
        }
    }
}

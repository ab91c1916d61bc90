/// A whole JSON value, for formats whose meaning lies in their nesting.
///
/// Reading it never fails: what is absent or of another kind is nil or empty, for writers are not to be trusted.
enum JSONValue: Sendable, Hashable {
    case null
    case flag(Bool)
    /// The number, and its digits as written (identifiers and nanoseconds lose digits as numbers).
    case number(Double, String)
    case string(String)
    case array([JSONValue])
    case object([Member])

    struct Member: Sendable, Hashable {
        var name: String
        var value: JSONValue
    }

    /// The member of that name; `.null` where there is none.
    subscript(name: String) -> JSONValue {
        guard case .object(let members) = self else { return .null }
        return members.first { $0.name == name }?.value ?? .null
    }

    /// The first of the names that has a value.
    subscript(names: [String]) -> JSONValue {
        for name in names {
            let value = self[name]
            if value != .null { return value }
        }
        return .null
    }

    /// Text that is not empty.
    var string: String? {
        guard case .string(let text) = self, !text.isEmpty else { return nil }
        return text
    }

    /// A scalar as text; nil for what is absent, empty or nested.
    var text: String? {
        switch self {
        case .string(let text): text.isEmpty ? nil : text
        case .number(_, let digits): digits
        case .flag(let flag): flag ? "true" : "false"
        case .null, .array, .object: nil
        }
    }

    /// A number, or text that reads as one.
    var double: Double? {
        switch self {
        case .number(let number, _): number
        case .string(let text): Double(text)
        case .null, .flag, .array, .object: nil
        }
    }

    var int: Int? { double.flatMap { Int(exactly: $0.rounded()) } }

    var flag: Bool? {
        switch self {
        case .flag(let flag): flag
        case .string("true"): true
        case .string("false"): false
        default: nil
        }
    }

    /// The elements of an array; empty for anything else.
    var items: [JSONValue] {
        if case .array(let items) = self { items } else { [] }
    }

    /// The members of an object; empty for anything else.
    var members: [Member] {
        if case .object(let members) = self { members } else { [] }
    }

    var isObject: Bool { if case .object = self { true } else { false } }
    var isNull: Bool { self == .null }

    /// An object's members, or a list of pairs: `[[key, value]]`, `[{"key": …, "value": …}]`.
    var pairs: [Member] {
        switch self {
        case .object(let members): return members
        case .array(let items):
            return items.compactMap { item in
                if case .array(let pair) = item, pair.count == 2, let name = pair[0].text {
                    return Member(name: name, value: pair[1])
                }
                return item["key"].text.map { Member(name: $0, value: item["value"]) }
            }
        default: return []
        }
    }

    /// As a field of a flat record.
    var field: LogFields.Value {
        switch self {
        case .string(let text): .text(text)
        case .number(let number, let digits): .number(number, digits)
        case .flag(let flag): .flag(flag)
        case .null, .array, .object: .absent
        }
    }

    /// The scalars of the value by their paths (`a.b.0`), in the order written.
    func scalars(under path: String = "", limit: Int = JSONLimits.fields) -> [(path: String, value: JSONValue)] {
        var found: [(path: String, value: JSONValue)] = []
        var open = [(path: path, value: self)]
        while let (path, value) = open.popLast(), found.count < limit {
            switch value {
            case .object(let members):
                let named = members.map { (path: Self.join(path, $0.name), value: $0.value) }
                open += named.prefix(limit).reversed()
            case .array(let items):
                let named = items.prefix(limit).enumerated().map { (path: Self.join(path, "\($0)"), value: $1) }
                open += named.reversed()
            case .null: break
            case .flag, .number, .string: found.append((path, value))
            }
        }
        return found
    }

    private static func join(_ path: String, _ name: String) -> String {
        path.isEmpty ? name : path.utf8.count > 1024 ? path : "\(path).\(name)"
    }
}

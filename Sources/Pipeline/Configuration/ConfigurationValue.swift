import Events

/// A value as a configuration file or the environment wrote it, before it is known what it should be.
indirect enum RawValue: Sendable, Equatable {
    case text(String)
    case integer(Int)
    case number(Double)
    case boolean(Bool)
    case list([RawValue])
    /// From the environment, where everything is text and lists are separated by commas.
    case environment(String)
    case other(String)

    /// The value as an operator wrote it, for messages. Bounded.
    var shown: String {
        switch self {
        case .text(let text): "\"\(text.prefix(60))\""
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .boolean(let value): "\(value)"
        case .list(let values): "[\(values.prefix(4).map(\.shown).joined(separator: ", "))]"
        case .environment(let text): "\"\(text.prefix(60))\""
        case .other(let kind): kind
        }
    }
}

/// What is wrong with one value: what was expected, in words.
struct ValueProblem: Error, Equatable {
    var expected: String
}

/// A type that a configuration key can have.
protocol ConfigurationValue: Sendable {
    init(raw: RawValue) throws(ValueProblem)
    /// The value as TOML, for `init` and the reference. nil when the key is simply absent.
    var toml: String? { get }
}

extension String: ConfigurationValue {
    init(raw: RawValue) throws(ValueProblem) {
        switch raw {
        case .text(let text), .environment(let text): self = text
        default: throw ValueProblem(expected: "text in quotes")
        }
    }

    var toml: String? {
        let escaped = replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
        return "\"\(escaped)\""
    }
}

extension Int: ConfigurationValue {
    init(raw: RawValue) throws(ValueProblem) {
        switch raw {
        case .integer(let value): self = value
        case .environment(let text):
            guard let value = Int(text) else { throw ValueProblem(expected: "a whole number") }
            self = value
        default: throw ValueProblem(expected: "a whole number")
        }
    }

    var toml: String? { String(self) }
}

extension Double: ConfigurationValue {
    init(raw: RawValue) throws(ValueProblem) {
        switch raw {
        case .integer(let value): self = Double(value)
        case .number(let value): self = value
        case .environment(let text):
            guard let value = Double(text), value.isFinite else { throw ValueProblem(expected: "a number") }
            self = value
        default: throw ValueProblem(expected: "a number")
        }
    }

    var toml: String? { String(self) }
}

extension Bool: ConfigurationValue {
    init(raw: RawValue) throws(ValueProblem) {
        switch raw {
        case .boolean(let value): self = value
        case .environment("true"), .environment("1"), .environment("yes"): self = true
        case .environment("false"), .environment("0"), .environment("no"): self = false
        default: throw ValueProblem(expected: "true or false")
        }
    }

    var toml: String? { String(self) }
}

extension Duration: ConfigurationValue {
    init(raw: RawValue) throws(ValueProblem) {
        let expected = "a duration such as \"90s\", \"5m\", \"24h\" or \"30d\""
        switch raw {
        case .text(let text), .environment(let text):
            guard let value = Duration(words: text) else { throw ValueProblem(expected: expected) }
            self = value
        default: throw ValueProblem(expected: expected)
        }
    }

    var toml: String? { "\"\(words)\"" }
}

extension Optional: ConfigurationValue where Wrapped: ConfigurationValue {
    /// Empty text means none, so that the environment can take a value away.
    init(raw: RawValue) throws(ValueProblem) {
        switch raw {
        case .text(""), .environment(""): self = nil
        default: self = try Wrapped(raw: raw)
        }
    }

    var toml: String? { self?.toml }
}

extension Array: ConfigurationValue where Element: ConfigurationValue {
    init(raw: RawValue) throws(ValueProblem) {
        var values: [Element] = []
        switch raw {
        case .list(let items):
            for item in items { values.append(try Element(raw: item)) }
        case .environment(let text):
            for item in text.split(separator: ",") {
                values.append(try Element(raw: .environment(item.trimmingSpaces)))
            }
        default: throw ValueProblem(expected: "a list in brackets")
        }
        self = values
    }

    var toml: String? { "[\(compactMap(\.toml).joined(separator: ", "))]" }
}

/// Text that names one of a fixed set of words.
protocol ConfigurationWord: ConfigurationValue, CaseIterable, RawRepresentable where RawValue == String {}

extension ConfigurationWord {
    init(raw: Pipeline.RawValue) throws(ValueProblem) {
        let words = Self.allCases.map(\.rawValue)
        guard let text = try? String(raw: raw), words.contains(text), let value = Self(rawValue: text) else {
            throw ValueProblem(expected: "one of \(words.joined(separator: ", "))")
        }
        self = value
    }

    var toml: String? { "\"\(rawValue)\"" }
}

extension StringProtocol {
    var trimmingSpaces: String {
        let trimmed = drop { $0 == " " || $0 == "\t" }
        guard let last = trimmed.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return "" }
        return String(trimmed[...last])
    }
}

/// A JSON value that is to be written as TOON.
public struct TOONDocument: Sendable {
    /// What separates the cells of a row.
    public enum Delimiter: String, Sendable, CaseIterable {
        case comma, tab, pipe

        var byte: UInt8 {
            switch self {
            case .comma: 0x2C
            case .tab: 0x09
            case .pipe: 0x7C
            }
        }
    }

    private let value: JSONText

    /// - Parameter json: one value, or one on each line: these are taken as the rows of one array.
    /// - Returns: nil for anything else, duplicate names and deeper nesting than 32 included.
    public init?(json: [UInt8]) {
        if let value = JSONText(json) {
            self.value = value
            return
        }
        var rows: [JSONText] = []
        for line in json.split(separator: 0x0A) {
            guard let row = JSONText(Array(line)) else { return nil }
            rows.append(row)
        }
        guard rows.count > 1 else { return nil }
        value = .array(rows)
    }

    public var rows: Int { value.elements?.count ?? 1 }

    public func text(delimiter: Delimiter = .comma, indent: Int = 2) -> String {
        TOONEncoder.text(of: value, delimiter: delimiter.byte, indent: indent)
    }

    /// Bytes of the same value as JSON without white space.
    public var compactJSONBytes: Int { value.compactBytes }
}

extension JSONText {
    /// As deep as the value is nested, which its reader bounds.
    fileprivate var compactBytes: Int {
        switch self {
        case .null: 4
        case .bool(let isTrue): isTrue ? 4 : 5
        case .number(let text): text.utf8.count
        case .string(let text): JSONText.quoted(text).utf8.count
        case .array(let values): values.reduce(max(2, values.count + 1)) { $0 + $1.compactBytes }
        case .object(let fields):
            fields.all.reduce(max(2, fields.all.count + 1)) {
                $0 + JSONText.quoted($1.name).utf8.count + 1 + $1.value.compactBytes
            }
        }
    }
}

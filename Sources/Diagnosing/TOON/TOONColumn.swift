/// A column of a table; an inner list stands for objects that are alike in every row.
struct TOONColumn: Equatable {
    var name: String
    var inner: [TOONColumn]?

    /// The columns of an array that is a table: objects with the same names, and in each column scalars only, or
    /// objects only that are alike themselves.
    static func ofRows(_ values: [JSONText]) -> [TOONColumn]? {
        guard case .object = values.first else { return nil }
        var rows: [JSONFields] = []
        rows.reserveCapacity(values.count)
        for value in values {
            guard case .object(let fields) = value else { return nil }
            rows.append(fields)
        }
        return of(rows)
    }

    /// The columns of an object whose values, two or more, are a table with names.
    static func ofKeyed(_ fields: JSONFields) -> [TOONColumn]? {
        fields.all.count < 2 ? nil : ofRows(fields.all.map(\.value))
    }

    /// As deep as the values are nested, which their reader bounds.
    private static func of(_ rows: [JSONFields]) -> [TOONColumn]? {
        guard let first = rows.first, !first.all.isEmpty else { return nil }
        var columns: [TOONColumn] = []
        for (index, field) in first.all.enumerated() {
            var inner: [JSONFields] = []
            for row in rows {
                guard row.all.count == first.all.count,
                    let value = row.all[index].name == field.name ? row.all[index].value : row[field.name]
                else { return nil }
                switch value {
                case .array: return nil
                case .object(let fields): inner.append(fields)
                default: break
                }
            }
            if inner.isEmpty {
                columns.append(TOONColumn(name: field.name, inner: nil))
            } else if inner.count == rows.count, let nested = of(inner) {
                columns.append(TOONColumn(name: field.name, inner: nested))
            } else {
                return nil
            }
        }
        return columns
    }
}

extension JSONText {
    var isScalar: Bool {
        switch self {
        case .array, .object: false
        default: true
        }
    }
}

/// Writes JSON values as TOON, version 4: tables name their columns once, and quotes stand only where they must.
///
/// The format is Token-Oriented Object Notation's (github.com/toon-format/spec, SPEC.md): which of its forms a value
/// takes follows from the value alone, so that the same value always gives the same bytes.
struct TOONEncoder {
    /// Between the cells of a row: a comma, a tab or a pipe.
    let delimiter: UInt8
    /// Spaces a level.
    let indent: Int
    private(set) var bytes: [UInt8] = []

    init(delimiter: UInt8 = 0x2C, indent: Int = 2) { (self.delimiter, self.indent) = (delimiter, indent) }

    static func text(of value: JSONText, delimiter: UInt8 = 0x2C, indent: Int = 2) -> String {
        var encoder = TOONEncoder(delimiter: delimiter, indent: indent)
        encoder.writeRoot(value)
        return String(decoding: encoder.bytes, as: UTF8.self)
    }

    /// A table of rows, as an array of equal objects would be written.
    static func table(_ name: String, _ columns: [String], _ rows: some Collection<[JSONText]>) -> String {
        var encoder = TOONEncoder()
        encoder.writeHeader(
            name, count: rows.count, isKeyed: false, columns: columns.map { TOONColumn(name: $0, inner: nil) })
        for row in rows {
            encoder.startLine(depth: 1)
            for (index, cell) in row.enumerated() {
                if index > 0 { encoder.bytes.append(encoder.delimiter) }
                encoder.writeScalar(cell)
            }
        }
        return String(decoding: encoder.bytes, as: UTF8.self)
    }
}

// MARK: forms

extension TOONEncoder {
    /// At the root alone, a table needs no name.
    mutating func writeRoot(_ value: JSONText) {
        switch value {
        case .object(let fields):
            if let columns = TOONColumn.ofKeyed(fields) {
                writeKeyed(nil, fields, columns, depth: 0)
            } else {
                writeFields(fields, depth: 0)
            }
        case .array(let values): writeArray(nil, values, depth: 0)
        default: writeScalar(value)
        }
    }

    /// - Parameter onHyphen: the first field continues the line of a list item's hyphen.
    private mutating func writeFields(_ fields: JSONFields, depth: Int, onHyphen: Bool = false) {
        for (index, field) in fields.all.enumerated() {
            if index > 0 || !onHyphen { startLine(depth: depth) }
            writeField(field, depth: depth)
        }
    }

    private mutating func writeField(_ field: JSONFields.Field, depth: Int) {
        switch field.value {
        case .array(let values): writeArray(field.name, values, depth: depth)
        case .object(let fields):
            if let columns = TOONColumn.ofKeyed(fields) {
                writeKeyed(field.name, fields, columns, depth: depth)
            } else {
                writeName(field.name)
                bytes.append(0x3A)
                writeFields(fields, depth: depth + 1)
            }
        default:
            writeName(field.name)
            bytes += [0x3A, 0x20]
            writeScalar(field.value)
        }
    }

    /// - Parameter name: nil at the root.
    private mutating func writeArray(_ name: String?, _ values: [JSONText], depth: Int) {
        if values.isEmpty {
            if let name {
                writeName(name)
                bytes += [0x3A, 0x20]
            }
            bytes += [0x5B, 0x5D]
        } else if let columns = TOONColumn.ofRows(values) {
            writeHeader(name, count: values.count, isKeyed: false, columns: columns)
            for case .object(let row) in values {
                startLine(depth: depth + 1)
                writeCells(row, columns, isFirst: true)
            }
        } else {
            writeItems(name, values, depth: depth)
        }
    }

    /// Scalars in one line, anything else one item a line.
    private mutating func writeItems(_ name: String?, _ values: [JSONText], depth: Int) {
        writeHeader(name, count: values.count, isKeyed: false, columns: nil)
        if values.allSatisfy(\.isScalar) {
            for (index, value) in values.enumerated() {
                bytes.append(index == 0 ? 0x20 : delimiter)
                writeScalar(value)
            }
            return
        }
        for value in values { writeItem(value, depth: depth + 1) }
    }

    private mutating func writeItem(_ value: JSONText, depth: Int) {
        startLine(depth: depth)
        bytes.append(0x2D)
        switch value {
        case .object(let fields):
            if fields.all.isEmpty { return }
            bytes.append(0x20)
            writeFields(fields, depth: depth + 1, onHyphen: true)
        case .array(let values):
            bytes.append(0x20)
            // An array without a name is a table at the root only.
            writeItems(nil, values, depth: depth)
        default:
            bytes.append(0x20)
            writeScalar(value)
        }
    }

    private mutating func writeKeyed(_ name: String?, _ fields: JSONFields, _ columns: [TOONColumn], depth: Int) {
        writeHeader(name, count: fields.all.count, isKeyed: true, columns: columns)
        for field in fields.all {
            guard case .object(let row) = field.value else { continue }
            startLine(depth: depth + 1)
            writeName(field.name)
            bytes += [0x3A, 0x20]
            writeCells(row, columns, isFirst: true)
        }
    }
}

// MARK: parts

extension TOONEncoder {
    private mutating func startLine(depth: Int) {
        if !bytes.isEmpty { bytes.append(0x0A) }
        bytes.append(contentsOf: repeatElement(0x20, count: depth * indent))
    }

    /// `name[3]{a,b}:`, with a colon after the count for rows that have names.
    private mutating func writeHeader(_ name: String?, count: Int, isKeyed: Bool, columns: [TOONColumn]?) {
        if let name { writeName(name) }
        bytes.append(0x5B)
        bytes.append(contentsOf: String(count).utf8)
        if isKeyed { bytes.append(0x3A) }
        if delimiter != 0x2C { bytes.append(delimiter) }
        bytes.append(0x5D)
        if let columns { writeColumns(columns) }
        bytes.append(0x3A)
    }

    private mutating func writeColumns(_ columns: [TOONColumn]) {
        bytes.append(0x7B)
        for (index, column) in columns.enumerated() {
            if index > 0 { bytes.append(delimiter) }
            writeName(column.name)
            if let inner = column.inner { writeColumns(inner) }
        }
        bytes.append(0x7D)
    }

    private mutating func writeCells(_ row: JSONFields, _ columns: [TOONColumn], isFirst: Bool) {
        for (index, column) in columns.enumerated() {
            let value = row.all[index].name == column.name ? row.all[index].value : row[column.name] ?? .null
            let starts = isFirst && index == 0
            if let inner = column.inner, case .object(let fields) = value {
                writeCells(fields, inner, isFirst: starts)
            } else {
                if !starts { bytes.append(delimiter) }
                writeScalar(value)
            }
        }
    }

    private mutating func writeScalar(_ value: JSONText) {
        switch value {
        case .bool(let isTrue): bytes.append(contentsOf: (isTrue ? "true" : "false").utf8)
        case .number(let text): TOONScalar.append(number: text, to: &bytes)
        case .string(let text): TOONScalar.append(text, delimiter: delimiter, to: &bytes)
        case .null, .array, .object: bytes.append(contentsOf: "null".utf8)
        }
    }

    private mutating func writeName(_ name: String) { TOONScalar.append(name: name, to: &bytes) }
}

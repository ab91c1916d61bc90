import TOMLKit

/// A TOML file, parsed, with the line of each key (TOMLKit keeps no positions for keys).
struct TOMLFile {
    /// File name for messages.
    let place: String
    let root: [String: Node]
    private let lines: [String: Int]

    /// What the file holds: values, tables and lists of tables.
    indirect enum Node {
        case value(RawValue)
        case table([String: Node])
        case tables([[String: Node]])
    }

    /// - Throws: a problem with its line when the text is not TOML.
    init(text: String, place: String) throws(ConfigurationError) {
        do {
            root = Self.nodes(of: try TOMLTable(string: text))
        } catch let error as TOMLParseError {
            let problem = ConfigurationProblem(
                place: place, line: error.source.begin.line, message: "not valid TOML: \(error.description)")
            throw .problems([problem])
        } catch {
            throw .problems([ConfigurationProblem(place: place, line: nil, message: "not valid TOML: \(error)")])
        }
        self.place = place
        lines = Self.findLines(text)
    }

    /// - Parameter path: `report.site`, or `source[1].paths` in a list of tables.
    func line(of path: String) -> Int? { lines[path] }

    private static func nodes(of table: TOMLTable) -> [String: Node] {
        var nodes: [String: Node] = [:]
        for (key, value) in table { nodes[key] = node(of: value) }
        return nodes
    }

    private static func node(of value: any TOMLValueConvertible) -> Node {
        if let table = value.table { return .table(nodes(of: table)) }
        if let array = value.array {
            let tables = array.compactMap { $0.table.map(nodes(of:)) }
            if !tables.isEmpty, tables.count == array.count { return .tables(tables) }
            return .value(.list(array.map(rawValue)))
        }
        return .value(rawValue(of: value))
    }

    private static func rawValue(of value: any TOMLValueConvertible) -> RawValue {
        switch value.type {
        case .string: .text(value.string ?? "")
        case .int: .integer(value.int ?? 0)
        case .double: .number(value.double ?? 0)
        case .bool: .boolean(value.bool ?? false)
        case .table: .other("a table")
        case .array: .list(value.array.map { $0.map(rawValue) } ?? [])
        default: .other("a date or time")
        }
    }

    /// Headers and keys are looked up in the text; what a multi-line string holds is passed over.
    private static func findLines(_ text: String) -> [String: Int] {
        var lines: [String: Int] = [:]
        var counts: [String: Int] = [:]
        var section = ""
        var insideString = false
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let quotes = line.ranges(of: "\"\"\"").count + line.ranges(of: "'''").count
            defer { if quotes % 2 == 1 { insideString.toggle() } }
            if insideString { continue }
            let trimmed = line.trimmingSpaces
            if trimmed.hasPrefix("[["), let end = trimmed.firstRange(of: "]]") {
                let name = trimmed[trimmed.index(trimmed.startIndex, offsetBy: 2)..<end.lowerBound].trimmingSpaces
                section = "\(name)[\(counts[name, default: 0])]"
                counts[name, default: 0] += 1
                lines[section] = number + 1
            } else if trimmed.hasPrefix("["), let end = trimmed.firstIndex(of: "]") {
                section = trimmed[trimmed.index(after: trimmed.startIndex)..<end].trimmingSpaces
                lines[section] = number + 1
            } else if let equals = trimmed.firstIndex(of: "="), !trimmed.hasPrefix("#") {
                let key = trimmed[..<equals].trimmingSpaces.trimming(quote: "\"")
                lines[section.isEmpty ? key : "\(section).\(key)"] = number + 1
            }
        }
        return lines
    }
}

extension String {
    fileprivate func trimming(quote: Character) -> String {
        count >= 2 && first == quote && last == quote ? String(dropFirst().dropLast()) : self
    }
}

import Events

/// An entry of systemd's journal, from `journalctl -o json` or its export format
/// (https://systemd.io/JOURNAL_EXPORT_FORMATS/).
enum JournalLine {
    static func parse(json line: String) -> CarriedLine? {
        let text = line[...]
        guard
            text.contains("\"__REALTIME_TIMESTAMP\"") || text.contains("\"_BOOT_ID\"") || text.contains("\"__CURSOR\""),
            let entry = JSONTree.parse(line), entry.isObject
        else { return nil }
        return carried { name in Self.text(of: entry[name]) }
    }

    /// Text, bytes as numbers, or one of these repeated; null where the value was too long to print.
    private static func text(of value: JSONValue) -> String? {
        switch value {
        case .array(let items):
            let bytes = items.compactMap { item in item.double.flatMap { UInt8(exactly: $0) } }
            if bytes.count == items.count, case .number = items.first ?? .null {
                return bytes.withUnsafeBytes { LineDecoder.decode($0).text }
            }
            return items.first.flatMap { if case .array = $0 { text(of: $0) } else { $0.text } }
        case .string(let text): return text
        default: return value.text
        }
    }

    /// - Parameter value: the value of a field by its name.
    static func carried(_ value: (String) -> String?) -> CarriedLine {
        func field(_ name: String) -> String? { value(name).flatMap { $0.isEmpty ? nil : $0 } }
        var facts = LineFacts()
        let time = field("_SOURCE_REALTIME_TIMESTAMP") ?? field("__REALTIME_TIMESTAMP")
        facts.time = time.flatMap(Int64.init).flatMap { microseconds in
            let (scaled, overflow) = microseconds.multipliedReportingOverflow(by: 1000)
            return overflow || scaled <= 0 ? nil : Timestamp(nanoseconds: scaled)
        }
        facts.hasExactTime = facts.time != nil
        facts.level = field("PRIORITY").flatMap { Int($0) }.flatMap {
            (0...7).contains($0) ? TextHeader.syslogLevel($0) : nil
        }
        let identifier = field("SYSLOG_IDENTIFIER") ?? field("_COMM")
        let unit = field("_SYSTEMD_USER_UNIT") ?? field("UNIT") ?? field("_SYSTEMD_UNIT")
        facts.service = service(unit: unit, identifier: identifier, container: field("CONTAINER_NAME"))
            .map { clip($0, to: LineFacts.valueLength) }
        facts.host = field("_HOSTNAME").map { clip($0, to: LineFacts.valueLength) }
        facts.tag("unit", unit)
        facts.tag("program", identifier)
        facts.tag("pid", field("_PID") ?? field("SYSLOG_PID"))
        facts.tag("code.file.path", field("CODE_FILE"))
        facts.tag("code.line.number", field("CODE_LINE"))
        facts.tag("code.function.name", field("CODE_FUNC"))
        facts.tag("errno", field("ERRNO"))
        let isStream = field("_TRANSPORT") == "stdout"
        var carried = CarriedLine(
            text: value("MESSAGE") ?? "(no message)", facts: facts, isMessage: !isStream)
        carried.isPartial = field("_LINE_BREAK") == "line-max" || field("CONTAINER_PARTIAL_MESSAGE") == "true"
        var hasher = Hasher()
        for name in ["_HOSTNAME", "_STREAM_ID", "CONTAINER_ID", "_PID", "SYSLOG_IDENTIFIER"] {
            hasher.combine(field(name))
        }
        carried.stream = hasher.finalize()
        return carried
    }

    /// The unit where it is a service of its own, else the container or the program.
    private static func service(unit: String?, identifier: String?, container: String?) -> String? {
        if let container, !container.isEmpty { return container }
        guard let unit, unit.hasSuffix(".service"), !unit.hasPrefix("user@"), !unit.hasPrefix("getty@") else {
            return identifier ?? unit
        }
        return String(unit.dropLast(8))
    }
}

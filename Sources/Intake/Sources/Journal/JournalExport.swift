import Events
import Foundation

/// One entry of a systemd journal.
struct ExportedEntry: Hashable {
    /// Of each field the first value, bounded.
    var fields: [String: String] = [:]
    var cursor: String { fields["__CURSOR"] ?? "" }

    /// Microseconds since the epoch, as a string.
    var time: Timestamp? {
        fields["__REALTIME_TIMESTAMP"].flatMap { Int64($0) }.flatMap { microseconds in
            let (nanoseconds, overflow) = microseconds.multipliedReportingOverflow(by: 1000)
            return overflow ? nil : Timestamp(nanoseconds: nanoseconds)
        }
    }
}

/// Reads the journal's export format from pieces of any size.
///
/// `NAME=value\n`, or `NAME\n`, 8 bytes of length (little-endian), the value and `\n`; a blank line ends an entry
/// (https://systemd.io/JOURNAL_EXPORT_FORMATS/).
struct JournalExport {
    private var buffer: [UInt8] = []
    private var start = 0
    private var entry = ExportedEntry()
    /// Bytes of a value that are still to be read over.
    private var toSkip = 0
    /// The rest of the line is read over.
    private var skipsLine = false

    /// Bytes of a value that are kept.
    static let valueLimit = 256 << 10
    static let fieldLimit = 256
    /// A field's name (sd-journal: 64), and a line without an end that is none.
    private static let nameLimit = 256

    /// Takes the next bytes.
    ///
    /// - Returns: the entries that ended in them; nil when the bytes are no export format.
    mutating func read(_ bytes: some Collection<UInt8>) -> [ExportedEntry]? {
        buffer.append(contentsOf: bytes)
        var entries: [ExportedEntry] = []
        while true {
            switch step() {
            case .entry(let entry): entries.append(entry)
            case .field: break
            case .more:
                buffer.removeFirst(start)
                start = 0
                return entries
            case .broken: return nil
            }
        }
    }

    private enum Step { case field, more, broken, entry(ExportedEntry) }

    private mutating func step() -> Step {
        if toSkip > 0 {
            let count = min(toSkip, buffer.count - start)
            start += count
            toSkip -= count
            if toSkip > 0 { return .more }
        }
        guard let end = buffer[start...].firstIndex(of: 0x0A) else {
            if skipsLine { start = buffer.count }
            return buffer.count - start > Self.valueLimit + Self.nameLimit ? overlong() : .more
        }
        defer { skipsLine = false }
        let line = buffer[start..<end]
        if skipsLine {
            start = end + 1
            return .field
        }
        if line.isEmpty {
            start = end + 1
            guard !entry.fields.isEmpty else { return .field }
            defer { entry = ExportedEntry() }
            return .entry(entry)
        }
        if let equals = line.firstIndex(of: 0x3D) {
            guard keep(line[..<equals], line[(equals + 1)...]) else { return .broken }
            start = end + 1
            return .field
        }
        return Self.isName(line) ? binary(name: line, after: end + 1) : .broken
    }

    /// A text value longer than any that is kept: its beginning is kept, and the rest of its line read over.
    private mutating func overlong() -> Step {
        let line = buffer[start...]
        guard let equals = line.prefix(Self.nameLimit + 1).firstIndex(of: 0x3D),
            keep(line[..<equals], line[(equals + 1)...].prefix(Self.valueLimit))
        else { return .broken }
        (start, skipsLine) = (buffer.count, true)
        return .more
    }

    private mutating func binary(name: ArraySlice<UInt8>, after index: Int) -> Step {
        guard buffer.count - index >= 8 else { return .more }
        let length = buffer[index..<index + 8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        // Core dumps are the largest values there are; 1 GiB is none of a journal.
        guard length <= 1 << 30 else { return .broken }
        let value = index + 8
        let kept = min(Int(length), Self.valueLimit)
        guard buffer.count - value > kept else { return .more }
        guard keep(name, buffer[value..<value + kept]) else { return .broken }
        start = value + kept
        toSkip = Int(length) - kept + 1
        return .field
    }

    /// - Returns: false for what cannot be a field's name.
    private mutating func keep(_ name: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) -> Bool {
        guard Self.isName(name) else { return false }
        let key = String(decoding: name, as: UTF8.self)
        if entry.fields[key] == nil, entry.fields.count < Self.fieldLimit {
            entry.fields[key] = value.prefix(Self.valueLimit).withUnsafeBytes { LineDecoder.decode($0).text }
        }
        return true
    }

    private static func isName(_ bytes: ArraySlice<UInt8>) -> Bool {
        (1...nameLimit).contains(bytes.count) && bytes.allSatisfy { $0 == 0x5F || $0.isDigit || $0 &- 0x41 < 26 }
    }
}

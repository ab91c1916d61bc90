import CScan

/// The named values of one structured log line, flat, found by any of their usual spellings.
///
/// `traceId`, `trace_id`, `Trace-Id` are one name; a dot in a key and a nested object are the same. Names and values
/// stay bytes of the line until somebody asks for them: of most fields nobody does.
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

    enum Kind: UInt8 { case text, escapedText, number, yes, no, absent }

    /// A field as it lies in `bytes`.
    struct Entry {
        var name: FieldName
        var key: Key
        var parent: Int32
        var kind: Kind
        var isRead = false
        var value: Range<Int32>

        var hasText: Bool { kind == .absent ? false : !value.isEmpty }
    }

    /// A key, or the place in a list.
    enum Key {
        case bytes(Range<Int32>)
        case element(Int32)
    }

    /// An object or list that fields lie in.
    struct Parent {
        var key: Key
        var parent: Int32
        var name: FieldName
        var isArray: Bool
        /// Elements of a list that were met.
        var elements: Int32 = 0
    }

    /// The line, and behind it what was added or had to be unescaped.
    private(set) var bytes: [UInt8] = []
    private(set) var entries: [Entry] = []
    private(set) var parents: [Parent] = []
    /// The rank and the entry of the best field of each role; -1 where there is none.
    private var best = InlineArray<26, Int64>(repeating: -1)
    /// What the names of the line's own fields, objects and lists say together.
    private(set) var marks = ServiceMarks()

    init() {}

    /// Begins anew, with a line whose fields are to be added as ranges of its bytes; the memory is used again.
    mutating func begin(_ line: UnsafeRawBufferPointer) {
        bytes.removeAll(keepingCapacity: line.count <= Self.keptBytes)
        bytes.append(contentsOf: line)
        entries.removeAll(keepingCapacity: true)
        if entries.capacity == 0 { entries.reserveCapacity(24) }
        parents.removeAll(keepingCapacity: true)
        best = InlineArray(repeating: -1)
        marks = []
    }

    /// The memory of a longer line is given back.
    private static let keptBytes = 64 << 10

    var isEmpty: Bool { entries.isEmpty }

    /// A field of text formats.
    mutating func add(_ path: String, _ value: Value) {
        let (kind, text): (Kind, String) =
            switch value {
            case .text(let text): (.text, text)
            case .number(_, let digits): (.number, digits)
            case .flag(let flag): (flag ? .yes : .no, flag ? "true" : "false")
            case .absent: (.absent, "")
            }
        let (key, range) = (append(path.utf8), append(text.utf8))
        add(Entry(name: FieldName(path), key: .bytes(key), parent: -1, kind: kind, value: range))
    }

    /// Keeps bytes that are not those of the line.
    mutating func append(_ text: some Collection<UInt8>) -> Range<Int32> {
        let start = Int32(clamping: bytes.count)
        bytes += text
        return start..<Int32(clamping: bytes.count)
    }

    mutating func addParent(_ parent: Parent) -> Int32 {
        parents.append(parent)
        if parent.parent < 0 { marks.formUnion(FieldTable.shared.marks(of: parent.name)) }
        return Int32(clamping: parents.count - 1)
    }

    /// The first value of a name counts, unless it is empty.
    mutating func add(_ entry: Entry) {
        guard entries.count < JSONLimits.fields else { return }
        for known in entries where known.name == entry.name && known.hasText { return }
        var named = ServiceMarks()
        if entry.hasText {
            let place = Int64(entries.count)
            named = FieldTable.shared.forEachUse(of: entry.name) { use in
                let known = best[use.role.rawValue]
                guard known < 0 || known >> 32 > Int64(use.rank) else { return }
                best[use.role.rawValue] = Int64(use.rank) << 32 | place
            }
        } else if entry.parent < 0 {
            named = FieldTable.shared.marks(of: entry.name)
        }
        if entry.parent < 0 { marks.formUnion(named) }
        entries.append(entry)
    }

    mutating func markRead(_ entry: Int) { entries[entry].isRead = true }

    /// Counts a further element of a list.
    ///
    /// - Returns: its place.
    mutating func nextElement(of parent: Int32) -> Int32 {
        defer { parents[Int(parent)].elements += 1 }
        return parents[Int(parent)].elements
    }

    // MARK: By role

    /// The entry of a role's best field.
    func entry(_ role: FieldRole) -> Int? {
        let found = best[role.rawValue]
        return found < 0 ? nil : Int(found & 0xFFFF_FFFF)
    }

    /// The value of the role; it then counts as read and is no tag.
    mutating func take(_ role: FieldRole) -> Value? {
        guard let entry = entry(role) else { return nil }
        entries[entry].isRead = true
        return value(entry)
    }

    mutating func text(_ role: FieldRole) -> String? {
        guard let entry = entry(role) else { return nil }
        entries[entry].isRead = true
        return text(entry)
    }

    /// Every field that may fill the role, one a name, the best name first.
    func candidates(_ role: FieldRole) -> [Int] {
        guard entry(role) != nil else { return [] }
        var found: [(use: FieldTable.Use, entry: Int)] = []
        for index in entries.indices where entries[index].hasText {
            FieldTable.shared.forEachUse(of: entries[index].name) { if $0.role == role { found.append(($0, index)) } }
        }
        found.sort { ($0.use.name, $0.use.rank) < ($1.use.name, $1.use.rank) }
        var last: Int32 = -1
        return found.compactMap { candidate in
            defer { last = candidate.use.name }
            return candidate.use.name == last ? nil : candidate.entry
        }
    }

    // MARK: By place

    func value(_ index: Int) -> Value {
        let entry = entries[index]
        switch entry.kind {
        case .text, .escapedText: return .text(text(index))
        case .number:
            let digits = text(index)
            if let whole = withBytes(entry.value, Self.wholeNumber) { return .number(whole, digits) }
            return Double(digits).map { .number($0, digits) } ?? .text(digits)
        case .yes: return .flag(true)
        case .no: return .flag(false)
        case .absent: return .absent
        }
    }

    /// A number of at most 15 digits and nothing else, which a double holds exactly.
    private static func wholeNumber(_ bytes: UnsafeRawBufferPointer) -> Double? {
        guard (1...15).contains(bytes.count) else { return nil }
        var value: Int64 = 0
        for byte in bytes {
            guard byte.isDigit else { return nil }
            value = value * 10 + Int64(byte &- 0x30)
        }
        return Double(value)
    }

    /// The value as text; empty where it is absent.
    func text(_ index: Int) -> String {
        let entry = entries[index]
        switch entry.kind {
        case .absent: return ""
        case .escapedText: return withBytes(entry.value) { unescapeJSON($0) }
        default: return string(entry.value)
        }
    }

    /// The value as text, where it is one line.
    func line(_ index: Int) -> String? {
        guard mayHoldLines(index) else { return text(index) }
        let text = text(index)
        return text[...].contains("\n") ? nil : text
    }

    /// Whether there is a line end in the value, or an escape that may stand for one.
    func mayHoldLines(_ index: Int) -> Bool {
        let entry = entries[index]
        return withBytes(entry.value) { bytes in
            if bytes.has(0x0A) { return true }
            guard entry.kind == .escapedText, let start = bytes.baseAddress else { return false }
            return scan_find(start, bytes.count, "\\n", 2) >= 0 || scan_find(start, bytes.count, "\\u", 2) >= 0
        }
    }

    func withBytes<Result>(_ range: Range<Int32>, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        bytes.withUnsafeBytes {
            body(UnsafeRawBufferPointer(rebasing: $0[Int(range.lowerBound)..<Int(range.upperBound)]))
        }
    }

    private func string(_ range: Range<Int32>) -> String { withBytes(range) { String(decoding: $0, as: UTF8.self) } }

    /// The writer's own spelling of the name, parts joined by dots.
    func path(_ index: Int) -> String {
        let entry = entries[index]
        if entry.parent < 0 { return text(entry.key) }
        var (length, parent) = (size(of: entry.key), entry.parent)
        while parent >= 0 {
            length += size(of: parents[Int(parent)].key) + 1
            parent = parents[Int(parent)].parent
        }
        return bytes.withUnsafeBytes { bytes in
            String(unsafeUninitializedCapacity: length) { target in
                var end = length
                put(entry.key, of: bytes, before: &end, in: target)
                var parent = entry.parent
                while parent >= 0 {
                    end -= 1
                    target[end] = 0x2E
                    put(parents[Int(parent)].key, of: bytes, before: &end, in: target)
                    parent = parents[Int(parent)].parent
                }
                return length
            }
        }
    }

    private func size(of key: Key) -> Int {
        switch key {
        case .bytes(let range): return range.count
        case .element(var index):
            var digits = 1
            while index >= 10 { (index, digits) = (index / 10, digits + 1) }
            return digits
        }
    }

    private func put(
        _ key: Key, of bytes: UnsafeRawBufferPointer, before end: inout Int,
        in target: UnsafeMutableBufferPointer<UInt8>
    ) {
        switch key {
        case .bytes(let range):
            end -= range.count
            for offset in 0..<range.count { target[end + offset] = bytes[Int(range.lowerBound) + offset] }
        case .element(var index):
            for _ in 0..<size(of: key) {
                end -= 1
                target[end] = UInt8(truncatingIfNeeded: 0x30 + index % 10)
                index /= 10
            }
        }
    }

    private func text(_ key: Key) -> String {
        switch key {
        case .bytes(let range): string(range)
        case .element(let index): String(index)
        }
    }

    /// Whether an object or list of this path was met.
    func hasParent(_ name: FieldName) -> Bool { parents.contains { $0.name == name } }

    func hasParent(among names: Set<FieldName>) -> Bool { parents.contains { names.contains($0.name) } }
}

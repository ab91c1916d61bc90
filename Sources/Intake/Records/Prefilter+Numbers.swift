import Events

/// A key and the number behind it, somewhere in raw bytes: `"level":50`, `\"level\": \"50\"`, `level=50`.
private struct NumberPlace {
    private let bytes: UnsafeRawBufferPointer
    private let separator: Int

    /// - Parameter separator: where the `:` or `=` is.
    init(_ bytes: UnsafeRawBufferPointer, separator: Int) { (self.bytes, self.separator) = (bytes, separator) }

    static let reach = 64

    static func isSeparator(_ byte: UInt8) -> Bool { byte == 0x3A || byte == 0x3D }

    /// White space, quotes and the backslashes before them.
    static func isPadding(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x22 || byte == 0x27 || byte == 0x5C
    }

    /// The last part of the key, without the `@` of logstash.
    var key: FieldName {
        var end = separator
        let floor = max(0, separator - Self.reach)
        while end > floor, Self.isPadding(bytes[end - 1]) { end -= 1 }
        var start = end
        while start > floor, Self.isKey(bytes[start - 1]) { start -= 1 }
        return FieldName().appending(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
    }

    static func isKey(_ byte: UInt8) -> Bool { byte.isIdentifier || byte == 0x2D }

    /// Where the value begins.
    var value: Int {
        var index = separator + 1
        let end = min(bytes.count, index + Self.reach)
        while index < end, Self.isPadding(bytes[index]) { index += 1 }
        return index
    }
}

extension FieldName {
    /// The last part of a dotted name, as it is found before a number.
    static func lastPart(_ name: String) -> FieldName {
        FieldName(String(name.split { $0 == "." || $0 == "@" }.last ?? ""))
    }
}

/// Levels that are numbers: where they stand, and which of them are wanted.
struct NumericLevels: Sendable {
    private static let names = Names.level + Names.severityNumber + Names.priority + Names.pythonLevel
    private static let keys = Set(names.map(FieldName.lastPart))
    private let level: LogLevel

    init(atLeast level: LogLevel) { self.level = level }

    /// The last bytes of the keys, then the number, quoted or not, with white space here or there.
    var needles: [Needle] {
        let last = Set(Self.names.compactMap(\.last)).sorted().map { "\($0)\($0.uppercased())" }.joined()
        let end = "[\(last)_\\\\-]"
        return [
            "\(end)\":[0-6]", "\(end)\": [0-6]", "\"[0-7][\"\\\\]", "\"[1-6][0-9][\"\\\\]", "\"[3-6][0-9][0-9][\"\\\\]",
            "\"4[0-9][0-9][0-9]", "\":[ \t][ \t]", "\"[ \t]:", "\(end)=[\"'0-6]", "\(end)\":\t",
        ].map { Needle($0) }
    }

    /// - Parameter start: of one of the needles.
    func isWanted(_ bytes: UnsafeRawBufferPointer, at start: Int) -> Bool {
        guard let separator = Self.separator(bytes, near: start) else { return false }
        let place = NumberPlace(bytes, separator: separator)
        var (index, number, digits) = (place.value, 0, 0)
        while index < bytes.count, bytes[index].isDigit, digits < 6 {
            number = number * 10 + Int(bytes[index] - 0x30)
            (index, digits) = (index + 1, digits + 1)
        }
        guard (1...5).contains(digits), isWanted(number) else { return false }
        return Self.keys.contains(place.key)
    }

    /// Behind the place, or, where the needle is a quoted number, before it.
    private static func separator(_ bytes: UnsafeRawBufferPointer, near start: Int) -> Int? {
        for index in start..<min(bytes.count, start + 4) where NumberPlace.isSeparator(bytes[index]) { return index }
        var index = start
        let floor = max(0, start - NumberPlace.reach)
        while index > floor, NumberPlace.isPadding(bytes[index - 1]) { index -= 1 }
        return index > floor && NumberPlace.isSeparator(bytes[index - 1]) ? index - 1 : nil
    }

    /// By any of the scales that loggers use.
    private func isWanted(_ number: Int) -> Bool {
        let scales: [NumberScale] = [.common, .python, .nextcloud]
        let levels =
            scales.map { $0.level(Double(number)) }
            + [StructuredEvent.otelLevel(number), StructuredEvent.syslogLevel(number)]
        return levels.contains { $0.map { $0 >= level } ?? false }
    }

    /// `<134>` of syslog.
    func isWantedPriority(_ bytes: UnsafeRawBufferPointer, at start: Int) -> Bool {
        var (index, number) = (start, 0)
        while index < bytes.count, bytes[index].isDigit, index < start + 4 {
            number = number * 10 + Int(bytes[index] - 0x30)
            index += 1
        }
        guard index > start, index < bytes.count, bytes[index] == 0x3E else { return false }
        return TextHeader.syslogLevel(number & 7) >= level
    }
}

/// Durations: by which names they go, and which are too long.
struct DurationKeys: Sendable {
    /// What makes milliseconds of the number behind a key's last part, at most.
    private static let scales: [FieldName: Double] = Dictionary(
        Names.durations.flatMap { names, scale in names.map { (FieldName.lastPart($0), scale) } },
        uniquingKeysWith: max)
    private let limit: Double

    /// - Parameter limit: milliseconds.
    init(limit: Double) { self.limit = limit }

    static let needles =
        ["duration", "elapsed", "latency", "took", "timems", "time[_-]ms", "[nte]time", "[nte][_-]time"].map(
            Needle.word)

    /// Whether the number behind the name could exceed the limit; what is not plainly a number is left to the parser.
    ///
    /// - Parameter start: of one of the needles.
    func isLong(_ bytes: UnsafeRawBufferPointer, at start: Int) -> Bool {
        var index = start
        let end = min(bytes.count, start + NumberPlace.reach)
        while index < end, NumberPlace.isKey(bytes[index]) { index += 1 }
        while index < end, NumberPlace.isPadding(bytes[index]) { index += 1 }
        guard index < end else { return true }
        guard NumberPlace.isSeparator(bytes[index]) else { return false }
        let place = NumberPlace(bytes, separator: index)
        let value = place.value
        guard value < bytes.count else { return false }
        if Self.cannotBeLong(bytes[value]) { return false }
        guard let scale = Self.scales[place.key] else { return false }
        return isLong(bytes, at: value, scale)
    }

    /// Objects, lists, `true`, `false`, and ends: no value of this key. `null` is, like `nan`, left to the parser.
    private static func cannotBeLong(_ byte: UInt8) -> Bool {
        byte == 0x7B || byte == 0x5B || byte == 0x2D || byte == 0x2C || byte == 0x7D || byte == 0x0A
    }

    private func isLong(_ bytes: UnsafeRawBufferPointer, at start: Int, _ scale: Double) -> Bool {
        var (index, value) = (start, 0.0)
        while index < bytes.count, bytes[index].isDigit {
            value = value * 10 + Double(bytes[index] - 0x30)
            index += 1
        }
        guard index > start, index < bytes.count else { return true }
        if bytes[index] == 0x2E {
            index += 1
            while index < bytes.count, bytes[index].isDigit { index += 1 }
        }
        guard index < bytes.count else { return true }
        // One more than the digits say stands for the fraction.
        guard let unit = Self.unit(bytes, at: index) else { return true }
        return (value + 1) * (unit == 0 ? scale : unit) > limit
    }

    /// Milliseconds of a unit behind the number; 0 where the number ends, nil where it goes on in another way.
    private static func unit(_ bytes: UnsafeRawBufferPointer, at start: Int) -> Double? {
        guard bytes[start].isIdentifier else { return bytes[start] == 0x20 ? nil : 0 }
        var end = start
        while end < bytes.count, end < start + 4, bytes[end].isIdentifier { end += 1 }
        return units.first { $0.name.elementsEqual(bytes[start..<end]) }?.milliseconds
    }

    private static let units: [(name: [UInt8], milliseconds: Double)] = [
        ("ms", 1), ("s", 1000), ("us", 1e-3), ("\u{B5}s", 1e-3), ("\u{3BC}s", 1e-3), ("ns", 1e-6),
    ].map { (Array($0.0.utf8), $0.1) }
}

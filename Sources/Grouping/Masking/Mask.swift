import Events

/// What a masked value was. Its name between angle brackets is what a template shows.
enum Mask: UInt8, CaseIterable {
    case num, hex, uuid, hash, ip, mac, time, duration, size, version, email, str, path, query, base64, json, id
    case user

    /// Differs from one run of the same test to the next.
    var isVolatile: Bool {
        switch self {
        case .time, .uuid, .hex, .hash, .path, .user: true
        default: false
        }
    }

    /// The placeholder as a template shows it, `<num>`: 16 bytes can be read from its start, `count` of them are its own.
    var text: (start: UnsafePointer<UInt8>, count: Int) {
        let entry = Self.texts.utf8Start + Int(rawValue) * Self.textStride
        // A static string is constant memory: its pointer is good for ever.
        return (entry + 1, Int(entry[0] & 15))
    }

    private static let textStride = 17

    /// For each mask, in order, the length of its text (`E` is 5, `J` 10) and its text, filled up to 16 bytes.
    private static let texts: StaticString = """
        E<num>           E<hex>           F<uuid>          F<hash>          D<ip>            \
        E<mac>           F<time>          J<duration>      F<size>          I<version>       \
        G<email>         E<str>           F<path>          G<query>         H<base64>        \
        F<json>          D<id>            F<user>          .
        """
}

/// The form of a redaction placeholder, `<email:3fa2c1>`: a type, and six digits that tell two values apart.
enum RedactionMark {
    /// Digits of the keyed hash that a placeholder shows.
    static let hashDigits = MaskedText.hashDigits
    private static let maxTypeLength = MaskedText.maxTypeBytes

    /// The placeholder that starts at `start` (a `<`).
    ///
    /// - Returns: where its type ends (the `:`) and where it ends; nil when there is none.
    static func parse(_ bytes: Bytes, at start: Int) -> (typeEnd: Int, end: Int)? {
        guard bytes.at(start) == 0x3C else { return nil }
        let typeEnd = bytes.run(from: start + 1, limit: maxTypeLength) { $0.isLower || $0.isDigit || $0 == 0x2D }
        let end = typeEnd + 1 + hashDigits
        guard typeEnd > start + 1, bytes.at(typeEnd) == 0x3A, bytes.at(end) == 0x3E else { return nil }
        for index in typeEnd + 1..<end where !(bytes[index].isDigit || bytes[index] &- 0x61 < 6) { return nil }
        return (typeEnd, end + 1)
    }

    /// The placeholder that `index` lies in.
    static func enclosing(_ bytes: Bytes, _ index: Int) -> Range<Int>? {
        var start = index
        let lowest = max(0, index - maxTypeLength - hashDigits - 2)
        while start >= lowest, bytes.at(start) != 0x3C {
            if bytes.at(start) == 0x3E, start < index { return nil }
            start -= 1
        }
        guard start >= lowest, let mark = parse(bytes, at: start), mark.end > index else { return nil }
        return start..<mark.end
    }
}

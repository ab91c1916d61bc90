/// Fields by names that have no role.
extension LogFields {
    /// Every field, in the order written.
    var fields: [Field] {
        entries.indices.map { Field(path: path($0), value: value($0), isRead: entries[$0].isRead) }
    }

    /// Lower case, without `_` and `-`, and without the `@` of logstash before names of more than two letters.
    static func normalized(_ path: String) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(path.utf8.count)
        for byte in path.utf8 where byte != 0x5F && byte != 0x2D {
            bytes.append(byte &- 0x41 < 26 ? byte | 0x20 : byte)
        }
        if bytes.first == 0x40, bytes.count > 3, bytes != Array("@version".utf8) { bytes.removeFirst() }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func position(_ name: FieldName) -> Int? { entries.lastIndex { $0.name == name } }

    /// The first of the names that has a value; it then counts as read and is no tag.
    mutating func take(_ names: [String], in scopes: [String] = ["", "fields."]) -> Value? {
        if entries.isEmpty { return nil }
        for scope in scopes {
            for name in names {
                guard let found = position(FieldName(scope + name)), entries[found].hasText else { continue }
                markRead(found)
                return value(found)
            }
        }
        return nil
    }

    mutating func text(_ names: [String], in scopes: [String] = ["", "fields."]) -> String? {
        take(names, in: scopes)?.text
    }

    /// Looks without marking as read.
    func value(_ name: String) -> Value? { value(FieldName(name)) }

    func value(_ name: FieldName) -> Value? { position(name).map { value($0) } }

    /// Whether there is such a field, with or without a value.
    func has(_ name: FieldName) -> Bool { position(name) != nil }

    /// Whether a name begins with these parts, the last with its dot.
    func hasScope(_ scope: String) -> Bool { scope.hasSuffix(".") && hasParent(FieldName(String(scope.dropLast()))) }

    func hasPrefix(_ prefix: String) -> Bool {
        entries.indices.contains { Self.normalized(path($0)).hasPrefix(prefix) }
    }

    /// Every field below a path, as (rest of the name, value), in the order written.
    func below(_ prefix: String) -> [(name: String, value: Value)] {
        entries.indices.compactMap { index in
            let name = Self.normalized(path(index))
            return name.hasPrefix(prefix) ? (String(name.dropFirst(prefix.count)), value(index)) : nil
        }
    }

    mutating func markRead(below prefix: String) {
        for index in entries.indices where Self.normalized(path(index)).hasPrefix(prefix) { markRead(index) }
    }
}

/// Names of functions and modules without what a compiler or a run put into them.
enum SymbolName {
    /// Bytes of a name that are read.
    static let maxBytes = 512

    /// Drops arguments, addresses, type arguments, hashes and counters; closures and lambdas get one name.
    ///
    /// `orders::find::{{closure}}::h0123456789abcdef` → `orders::find::{closure}`,
    /// `lambda$findOpen$3` → `lambda$findOpen`, `Object.<anonymous>` → `<anonymous>`,
    /// `GeneratedMethodAccessor41` → `GeneratedMethodAccessor`.
    static func normalize(_ name: String) -> String {
        var bytes = Array(name.utf8.prefix(maxBytes))
        cutAlias(&bytes)
        dropPrefixes(&bytes)
        bytes = withoutArguments(bytes)
        bytes = withoutHashes(bytes)
        bytes = withoutCounters(bytes)
        while let last = bytes.last, last == 0x20 || last == 0x2E || last == 0x24 || last == 0x3A { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// ` [as method]`, ` [clone .isra.0]`, `+0x1f`, `@plt`, ` in library`.
    private static func cutAlias(_ bytes: inout [UInt8]) {
        for mark in [" [", "+0x", "@plt", "@@", " + "] {
            if let position = position(of: mark, in: bytes), position > 0 { bytes.removeSubrange(position...) }
        }
    }

    private static func dropPrefixes(_ bytes: inout [UInt8]) {
        var isChanged = true
        while isChanged {
            isChanged = false
            for prefix in ["async ", "new ", "static ", "Object.<anonymous>", "at "]
            where bytes.starts(with: prefix.utf8) {
                guard bytes.count > prefix.utf8.count || prefix == "Object.<anonymous>" else { continue }
                bytes.removeFirst(prefix.utf8.count)
                if bytes.isEmpty { bytes = Array("<anonymous>".utf8) }
                isChanged = true
            }
        }
        guard bytes.starts(with: "closure #".utf8), let place = position(of: " in ", in: bytes) else { return }
        bytes = Array("closure in ".utf8) + bytes[(place + 4)...]
    }

    /// Text in parentheses and type arguments go; Go's receivers `(*Server)` and `<lambda>` stay.
    private static func withoutArguments(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            guard byte == 0x28 || byte == 0x3C, let close = closing(bytes, index) else {
                result.append(byte)
                index += 1
                continue
            }
            let isReceiver = byte == 0x28 && bytes.dropFirst(index + 1).first == 0x2A
            let isName = byte == 0x3C && (result.isEmpty || result.last == 0x2E || result.last == 0x3A)
            if isReceiver || isName { result += bytes[index...close] }
            index = close + 1
        }
        return result
    }

    private static func closing(_ bytes: [UInt8], _ start: Int) -> Int? {
        let (open, close): (UInt8, UInt8) = bytes[start] == 0x28 ? (0x28, 0x29) : (0x3C, 0x3E)
        var depth = 0
        for index in start..<bytes.count {
            if bytes[index] == open { depth += 1 }
            if bytes[index] == close, index == 0 || bytes[index - 1] != 0x2D { depth -= 1 }
            if depth == 0 { return index }
        }
        return nil
    }

    /// Rust's `::h…` suffix, `$$…CGLIB$$3f2a…`, `$$Lambda$14/0x…`, and other runs of eight hexadecimal digits or more.
    private static func withoutHashes(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        if let slash = bytes.firstIndex(of: 0x2F), position(of: "$$Lambda", in: bytes) != nil {
            bytes.removeSubrange(slash...)
        }
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            var end = index
            var digits = 0
            while end < bytes.count, bytes[end].isHexDigit {
                if bytes[end].isDigit { digits += 1 }
                end += 1
            }
            let isAlone = (end == bytes.count || !bytes[end].isWord)
            let before = result.last ?? 0
            let isRustHash = before == 0x68 && end - index == 16 && result.dropLast().last == 0x3A
            if isRustHash, isAlone {
                result.removeLast()
            } else if end - index >= 8, digits >= 2, isAlone, !before.isAlphanumeric {
                while let last = result.last, last == 0x24 || last == 0x2D { result.removeLast() }
            } else {
                end = max(end, index + 1)
                result += bytes[index..<end]
            }
            index = end
        }
        return result
    }

    /// Counters that compilers give: `$1`, `lambda$f$0`, `func1.2`, `{closure#0}`, `b__3_0`, `Accessor41`, `$Proxy12`.
    private static func withoutCounters(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            guard bytes[index].isDigit, isCounter(after: result) else {
                result.append(bytes[index])
                index += 1
                continue
            }
            while index < bytes.count, bytes[index].isDigit { index += 1 }
            while let last = result.last, last == 0x24 || last == 0x23, result.count > 1 { result.removeLast() }
        }
        return braced(result)
    }

    private static func isCounter(after name: [UInt8]) -> Bool {
        switch name.last {
        case 0x24, 0x23: return true
        case 0x2E: return name.count > 1 && ends(name.dropLast(), with: "func")
        default:
            return ends(name[...], with: "Accessor") || ends(name[...], with: "Proxy") || ends(name[...], with: ".func")
                || ends(name[...], with: "b__") || ends(name[...], with: "d__") || ends(name[...], with: "DisplayClass")
        }
    }

    /// `{{closure}}` and `{closure#0}` are one name.
    private static func braced(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        for byte in bytes where !((byte == 0x7B && result.last == 0x7B) || (byte == 0x7D && result.last == 0x7D)) {
            result.append(byte)
        }
        return result
    }

    private static func ends(_ name: ArraySlice<UInt8>, with suffix: StaticString) -> Bool {
        let length = suffix.utf8CodeUnitCount
        guard name.count >= length else { return false }
        return name.suffix(length).elementsEqual(UnsafeBufferPointer(start: suffix.utf8Start, count: length))
    }

    private static func position(of text: String, in bytes: [UInt8]) -> Int? {
        let text = Array(text.utf8)
        guard bytes.count >= text.count else { return nil }
        return (0...bytes.count - text.count).first {
            bytes[$0] == text[0] && bytes[$0..<$0 + text.count].elementsEqual(text)
        }
    }
}

extension SymbolName {
    /// Whether the last part of a function's name begins with such a word: `FieldUtils.verifyBounds`, `db.py:_check_id`.
    static func isGuard(_ name: String) -> Bool {
        var name = name
        return name.withUTF8 { bytes in
            let start = (bytes.lastIndex { $0 == 0x2E || $0 == 0x3A || $0 == 0x2F }).map { $0 + 1 } ?? 0
            let word = bytes.run(from: start) { $0 == 0x5F }
            return guardWords.contains { guardWord in
                let end = word + guardWord.utf8CodeUnitCount
                return bytes.hasAnyCase(guardWord, at: word) && !bytes.at(end).isLower
            }
        }
    }

    private static let guardWords: [StaticString] = [
        "check", "verify", "validate", "require", "assert", "ensure", "guard", "throw", "raise", "fail", "panic",
        "expect", "must", "unwrap", "reject", "notnull", "notempty", "isnull", "istrue", "isfalse", "error",
    ]
}

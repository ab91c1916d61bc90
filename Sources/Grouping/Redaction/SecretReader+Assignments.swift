/// Values that a name marks as secret: where the value starts, and what joins it to its name.
extension SecretReader {
    private static let maxNameRest = 25

    /// What joins a name and its value.
    enum Link: Equatable {
        /// `=`, `:`, `=>` and their like; the byte is the first of them.
        case sign(UInt8, isSpaced: Bool)
        /// `<password>…`.
        case element
        /// `name="password" value="…"`.
        case attribute
        /// `--password …`.
        case option
        /// `machine db login kim password …`.
        case login
        /// `password is …`, `비밀번호는 …`, `password '…'`.
        case words
    }

    /// `password=…`, `"api_key": "…"`, `TOKEN => '…'`. The value must not start before `from`.
    func assignment(_ name: SecretNames.Name, _ range: Range<Int>, from: Int) -> Secret? {
        guard !name.isWord || isWholeWord(range), RedactionMark.enclosing(bytes, range.upperBound - 1) == nil else {
            return nil
        }
        switch name.kind {
        case .code: return code(after: range.upperBound)
        case .identity: return identity(after: range.upperBound)
        default: break
        }
        guard let (value, link) = link(name, range), value >= from, value < bytes.count else { return nil }
        let quote = quotation(before: value)
        let end = valueEnd(value, name.kind, link, quote)
        guard end > value, isSecret(value..<end, name, quote, link) else { return nil }
        let last = name.kind == .password ? end : wrappedEnd(value..<wholeEnd(value, end))
        return Secret(name: name.kind == .password ? "password" : "secret", range: value..<last)
    }

    /// Whether a name stands by itself, also as a part of `snake_case` and `camelCase`.
    private func isWholeWord(_ range: Range<Int>) -> Bool {
        let (before, first) = (bytes.at(range.lowerBound - 1), bytes[range.lowerBound])
        let (last, after) = (bytes[range.upperBound - 1], bytes.at(range.upperBound))
        // The D of `java -Dbindpw=…` is an option's, no part of a name.
        let isProperty = before == 0x44 && bytes.at(range.lowerBound - 2) == 0x2D
        if before.isLetter, !(before.isLower && first.isUpper), !isProperty { return false }
        return !after.isLetter || last.isLower && after.isUpper
    }

    private func link(_ name: SecretNames.Name, _ range: Range<Int>) -> (value: Int, Link)? {
        let isPassword = name.kind == .password
        let rest = bytes.run(from: range.upperBound, limit: Self.maxNameRest) {
            $0.isAlphanumeric || $0 == 0x5F || $0 == 0x2D || $0 == 0x2E || (!isPassword && ($0 == 0x20 || $0 == 0x09))
        }
        if name.kind != .service, namesSomethingElse(range, rest, name.kind) { return nil }
        if let value = optionValue(name.kind, range) { return (value, .option) }
        if isPassword, let value = particleValue(range.upperBound) { return (value, .words) }
        let sign = skip(rest, limit: 5) { $0.isSpace || Self.isQuote($0) || $0 == 0x5C || $0 == 0x5D }
        // {"name": "TOKEN", "value": "…"}: the comma joins two names, not a name and its value.
        if bytes.at(sign) == 0x2C, sign > rest, let value = attributeValue(sign) { return (value, .attribute) }
        if let found = signValue(sign, rest, range, name.kind) { return found }
        if Self.isQuote(bytes.at(rest)) || bytes.at(rest) == 0x5C {
            if let value = attributeValue(rest) { return (value, .attribute) }
            if let value = partValue(rest) { return (value, .words) }
        }
        return isPassword ? wordsValue(rest, range) : nil
    }

    /// `=`, `:`, `=>`, `,`, `(` and their like, and the quotes before the value.
    private func signValue(
        _ sign: Int, _ rest: Int, _ range: Range<Int>, _ kind: SecretNames.Kind
    ) -> (value: Int, Link)? {
        let separator = bytes.at(sign)
        switch separator {
        case 0x3D, 0x3A:
            // A line of equal signs assigns nothing.
            guard bytes.run(from: sign, limit: 4, { $0 == separator }) < sign + 4 else { return nil }
        case 0x3E where kind == .password:
            guard sign == rest, isElement(range.lowerBound) else { return nil }
            return (skip(sign + 1, limit: 8) { $0.isSpace }, .element)
        case 0x2C where kind == .password:
            guard sign > rest else { return nil }
        case 0x28 where kind == .password:
            let value = bytes.run(from: sign + 1, limit: 4) { $0 == 0x20 || Self.isQuote($0) || $0 == 0x5C }
            return quotation(before: value) == nil ? nil : (value, .words)
        case 0x3E, 0x2C, 0x3F, 0x7C:
            guard kind != .password, kind != .weak || separator == 0x2C && sign > rest else { return nil }
        default: return nil
        }
        let end = bytes.run(from: sign + 1, limit: 3) {
            $0 == 0x3D || $0 == 0x3E || $0 == 0x3A || $0 == 0x7C || $0 == 0x7E
        }
        let isBlock = kind == .password && separator == 0x3A
        let start = isBlock ? blockValue(end) ?? end : end
        let value = skip(start, limit: start > end ? 16 : 8) {
            $0.isSpace || Self.isQuote($0) || $0 == 0x5C || $0 == 0x5B || ($0 == 0x3D && kind != .password)
        }
        if kind == .password, start == end, quotation(before: value) == nil,
            bytes[end..<min(value, bytes.count)].contains(0x0A)
        {
            return nil
        }
        // Laravel writes how a key is encoded before it.
        let prefix = bytes.has("base64:", at: value) ? 7 : 0
        return (value + prefix, .sign(separator, isSpaced: value > end && bytes.at(end).isSpace))
    }

    /// A block of YAML, `password: >-` and the value on the next line.
    private func blockValue(_ start: Int) -> Int? {
        let mark = bytes.run(from: start, limit: 4) { $0 == 0x20 }
        guard bytes.at(mark) == 0x7C || bytes.at(mark) == 0x3E else { return nil }
        let end = bytes.run(from: mark + 1, limit: 3) { $0 == 0x2D || $0 == 0x2B || $0.isDigit || $0 == 0x0D }
        return bytes.at(end) == 0x0A ? end + 1 : nil
    }

    /// `<password>` and `<ns:db-password>`, but not `a -> password>`.
    private func isElement(_ start: Int) -> Bool {
        let lowest = max(0, start - 40)
        var index = start - 1
        while index >= lowest, bytes[index].isWord || (0x2D...0x2E).contains(bytes[index]) || bytes[index] == 0x3A {
            index -= 1
        }
        return index >= lowest && bytes[index] == 0x3C
    }

    /// `key="password" value="…"`, `{"name": "DB_PASSWORD", "value": "…"}`, `<entry key="password">…`.
    private func attributeValue(_ start: Int) -> Int? {
        let end = min(bytes.count, start + 80)
        var index = start
        while index < end, bytes[index] != 0x0A, bytes[index] != 0x7D, bytes[index] != 0x3C {
            if bytes[index] == 0x3E {
                let isShut = bytes[index - 1] == 0x2F
                return isShut || bytes.at(index + 1) == 0x3C || bytes.at(index + 1).isSpace ? nil : index + 1
            }
            if bytes.hasAnyCase("value", at: index), !bytes[index - 1].isWord {
                let sign = bytes.run(from: index + 5, limit: 5) { Self.isQuote($0) || $0 == 0x5C || $0 == 0x20 }
                guard bytes.at(sign) == 0x3D || bytes.at(sign) == 0x3A else { return nil }
                let value = bytes.run(from: sign + 1, limit: 6) { Self.isQuote($0) || $0 == 0x5C || $0 == 0x20 }
                return quotation(before: value) == nil ? nil : value
            }
            index += 1
        }
        return nil
    }

    /// A part of a form in several parts: `name="password"`, an empty line, the value.
    private func partValue(_ start: Int) -> Int? {
        guard bytes.at(start) == 0x22 else { return nil }
        let value = bytes.run(from: start + 1, limit: 4) { $0 == 0x0D || $0 == 0x0A }
        return value >= start + 3 && bytes[start + 1..<value].contains(0x0A) ? value : nil
    }

    /// `--token VALUE` and `-storepass VALUE`.
    private func optionValue(_ kind: SecretNames.Kind, _ range: Range<Int>) -> Int? {
        guard kind == .key || kind == .definite || kind == .password else { return nil }
        let close = bytes.run(from: range.upperBound, limit: Self.maxNameRest) {
            $0.isAlphanumeric || $0 == 0x2D || $0 == 0x5F
        }
        guard bytes.at(close) == 0x20 else { return nil }
        let lowest = max(0, range.upperBound - Self.maxNameRest)
        var index = range.upperBound - 1
        while index > lowest, bytes[index].isWord || (bytes[index] == 0x2D && bytes[index - 1].isWord) { index -= 1 }
        let isDouble = bytes.at(index) == 0x2D && bytes.at(index - 1) == 0x2D
        guard isDouble || kind == .password && bytes.at(index) == 0x2D && bytes.at(index - 1) == 0x20 else {
            return nil
        }
        let value = bytes.run(from: close, limit: 4) { $0 == 0x20 || Self.isQuote($0) }
        // OpenSSL says where the password is: pass:…, env:…, file:….
        if bytes.has("pass:", at: value) { return value + 5 }
        return bytes.at(value) == 0x2D || bytes.has("env:", at: value) || bytes.has("file:", at: value) ? nil : value
    }

    /// Korean marks topic and subject: `비밀번호는 abc123 입니다`.
    private func particleValue(_ start: Int) -> Int? {
        let particles: [StaticString] = ["는", "은", "가", "이"]
        guard particles.contains(where: { bytes.has($0, at: start) }) else { return nil }
        let value = bytes.run(from: start + 3, limit: 4) { $0 == 0x20 || $0 == 0x3A || Self.isQuote($0) }
        return value > start + 3 ? value : nil
    }

    /// `password is …`, `password for kim: …`, `login kim password …`, `PASSWORD '…'`.
    private func wordsValue(_ rest: Int, _ range: Range<Int>) -> (value: Int, Link)? {
        guard bytes.at(rest) == 0x20 else { return nil }
        var value = bytes.run(from: rest, limit: 4) { $0 == 0x20 }
        if bytes.hasAnyCase("for ", at: value) {
            let end = bytes.run(from: value + 4, limit: 40) { $0 != 0x3A && $0 != 0x0A }
            guard bytes.at(end) == 0x3A, bytes.at(end + 1) == 0x20 else { return nil }
            return (end + 2, .words)
        }
        for word in ["is ", "was ", "set to ", "to "] as [StaticString] where bytes.hasAnyCase(word, at: value) {
            value += word.utf8CodeUnitCount
            break
        }
        let quoted = bytes.run(from: value, limit: 2) { Self.isQuote($0) || $0 == 0x5C }
        if quoted > value { return (quoted, .words) }
        let before = max(0, range.lowerBound - 80)..<range.lowerBound
        let line = (bytes[before].lastIndex(of: 0x0A).map { $0 + 1 } ?? before.lowerBound)..<range.lowerBound
        let isLogin = line.contains {
            bytes.hasAnyCase("login ", at: $0) || bytes.hasAnyCase("requirepass", at: $0)
        }
        return (value, isLogin || bytes.hasAnyCase("requirepass", at: range.lowerBound) ? .login : .words)
    }

    /// Passes over bytes of a class; an escaped line break (`\n`) counts as white space.
    func skip(_ start: Int, limit: Int, _ belongs: (UInt8) -> Bool) -> Int {
        var index = start
        while index < min(bytes.count, start + limit) {
            if bytes[index] == 0x5C, bytes.at(index + 1) == 0x6E || bytes.at(index + 1) == 0x74 {
                index += 2
            } else if belongs(bytes[index]) {
                index += 1
            } else {
                break
            }
        }
        return index
    }
}

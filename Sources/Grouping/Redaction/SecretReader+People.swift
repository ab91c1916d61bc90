/// What tells who somebody is: emails, numbers of cards, residents and phones, addresses, homes.
extension SecretReader {
    func email(at position: Int) -> Secret? {
        let isLocal: (UInt8) -> Bool = {
            $0.isAlphanumeric || $0 == 0x2E || $0 == 0x5F || $0 == 0x25 || $0 == 0x2B || $0 == 0x2D
        }
        var start = position
        while start > 0, position - start < 64, isLocal(bytes[start - 1]) { start -= 1 }
        while start < position, !bytes[start].isAlphanumeric { start += 1 }
        let domain = position + 1
        var end = bytes.run(from: domain, limit: 128) { $0.isAlphanumeric || $0 == 0x2D || $0 == 0x2E }
        while end > domain, !bytes[end - 1].isLetter { end -= 1 }
        guard start < position, end > domain, bytes[domain].isAlphanumeric,
            let dot = bytes[domain..<end].lastIndex(of: 0x2E), dot > domain, end - dot >= 3,
            bytes[dot + 1..<end].allSatisfy(\.isLetter), !bytes.at(end).isWord, !isNoAddress(start..<end, dot, position)
        else { return nil }
        return Secret(name: "email", range: start..<end)
    }

    /// `logo@2x.png`, and `git@host:path` as ssh writes where a repository is.
    private func isNoAddress(_ range: Range<Int>, _ dot: Int, _ at: Int) -> Bool {
        let ending = dot + 1..<range.upperBound
        if Self.fileEndings.contains(where: {
            $0.utf8CodeUnitCount == ending.count && bytes.hasAnyCase($0, at: dot + 1)
        }) {
            return true
        }
        return bytes.at(range.upperBound) == 0x3A && bytes.at(range.upperBound + 1).isLetter
            && at - range.lowerBound <= 3
    }

    private static let fileEndings: [StaticString] = [
        "png", "jpg", "jpeg", "gif", "svg", "webp", "ico", "css", "js", "mjs", "ts", "tsx", "html", "json", "xml",
        "txt",
        "log", "jar", "dll", "exe", "yaml", "yml", "toml", "service", "socket", "timer", "target",
    ]

    /// A run of digits: a card, a resident's or a phone number without separators.
    func digitRun(from start: Int, _ settings: RedactionSettings) -> Secret? {
        let before = bytes.at(start - 1)
        guard !before.isWord, before != 0x2E, before != 0x2D, before != 0x2B else { return nil }
        let end = bytes.run(from: start, limit: 20) { $0.isDigit }
        let next = bytes.at(end)
        switch end - start {
        case 6 where settings.residentNumbers && next == 0x2D: return resident(start, serial: end + 1)
        case 13 where settings.residentNumbers && (hasResidentCheckDigit(start) || namesResident(before: start)):
            return resident(start, serial: start + 6)
        case 10...11 where settings.phoneNumbers && isMobilePrefix(start) && !next.isWord:
            return Secret(name: "phone", range: start..<end)
        case 13...16 where settings.cards && !next.isWord && next != 0x2D && next != 0x2E: return card(start..<end)
        default: return nil
        }
    }

    private func card(_ range: Range<Int>) -> Secret? {
        var (sum, isSecond, digits) = (0, false, 0)
        for index in range.reversed() where bytes[index].isDigit {
            var value = Int(bytes[index] & 15)
            if isSecond { value = value > 4 ? value * 2 - 9 : value * 2 }
            sum += value
            isSecond.toggle()
            digits += 1
        }
        guard sum % 10 == 0, (13...19).contains(digits), isCardIssuer(range.lowerBound, digits),
            Set(bytes[range]).count > 2
        else { return nil }
        return Secret(name: "card", range: range)
    }

    /// Leading digits of the large card networks, with the lengths that they use (ISO/IEC 7812).
    private func isCardIssuer(_ start: Int, _ digits: Int) -> Bool {
        var (head, index) = (0, start)
        while head < 1000, index < start + 5, index < bytes.count {
            if bytes[index].isDigit { head = head * 10 + Int(bytes[index] & 15) }
            index += 1
        }
        switch head {
        case 4000...4999: return digits == 16 || digits == 13
        case 5100...5599, 2221...2720: return digits == 16
        case 3400...3499, 3700...3799: return digits == 15
        case 3528...3589, 6011, 6500...6599, 6200...6299, 9400...9499: return digits == 16
        case 3000...3059, 3600...3699: return digits == 14
        default: return false
        }
    }

    /// Groups of four digits with spaces or hyphens.
    func cardGroups(from start: Int) -> Secret? {
        let before = bytes.at(start - 1)
        guard !before.isWord, before != 0x2E, before != 0x2D else { return nil }
        var (index, digits) = (start, 0)
        while index < bytes.count, digits < 20 {
            if bytes[index].isDigit {
                digits += 1
            } else if bytes[index] != bytes[start + 4] || !bytes.at(index + 1).isDigit {
                break
            }
            index += 1
        }
        guard digits >= 15, !bytes.at(index).isWord, bytes.at(index) != 0x2D else { return nil }
        return card(start..<index)
    }

    /// Korean resident registration: `YYMMDD-` and seven digits whose first tells century and sex.
    private func resident(_ start: Int, serial: Int) -> Secret? {
        let end = bytes.run(from: serial, limit: 8) { $0.isDigit }
        let month = Int(bytes[start + 2] & 15) * 10 + Int(bytes[start + 3] & 15)
        let day = Int(bytes[start + 4] & 15) * 10 + Int(bytes[start + 5] & 15)
        guard end == serial + 7, (1...12).contains(month), (1...31).contains(day),
            (0x31...0x38).contains(bytes[serial]),
            !bytes.at(end).isWord
        else { return nil }
        return Secret(name: "resident-number", range: start..<end)
    }

    /// Numbers given out since October 2020 have no check digit: without a hyphen, a name must say what they are.
    private func namesResident(before start: Int) -> Bool {
        let names: [StaticString] = ["주민", "외국인등록", "rrn", "resident", "jumin", "ssn"]
        return (max(0, start - 40)..<start).contains { index in names.contains { bytes.hasAnyCase($0, at: index) } }
    }

    private func hasResidentCheckDigit(_ start: Int) -> Bool {
        let weights = [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]
        let sum = weights.enumerated().reduce(0) { $0 + $1.element * Int(bytes[start + $1.offset] & 15) }
        return (11 - sum % 11) % 10 == Int(bytes[start + 12] & 15)
    }

    private func isMobilePrefix(_ start: Int) -> Bool {
        bytes.at(start) == 0x30 && bytes.at(start + 1) == 0x31
            && [0x30, 0x31, 0x36, 0x37, 0x38, 0x39].contains(bytes.at(start + 2))
    }

    /// A Korean phone number with separators: `010-1234-5678`, `02-123-4567`, `+82 10 1234 5678`.
    func phone(near position: Int) -> Secret? {
        var start = position
        while start > 0, position - start < 2, bytes[start - 1].isDigit { start -= 1 }
        let before = bytes.at(start - 1)
        guard !before.isWord, before != 0x2E, before != 0x2D, before != 0x2B else { return nil }
        let isInternational = bytes.has("+82", at: start)
        var groups: [Int] = []
        var index = isInternational ? start + 3 : start
        if isInternational, bytes.at(index) == 0x2D || bytes.at(index) == 0x20 { index += 1 }
        let first = index
        while groups.count < 3 {
            let end = bytes.run(from: index, limit: 12) { $0.isDigit }
            groups.append(end - index)
            index = end
            let mark = bytes.at(end)
            guard groups.count < 3, mark == 0x2D || mark == 0x20 || mark == 0x2E && groups[0] == 3,
                bytes.at(end + 1).isDigit
            else { break }
            index += 1
        }
        guard !bytes.at(index).isWord, bytes.at(index) != 0x2D, isKorean(groups, first, isInternational) else {
            return nil
        }
        return Secret(name: "phone", range: start..<index)
    }

    private func isKorean(_ groups: [Int], _ first: Int, _ isInternational: Bool) -> Bool {
        if isInternational, groups.count == 1 { return (9...10).contains(groups[0]) && bytes.at(first) == 0x31 }
        guard groups.count == 3, (3...4).contains(groups[1]), groups[2] == 4 else { return false }
        if isInternational { return (1...3).contains(groups[0]) }
        guard bytes.at(first) == 0x30 else { return false }
        return groups[0] == 2
            ? bytes.at(first + 1) == 0x32 : groups[0] == 3 && (0x31...0x37).contains(bytes.at(first + 1))
    }

    /// An IP address around a dot or a colon.
    func address(near position: Int) -> Secret? {
        var start = position
        while start > 0, position - start < 40,
            bytes[start - 1].isHexDigit || bytes[start - 1] == 0x2E || bytes[start - 1] == 0x3A
        {
            start -= 1
        }
        guard isStart(start) else { return nil }
        let values = ValueMatcher(bytes)
        return (values.matchIPv4(start) ?? values.matchIPv6(start)).map { Secret(name: "ip", range: start..<$0) }
    }

    /// The name of a home directory, which starts at `start`.
    func homeDirectory(_ start: Int) -> Secret? {
        let end = bytes.run(from: start, limit: 64) { $0.isWord || $0 == 0x2E || $0 == 0x2D }
        return end > start ? Secret(name: "user", range: start..<end) : nil
    }

    // MARK: - Numbers that only a name explains

    /// `otp=493021`, `인증번호 [493021]`, `"cvc": "123"`: three to eight digits.
    func code(after nameEnd: Int) -> Secret? {
        var start = bytes.run(from: nameEnd, limit: 8) {
            $0.isSpace && $0 != 0x0A || Self.isQuote($0) || $0 == 0x3A || $0 == 0x3D || $0 == 0x5B || $0 == 0x5C
                || $0 == 0x28
        }
        for word in ["는 ", "은 ", "is ", "code ", "code: ", "code=", "_code=", "code is "] as [StaticString]
        where bytes.hasAnyCase(word, at: start) {
            start += word.utf8CodeUnitCount
            break
        }
        let isSaid = bytes[nameEnd..<start].contains { $0 != 0x20 }
        let end = bytes.run(from: start, limit: 9) { $0.isDigit }
        let isCheck = bytes.hasAnyCase("cv", at: nameEnd - 3) || bytes.hasAnyCase("cv", at: nameEnd - 4)
        guard isSaid || bytes.at(nameEnd - 1).isForeign, end - start >= (isCheck ? 3 : 4), end - start <= 8,
            !bytes.at(end).isWord, bytes.at(end) != 0x2E
        else { return nil }
        return Secret(name: "code", range: start..<end)
    }

    /// `여권번호: M12345678`, `계좌번호 110-123-456789`: at least seven digits after the name.
    func identity(after nameEnd: Int) -> Secret? {
        var start = nameEnd
        for word in ["번호", " number", " no", "_number", "_no", "Number", "No"] as [StaticString]
        where bytes.has(word, at: start) {
            start += word.utf8CodeUnitCount
            break
        }
        start = bytes.run(from: start, limit: 8) {
            $0 == 0x20 || Self.isQuote($0) || $0 == 0x3A || $0 == 0x3D || $0 == 0x5B || $0 == 0x5C || $0 == 0x2E
        }
        guard start > nameEnd else { return nil }
        let end = bytes.run(from: start, limit: 36) { $0.isAlphanumeric || $0 == 0x2D }
        let parts = composition(start..<end)
        guard parts.digits >= 7, parts.letters <= 6, !bytes.at(end).isWord else { return nil }
        return Secret(name: "identity-number", range: start..<end)
    }
}

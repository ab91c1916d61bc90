/// A command whose options hold a secret under a name that does not say so.
struct CommandRule: Sendable {
    /// How an option and its secret stand together.
    enum Form: Sendable {
        /// `-p SECRET`.
        case next
        /// `-pSECRET`.
        case attached
        /// `-u USER:SECRET` and `-U USER%SECRET`.
        case after(UInt8)
    }

    let command: String
    let option: StaticString
    let form: Form

    /// From the commands' manual pages.
    static let all: [CommandRule] = [
        CommandRule(command: "mysql", option: "-p", form: .attached),
        CommandRule(command: "mariadb", option: "-p", form: .attached),
        CommandRule(command: "sshpass", option: "-p", form: .next),
        CommandRule(command: "sshpass", option: "-p", form: .attached),
        CommandRule(command: "redis-cli", option: "-a", form: .next),
        CommandRule(command: "ldapsearch", option: "-w", form: .next),
        CommandRule(command: "ldapmodify", option: "-w", form: .next),
        CommandRule(command: "ldapadd", option: "-w", form: .next),
        CommandRule(command: "ldapdelete", option: "-w", form: .next),
        CommandRule(command: "ldapwhoami", option: "-w", form: .next),
        CommandRule(command: " login ", option: "-p", form: .next),
        CommandRule(command: "snmpwalk", option: "-A", form: .next),
        CommandRule(command: "snmpget", option: "-A", form: .next),
        CommandRule(command: "snmpwalk", option: "-X", form: .next),
        CommandRule(command: "snmpget", option: "-X", form: .next),
        CommandRule(command: "smbclient", option: "-U", form: .after(0x25)),
        CommandRule(command: "rpcclient", option: "-U", form: .after(0x25)),
        CommandRule(command: "curl", option: "-u", form: .after(0x3A)),
        CommandRule(command: "curl", option: "--user", form: .after(0x3A)),
        CommandRule(command: "curl", option: "--proxy-user", form: .after(0x3A)),
    ]
}

/// Secrets on command lines.
extension SecretReader {
    /// How far from a command its options are looked for.
    private static let maxCommandBytes = 512

    func command(_ rule: CommandRule, end: Int) -> Secret? {
        let limit = min(bytes.count, end + Self.maxCommandBytes)
        let length = rule.option.utf8CodeUnitCount
        var index = end - 1
        while index < limit {
            let byte = bytes[index]
            // A command ends at a pipe, a semicolon, or a line end that is not escaped.
            if byte == 0x7C || byte == 0x3B || byte == 0x0A && bytes.at(index - 1) != 0x5C { return nil }
            if byte.isSpace || Self.isQuote(byte), bytes.has(rule.option, at: index + 1),
                let range = optionSecret(rule.form, index + 1 + length)
            {
                return Secret(name: "password", range: range)
            }
            index += 1
        }
        return nil
    }

    private func optionSecret(_ form: CommandRule.Form, _ start: Int) -> Range<Int>? {
        var value = start
        switch form {
        case .attached: guard !bytes.at(start).isSpace, bytes.at(start) != 0x3D else { return nil }
        case .next, .after:
            value = bytes.run(from: start, limit: 4) {
                $0 == 0x20 || $0 == 0x3D || $0 == 0x22 || $0 == 0x27 || $0 == 0x2C
            }
            guard value > start else { return nil }
        }
        let quote = bytes.at(value - 1)
        if Self.isQuote(bytes.at(value)) { value += 1 }
        let isQuoted = Self.isQuote(bytes.at(value - 1)) && value > start || Self.isQuote(quote) && value > start
        var end = bytes.run(from: value, limit: Self.maxValueBytes) {
            isQuoted ? !Self.isQuote($0) && $0 != 0x0A : !$0.isSpace && !Self.isQuote($0)
        }
        if case .after(let mark) = form {
            guard let place = bytes[value..<end].firstIndex(of: mark), place > value else { return nil }
            value = place + 1
        }
        while end > value, !isQuoted, bytes[end - 1] == 0x2C || bytes[end - 1] == 0x29 { end -= 1 }
        guard end - value >= 3, bytes[value] != 0x2D, !isStandIn(value..<end) else { return nil }
        return value..<end
    }

    /// `scott/tiger@db`, as Oracle's tools and drivers take it.
    func oracleLogin(_ start: Int) -> Secret? {
        let user = bytes.run(from: start, limit: 64) { $0.isWord || $0 == 0x24 || $0 == 0x23 }
        guard user > start, bytes.at(user) == 0x2F else { return nil }
        let end = bytes.run(from: user + 1, limit: Self.maxValueBytes) {
            !$0.isSpace && $0 != 0x40 && !Self.isQuote($0)
        }
        guard end - user > 3, bytes.at(end) == 0x40, !isStandIn(user + 1..<end) else { return nil }
        return Secret(name: "password", range: user + 1..<end)
    }

    /// A line of PostgreSQL's password file, `host:port:database:user:password`; the port's colon is at `mark`.
    func passwordFileLine(mark: Int) -> Secret? {
        let lowest = max(0, mark - 128)
        let start = bytes[lowest..<mark].lastIndex { $0.isSpace || Self.isQuote($0) }.map { $0 + 1 } ?? lowest
        let end = bytes.run(from: mark, limit: 256) { !$0.isSpace && !Self.isQuote($0) }
        guard mark > start, bytes[start..<mark].allSatisfy({ $0.isAlphanumeric || $0 == 0x2E || $0 == 0x2D }) else {
            return nil
        }
        let port = bytes.run(from: mark + 1, limit: 6) { $0.isDigit }
        guard bytes.at(port) == 0x3A, (4...5).contains(port - mark - 1) else { return nil }
        let database = bytes.run(from: port + 1, limit: 64) { $0.isWord || $0 == 0x2D || $0 == 0x2A }
        guard database > port + 1, bytes.at(database) == 0x3A else { return nil }
        let user = bytes.run(from: database + 1, limit: 64) { $0.isWord || $0 == 0x2D || $0 == 0x2E }
        guard user > database + 1, bytes.at(user) == 0x3A, end - user > 5 else { return nil }
        let parts = composition(user + 1..<end)
        guard parts.digits > 0 || parts.upper > 0 && parts.lower > 0, parts.letters > 0 else { return nil }
        return Secret(name: "password", range: user + 1..<end)
    }
}

/// Secrets of HTTP: headers, URLs, web tokens.
extension SecretReader {
    /// `Authorization: Bearer …`; the scheme stays.
    func authorization(nameEnd: Int) -> Secret? {
        let start = bytes.run(from: nameEnd, limit: 8) {
            $0.isSpace || Self.isQuote($0) || $0 == 0x3A || $0 == 0x3D || $0 == 0x5C || $0 == 0x5B
        }
        guard start > nameEnd else { return nil }
        let word = bytes.run(from: start, limit: 24) { $0.isAlphanumeric || $0 == 0x2D }
        let isScheme = Self.schemes.contains { $0.utf8CodeUnitCount == word - start && bytes.hasAnyCase($0, at: start) }
        let value = isScheme ? bytes.run(from: word, limit: 4) { $0.isSpace || Self.isQuote($0) } : start
        guard !isScheme || value > word else { return nil }
        let name = bytes.run(from: value, limit: 24) { $0.isLetter || $0 == 0x5F }
        if isScheme, name > value, bytes.at(name) == 0x3D, bytes.at(name + 1) != 0x3D, !isCut(name + 1),
            !bytes.at(name + 1).isSpace
        {
            return parameters(value)
        }
        return credential(value, minBytes: isScheme ? 6 : 16, name: "authorization")
    }

    private static let schemes: [StaticString] = [
        "bearer", "basic", "token", "digest", "apikey", "api-key", "negotiate", "ntlm", "splunk", "key", "hmac", "bot",
        "ssws", "kakaoak", "aws4-hmac-sha256", "aws", "oauth", "hawk", "sharedkey", "sharedkeylite", "genielinknkey",
        "geniekey", "dpop", "privatetoken", "hoba", "mutual", "signature", "macaroon", "zoho-oauthtoken",
        "goog4-rsa-sha256", "ncp", "client",
    ]

    /// Credentials in named parts, `username="kim", nonce="…", response="…"`, to the end of the header.
    private func parameters(_ start: Int) -> Secret? {
        let outer = Self.isQuote(bytes.at(start - 1)) ? bytes[start - 1] : 0
        var (index, isQuoted) = (start, false)
        let end = min(bytes.count, start + 4 * Self.maxValueBytes)
        while index < end, bytes[index] != 0x0A, bytes[index] != 0x0D, bytes[index] != 0x3C {
            if bytes[index] == 0x22, outer != 0x22 { isQuoted.toggle() }
            if bytes[index] == outer || bytes[index] == 0x27
                || !isQuoted && (bytes[index] == 0x5D || bytes[index] == 0x7D)
            {
                break
            }
            if bytes[index] == 0x5C, bytes.at(index + 1) == 0x6E || bytes.at(index + 1) == 0x72 { break }
            index += 1
        }
        return index - start >= 16 ? Secret(name: "authorization", range: start..<index) : nil
    }

    func bearer(start: Int, end: Int) -> Secret? {
        isStart(start) ? credential(end, minBytes: 16, name: "authorization") : nil
    }

    private func credential(_ start: Int, minBytes: Int, name: String) -> Secret? {
        let end = bytes.run(from: start, limit: 4 * Self.maxValueBytes) {
            TokenAlphabet.base64.contains($0) || $0 == 0x3A
        }
        guard end - start >= minBytes, !isStandIn(start..<end), entropy(start..<end) >= 2, bytes.at(end) != 0x28 else {
            return nil
        }
        let parts = composition(start..<end)
        guard parts.digits > 0 || parts.changes >= 2 || end - start < 16 && parts.upper > 0 else { return nil }
        return Secret(name: name, range: start..<end)
    }

    /// `Cookie: a=b; c=d` and `Set-Cookie: …`, to the end of the line or the quote.
    func cookie(nameEnd: Int) -> Secret? {
        let colon = bytes.run(from: nameEnd, limit: 4) { Self.isQuote($0) || $0 == 0x5C || $0 == 0x73 }
        guard bytes.at(colon) == 0x3A || bytes.at(colon) == 0x3D else { return nil }
        let start = bytes.run(from: colon + 1, limit: 8) {
            $0.isSpace && $0 != 0x0A || Self.isQuote($0) || $0 == 0x5B || $0 == 0x5C
        }
        let isOpen = bytes.at(start - 1) == 0x5B
        // Without a name and a value it is no cookie.
        let name = bytes.run(from: start, limit: 80) { $0.isWord || (0x2D...0x2E).contains($0) || $0 == 0x24 }
        guard name > start, bytes.at(name) == 0x3D, bytes.at(name + 1) != 0x3D else { return nil }
        let end = bytes.run(from: start, limit: 8 * Self.maxValueBytes) {
            $0 != 0x0A && $0 != 0x0D && !Self.isQuote($0) && $0 != 0x3C && $0 != 0x5C && !(isOpen && $0 == 0x5D)
        }
        return end > name + 1 ? Secret(name: "cookie", range: start..<end) : nil
    }

    /// The password of `scheme://user:password@host`, or a token in the user's place.
    func urlPassword(authority: Int) -> Secret? {
        let end = bytes.run(from: authority, limit: Self.maxValueBytes) {
            !$0.isSpace && !Self.isQuote($0) && $0 != 0x3C && $0 != 0x3E
        }
        let slash = bytes.run(from: authority, limit: end - authority) { $0 != 0x2F && $0 != 0x3F }
        let colon = bytes.run(from: authority, limit: slash - authority) { $0 != 0x3A }
        guard let at = bytes[authority..<slash].lastIndex(of: 0x40) ?? atBeyond(slash, end, colon) else { return nil }
        if colon < at {
            guard at > colon + 1, !isStandIn(colon + 1..<at) else { return nil }
            return Secret(name: "url-password", range: colon + 1..<at)
        }
        let parts = composition(authority..<at)
        guard at - authority >= 16, parts.digits >= 2, parts.changes >= 3 else { return nil }
        return Secret(name: "url-password", range: authority..<at)
    }

    /// A password with a slash in it: something other than a port follows the colon, and an `@` comes later.
    private func atBeyond(_ slash: Int, _ end: Int, _ colon: Int) -> Int? {
        guard colon < slash, !bytes[colon + 1..<slash].allSatisfy(\.isDigit) else { return nil }
        return bytes[slash..<end].firstIndex(of: 0x40)
    }

    /// A JSON web token; one that was cut, or lost its signature, too.
    func webToken(from start: Int) -> Secret? {
        guard isStart(start), bytes.has("eyJ", at: start) else { return nil }
        let head = bytes.run(from: start) { TokenAlphabet.url.contains($0) || $0 == 0x3D }
        guard head - start >= 17 else { return nil }
        var end = head
        for _ in 0..<4 where bytes.at(end) == 0x2E {
            end = bytes.run(from: end + 1) { TokenAlphabet.url.contains($0) || $0 == 0x3D || $0 == 0x2F || $0 == 0x2B }
        }
        let parts = composition(start..<min(end, start + Self.maxValueBytes))
        guard end > head || isCut(head) || parts.changes >= 6 else { return nil }
        return Secret(name: "jwt", range: start..<wrappedEnd(start..<end))
    }

    /// A web token that was encoded in base64 once more.
    func encodedWebToken(from start: Int) -> Secret? {
        guard isStart(start), bytes.has("ZXlK", at: start) else { return nil }
        let end = bytes.run(from: start) { TokenAlphabet.base64.contains($0) || $0 == 0x5C }
        return end - start >= 17 ? Secret(name: "jwt", range: start..<end) : nil
    }

    /// `…8Q~…`, a client secret of Azure's directory; the digit is at `mark`.
    func azureSecret(mark: Int) -> Secret? {
        let start = mark - 3
        guard start >= 0, bytes.has("Q~", at: mark + 1) else { return nil }
        let isByte: (UInt8) -> Bool = { TokenAlphabet.url.contains($0) || $0 == 0x7E || $0 == 0x2E }
        guard bytes[start..<mark].allSatisfy(isByte), start == 0 || !isByte(bytes[start - 1]) else { return nil }
        let end = bytes.run(from: mark + 3, limit: 40, isByte)
        guard (31...34).contains(end - mark - 3), entropy(mark + 3..<end) >= 3 else { return nil }
        return Secret(name: "azure-secret", range: start..<end)
    }

    /// `MTk4….G1a2b3.…`, a bot's token of Discord's: its number in base64, a time, a signature; the time's dot is at `dot`.
    func discordToken(dot: Int) -> Secret? {
        guard bytes.at(dot + 7) == 0x2E, bytes.at(dot - 1).isAlphanumeric else { return nil }
        var start = dot
        while start > 0, dot - start < 29, bytes[start - 1].isAlphanumeric { start -= 1 }
        let end = bytes.run(from: dot + 8, limit: 40) { TokenAlphabet.url.contains($0) }
        guard (23...28).contains(dot - start), (27...38).contains(end - dot - 8),
            [0x4D, 0x4E, 0x4F].contains(bytes[start]),
            bytes[dot + 1..<dot + 7].allSatisfy({ TokenAlphabet.url.contains($0) }), isStart(start),
            entropy(dot + 8..<end) >= 3.5
        else { return nil }
        return Secret(name: "discord-token", range: start..<end)
    }

    /// `123456789:AA…`; the digit before the colon has been seen.
    func telegramToken(colon: Int) -> Secret? {
        var start = colon
        while start > 0, colon - start < 17, bytes[start - 1].isDigit { start -= 1 }
        let end = bytes.run(from: colon + 1, limit: 41) { TokenAlphabet.url.contains($0) }
        let before = bytes.at(start - 1)
        guard (5...16).contains(colon - start), (34...40).contains(end - colon - 1), bytes[colon + 1] == 0x41,
            !before.isWord || bytes.has("bot", at: start - 3), entropy(colon + 1..<end) >= 3
        else { return nil }
        return Secret(name: "telegram-token", range: start..<end)
    }

    /// `….atlasv1.…`, a token of Terraform's service.
    func terraformToken(mark: Int, end: Int) -> Secret? {
        var start = mark
        while start > 0, mark - start < 15, bytes[start - 1].isAlphanumeric { start -= 1 }
        let close = bytes.run(from: end, limit: 80) { TokenAlphabet.wide.contains($0) }
        guard mark - start == 14, close - end >= 40, entropy(end..<close) >= 3.5 else { return nil }
        return Secret(name: "terraform-token", range: start..<close)
    }

    /// `123456789012345|…`, an application's token of Facebook's; the digits before the bar have been seen.
    func facebookToken(bar: Int) -> Secret? {
        var start = bar
        while start > 0, bar - start < 18, bytes[start - 1].isDigit { start -= 1 }
        let end = bytes.run(from: bar + 1, limit: 44) { TokenAlphabet.url.contains($0) }
        guard (15...17).contains(bar - start), (24...43).contains(end - bar - 1), !bytes.at(start - 1).isWord,
            entropy(bar + 1..<end) >= 3
        else { return nil }
        return Secret(name: "facebook-token", range: start..<end)
    }
}

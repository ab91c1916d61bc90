/// Words that stand where a secret would, and names that only begin like a secret's.
extension SecretReader {
    /// What stands where a secret would: `${TOKEN}`, `<token>`, `****`, `xxxx`, `null`.
    func isStandIn(_ range: Range<Int>) -> Bool {
        let first = bytes[range.lowerBound]
        if first == 0x24 {
            // Passwords may start so, but not go on with a bare name.
            if bytes.at(range.lowerBound + 1) == 0x7B || bytes.at(range.lowerBound + 1) == 0x28 { return true }
            if bytes[range].dropFirst().allSatisfy({ $0.isWord }) { return true }
        }
        if first == 0x3C || first == 0x7B || first == 0x2A || first == 0x28 || first == 0x5B { return true }
        // %s, %(password)s, %{token}, %TOKEN%, but not %25abc.
        if first == 0x25, bytes.hexByte(at: range.lowerBound + 1) == nil || bytes[range.upperBound - 1] == 0x25 {
            return true
        }
        if isOne(of: Self.standIns, range) { return true }
        for index in range.prefix(64) where Self.partsOfStandIns.starts(bytes, at: index) { return true }
        return range.count >= 4 && hasTwoBytes(range.prefix(64))
    }

    func isOne(of words: WordSet, _ range: Range<Int>) -> Bool { words.contains(bytes, range) }

    /// Whether no more than two different bytes occur.
    private func hasTwoBytes(_ range: Range<Int>) -> Bool {
        let first = bytes.at(range.lowerBound)
        guard let other = range.first(where: { bytes[$0] != first }).map({ bytes[$0] }) else { return true }
        return range.allSatisfy { bytes[$0] == first || bytes[$0] == other }
    }

    private static let standIns: WordSet = [
        "null", "nil", "none", "true", "false", "undefined", "empty", "yes", "no", "redacted", "masked", "hidden",
        "invalid", "filtered", "removed",
    ]

    /// What sentences say of a password.
    static let states: WordSet = [
        "incorrect", "wrong", "missing", "required", "expired", "rejected", "mismatch", "unknown", "denied", "failed",
        "failure", "disabled", "enabled", "changed", "reset", "unset", "given", "error", "string", "default",
        "optional",
        "cannot", "should", "unavailable", "unchanged", "verified", "accepted", "needed", "provided", "protected",
        "encrypted", "too", "must",
    ]
    private static let partsOfStandIns: WordSet = [
        "xxxxxx", "your_", "your-", "_here", "example_", "placeholder",
    ]

    // MARK: - Names of something else

    /// Whether a name that contains a secret's is another thing's: `password_file`, `publicKeyToken`, `nextPageToken`.
    func namesSomethingElse(_ name: Range<Int>, _ rest: Int, _ kind: SecretNames.Kind) -> Bool {
        let end = lastWord(name.upperBound..<rest)
        let ends = kind == .password ? Self.passwordEnds : Self.keyEnds
        if isOne(of: ends, end) { return true }
        if kind == .password { return false }
        var start = name.lowerBound
        if start > 0, Self.joinsWords(bytes[start - 1]) { start -= 1 }
        let heads = kind == .weak ? Self.weakHeads : Self.keyHeadsOfOthers
        return heads.ends(bytes, at: start)
    }

    private static func joinsWords(_ byte: UInt8) -> Bool {
        byte == 0x5F || byte == 0x2D || byte == 0x2E || byte == 0x20
    }

    /// The last word of the rest of a name, in `snake_case`, `kebab-case` or `camelCase`.
    private func lastWord(_ rest: Range<Int>) -> Range<Int> {
        var end = rest.upperBound
        while end > rest.lowerBound, bytes[end - 1] == 0x20 || bytes[end - 1] == 0x09 { end -= 1 }
        var start = end
        while start > rest.lowerBound, bytes[start - 1].isLower || bytes[start - 1].isDigit { start -= 1 }
        if start < end {
            if start > rest.lowerBound, bytes[start - 1].isUpper { start -= 1 }
        } else {
            while start > rest.lowerBound, bytes[start - 1].isUpper { start -= 1 }
        }
        return start..<end
    }

    private static let passwordEnds: WordSet = [
        "file", "path", "url", "uri", "reset", "policy", "length", "count", "size", "type", "required", "hint",
        "changed", "valid", "invalid", "enabled", "disabled", "field", "index", "limit", "max", "min", "ttl", "age",
        "version", "format", "pattern", "regex", "encoder", "strength", "prompt", "help", "error", "errors", "status",
        "missing", "class", "ref", "at", "expiry", "expires", "expired", "attempts", "retries", "name", "key", "id",
        "label", "mode", "command", "source", "store", "manager", "service", "expiration", "history", "days",
    ]

    private static let keyEnds: WordSet = [
        "file", "path", "url", "uri", "endpoint", "length", "count", "size", "type", "format", "version", "alias",
        "algorithm", "expiry", "expires", "expiration", "ttl", "index", "limit", "class", "usage", "store",
        "fingerprint",
        "thumbprint", "name", "arn", "ref", "label", "issuer", "audience", "scope", "provider", "policy", "status",
    ]

    private static let keyHeadsOfOthers: WordSet = [
        "public", "publickey", "public_key", "next", "nextpage", "next_page", "page", "continuation", "resume",
        "cancellation", "pagination", "fencing",
    ]

    /// What a `key` is of, when it is no secret.
    private static let weakHeads: WordSet = [
        "public", "pub", "primary", "foreign", "partition", "cache", "sort", "bucket", "hot", "idx", "natural",
        "schema",
        "sequence", "routing", "row", "object", "s3", "registry", "index", "hash", "map", "message", "group",
        "idempotency", "dedup", "host", "lookup", "redis", "etcd", "record", "item", "order", "unique", "composite",
        "shard", "range", "lock", "issue", "job", "queue", "topic", "file", "config", "property", "resource", "state",
        "error", "status", "zip", "postal", "country", "source", "exit", "response", "return", "reason",
    ]
}

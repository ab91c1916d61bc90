/// Values that start with a letter.
extension ValueMatcher {
    /// Values that start with a word and go on beyond it: emails, URLs, UUIDs, addresses, base64.
    ///
    /// - Returns: the kind and the end; a kind of nil stands for a URL whose authority starts at the end.
    func matchCompound(_ start: Int, wordEnd: Int, next: UInt8) -> (Mask?, Int)? {
        switch next {
        case 0x3A:
            if bytes.at(wordEnd + 1) == 0x2F, bytes.at(wordEnd + 2) == 0x2F { return (nil, wordEnd + 3) }
            if bytes.at(wordEnd + 1) == 0x5C, wordEnd == start + 1 { return (.path, matchWindowsPath(wordEnd + 1)) }
            if wordEnd - start <= 4 {
                if let end = matchMAC(start) { return (.mac, end) }
                if let end = matchIPv6(start) { return (.ip, end) }
            }
        case 0x40, 0x2E, 0x2B, 0x2D:
            if let end = matchEmail(start) { return (.email, end) }
            if next == 0x2D, wordEnd - start == 8, let end = matchUUID(start) { return (.uuid, end) }
            if next == 0x2D, wordEnd - start == 2, let end = matchMAC(start) { return (.mac, end) }
        default: break
        }
        return nil
    }

    /// A hash, base64, or another word that nobody chose.
    func opaqueValue(_ start: Int, _ end: Int, digits: Int) -> (Mask, Int)? {
        let kind = opaqueKind(start, end, digits: digits)
        if kind != nil, bytes.at(start - 1) == 0x2D, let close = matchPodSuffix(end, after: end - start) {
            return (.id, close)
        }
        if kind == nil || kind == .id, let close = matchBase64(start) { return (.base64, close) }
        return kind.map { ($0, end) }
    }

    /// The random end of a Kubernetes pod's name, after the hash of its template (`orders-7d9f8b6c5-xkvzp`).
    ///
    /// Both are drawn from letters and digits that spell no words:
    /// https://pkg.go.dev/k8s.io/apimachinery/pkg/util/rand#SafeEncodeString
    func matchPodSuffix(_ hyphen: Int, after hash: Int) -> Int? {
        guard (6...10).contains(hash), bytes.at(hyphen) == 0x2D else { return nil }
        let end = bytes.run(from: hyphen + 1, limit: 6) { byte in
            (byte.isLower && !Self.vowels.contains(byte)) || (byte.isDigit && byte != 0x30)
        }
        return end == hyphen + 6 && !bytes.at(end).isWord ? end : nil
    }

    private static let vowels: [UInt8] = Array("aeiou".utf8)

    /// A word that is an identifier as a whole: hexadecimal of some length, or letters and digits in turns.
    func opaqueKind(_ start: Int, _ end: Int, digits: Int) -> Mask? {
        let length = end - start
        guard length >= 5 else { return nil }
        if length >= 6, bytes.run(from: start, limit: length, { $0.isHexDigit }) == end, digits >= 2 || length >= 16 {
            return length >= 32 ? .hash : .hex
        }
        var turns = 0
        for index in start + 1..<end {
            if bytes[index].isForeign || bytes[index] == 0x5F { return nil }
            if bytes[index].isDigit != bytes[index - 1].isDigit { turns += 1 }
        }
        return turns >= 4 || (turns >= 3 && length >= 8 && digits >= 3) ? .id : nil
    }

    static let minBase64 = 24

    /// A long run of base64 characters with many changes between upper case, lower case and digits.
    func matchBase64(_ start: Int) -> Int? {
        var (end, changes, padding) = (start, 0, 0)
        var last = 0
        let limit = min(bytes.count, start + Self.maxValueBytes)
        while end < limit {
            let byte = bytes[end]
            let kind = byte.isLower ? 1 : byte.isUpper ? 2 : byte.isDigit ? 3 : 0
            if kind == 0, byte != 0x2B, byte != 0x2F, byte != 0x2D, byte != 0x5F { break }
            // A capital at the start of a word is no sign of randomness.
            if kind != 0, last != 0, kind != last, !(last == 2 && kind == 1) { changes += 1 }
            last = kind
            end += 1
        }
        while padding < 2, bytes.at(end) == 0x3D { (end, padding) = (end + 1, padding + 1) }
        let length = end - start
        guard length >= Self.minBase64 else { return nil }
        guard changes * 4 >= length || (padding > 0 && changes * 6 >= length) else { return nil }
        return end < limit ? end : bytes.run(from: end) { $0.isAlphanumeric || $0 == 0x2B || $0 == 0x2F || $0 == 0x3D }
    }

    /// Short capitals with a number of three to five digits: `E1045`, `AI_003`, `ORA-00942` tell errors apart.
    func isErrorCode(_ start: Int, _ end: Int, _ next: UInt8) -> Bool {
        let letters = bytes.run(from: start, limit: 5) { $0.isUpper }
        guard (1...4).contains(letters - start) else { return false }
        let number = bytes.at(letters) == 0x5F ? letters + 1 : letters
        let close = bytes.run(from: number, limit: 6) { $0.isDigit }
        return close == end && (3...5).contains(close - number) && next != 0x2D
    }

    /// Names of techniques whose digits are part of the name.
    func isTechnicalWord(_ start: Int, _ end: Int) -> Bool {
        guard end - start <= 8 else { return false }
        if Self.technicalTable.value(bytes, start, end) != nil { return true }
        return bytes.at(start).lowercased == 0x76 && end - start == 2
    }

    private static let technicalTable = WordTable(technicalWords.map { ($0, 1) })

    private static let technicalWords: [StaticString] = [
        "utf8", "utf16", "utf32", "latin1", "sha1", "sha2", "sha3", "sha256", "sha384", "sha512", "md5", "crc32",
        "base64", "base32", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32",
        "float64", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "f32", "f64", "x86", "x64", "x86_64", "amd64",
        "arm64", "aarch64", "i386", "i686", "win32", "ipv4", "ipv6", "http2", "http3", "h2", "h2c", "oauth2", "log4j",
        "log4j2", "slf4j", "s3", "ec2", "k8s", "i18n", "l10n", "p50", "p90", "p95", "p99", "mp3", "mp4", "x509",
        "tlsv1", "rs256", "es256", "hs256", "ed25519", "tls1", "sqlite3", "python3", "neo4j", "web3", "lz4", "bzip2",
        "mod_jk2",
        "ext4", "j2ee", "oauth1", "w3c", "gb2312", "cp949", "big5", "iso8859", "e2e",
    ]
}

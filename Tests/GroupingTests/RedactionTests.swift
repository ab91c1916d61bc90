import Events
import Foundation
import Testing

@testable import Grouping

private let key: [UInt8] = Array(0..<32)

/// Made once: building the tables takes longer than most texts.
private let byDefault: Redactor? = try? makeRedactor(settings: .init(), key: key)

/// A finder of all that can be looked for.
private let everythingFinder = SecretFinder(
    settings: RedactionSettings(ipAddresses: true, homeDirectories: true), operatorPatterns: .none)

private func redact(_ text: String, _ settings: RedactionSettings = .init()) throws -> Redacted {
    if settings == .init(), let byDefault { return byDefault(text) }
    return try makeRedactor(settings: settings, key: key)(text)
}

/// The text with placeholders reduced to their type.
private func shape(_ text: String, _ settings: RedactionSettings = .init()) throws -> String {
    MessageTemplate.unmarked(try redact(text, settings).text)
}

/// Values are put together here, so that no scanner takes this file for a leak.
private func secret(_ parts: String...) -> String { parts.joined() }

@Suite("Secrets are masked")
struct SecretTests {
    @Test(
        "tokens show by their prefix what they are",
        arguments: [
            (secret("AKIA", "Q3EGRZ7XNW2TLP5B"), "aws-key"),
            (secret("ghp", "_k7PuIfliI1Ow7y6c14l4tOVAPPTtN6lWKywB"), "github-token"),
            (secret("glpat", "-1XXuDsDlBreGFOsuFaI1"), "gitlab-token"),
            (secret("xoxb", "-527976416729-Jmkrxj1WRXz6XK61SbfSMCQn"), "slack-token"),
            (secret("sk_live", "_06UmOVYDmYIJmOmll5L2gjMV"), "stripe-key"),
            (secret("npm", "_44vib9e3g4rcztmtdwusb5ulnmtvzbyesfoq"), "npm-token"),
            (secret("AIza", "SyIJkCq83RS5j4tzu6QWXbGIbhDVS1ZoVm-"), "gcp-key"),
            (secret("SG", ".x7Qp2mK9RtLw4vBz8NcHd3.Ys5TgJ6fUaEo1iPkXlMqWrZvCbNyDhS0uG7tRj2e4Kw"), "sendgrid-key"),
            (secret("sk-proj", "-x7Qp2mK9RtLw4vBz8NcHd3Ys5TgJ6fUaEo1iPkXlMq"), "openai-key"),
            (secret("pypi-AgE", "IcHlwaS5vcmcCJDE4YTk2x7Qp2mK9RtLw4vBz8NcHd3Ys5TgJ6fUaEo1iPk"), "pypi-token"),
            (secret("abc8Q", "~x7Qp2mK9RtLw4vBz8NcHd3Ys5TgJ6fUaEo"), "azure-secret"),
            (secret("7580138123:A", "Awjkl3blds7vrr62ohxmsn96g1gj7a_athX"), "telegram-token"),
            (
                secret("https://discord.com/api/webhooks/", "9021348765012934/x7Qp2mK9RtLw4vBz8NcHd3Ys5TgJ6fUaEo"),
                "discord-webhook"
            ),
        ])
    func tokens(value: String, type: String) throws {
        let text = try redact("using \(value) now").text
        #expect(!text.contains(value.suffix(12)))
        #expect(MessageTemplate.unmarked(text).contains("<\(type)>"))
    }

    @Test(
        "assignments, headers, URLs",
        arguments: [
            ("password=hunter2", "password=<password>"), ("db.passwd: s3cret!, retry", "db.passwd: <password>, retry"),
            ("{\"secret\": \"k7PuIfliI1Ow7y6c\"}", "{\"secret\": \"<secret>\"}"),
            ("{\\\"password\\\": \\\"hunter2\\\"}", "{\\\"password\\\": \\\"<password>\\\"}"),
            ("API_KEY='x7Qp2mK9RtLw4vBz'", "API_KEY='<secret>'"),
            ("login --token x7Qp2mK9RtLw4vBz8N", "login --token <secret>"),
            ("?access_token=x7Qp2mK9RtLw4vBz&page=2", "?access_token=<secret>&page=2"),
            ("password: \"two words\"", "password: \"<password>\""),
            ("Authorization: Bearer x7Qp2mK9RtLw4vBz", "Authorization: Bearer <authorization>"),
            ("authorization: Basic a2ltOmh1bnRlcjI=", "authorization: Basic <authorization>"),
            ("Cookie: sid=x7Qp2m; theme=dark", "Cookie: <cookie>"),
            ("postgres://app:s3cr/et@db:5432/x", "postgres://app:<url-password>@db:5432/x"),
            ("https://kim:pw@example.com/", "https://kim:<url-password>@example.com/"),
            ("curl -u kim:hunter2 http://x", "curl -u kim:<password> http://x"),
            ("비밀번호: abc123!", "비밀번호: <password>"), ("임시 비밀번호는 abc123 입니다", "임시 비밀번호는 <password> 입니다"),
            ("<db:password>hunter2</db:password>", "<db:password><password></db:password>"),
            (
                "{\"name\": \"DB_PASSWORD\", \"value\": \"hunter2\"}",
                "{\"name\": \"DB_PASSWORD\", \"value\": \"<password>\"}"
            ),
            ("<add key=\"Password\" value=\"hunter2\" />", "<add key=\"Password\" value=\"<password>\" />"),
            ("machine db login kim password hunter2", "machine db login kim password <password>"),
            ("IDENTIFIED BY 'hunter2'", "IDENTIFIED BY '<password>'"),
            ("db1:5432:orders:app:Hunter22", "db1:5432:orders:app:<password>"),
            ("mysql -u root -phunter2 shop", "mysql -u root -p<password> shop"),
            ("curl --user 'kim:hunter2' http://x", "curl --user 'kim:<password>' http://x"),
            ("openssl -passin pass:hunter2 -in a", "openssl -passin pass:<password> -in a"),
            ("sqlplus scott/tiger@db", "sqlplus scott/<password>@db"),
            ("password=a,b;c!d host=x", "password=<password> host=x"),
            ("{user: kim, password: 'a\\'b'}", "{user: kim, password: '<password>'}"),
            ("name=\"password\"\r\n\r\nhunter2\r\n--", "name=\"password\"\r\n\r\n<password>\r\n--"),
            ("Authorization: KakaoAK 3f2a9c81d07be64512f0a8b97c6d5e43", "Authorization: KakaoAK <authorization>"),
            (
                "Authorization: Digest username=\"kim\", response=\"3f2a9c81d07be645\"",
                "Authorization: Digest <authorization>"
            ),
            ("Set-Cookie: sid=x7Qp2m; Path=/", "Set-Cookie: <cookie>"), ("otp=493021 wrong", "otp=<code> wrong"),
            ("여권번호: M12345678", "여권번호: <identity-number>"), ("[인증번호 493021]", "[인증번호 <code>]"),
        ])
    func contexts(text: String, expected: String) throws { #expect(try shape(text) == expected) }

    @Test("web tokens, whole and cut")
    func webTokens() throws {
        let head = secret("eyJ", "hbGciOiJIUzI1NiJ9")
        let body = secret("eyJ", "zdWIiOiIxMjM0NTY3ODkwIn0")
        #expect(try shape("jwt \(head).\(body).c2lnbmF0dXJl end") == "jwt <jwt> end")
        #expect(try shape("jwt \(head).\(body)") == "jwt <jwt>")
        #expect(try shape("jwt \(head)") == "jwt <jwt>")
    }

    @Test("private keys, whole and cut by the end of the text")
    func privateKeys() throws {
        let begin = secret("-----BEGIN RSA ", "PRIVATE KEY-----")
        let body = "MIIEpAIBAAKCAQEA7x7Qp2mK9RtLw4vBz8NcHd3\nYs5TgJ6fUaEo1iPkXlMqWrZvCbNyDhS0uG7tRj2e4Kw=="
        let end = "-----END RSA PRIVATE KEY-----"
        #expect(try shape("\(begin)\n\(body)\n\(end)\nnext") == "\(begin)\n<private-key>\n\(end)\nnext")
        #expect(try shape("\(begin)\n\(body.prefix(30))") == "\(begin)\n<private-key>")
        #expect(try shape("-----BEGIN PUBLIC KEY-----\n\(body)").contains("MIIE"))
    }

    @Test(
        "people's data",
        arguments: [
            ("mail kim.j@example.co.kr now", "mail <email> now"), ("rrn 900101-1234567 ok", "rrn <resident-number> ok"),
            ("call 010-1234-5678", "call <phone>"), ("call 01012345678.", "call <phone>."),
            ("call +82-10-1234-5678", "call <phone>"), ("call 02-123-4567", "call <phone>"),
            ("card 4111 1111 1111 1111", "card <card>"), ("card 5500-0055-5555-5559", "card <card>"),
            ("card 378282246310005 x", "card <card> x"), ("연락처 010.1234.5678", "연락처 <phone>"),
            ("주민번호 9001011234567", "주민번호 <resident-number>"),
            ("bank 계좌번호 110-123-456789", "bank 계좌번호 <identity-number>"),
        ])
    func people(text: String, expected: String) throws { #expect(try shape(text) == expected) }

    @Test(
        "addresses and homes only where the configuration says so",
        arguments: [
            ("from 10.1.2.3:80 to fe80::1:2", "from <ip>:80 to <ip>"), ("open /home/kim/x", "open /home/<user>/x"),
        ])
    func optional(text: String, expected: String) throws {
        #expect(try shape(text) == text)
        #expect(try shape(text, RedactionSettings(ipAddresses: true, homeDirectories: true)) == expected)
    }

    @Test("a secret cut by the end of the text")
    func cut() throws {
        #expect(try shape(secret("key gh", "p_k7PuIfliI1Ow7y6c14")) == "key <github-token>")
        #expect(try shape("password=hun") == "password=<password>")
        #expect(try shape(secret("key gh", "p_k7PuIfliI1Ow7\nnext line")) == "key <github-token>\nnext line")
    }

    @Test("a secret that goes on in the next line")
    func wrapped() throws {
        #expect(try shape(secret("key gh", "p_k7PuIfliI1Ow7y6c14\nl4tOVAPPTtN6lWKywB end")) == "key <github-token> end")
        let line = "QmFzZTY0IGxpbmVzIGFyZSB3cmFwcGVkIGF0IDc2IGNvbHVtbnMgYnkgbW9zdCBlbmNvZGVycyB0"
        #expect(
            try shape("client_secret:\n\(line)\n\(line)\naGF0IHdyYXA=\nnext line")
                == "client_secret:\n<secret>\nnext line")
    }

    @Test("private keys of other programs, behind a log's prefix, and without their first line")
    func otherKeys() throws {
        let line = "MIIEpAIBAAKCAQEA7x7Qp2mK9RtLw4vBz8NcHd3Ys5TgJ6fUaEo1iPkXlMqWrZvC"
        let begin = secret("-----BEGIN ", "PRIVATE KEY-----")
        let prefixed = try shape("a | \(begin)\na | \(line)\na | \(line)\n05:00 INFO up")
        #expect(prefixed == "a | \(begin)\n<private-key>\n05:00 INFO up")
        #expect(try shape("\(line)\n\(line)") == "<private-key>")
        #expect(
            try shape("PuTTY\nPrivate-Lines: 2\n\(line)\n\(line)\nPrivate-MAC: 00").contains(
                "<private-key>\nPrivate-MAC"))
        #expect(
            try shape("{\"kty\":\"EC\",\"d\":\"x7Qp2mK9RtLw4vBz8NcHd3Ys5TgJ6fUaEo1iPkX\"}")
                == "{\"kty\":\"EC\",\"d\":\"<private-key>\"}")
        #expect(
            try shape("kind: Secret\ndata:\n  key: aHVudGVyMg==\nx: 1") == "kind: Secret\ndata:\n  key: <secret>\nx: 1")
    }

    @Test(
        "secrets behind colours, invisible characters and escapes",
        arguments: [
            ("password=\u{1B}[33mhun\u{1B}[1mter2\u{1B}[0m!", "password=\u{1B}[33m<password>"),
            (secret("gh", "p_k7PuIfliI1Ow7y6c14\u{200B}l4tOVAPPTtN6lWKywB x"), "<github-token> x"),
            ("pass\u{00AD}word=hun\u{FEFF}ter2 x", "pass\u{00AD}word=<password> x"),
            ("p\0a\0s\0s\0w\0d\0=\0h\0u\0n\0t\0e\0r\02\0 x", "p\0a\0s\0s\0w\0d\0=\0<password> x"),
            ("u=kim&password%3Dhunter2%26x", "u=kim&password%3D<password>%26x"),
            ("{password\\u003dhunter2\\u0026x}", "{password\\u003d<password>\\u0026x}"),
            ("&quot;password&quot;:&quot;hunter2&quot;", "&quot;password&quot;:&quot;<password>&quot;"),
            ("{\"\\ube44\\ubc00\\ubc88\\ud638\": \"hunter2\"}", "{\"\\ube44\\ubc00\\ubc88\\ud638\": \"<password>\"}"),
            ("GET /u?email=kim%40example.com&x", "GET /u?email=<email>&x"),
        ])
    func hidden(text: String, expected: String) throws { #expect(try shape(text).hasPrefix(expected)) }

    @Test("right-to-left and CJK text around secrets, and nothing but marks")
    func scripts() throws {
        #expect(try shape("סיסמה password=hunter2 שלום") == "סיסמה password=<password> שלום")
        #expect(try shape("密码 password=hunter2。").hasPrefix("密码 password=<password>"))
        for text in ["", " ", "\0", "\u{FEFF}", "=", "::::", "\u{202E}", "%", "\\u", "&#", "<:>"] {
            #expect(try shape(text) == text)
        }
    }

    @Test("a secret in the middle of ten megabytes on one line")
    func longLine() throws {
        let half = String(repeating: "lorem ipsum 12.5 dolor/sit ", count: 200_000)
        let text = try redact(half + secret("gh", "p_k7PuIfliI1Ow7y6c14l4tOVAPPTtN6lWKywB") + " " + half).text
        #expect(text.utf8.count == half.utf8.count * 2 + "<github-token:000000> ".utf8.count)
    }
}

@Suite("Ordinary text stays")
struct OrdinaryTextTests {
    @Test(arguments: [
        "token expired, retrying", "max_tokens=4096", "password: too short", "password=${DB_PASSWORD}",
        "secret: <none>",
        "Authorization: Bearer $API_KEY", "Authorization header missing", "cookie: invalid", "tokens: 512 of 1024",
        "commit 3fa2c1d9e0b7465f9a1c2d3e4f5a6b7c8d9e0f1a", "id 550e8400-e29b-41d4-a716-446655440000",
        "blk_-6952295868487656571 size 67108864", "at 2026-11-21 03:04:05.123456 +0900", "epoch 1117838570123",
        "sha256:eaaa7b11777babe28e6133a8b19ff71cea687e0d7f05158dee95a71f76ce3d00",
        "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "http://example.com:8080/a@b", "@Override public", "user@localhost", "card 4111 1111 1111 1112",
        "900199-1234567",
        "FastLeaderElection@774", "com.acme.token.TokenService", "keyspace = orders", "secretary = kim",
        "password=****",
        "password_file=/etc/acme/db.pass", "PWD=/srv/app OLDPWD=/root", "password = os.environ[\"DB_PASSWORD\"]",
        "password: incorrect", "비밀번호: 8자 이상이어야 합니다", "비밀번호가 일치하지 않습니다", "tests: pass=1204 fail=3",
        "PublicKeyToken=b77a5c561934e089", "nextPageToken: CAUQAAx7Qp2mK9RtLw4v", "sumObj = suGyI5imvADdvU",
        "sessionid: 0x14ede63a5a70002", "logo@2x.png", "git@git.acme.internal:shop/api.git", "exit code=137",
        "mkdir -p /var/lib/acme", "app:8080:orders:worker:idle", "kind: Secret not allowed here", "9901011234567",
        "======== record 3 ========", "token\n==== x7Qp2mK9RtLw4vBz ====",
        "ip 10.0.0.1", "v1.2.3", "1234-5678", "", "-----BEGIN CERTIFICATE-----\nMIIEpAIBAAKCAQEA7x7Qp2",
    ])
    func stays(text: String) throws {
        let result = try redact(text)
        #expect(result == Redacted(text: text))
    }

    @Test("a value on the allow-list")
    func allowed() throws {
        let settings = RedactionSettings(allow: ["hunter2", "team@example.com"])
        #expect(try shape("password=hunter2 for team@example.com", settings) == "password=hunter2 for team@example.com")
        #expect(try shape("password=hunter3", settings) == "password=<password>")
    }
}

@Suite("Placeholders")
struct PlaceholderTests {
    @Test("one secret has one placeholder, under one key")
    func matching() throws {
        let first = try redact("password=hunter2 x")
        #expect(
            first.text.dropFirst(9).prefix(26) == (try redact("y password=hunter2 x")).text.dropFirst(11).prefix(26))
        #expect(first.counts == ["password": 1])
        let other = try makeRedactor(settings: .init(), key: Array(1..<33))("password=hunter2 x")
        #expect(other.text != first.text)
        #expect(first.text.utf8.count == "password=<password:123456> x".utf8.count)
    }

    @Test("a token has one type in any context")
    func retyped() throws {
        let token = secret("gh", "p_k7PuIfliI1Ow7y6c14l4tOVAPPTtN6lWKywB")
        #expect(try shape("token=\(token) and \(token)") == "token=<github-token> and <github-token>")
    }

    @Test("redacting redacted text changes nothing")
    func idempotent() throws {
        let redactor = try makeRedactor(
            settings: RedactionSettings(ipAddresses: true, homeDirectories: true), key: key)
        var generator = SplitMix(state: 11)
        for _ in 0..<4000 {
            let text = (0..<6).map { _ in Self.pieces.randomElement(using: &generator) ?? "" }.joined()
            let once = redactor(text).text
            #expect(redactor(once).text == once, "\(text)")
        }
    }

    private static let pieces = [
        "password=", "hunter2", " ", "token: ", "\"secret\": \"", "x7Qp2mK9RtLw4vBz8N", "\"", "kim@example.com", "://",
        ":", "@",
        "<email:3fa2c1>", "<password:abcdef>", "Authorization: Bearer ", "Cookie: a=b; ", "010-1234-5678", ", ", "=",
        "\n",
        "-----BEGIN PRIVATE KEY-----\n", "MIIEpAIBAAKCAQEA7x7Qp2", "10.0.0.1", "/home/", "kim", "eyJhbGciOiJIUzI1NiJ9",
        ".",
        "api_key", "curl -u ", "<", ">", "4111 1111 1111 1111", "okta", "AKIAQ3EGRZ7XNW2TLP5B", "--token ",
        "hooks.slack.com/",
    ]

    @Test(
        "hostile text takes linear time",
        arguments: [
            "password=", "eyJ", "@", "a@", "://", "Cookie:", "-----BEGIN PRIVATE KEY-----", "000000", "token:", "a.b@",
            "\" -u ", "<a:",
            "0.0", "::", "ghp_", "1-", "010-", "x=", "\u{0}", "가", "fm2_-", "LS0tLS1CRUdJTiBQUklWQVRF-", "curl ",
            "MIIEpIBAAK",
            "mysql -p", "kind: Secret\ndata:\n", "Private-Lines: 1\n", "\"d\":\"", "%41", "\\u0041", "\u{1B}[1m",
            "key=",
            "password \"name\" ", "T3BlbkFJ", ":5432:", "Authorization: Digest a=", "eyJ-", "secret\n",
        ])
    func hostile(piece: String) throws {
        let text = Array(String(repeating: piece, count: 24_000 / piece.utf8.count).utf8)
        let start = threadSeconds()
        _ = text.withUnsafeBufferPointer { everythingFinder.secrets(in: $0) }
        #expect(threadSeconds() - start < 20)
    }

    @Test(
        "twice the hostile text takes twice the time",
        arguments: ["password=", "@", "a@", "://", "000000", "token:", "\" -u ", "<a:", "1-", "x=", "ghp_", "가"])
    func doubled(piece: String) throws {
        func seconds(_ length: Int) -> Double {
            let text = Array(String(repeating: piece, count: length / piece.utf8.count).utf8)
            return (0..<3).map { _ in
                let start = threadSeconds()
                _ = text.withUnsafeBufferPointer { everythingFinder.secrets(in: $0) }
                return threadSeconds() - start
            }.reduce(.infinity, min)
        }
        // A busy machine gets several tries: one ratio of 2.2 or less shows that the work is linear.
        let ratios = (0..<8).lazy.map { _ in seconds(64_000) / seconds(32_000) }
        #expect(ratios.contains { $0 <= 2.2 })
    }

    @Test("keys and patterns are checked")
    func errors() {
        #expect(throws: RedactionError.keyTooShort(bytes: 3)) { try makeRedactor(settings: .init(), key: [1, 2, 3]) }
        for (pattern, error) in [
            (RedactionPattern(name: "Bad Name", prefix: "abc"), RedactionError.invalidName("Bad Name")),
            (RedactionPattern(name: "a", prefix: "ab"), .prefixTooShort(name: "a")),
        ] {
            #expect(throws: error) { try makeRedactor(settings: RedactionSettings(patterns: [pattern]), key: key) }
            #expect(error.kind == .configuration)
            #expect(error.remedy != nil)
            #expect(!error.description.isEmpty)
        }
        let many = Array(repeating: RedactionPattern(name: "a", prefix: "abc"), count: 257)
        #expect(throws: RedactionError.tooManyPatterns(257)) {
            try makeRedactor(settings: RedactionSettings(patterns: many), key: key)
        }
        #expect(RedactionError.tooManyPatterns(257).description.contains("257"))
        #expect(RedactionError.keyTooShort(bytes: 3).remedy != nil)
    }

    @Test("the operator's own expressions")
    func expressions() throws {
        func settings(_ expression: String) -> RedactionSettings {
            RedactionSettings(patterns: [RedactionPattern(name: "acme-key", expression: expression)])
        }
        #expect(try shape("use AB-1234, AB-12", settings(#"\bAB-\d{4}\b"#)) == "use <acme-key>, AB-12")
        #expect(try shape("user 사번 A1234 x", settings(#"사번 (?<secret>\w+)"#)) == "user 사번 <acme-key> x")
        let long = String(repeating: "x ", count: 6000)
        #expect(try shape(long + "AB-1234" + long, settings(#"AB-\d{4}"#)) == long + "<acme-key>" + long)
        for (expression, error) in [
            ("(", RedactionError.invalidExpression(name: "acme-key", reason: "missing closing parenthesis at byte 1")),
            ("x*", .matchesEmptyText(name: "acme-key")), ("(x+)+[yz]", .expressionTooSlow(name: "acme-key")),
        ] {
            #expect(throws: error) { try makeRedactor(settings: settings(expression), key: key) }
            #expect(error.remedy != nil && !error.description.isEmpty)
            #expect(problem(ofExpression: expression) != nil)
        }
        #expect(throws: RedactionError.patternWithout(name: "a")) {
            try makeRedactor(settings: RedactionSettings(patterns: [RedactionPattern(name: "a")]), key: key)
        }
        #expect(problem(ofExpression: #"AB-\d{4}"#) == nil)
    }

    @Test("what an expression gives up on is masked as a whole")
    func unchecked() throws {
        // Slow on text of one kind only, which no trial knows.
        let settings = RedactionSettings(patterns: [RedactionPattern(name: "slow", expression: #"(?:가+)+[나다]"#)])
        let result = try redact("first line\n" + String(repeating: "가", count: 600) + "\nlast line", settings)
        #expect(result.counts["unchecked"] == 1)
        #expect(!result.text.contains("가가"))
    }

    @Test("without a key a secret is its type")
    func keyless() {
        #expect(withoutSecrets("url http://kim:hunter2@x is wrong") == "url http://kim:<url-password>@x is wrong")
        #expect(withoutSecrets("nothing here") == "nothing here")
    }

    @Test("the operator's own prefixes")
    func patterns() throws {
        let settings = RedactionSettings(patterns: [RedactionPattern(name: "acme-key", prefix: "ACME-")])
        #expect(try shape("use ACME-12ab99, or acme-1", settings) == "use <acme-key>, or acme-1")
    }
}

/// Processor time of this thread: other work on the machine does not count.
private func threadSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

@Suite("The redactor on values that it has not seen")
struct HeldOutSecretTests {
    private struct Row: Decodable {
        var rule: String
        var label: String
        var text: String
        var secret: String?

        /// Whether the secret, or eight characters in a row of its last two thirds, are left.
        func leaks(in output: String) -> Bool {
            guard let secret, !output.contains(secret) else { return secret != nil }
            let tail = Array(secret.dropFirst(secret.count / 3))
            guard tail.count >= 8 else { return false }
            return (0...tail.count - 8).contains { output.contains(String(tail[$0..<$0 + 8])) }
        }
    }

    @Test("finds secrets and leaves look-alikes", arguments: [3, 12])
    func heldOut(seed: Int) throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let script = Process()
        script.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        script.arguments = [
            root.appending(path: "Benchmarks/redaction_corpus.py").path, "--seed", "\(seed)", "--each", "1",
        ]
        let pipe = Pipe()
        script.standardOutput = pipe
        try script.run()
        let data = try #require(try pipe.fileHandleForReading.readToEnd())
        script.waitUntilExit()
        let rows = try data.split(separator: 0x0A).map { try JSONDecoder().decode(Row.self, from: $0) }
        let secrets = rows.filter { $0.label == "secret" }
        let others = rows.filter { $0.label == "negative" }
        try #require(secrets.count > 250 && others.count > 100)
        let leaked = try secrets.filter { try $0.leaks(in: redact($0.text).text) }
        let altered = try others.filter { try redact($0.text).text != $0.text }
        #expect(Double(leaked.count) <= 0.02 * Double(secrets.count), "\(leaked.map(\.rule))")
        #expect(Double(altered.count) <= 0.05 * Double(others.count), "\(altered.map(\.rule))")
    }
}

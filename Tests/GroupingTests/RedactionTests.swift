import Events
import Testing

@testable import Grouping

private let key: [UInt8] = Array(0..<32)

private func redact(_ text: String, _ settings: RedactionSettings = .init()) throws -> Redacted {
    try makeRedactor(settings: settings, key: key)(text)
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
            ("비밀번호: abc123!", "비밀번호: <password>"),
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
            ("card 378282246310005 x", "card <card> x"),
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
            "0.0", "::", "ghp_", "1-", "010-", "x=", "\u{0}", "가",
        ])
    func hostile(piece: String) throws {
        let redactor = try makeRedactor(settings: RedactionSettings(ipAddresses: true, homeDirectories: true), key: key)
        let text = String(repeating: piece, count: 100_000 / piece.utf8.count)
        let time = ContinuousClock().measure { _ = redactor(text) }
        #expect(time < .seconds(20))
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

    @Test("the operator's own prefixes")
    func patterns() throws {
        let settings = RedactionSettings(patterns: [RedactionPattern(name: "acme-key", prefix: "ACME-")])
        #expect(try shape("use ACME-12ab99, or acme-1", settings) == "use <acme-key>, or acme-1")
    }
}

import Events
import Foundation
import Testing

@testable import Grouping

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
            (secret("IQoJb3JpZ2lu", "X2VjEPT", String(repeating: "k7PuIfliI1Ow7y6c14l4tOVA", count: 5)), "aws-token"),
            (
                secret("x7Qp2mK9RtLw4vBz8NcHd3Ys5TgJ6fUaEo1iPkXlMqWrZvCbNyDh", "JQQJ99", "A1b2C3d4E5f6G7h8I9j0K1l2M3"),
                "azure-key"
            ),
            (secret("MTk4NjIyNDgzNDcxOTI1MjQ4", ".Gk7PuI.", "x7Qp2mK9RtLw4vBz8NcHd3Ys5TgJ6fUaEo1iPk"), "discord-token"),
            (secret("AAAAk7PuIfl:", "APA91b", String(repeating: "x7Qp2mK9RtLw4vBz8NcHd3Y-5Tg_", count: 5)), "fcm-key"),
            (secret("rzp_live", "_k7PuIfliI1Ow7y"), "razorpay-key"),
            (
                secret(
                    "pbkdf2:sha256:600000", "$k7PuIfliI1Ow7y6c$", "0f21ddb64a1b4c2d9e3f90c1d3ac94af0f21ddb64a1b4c2d"),
                "password-hash"
            ),
            (secret("whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw+x/7QpK9"), "stripe-key"),
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

    @Test("the secret beside an access key's id", arguments: [",", " ", "\n", "\",\"", ": "])
    func pairs(separator: String) throws {
        let pair = secret("AKIA", "Q3EGRZ7XNW2TLP5B", separator, "x7Qp2mK9RtLw4vBz8NcHd3Ys5TgJ6fUaEo/iPkXl")
        #expect(try shape("keys \(pair) end") == "keys <aws-key>\(separator)<aws-key> end")
        let hash = secret("AKIA", "Q3EGRZ7XNW2TLP5B", separator, "0f21ddb64a1b4c2d9e3f90c1d3ac94af0f21ddb6")
        #expect(try shape(hash).hasSuffix("0f21ddb6"))
    }

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
        let open = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE7x7Qp2mK9RtLw4vBz8NcHd3YsT4\n"
        #expect(try shape(open + "-----END PUBLIC KEY-----") == open + "-----END PUBLIC KEY-----")
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

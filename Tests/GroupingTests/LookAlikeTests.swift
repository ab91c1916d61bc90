import Events
import Foundation
import Testing

@testable import Grouping

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

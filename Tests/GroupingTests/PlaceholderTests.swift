import Events
import Foundation
import Testing

@testable import Grouping

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

    @Test("without a key a secret is its type")
    func keyless() {
        #expect(withoutSecrets("url http://kim:hunter2@x is wrong") == "url http://kim:<url-password>@x is wrong")
        #expect(withoutSecrets("nothing here") == "nothing here")
    }

    @Test("redacting redacted text changes nothing")
    func idempotent() throws {
        let redactor = try makeRedactor(
            settings: RedactionSettings(ipAddresses: true, homeDirectories: true), key: redactionKey)
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
}

/// Processor time of this thread: other work on the machine does not count.
private func threadSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

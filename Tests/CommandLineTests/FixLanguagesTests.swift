import ApplianceTestSupport
import Events
import Foundation
import Testing

@Suite("A right fix becomes a patch, whatever the language: from the log to git am in a clone of the bundle")
struct FixLanguagesTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var path: String
        var source: String
        var log: String
        var cause: String
        var original: String
        var modified: String
    }

    private static let header = "2026-11-21 05:10:00,123 ERROR app: failed\n"

    static let cases = [
        Case(
            testDescription: "Python", path: "billing/rates.py",
            source: "def rate(rates, country):\n    found = rates[country]\n    return found\n",
            log: header
                + "Traceback (most recent call last):\n  File \"/srv/app/billing/rates.py\", line 2, in rate\n    found = rates[country]\nKeyError: 'country'\n",
            cause: "rate() reads rates[country], a key that rates lacks (KeyError)",
            original: "    found = rates[country]", modified: "    found = rates.get(country, 0)"),
        Case(
            testDescription: "JavaScript", path: "src/cart.js",
            source: "function city(user) {\n  const address = user.address;\n  return address.city;\n}\n",
            log: header
                + "TypeError: Cannot read properties of undefined (reading 'city')\n    at city (/srv/app/src/cart.js:3:18)\n",
            cause: "city() reads address.city of an undefined address",
            original: "  return address.city;", modified: "  if (!address) return null;\n  return address.city;"),
        Case(
            testDescription: "Java", path: "src/main/java/com/acme/Names.java",
            source:
                "package com.acme;\n\nclass Names {\n    static String first(java.util.Map<String, String> names) {\n        return names.get(\"first\").trim();\n    }\n}\n",
            log: header
                + "java.lang.NullPointerException: Cannot invoke \"String.trim()\" because the value is null\n\tat com.acme.Names.first(Names.java:5)\n",
            cause: "first() calls trim() on a value that is null: names lacks \"first\"",
            original: "names.get(\"first\").trim()", modified: "names.getOrDefault(\"first\", \"\").trim()"),
        Case(
            testDescription: "Rust", path: "src/names.rs",
            source: "pub fn first(names: &[String]) -> String {\n    names.first().cloned().unwrap()\n}\n",
            log:
                "thread 'main' panicked at src/names.rs:2:28:\ncalled `Option::unwrap()` on a `None` value\nnote: run with `RUST_BACKTRACE=1`\n",
            cause: "first() calls unwrap() on a None value: names is empty",
            original: "    names.first().cloned().unwrap()", modified: "    names.first().cloned().unwrap_or_default()"),
        Case(
            testDescription: "Go", path: "client/user.go",
            source: "package client\n\nfunc City(user *User) string {\n\treturn user.City\n}\n",
            log:
                "panic: runtime error: invalid memory address or nil pointer dereference\n\ngoroutine 1 [running]:\nacme.com/app/client.City(0x0)\n\t/srv/app/client/user.go:4 +0x1d\n",
            cause: "City() dereferences user, a nil pointer",
            original: "\treturn user.City", modified: "\tif user == nil {\n\t\treturn \"\"\n\t}\n\treturn user.City"),
    ]

    @Test("right", arguments: cases)
    func right(_ sample: Case) async throws {
        let fix = FixTests.Fix(file: sample.path, original: sample.original, modified: sample.modified)
        var answer = FixTests.Answer(confidence: 90, fix: fix)
        answer.analysis = "The failing line is in [C1]."
        answer.root_cause = sample.cause
        answer.evidence = ["E1", "C1"]
        let server = try FixTests.server(String(decoding: try JSONEncoder().encode(answer), as: UTF8.self))
        defer { server.stop() }
        let site = try SiteFixture(
            endpoint: server.url, extra: "[fixing]\nbundle = \"whole\"\n[export]\ncode = true\nsamples = true")
        defer { site.remove() }
        let time = try #require(Timestamp(rfc3339: "2026-11-20T16:00:00Z"))
        let commit = try site.repository.commit("app: a new function", [sample.path: sample.source], at: time)
        try site.repository.git("tag", "-f", "1.4.0", commit)
        try site.directory.write("logs/app.log", sample.log)
        // What is written without a time happened when it was read.
        let batch = try await site.binary.run(
            ["batch", "--now", "2026-11-21T05:30:00Z"], environment: site.environment)
        #expect(batch.status == 0, "\(batch.errors)")
        let id = try #require(try await site.counts().keys.first)
        let made = try await site.run("fix", id, "--json")
        #expect(made.status == 0, "\(made.output) \(made.errors)")
        let report = try #require(
            try JSONSerialization.jsonObject(with: Data(made.output.utf8)) as? [String: Any])
        let number = try #require(report["message"] as? Int, "\(made.output)")
        let extracted = try await site.run("outbox", "extract", "\(number)", site.directory.path + "/out")
        #expect(extracted.status == 0, "\(extracted.errors)")
        let script = """
            git clone -q -b fix/appliance-\(id) out/appliance-\(id).bundle clone
            cd clone
            git checkout -q HEAD~1
            git am -q ../out/appliance-\(id).patch
            git diff --exit-code HEAD origin/fix/appliance-\(id)
            git diff --stat HEAD~1
            """
        let applied = try await FixTests.shell(script, in: site.directory.path)
        #expect(applied.contains(sample.path.split(separator: "/").last ?? "") && applied.contains("1 file changed"))
    }
}

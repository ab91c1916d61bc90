import Events
import Foundation
import Testing

@testable import Delivery

@Suite("The JSON report")
struct JSONReportTests {
    @Test("a morning with every kind of group")
    func morning() throws {
        let text = String(decoding: try JSONReport.render(Sample.morning), as: UTF8.self)
        try expectGolden(text, "morning/expected.json")
    }

    @Test("every state has its word")
    func states() throws {
        for (state, word): (CodeContext.State, String) in [
            (.fromEvent, "fromEvent"), (.noFrames, "noFrames"), (.notConfigured, "notConfigured"),
            (.notFound(mirror: "m", revision: "r"), "notFound"),
            (.unavailable(mirror: "m", reason: "x"), "unavailable"),
        ] { #expect(CodeDocument(CodeContext(state: state)).state == word) }
        for (reason, word): (Provenance.BuiltInReason, String) in [
            (.noModel, "noModel"), (.budget, "budget"), (.unavailable("x"), "unavailable"),
            (.abstained("x"), "abstained"),
            (.invalidAnswer("x"), "invalidAnswer"),
        ] {
            let document = DiagnosisDocument(Sample.diagnosis(.low, cause: "c", author: .builtIn(reason: reason)))
            #expect(document.reason == word && document.author == "built-in" && document.queued == reason.isQueued)
        }
        let none = Report(
            site: "s", window: Sample.window, generatedAt: Sample.end, timeZone: "UTC", groups: [],
            model: .none(reason: "off"))
        #expect(String(decoding: try JSONReport.render(none), as: UTF8.self).contains("\"reason\" : \"off\""))
    }

    @Test("hidden characters are escaped, and the values are exact")
    func hidden() throws {
        let text = "\u{202E}a\u{9B}b\u{7F}c\u{E0041}d\"\\\u{1B}"
        let bytes = try JSONReport.render(Sample.hostile(text))
        let printed = String(decoding: bytes, as: UTF8.self)
        #expect(!printed.unicodeScalars.contains { $0.isDeceptive && $0 != "\n" })
        let object = try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
        #expect(object["title"] as? String == text)
    }

    @Test("a report survives being stored")
    func roundTrip() throws {
        let bytes = try JSONEncoder().encode(Sample.morning)
        #expect(try JSONDecoder().decode(Report.self, from: bytes) == Sample.morning)
    }

    /// Where each of them copied the whole text, this took minutes.
    @Test("a large report full of characters that deceive is written in one pass", .timeLimit(.minutes(1)))
    func manyDeceptive() {
        let text = String(repeating: "\"a line of a log \u{202E} and so on\" 한 ", count: 100_000)
        let shown = JSONReport.printable(text)
        #expect(shown.utf8.count == text.utf8.count + 100_000 * ("\\u202e".utf8.count - "\u{202E}".utf8.count))
        #expect(shown.hasPrefix("\"a line of a log \\u202e and so on\" 한 \"a"))
        #expect(JSONReport.printable("tag \u{E0041} del \u{7F}") == "tag \\udb40\\udc41 del \\u007f")
    }
}

import Delivery
import Events
import Foundation
import Testing

@testable import Server

@Suite("What visitors send to the pages")
struct PageRequestTests {
    @Test(
        "queries are read as browsers write them",
        arguments: [
            ("q=a+b&x=1", "q", "a b"), ("q=%ED%95%9C", "q", "한"), ("q=%zz%4", "q", "%zz%4"), ("q", "q", ""),
            ("a=1&a=2", "a", "1"), ("q=%00", "q", "\u{0}"), ("=x", "", "x"), ("q=%C3", "q", "\u{FFFD}"),
        ])
    func queries(text: String, name: String, value: String) { #expect(PageQuery(text)[name] == value) }

    @Test("queries are bounded, and written so that they read the same")
    func bounds() {
        let many = (0..<1000).map { "n\($0)=x" }.joined(separator: "&")
        #expect(PageQuery(many).pairs.count == PageQuery.most)
        #expect(PageQuery("q=" + String(repeating: "x", count: 100_000))["q"].utf8.count <= PageQuery.longest)
        let query = PageQuery(pairs: [("q", "a&b=c \"<>'%\u{202E}한"), ("page", "2")])
        #expect(PageQuery(query.text.dropFirst()) == query)
        #expect(query.text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && ![0x22, 0x27, 0x3C, 0x3E].contains($0) })
        #expect(query.with("page", "").with("q", "").text.isEmpty)
    }

    @Test(
        "the language is what was chosen, kept, or accepted by the browser",
        arguments: [
            ("ko", "en", "en", ReportLanguage.korean), ("", "ko", "en", .korean), ("", nil, "ko-KR,en;q=0.8", .korean),
            ("", nil, "en;q=0.5, ko;q=0.9", .korean), ("", nil, "de, fr", .english), ("xx", "yy", nil, .english),
            ("", nil, "ko;q=0, en;q=0.1", .english), ("", nil, ";;,,q=", .english),
        ] as [(String, String?, String?, ReportLanguage)])
    func languages(chosen: String, cookie: String?, accepted: String?, expected: ReportLanguage) {
        #expect(
            PageVisit.language(chosen: chosen, cookie: cookie, accepted: accepted, otherwise: .english) == expected)
    }

    @Test(
        "a login leads to places of this server alone",
        arguments: [
            ("/groups/G-1?a=b", "/groups/G-1?a=b"), ("/", "/"), ("", "/"), ("//evil", "/"), ("/\\evil", "/"),
            ("https://evil", "/"), ("/a\nb", "/"), ("/a\\b", "/"), ("javascript:x", "/"), ("/\u{E9}", "/"),
        ])
    func places(text: String, expected: String) { #expect(People.place(text) == expected) }

    @Test("names hide nothing")
    func names() {
        #expect(People.name("Kim Jiyoung") == "Kim Jiyoung" && People.name(" 김지영 ") == "김지영")
        for name in ["", "  ", "a\u{202E}b", "a\nb", "\u{200B}", "a\u{0}", String(repeating: "x", count: 65)] {
            #expect(People.name(name) == nil, "\(name.debugDescription)")
        }
    }

    @Test("windows, states and severities outside the lists are the default")
    func question() {
        let question = GroupsQuestion(
            PageQuery("window=9y&state=gone&severity=huge&page=-4&q=" + String(repeating: "x", count: 900)))
        #expect(question.window == .day && question.state == nil && question.atLeast == nil && question.page == 1)
        #expect(question.text.count == GroupsQuestion.longestText)
        #expect(GroupsQuestion(PageQuery("page=99999999999999999999")).page == 1)
    }
}

@Suite("Who is logged in")
struct SessionTests {
    private let start = ContinuousClock.now

    @Test("a session ends with its time, is known by its id alone, and can be closed")
    func time() {
        let sessions = Sessions(length: .hours(1))
        let (id, session) = sessions.open(.viewer, name: "Kim", at: start)
        #expect(id.utf8.count == 64 && session.csrf.utf8.count == 64 && id != session.csrf)
        #expect(sessions.find(id, at: start + .minutes(59)) == session)
        #expect(sessions.find(id, at: start + .minutes(60)) == nil && sessions.count == 0)
        let (other, _) = sessions.open(.operator, name: "Lee", at: start)
        for wrong in ["", "x", String(other.dropLast()), other + "0", String(repeating: "0", count: 64)] {
            #expect(sessions.find(wrong, at: start) == nil)
        }
        sessions.close(other)
        #expect(sessions.find(other, at: start) == nil)
    }

    @Test("sessions are bounded in number; the one that ends first gives way")
    func bound() {
        let sessions = Sessions(length: .hours(1))
        let first = sessions.open(.viewer, name: "first", at: start).id
        var last = first
        for number in 1...Sessions.most {
            last = sessions.open(.viewer, name: "x", at: start + .milliseconds(number)).id
        }
        #expect(sessions.count == Sessions.most)
        #expect(sessions.find(first, at: start) == nil && sessions.find(last, at: start) != nil)
    }

    @Test("after a few wrong tokens an address waits; others do not, until there are very many")
    func attempts() {
        let limit = LoginLimit()
        for _ in 0..<LoginLimit.ofOne {
            #expect(limit.wait("a", at: start) == nil)
            limit.failed("a", at: start)
        }
        #expect(limit.wait("a", at: start + .seconds(1)) == 299 && limit.wait("b", at: start) == nil)
        #expect(limit.wait("a", at: start + LoginLimit.window) == nil)
        for number in 0..<LoginLimit.ofAll { limit.failed("host \(number)", at: start) }
        #expect(limit.wait("yet another", at: start) == 60)
    }
}

@Suite("What a diagnosis cites is linked")
struct CitationLinkTests {
    private func links() -> CitationLinks {
        let excerpt = CodeExcerpt(
            file: "src/billing/in<v>oice.py", revision: "abc", firstLine: 80, lines: Array(repeating: "x", count: 20),
            marked: [88])
        let code = CodeContext(
            state: .fromEvent, excerpts: [excerpt],
            suspects: [
                Suspect(
                    commit: "c0ffee", author: nil, time: Timestamp(nanoseconds: 0), subject: "s", score: 1, reason: "r")
            ])
        let group = ErrorGroup(
            fingerprint: Fingerprint(digest: Array(repeating: 7, count: 32)), groupingVersion: 1, rule: .template,
            parts: [], title: "t", template: "t", firstSeen: Timestamp(nanoseconds: 0),
            lastSeen: Timestamp(nanoseconds: 0), total: 1, level: .error)
        let window = TimeWindow(start: Timestamp(nanoseconds: 0), end: Timestamp(nanoseconds: 1))
        let facts = GroupFacts(group: group, window: window, count: 1, previousCount: 0, trend: .new)
        return CitationLinks(ReportGroup(facts: facts, code: code), similar: 2)
    }

    @Test(
        "to evidence, to lines of the excerpts, and to nothing else",
        arguments: [
            ("see [C1]", "see [<a href=\"#c1\">C1</a>]"),
            ("[C1, S1, H2]", "[<a href=\"#c1\">C1</a>, <a href=\"#s1\">S1</a>, <a href=\"#h2\">H2</a>]"),
            ("[C2] [S9] [H3]", "[C2] [S9] [H3]"), ("C1 and S1", "C1 and S1"),
            ("in&lt;v&gt;oice.py:88", "<a href=\"#c1-l88\">in&lt;v&gt;oice.py:88</a>"),
            ("in&lt;v&gt;oice.py:7", "in&lt;v&gt;oice.py:7"), ("line 81.", "<a href=\"#c1-l81\">line 81</a>."),
            ("line 8", "line 8"), ("pipeline 81", "pipeline 81"), ("[E3]", "[<a href=\"#samples\">E3</a>]"),
            ("<code>[C1]</code>", "<code>[<a href=\"#c1\">C1</a>]</code>"), ("[C99999999999999]", "[C99999999999999]"),
        ])
    func text(html: String, expected: String) { #expect(links().link(html) == expected) }

    @Test("of any text only what it had comes out, and links are bounded")
    func bounded() {
        let many = String(repeating: "[C1] ", count: 500)
        #expect(links().link(many).components(separatedBy: "<a ").count - 1 == CitationLinks.most)
        for text in ["[C", "[", "line ", "in&lt;v&gt;oice.py:", "", "<", "\u{FFFD}[C1"] {
            #expect(links().link(text) == text)
        }
    }
}

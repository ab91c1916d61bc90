import ApplianceTestSupport
import Events
import Foundation
import Testing

@testable import Intake

@Suite("Sentry's issues are counted once for each stretch of time")
struct SentrySourceTests {
    static let latest = #"""
        {"eventID": "feed", "message": "cannot reach the pool", "platform": "python", "dateCreated": "2026-11-21T05:00:00Z",
         "level": "error", "release": {"version": "1.4.0"}, "entries": [{"type": "exception", "data": {"values": [
         {"type": "PoolTimeout", "value": "after 30 s of issue ISSUE", "stacktrace": {"frames": [
         {"filename": "app/pool.py", "function": "take", "lineNo": 12, "inApp": true}]}}]}}]}
        """#

    private func source(_ sentry: SentryStandIn) -> SourceSettings {
        var source = SourceFixture.remote(.sentry, sentry.server.url)
        source.remote.organization = "acme"
        return source
    }

    private func minutes(_ hour: Int, _ count: Int) -> [String] {
        (0..<count).map { "2026-11-21T\(hour < 10 ? "0" : "")\(hour):\($0 / 6 + 10):0\($0 % 6)Z" }
    }

    private var issues: [SentryStandIn.Issue] {
        (1...60).map { SentryStandIn.Issue(id: "\($0)", project: $0 % 2 == 0 ? "shop" : "web", events: minutes(3, $0)) }
    }

    @Test("every event of the stretch once, by minute; the list's cursor is used and its address never followed")
    func counted() async throws {
        let sentry = try SentryStandIn(issues, latest: Self.latest)
        defer { sentry.server.stop() }
        var stored = StoredSource()
        for _ in 0..<2 { try await stored.read(source(sentry)) }
        #expect(stored.count == 60 * 61 / 2)
        #expect(Set(stored.events.map(\.id)).count == stored.events.count)
        #expect(Set(stored.events.compactMap(\.service)) == ["shop", "web"])
        #expect(stored.events.allSatisfy { $0.environment == "production" && $0.level == .error })
        // More of them, and a new one, before the next run.
        sentry.change { issues in
            issues[0].events += ["2026-11-21T06:30:00Z", "2026-11-21T06:31:00Z"]
            issues.append(SentryStandIn.Issue(id: "99", project: "web", events: minutes(6, 5)))
        }
        let later = SourceFixture.now.advanced(by: .hours(2))
        try await stored.read(source(sentry), now: later)
        #expect(stored.count == 60 * 61 / 2 + 7)
    }

    @Test("stopped at any piece while the list goes on changing", arguments: 1...4)
    func resumed(piece: Int) async throws {
        let sentry = try SentryStandIn(issues, latest: Self.latest)
        defer { sentry.server.stop() }
        var stored = StoredSource()
        try await stored.read(source(sentry), stop: piece, commitsLast: piece % 2 == 0)
        // Seen again meanwhile: the issue moves to the head of the list; those events are of the next stretch.
        sentry.change { issues in
            for index in stride(from: 0, to: 60, by: 3) { issues[index].events.append("2026-11-21T06:30:00Z") }
        }
        let later = SourceFixture.now.advanced(by: .hours(1))
        try await stored.read(source(sentry), now: later)
        try await stored.read(source(sentry), now: later.advanced(by: .hours(1)))
        #expect(stored.count == 60 * 61 / 2 + 20)
    }

    @Test("projects by name; a new source begins where it is told; a backfill reads the rest once")
    func chosen() async throws {
        let old = SentryStandIn.Issue(
            id: "7", project: "shop", events: ["2026-11-10T00:00:00Z", "2026-11-21T05:00:00Z"])
        let sentry = try SentryStandIn(
            [old, SentryStandIn.Issue(id: "8", project: "web", events: minutes(3, 2))], latest: Self.latest)
        defer { sentry.server.stop() }
        var source = source(sentry)
        source.remote.projects = ["shop"]
        let floor = SourceFixture.now.advanced(by: .hours(-24))
        var stored = StoredSource()
        try await stored.read(source, stretch: .news(floor: floor))
        #expect(stored.count == 1)
        let older = SourceStretch.older(from: floor.advanced(by: .days(-30)), floor: floor)
        for _ in 0..<2 { try await stored.read(source, stretch: older) }
        #expect(stored.count == 2)
    }

    @Test(
        "Link headers",
        arguments: [
            (#"<x>; rel="next"; results="true"; cursor="0:100:0""#, "0:100:0"),
            (
                #"<x>; rel="previous"; results="true"; cursor="1:0:1", <y>; rel="next"; results="true"; cursor="2:2:0""#,
                "2:2:0"
            ),
            (#"<x>; rel="next"; results="false"; cursor="0:100:0""#, nil),
            (#"rel="next"; results="true"; cursor=""#, nil),
            (#"<x>; rel="next"; results="true"; cursor="a b&c""#, nil), ("", nil),
        ] as [(String, String?)])
    func links(header: String, cursor: String?) { #expect(SentryLink.next(header) == cursor) }

    @Test("issues that are none are counted, ids that are no numbers get into no path")
    func hostile() async throws {
        let list = #"[{"id":"../../x","lastSeen":"2026-11-21T05:00:00Z"},{"id":5},3,{"id":"6","lastSeen":"soon"}]"#
        let server = try ScriptedServer(answering: [.send(PlainResponse.make(list))])
        defer { server.stop() }
        var source = SourceFixture.remote(.sentry, server.url)
        source.remote.organization = "acme/../.."
        var stored = StoredSource()
        try await stored.read(source)
        #expect(stored.count == 0 && stored.statistics.unreadable.first?.count == 3)
        let request = String(decoding: try #require(server.requests.first), as: UTF8.self)
        #expect(request.hasPrefix("GET /api/0/organizations/acme%2F..%2F../issues/?"))
    }
}

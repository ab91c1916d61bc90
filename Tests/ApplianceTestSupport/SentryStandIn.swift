import Foundation
import Synchronization

/// Answers the parts of Sentry's API that are read, with `Link` cursors as Sentry writes them.
///
/// A stand-in, not Sentry: a whole Sentry is no package. Its lists are shaped as the published API schema says.
public final class SentryStandIn: Sendable {
    public struct Issue: Sendable {
        public var id: String
        public var project: String
        /// RFC 3339; the latest last.
        public var events: [String]

        public init(id: String, project: String, events: [String]) {
            (self.id, self.project, self.events) = (id, project, events)
        }
    }

    public let server: ScriptedServer
    private let shared: Shared

    private final class Shared: Sendable {
        let issues: Mutex<[Issue]>
        init(_ issues: [Issue]) { self.issues = Mutex(issues) }
    }

    /// - Parameter latest: body of an event, in which `ISSUE` stands for the issue's id.
    public init(_ issues: [Issue], latest: String) throws {
        let shared = Shared(issues)
        server = try ScriptedServer(answering: [
            .respond { bytes in
                Self.answer(PlainRequest(bytes), shared.issues.withLock { $0 }, latest: latest)
            }
        ])
        self.shared = shared
    }

    public func change(_ change: (inout [Issue]) -> Void) { shared.issues.withLock { change(&$0) } }

    private static func answer(_ request: PlainRequest, _ issues: [Issue], latest: String) -> [UInt8] {
        let parts = request.path.split(separator: "/").map(String.init)
        let offset = request.query["cursor"].flatMap { Int($0.split(separator: ":").dropFirst().first ?? "0") } ?? 0
        if parts.suffix(3) == ["events", "latest"] || parts.suffix(2) == ["events", "latest"] {
            return PlainResponse.make(latest.replacing("ISSUE", with: parts[3]))
        }
        if parts.last == "events", let issue = issues.first(where: { $0.id == parts[3] }) {
            let events = issue.events.enumerated().reversed().map { index, time -> [String: Any] in
                [
                    "eventID": "\(issue.id)e\(index)", "id": "\(issue.id)e\(index)", "dateCreated": time,
                    "tags": [["key": "environment", "value": "production"], ["key": "level", "value": "error"]],
                ]
            }
            return page(events, offset, size: 100, request)
        }
        guard parts.last == "issues" else { return PlainResponse.make("404 Not Found", "{}") }
        let project = parts[2] == "projects" ? parts[4] : nil
        let wanted = issues.filter { project == nil || $0.project == project }
            .sorted { ($0.events.last ?? "") > ($1.events.last ?? "") }
        let list = wanted.map { issue -> [String: Any] in
            [
                "id": issue.id, "lastSeen": issue.events.last ?? "", "firstSeen": issue.events.first ?? "",
                "count": "\(issue.events.count)", "level": "error", "project": ["slug": issue.project],
            ]
        }
        return page(list, offset, size: Int(request.query["limit"] ?? "") ?? 100, request)
    }

    private static func page(
        _ all: [[String: Any]], _ offset: Int, size: Int, _ request: PlainRequest
    ) -> [UInt8] {
        let shown = Array(all.dropFirst(offset).prefix(size))
        let more = offset + size < all.count
        // The address is one that nobody may connect to.
        let link = { (rel: String, results: Bool, at: Int) in
            "<http://198.51.100.9\(request.path)?&cursor=0:\(at):0>; rel=\"\(rel)\"; results=\"\(results)\"; cursor=\"0:\(at):0\""
        }
        let header =
            "Link: \(link("previous", offset > 0, max(0, offset - size))), \(link("next", more, offset + size))"
        return PlainResponse.make(PlainResponse.json(shown), headers: [header])
    }
}

import Events
import Foundation
import GitMirror
import Intake

/// One row of a set, read leniently: what it does not say is unknown.
struct ContextRow {
    struct Expected: Decodable {
        var file: String?
        var function: String?
        /// The line that failed, for sets whose functions have no name.
        var line: Int?
        /// The guilty commit, in full or abbreviated.
        var commit: String?
        /// What a right root cause names: each word, or one of those that a `|` separates.
        var names: [String]?
        /// The decisive evidence is not there: an honest answer is not sure.
        var withheld: Bool?
    }

    private struct Fields: Decodable {
        var id: Evaluation.RowID?
        var mirror: String?
        var revision: String?
        var trace: String?
        var service: String?
        var release: String?
        var time: Timestamp?
        var branch: String?
        var subdirectory: String?
        var sourceRoots: [String]?
        var releases: [ReleaseWindow]?
        var expected: Expected?
    }

    private let fields: Fields
    private let folder: String
    let event: ErrorEvent

    var id: Evaluation.RowID? { fields.id }
    var expected: Expected? { fields.expected }

    /// - Parameter needsMirror: a row without code is none.
    init?(line: String, file: String, now: Timestamp, needsMirror: Bool = true) {
        let decoder = JSONDecoder()
        guard let fields = try? decoder.decode(Fields.self, from: Data(line.utf8)),
            !needsMirror || fields.mirror != nil || fields.service != nil,
            let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        else { return nil }
        var found: ErrorEvent?
        if let trace = fields.trace {
            found = Self.event(trace: trace, now: now)
        } else if let text = object["event"] as? String {
            found = Self.event(trace: text, now: now)
        } else if let part = object["event"] as? [String: Any] {
            found = Self.event(object: part, now: now)
        }
        guard var event = found else { return nil }
        // What has no time of its own is dated by the revision that it names.
        if event.time == now { event.time = Timestamp(nanoseconds: 0) }
        event.time = fields.time ?? event.time
        event.revision = fields.revision ?? event.revision
        event.release = fields.release ?? event.release
        event.service = fields.service ?? event.service
        (self.fields, self.event) = (fields, event)
        folder = URL(fileURLWithPath: file).deletingLastPathComponent().path
    }

    private static func event(trace: String, now: Timestamp) -> ErrorEvent {
        let events = parseEvent(text: trace, now: now)
        return events.last { !$0.frames.isEmpty } ?? parseTrace(text: trace, now: now) ?? events.last
            ?? ErrorEvent(id: "", time: now, message: String(trace.prefix(2000)))
    }

    /// Ours, else Sentry's or whatever else is read as one event when it is ingested.
    private static func event(object: [String: Any], now: Timestamp) -> ErrorEvent? {
        let isForeign = ["exception", "event_id", "eventID", "stacktrace"].contains { object[$0] != nil }
        if !isForeign {
            let own = object.merging(["message": ""]) { given, _ in given }
            if let data = try? JSONSerialization.data(withJSONObject: own),
                var event = try? JSONDecoder().decode(ErrorEvent.self, from: data)
            {
                if event.exceptions.isEmpty { event.exceptions = parseTrace(text: event.message) }
                return event
            }
        }
        guard let data = try? JSONSerialization.data(withJSONObject: object) else { return nil }
        return Evaluation.event(in: String(decoding: data, as: UTF8.self), now: now)
    }

    var hasMirror: Bool { fields.mirror != nil }
    var releases: [ReleaseWindow] { fields.releases ?? [] }

    /// A configured mirror of that name, else a path: absolute, beside the set, or from here. Of a folder of mirrors, and
    /// where no mirror is named, the one that the event's repository or service names.
    func settings(configured: [MirrorSettings], router: MirrorRouter) -> MirrorSettings {
        let named = fields.mirror ?? ""
        let known = named.isEmpty ? router.mirror(for: event) : configured.first { $0.name == named }
        let beside = folder + "/" + named
        let path = named.hasPrefix("/") || !FileManager.default.fileExists(atPath: beside) ? named : beside
        if known == nil, let members = MirrorFolder.members(of: MirrorSettings(name: named, path: path)),
            let member = MirrorRouter(members).mirror(for: event)
        {
            return member
        }
        var settings = known ?? MirrorSettings(name: named, path: path)
        settings.branch = fields.branch ?? settings.branch
        settings.subdirectory = fields.subdirectory ?? settings.subdirectory
        settings.sourceRoots = fields.sourceRoots ?? settings.sourceRoots
        // A session belongs to its settings.
        if known == nil {
            settings.name = ([named, settings.branch ?? "", settings.subdirectory ?? ""] + settings.sourceRoots)
                .filter { !$0.isEmpty }.joined(separator: " ")
        }
        return settings
    }
}

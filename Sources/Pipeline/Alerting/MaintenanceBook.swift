import Delivery
import Events
import Foundation
import History

/// Maintenances: those of the configuration, and those that were begun by hand.
public struct MaintenanceBook: Sendable {
    private let configuration: Configuration

    /// The setting that those begun by hand are kept under.
    private static let key = "maintenance"
    /// Ended ones are forgotten after so long.
    private static let kept = Duration.days(30)

    public init(configuration: Configuration) { self.configuration = configuration }

    static func all(_ configuration: Configuration, _ history: HistoryStore) throws -> [Maintenance] {
        (configuration.maintenance + (try begun(history))).sorted { ($0.start, $0.service) < ($1.start, $1.service) }
    }

    public func list(now: Timestamp) throws -> [Maintenance] {
        try Self.all(
            configuration, HistoryStore.open(at: configuration.home.history, mode: .readOnly, now: now))
    }

    /// - Parameter length: nil until somebody ends it.
    public func start(_ service: String, for length: Duration?, reason: String?, now: Timestamp) throws -> Maintenance {
        let redactor = try configuration.makeRedactor()
        let maintenance = Maintenance(
            service: service, start: now, end: length.map { now.advanced(by: $0) },
            reason: reason.map { redactor($0).text })
        try change(now) { $0.append(maintenance) }
        return maintenance
    }

    /// - Returns: how many were ended.
    public func end(_ service: String, now: Timestamp) throws -> Int {
        var count = 0
        try change(now) { list in
            for index in list.indices where list[index].service == service && list[index].covers(now) {
                list[index].end = now
                count += 1
            }
        }
        return count
    }

    private func change(_ now: Timestamp, _ body: (inout [Maintenance]) -> Void) throws {
        let site = try Site(configuration, mode: .readWrite, now: now)
        var list = try Self.begun(site.history).filter { $0.end.map { $0.duration(to: now) < Self.kept } ?? true }
        body(&list)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        try site.history.setSetting(Self.key, to: String(decoding: try encoder.encode(list), as: UTF8.self))
    }

    private static func begun(_ history: HistoryStore) throws -> [Maintenance] {
        guard let text = try history.setting(key) else { return [] }
        return try JSONDecoder().decode([Maintenance].self, from: Data(text.utf8))
    }
}

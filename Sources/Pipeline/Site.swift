import Events
import Foundation
import GitMirror
import Grouping
import History

/// A configured site, opened: what batch, report and explain share.
final class Site: Sendable {
    let configuration: Configuration
    let history: HistoryStore
    let redactor: Redactor
    let grouper: Grouper
    let router: MirrorRouter
    let mirrors: MirrorPool

    /// - Parameter mode: `.readOnly` opens an existing history and changes nothing.
    init(_ configuration: Configuration, mode: HistoryStore.Mode, now: Timestamp) throws {
        self.configuration = configuration
        if mode == .readWrite { try configuration.home.prepare() }
        history = try HistoryStore.open(at: configuration.home.history, mode: mode, now: now)
        redactor = try configuration.makeRedactor()
        grouper = Grouper(settings: configuration.grouping)
        router = configuration.makeRouter()
        mirrors = MirrorPool(context: configuration.context)
    }
}

extension Configuration {
    /// The redactor of this home; its key is made on first use.
    func makeRedactor() throws -> Redactor {
        try home.prepare()
        return try Grouping.makeRedactor(settings: redaction, key: try home.loadRedactionKey())
    }

    func makeRouter() -> MirrorRouter {
        let pairs = routing.repositoryURLs.compactMap { pair -> (service: String, url: String)? in
            guard let equals = pair.firstIndex(of: "=") else { return nil }
            return (String(pair[..<equals]), String(pair[pair.index(after: equals)...]))
        }
        return MirrorRouter(mirrors, services: ServiceMap(pairs, otherwise: routing.defaultRepositoryURL))
    }

    public var timeZone: TimeZone { TimeZone(identifier: report.timeZone) ?? .current }
}

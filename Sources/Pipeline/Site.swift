import Events
import Foundation
import GitMirror
import Grouping
import History
import Synchronization

/// A configured site, opened: what batch, report and explain share.
final class Site: Sendable {
    let configuration: Configuration
    let history: HistoryStore
    /// Masks events; whoever calls it counts.
    let redactor: Redactor
    /// Masks all other text, counted in `ledger`.
    let textRedactor: Redactor
    let ledger = MaskLedger()
    let grouper: Grouper
    let router: MirrorRouter
    let mirrors: MirrorPool
    /// One writes files of the outbox at a time.
    let outboxTurn = Mutex(())

    /// - Parameter mode: `.readOnly` opens an existing history and changes nothing.
    init(_ configuration: Configuration, mode: HistoryStore.Mode, now: Timestamp) throws {
        self.configuration = configuration
        if mode == .readWrite { try configuration.home.prepare() }
        history = try HistoryStore.open(at: configuration.home.history, mode: mode, now: now)
        redactor = try configuration.makeRedactor()
        textRedactor = ledger.counting(redactor)
        grouper = Grouper(settings: configuration.grouping)
        router = configuration.makeRouter()
        mirrors = MirrorPool(context: configuration.context)
    }
}

/// The text without the secrets that the default settings know: for what is shown on a terminal, and where no site is
/// open. A secret becomes its type, `<password>`.
public func withoutSecrets(_ text: String) -> String { Grouping.withoutSecrets(text) }

extension Configuration {
    /// The redactor of this home; its key is made on first use.
    func makeRedactor() throws -> Redactor {
        try home.prepare()
        return try Grouping.makeRedactor(settings: redaction, key: try home.loadRedactionKey())
    }

    /// The same for a text of any length.
    func makeStreamRedactor() throws -> StreamRedactor {
        try home.prepare()
        return try StreamRedactor(settings: redaction, key: try home.loadRedactionKey())
    }

    func makeRouter() -> MirrorRouter {
        let pairs = routing.repositoryURLs.compactMap { pair -> (service: String, url: String)? in
            guard let equals = pair.firstIndex(of: "=") else { return nil }
            return (String(pair[..<equals]), String(pair[pair.index(after: equals)...]))
        }
        // The only mirror there is, of nothing in particular, is everybody's.
        let only = mirrors.count == 1 && mirrors[0].urls.isEmpty && mirrors[0].services.isEmpty ? mirrors[0].name : nil
        return MirrorRouter(
            mirrors, services: ServiceMap(pairs, otherwise: routing.defaultRepositoryURL), default: only)
    }

    public var timeZone: TimeZone { TimeZone(identifier: report.timeZone) ?? .current }
}

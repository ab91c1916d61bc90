import Events
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Pipeline
import ServiceLifecycle

/// The HTTP door: the report as a page, what a probe asks, and the doors of events that are pushed.
public struct ApplianceServer: Sendable {
    private let configuration: Configuration
    private let address: (host: String, port: Int)
    private let clock: @Sendable () -> Timestamp
    private let access: @Sendable (AccessRecord) -> Void
    private let doors: DoorRoutes
    private let people: PageRoutes
    private let keys: DoorKeys
    private let metrics: DoorMetrics

    /// Connections open at once; more wait in the kernel's queue.
    static let connections = 128
    /// Bytes of all header fields of a request, of one of them, and how many there may be.
    static let headerLimits = (list: 16 * 1024, field: 8 * 1024, count: 64)
    /// A connection that says nothing for so long is closed.
    static let idleTimeout = TimeAmount.seconds(30)

    /// - Parameters:
    ///   - clock: what counts as now.
    ///   - access: told of each answered request.
    /// - Throws: ``ServeError/notLoopback(_:)``, ``ServeError/badKey(_:reason:)``, or where the home cannot be used.
    public init(
        configuration: Configuration, clock: @escaping @Sendable () -> Timestamp,
        access: @escaping @Sendable (AccessRecord) -> Void
    ) throws {
        guard let address = configuration.serve.address else {
            throw ServeError.notLoopback(configuration.serve.listen)
        }
        let metrics = DoorMetrics()
        (self.configuration, self.address, self.clock, self.metrics) = (configuration, address, clock, metrics)
        self.access = { record in
            metrics.answered(record)
            access(record)
        }
        keys = try DoorKeys(configuration.serve)
        doors = try DoorRoutes(configuration: configuration, keys: keys, clock: clock, metrics: metrics)
        people = try PageRoutes(configuration: configuration, budget: doors.budget, clock: clock)
    }

    /// Serves until SIGTERM or SIGINT, then finishes what is in hand.
    ///
    /// - Parameter listening: called once with the address that is really bound.
    /// - Throws: ``ServeError/cannotListen(_:reason:)``.
    public func run(listening: @escaping @Sendable (_ url: String) -> Void) async throws {
        try await cannotListen { try await application(listening).runService() }
    }

    /// Serves as one of several services of a process, until the group that it belongs to ends it.
    ///
    /// - Parameter listening: called once with the address that is really bound.
    /// - Throws: ``ServeError/cannotListen(_:reason:)``.
    public func runInGroup(listening: @escaping @Sendable (_ url: String) -> Void) async throws {
        try await cannotListen { try await application(listening).run() }
    }

    private func cannotListen(_ body: () async throws -> Void) async throws {
        do { try await body() } catch let error as IOError {
            throw ServeError.cannotListen(configuration.serve.listen, reason: error.description)
        }
    }

    private func application(
        _ listening: @escaping @Sendable (_ url: String) -> Void
    ) -> some ApplicationProtocol {
        let host = address.host.contains(":") ? "[\(address.host)]" : address.host
        // The libraries beneath log through swift-log; what matters of it reaches the access log.
        let silent = Logger(label: "http") { _ in SwiftLogNoOpLogHandler() }
        let metrics = metrics
        return Application(
            responder: router().buildResponder(),
            server: .http1(
                configuration: .init(
                    additionalChannelHandlers: [ConnectionTimer(metrics: metrics)],
                    idleTimeout: Self.idleTimeout,
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: Self.headerLimits.field, maxHeaderListSize: Self.headerLimits.list,
                        maxHeaderFieldCount: Self.headerLimits.count))),
            configuration: .init(
                address: .hostname(address.host, port: address.port),
                availableConnectionsDelegate: MaximumAvailableConnections(Self.connections, logger: silent)),
            onServerRunning: { channel in listening("http://\(host):\(channel.localAddress?.port ?? 0)") },
            logger: silent)
    }

    private func router() -> Router<DoorContext> {
        let router = Router(context: DoorContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: HeadAnswer())
        router.add(middleware: AccessLog(record: access))
        router.add(middleware: PeerGuard(proxies: configuration.serve.proxies, metrics: metrics))
        router.add(middleware: HostGuard(names: configuration.serve.hosts + [address.host, "[\(address.host)]"]))
        router.add(middleware: MethodGuard(metrics: metrics))
        let settings = configuration.serve
        router.add(
            middleware: PageLimit(
                rate: RateLimit(perSecond: settings.pagesPerSecond), proxies: settings.proxies, metrics: metrics))
        router.add(middleware: LostPages(routes: people))
        people.add(to: router)
        let pages = ReportPages(configuration: configuration, clock: clock)
        router.get("/health") { _, _ in pages.health() }
        router.get("/ready") { _, _ in try await pages.ready() }
        let telling = TellingRoutes(configuration: configuration, keys: keys, clock: clock, metrics: metrics)
        telling.add(to: router)
        doors.add(to: router)
        return router
    }
}

/// What can be wrong with the HTTP door.
public enum ServeError: OperatorFacing, Equatable {
    case notLoopback(String)
    case cannotListen(String, reason: String)
    case badKey(String, reason: String)

    public var description: String {
        switch self {
        case .notLoopback(let listen): "cannot serve on \(listen): it is not a loopback address and a port"
        case .cannotListen(let listen, let reason): "cannot listen on \(listen): \(reason)"
        case .badKey(let path, let reason): "\(path) is no key: \(reason)"
        }
    }

    public var remedy: String? {
        switch self {
        case .notLoopback:
            "Write it as 127.0.0.1:8321 or [::1]:8321, or name the proxies that end TLS before it in [serve] proxies."
        case .badKey: "Write one, for its owner alone: (umask 077; openssl rand -hex 16 > FILE)"
        case .cannotListen: "Choose another port with --listen or [serve] listen, or stop what uses it."
        }
    }

    public var kind: FailureKind {
        switch self {
        case .notLoopback, .badKey: .configuration
        case .cannotListen: .unavailable
        }
    }
}

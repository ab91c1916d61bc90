import Events
import GitMirror

/// The mirrors of a site, each opened once, on first use.
actor MirrorPool {
    private let context: ContextSettings
    private var sessions: [String: Opened] = [:]

    private enum Opened {
        case session(MirrorSession)
        case source(SourceFolder)
        case failed(MirrorError)
    }

    init(context: ContextSettings) { self.context = context }

    /// Code for an event; every failure is a state of the answer.
    func context(for event: ErrorEvent, in settings: MirrorSettings, releases: [ReleaseWindow]) async -> CodeContext {
        switch open(settings) {
        case .session(let session): return await session.context(for: event, releases: releases)
        case .source(let folder): return await folder.context(for: event)
        case .failed(let error):
            return EventExcerpts.context(for: event, settings: context, mirror: settings.name, error: error)
        }
    }

    func status(of settings: MirrorSettings, releases: [String], now: Timestamp) async throws -> MirrorStatus {
        switch open(settings) {
        case .session(let session): return try await session.status(now: now, releases: releases)
        case .source: throw Self.noHistory(settings)
        case .failed(let error): throw error
        }
    }

    /// The opened session of a mirror.
    func session(_ settings: MirrorSettings) throws(MirrorError) -> MirrorSession {
        switch open(settings) {
        case .session(let session): return session
        case .source: throw Self.noHistory(settings)
        case .failed(let error): throw error
        }
    }

    /// Opens a mirror and makes its history quick to read. A mirror that cannot be read says so when it is asked.
    func prepare(_ settings: MirrorSettings) async {
        if case .session(let session) = open(settings) { await session.prepare() }
    }

    func close() async {
        for case .session(let session) in sessions.values { await session.close() }
        sessions = [:]
    }

    private static func noHistory(_ settings: MirrorSettings) -> MirrorError {
        .notRepository(path: settings.path, reason: "it is unpacked source, without a history")
    }

    private func open(_ settings: MirrorSettings) -> Opened {
        if let known = sessions[settings.name] { return known }
        let opened: Opened
        do {
            opened = .session(try MirrorSession(settings: settings, context: context))
        } catch {
            // A folder without a repository may be unpacked source.
            let isNone = if case .notRepository = error { true } else { false }
            opened = (isNone ? SourceFolder(settings, context: context) : nil).map { .source($0) } ?? .failed(error)
        }
        sessions[settings.name] = opened
        return opened
    }
}

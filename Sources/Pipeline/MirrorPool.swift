import Events
import GitMirror

/// The mirrors of a site, each opened on first use; of many, those used last stay open.
actor MirrorPool {
    /// Sessions that are kept open, each with one child: a folder may hold hundreds of mirrors.
    static let maxOpen = 16

    private let context: ContextSettings
    private var sessions: [String: Entry] = [:]
    private var clock = 0

    private enum Opened {
        case session(MirrorSession)
        case source(SourceFolder)
        case failed(MirrorError)
    }

    private struct Entry {
        var opened: Opened
        /// When it was asked for last.
        var used: Int
        /// Questions under way; one that was handed out stays.
        var users = 0
    }

    init(context: ContextSettings) { self.context = context }

    /// Code for an event; every failure is a state of the answer.
    func context(for event: ErrorEvent, in settings: MirrorSettings, releases: [ReleaseWindow]) async -> CodeContext {
        await using(settings) { opened in
            switch opened {
            case .session(let session): await session.context(for: event, releases: releases)
            case .source(let folder): await folder.context(for: event)
            case .failed(let error):
                EventExcerpts.context(for: event, settings: self.context, mirror: settings.name, error: error)
            }
        }
    }

    func status(of settings: MirrorSettings, releases: [String], now: Timestamp) async throws -> MirrorStatus {
        try await using(settings) { opened in
            switch opened {
            case .session(let session): return try await session.status(now: now, releases: releases)
            case .source: throw Self.noHistory(settings)
            case .failed(let error): throw error
            }
        }
    }

    /// The opened session of a mirror; it stays open until ``close()``.
    func session(_ settings: MirrorSettings) throws(MirrorError) -> MirrorSession {
        switch open(settings) {
        case .session(let session):
            sessions[settings.name]?.users += 1
            return session
        case .source: throw Self.noHistory(settings)
        case .failed(let error): throw error
        }
    }

    /// Opens a mirror and makes its history quick to read. A mirror that cannot be read says so when it is asked.
    func prepare(_ settings: MirrorSettings) async {
        await using(settings) { opened in
            if case .session(let session) = opened { await session.prepare() }
        }
    }

    func close() async {
        let entries = sessions.values
        sessions = [:]
        for entry in entries { await Self.close(entry) }
    }

    private static func noHistory(_ settings: MirrorSettings) -> MirrorError {
        .notRepository(path: settings.path, reason: "it is unpacked source, without a history")
    }

    private static func close(_ entry: Entry) async {
        if case .session(let session) = entry.opened { await session.close() }
    }

    /// Asks a mirror, which nobody closes meanwhile; then closes those that were not asked for longest.
    private func using<Answer: Sendable>(
        _ settings: MirrorSettings, _ ask: (Opened) async throws -> Answer
    ) async rethrows -> Answer {
        let opened = open(settings)
        sessions[settings.name]?.users += 1
        do {
            let answer = try await ask(opened)
            await leave(settings)
            return answer
        } catch {
            await leave(settings)
            throw error
        }
    }

    private func leave(_ settings: MirrorSettings) async {
        sessions[settings.name]?.users -= 1
        while sessions.count > Self.maxOpen,
            let oldest = sessions.filter({ $0.value.users <= 0 }).min(by: { $0.value.used < $1.value.used })
        {
            sessions[oldest.key] = nil
            await Self.close(oldest.value)
        }
    }

    private func open(_ settings: MirrorSettings) -> Opened {
        clock += 1
        if let known = sessions[settings.name] {
            sessions[settings.name]?.used = clock
            return known.opened
        }
        let opened: Opened
        do {
            opened = .session(try MirrorSession(settings: settings, context: context))
        } catch {
            // A folder without a repository may be unpacked source.
            let isNone = if case .notRepository = error { true } else { false }
            opened = (isNone ? SourceFolder(settings, context: context) : nil).map { .source($0) } ?? .failed(error)
        }
        sessions[settings.name] = Entry(opened: opened, used: clock)
        return opened
    }
}

import Events

/// Decides which mirror holds an event's code.
///
/// In this order: the repository that the event names itself, the one that its tags name, the one that its service is
/// mapped to, a mirror of its service (each exactly, then in any case), the default. A repository's address is only
/// ever a key. Of several mirrors of one repository (parts of a monorepo) it is the one of the event's service.
public struct MirrorRouter: Sendable {
    /// Tags under which SDKs and pipelines carry a repository's address, the most telling first.
    static let repositoryTags = [
        "git.repository.url", "vcs.repository.url", "vcs.repository.url.full", "git.repository_url", "repository.url",
        "repository_url", "repo.url", "repositoryUrl", "repository", "repo",
    ]

    private let mirrors: [MirrorSettings]
    private let fallback: MirrorSettings?
    private let services: ServiceMap
    private var byRepository: [String: [Int]] = [:]
    private var byService: [String: Int] = [:]
    private var byLowercasedService: [String: Int] = [:]

    /// Makes the look-up tables; where two mirrors claim one key, the first wins.
    ///
    /// - Parameters:
    ///   - services: the repositories of services, and of all others.
    ///   - fallback: name of the mirror of events that match none.
    public init(_ mirrors: [MirrorSettings], services: ServiceMap = ServiceMap(), default fallback: String? = nil) {
        (self.mirrors, self.services) = (mirrors, services)
        self.fallback = mirrors.first { $0.name == fallback }
        for (index, mirror) in mirrors.enumerated() {
            for url in mirror.urls {
                guard let key = Self.repositoryKey(url) else { continue }
                byRepository[key, default: []].append(index)
            }
            for service in mirror.services {
                byService[service] = byService[service] ?? index
                let folded = service.lowercased()
                byLowercasedService[folded] = byLowercasedService[folded] ?? index
            }
        }
    }

    /// The mirror of an event's code; nil where none is configured for it.
    public func mirror(for event: ErrorEvent) -> MirrorSettings? {
        let named = [event.repositoryURL].compactMap(\.self) + Self.repositoryTags.compactMap { event.tags[$0] }
        for url in named + [event.service.flatMap(services.url(ofService:))].compactMap(\.self) {
            if let mirror = mirror(ofRepository: url, service: event.service) { return mirror }
        }
        if let service = event.service {
            if let index = byService[service] ?? byLowercasedService[service.lowercased()] { return mirrors[index] }
        }
        let byDefault = services.otherwise.flatMap { mirror(ofRepository: $0, service: event.service) }
        return byDefault ?? fallback
    }

    /// A repository that is mirrored in parts: the part of the service, else the first that names no service.
    private func mirror(ofRepository url: String, service: String?) -> MirrorSettings? {
        guard let key = Self.repositoryKey(url), let indices = byRepository[key] else { return nil }
        let parts = indices.map { mirrors[$0] }
        if let service {
            let folded = service.lowercased()
            let own =
                parts.first { $0.services.contains(service) }
                ?? parts.first { $0.services.contains { $0.lowercased() == folded } }
            if let own { return own }
        }
        return parts.first { $0.services.isEmpty } ?? parts.first
    }

    /// The part of a repository's address that all its spellings share: `host/path`, lower case, without
    /// scheme, user, port, `.git` and trailing slashes. `git@host:path` is read as git reads it.
    static func repositoryKey(_ url: String) -> String? {
        guard url.utf8.count <= 2048 else { return nil }
        var text = url.lowercased()[...]
        while let last = text.last, last.isWhitespace { text.removeLast() }
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        if let cut = text.firstIndex(where: { $0 == "?" || $0 == "#" }) { text = text[..<cut] }
        var authority: Substring = ""
        var path: Substring
        if let scheme = text.firstRange(of: "://") {
            let rest = text[scheme.upperBound...]
            let slash = rest.firstIndex(of: "/") ?? rest.endIndex
            (authority, path) = (rest[..<slash], rest[slash...])
            authority =
                authority[(authority.lastIndex(of: "@").map(authority.index(after:)) ?? authority.startIndex)...]
            if let port = authority.lastIndex(of: ":"),
                authority[authority.index(after: port)...].allSatisfy(\.isNumber)
            {
                authority = authority[..<port]
            }
        } else if let colon = text.firstIndex(of: ":"), !text[..<colon].contains("/") {
            authority = text[..<colon]
            authority =
                authority[(authority.lastIndex(of: "@").map(authority.index(after:)) ?? authority.startIndex)...]
            path = text[text.index(after: colon)...]
        } else {
            path = text
        }
        while path.hasSuffix("/") { path.removeLast() }
        if path.hasSuffix(".git") { path.removeLast(4) }
        while path.hasSuffix("/") { path.removeLast() }
        let absolute = authority.isEmpty && path.hasPrefix("/")
        while path.hasPrefix("/") { path.removeFirst() }
        guard !path.isEmpty else { return nil }
        return authority.isEmpty ? (absolute ? "/\(path)" : String(path)) : "\(authority)/\(path)"
    }
}

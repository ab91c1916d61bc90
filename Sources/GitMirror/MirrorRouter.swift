import Events

/// Decides which mirror holds an event's code: by its repository, then its service, then the default.
public struct MirrorRouter: Sendable {
    /// Tags under which SDKs and pipelines carry a repository's address.
    static let repositoryTags = [
        "git.repository.url", "vcs.repository.url", "vcs.repository.url.full", "repository.url", "repository_url",
        "git.repository_url", "repository", "repo",
    ]

    private let mirrors: [MirrorSettings]
    private let fallback: MirrorSettings?
    private var byRepository: [String: Int] = [:]
    private var byService: [String: Int] = [:]
    private var byLowercasedService: [String: Int] = [:]

    /// Makes the look-up tables; where two mirrors claim one key, the first wins.
    ///
    /// - Parameter fallback: name of the mirror of events that match none.
    public init(_ mirrors: [MirrorSettings], default fallback: String? = nil) {
        self.mirrors = mirrors
        self.fallback = mirrors.first { $0.name == fallback }
        for (index, mirror) in mirrors.enumerated() {
            for url in mirror.urls {
                guard let key = Self.repositoryKey(url) else { continue }
                byRepository[key] = byRepository[key] ?? index
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
        let urls = [event.repositoryURL].compactMap { $0 } + Self.repositoryTags.compactMap { event.tags[$0] }
        for url in urls {
            if let key = Self.repositoryKey(url), let index = byRepository[key] { return mirrors[index] }
        }
        if let service = event.service {
            if let index = byService[service] ?? byLowercasedService[service.lowercased()] { return mirrors[index] }
        }
        return fallback
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

import Events

/// Decides which mirror holds an event's code.
///
/// In this order: the repository that the event names itself, the one that its tags name, the one that its service is
/// mapped to, a mirror of its service (each exactly, then in any case), the default. A repository's address is only
/// ever a key. Of several mirrors of one repository (parts of a monorepo) it is the one of the event's service. The
/// mirrors of a folder go by their place in it (`acme/shop` for `https://HOST/acme/shop.git`), then by the address that
/// they were cloned from: what a mirror says of itself decides only where nothing else does.
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
    /// Address that a mirror of a folder was cloned from → the mirrors.
    private var byOrigin: [String: [Int]] = [:]
    /// Last part of a mirror's place in its folder → the mirrors.
    private var byPlace: [String: [Int]] = [:]
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
                if mirror.pathInFolder == nil {
                    byRepository[key, default: []].append(index)
                } else {
                    byOrigin[key, default: []].append(index)
                }
            }
            if let last = mirror.pathInFolder.map(Self.parts)?.last { byPlace[last, default: []].append(index) }
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
        for url in named {
            if let mirror = mirror(ofRepository: url, service: event.service) { return mirror }
        }
        return mirror(ofService: event.service)
    }

    /// The mirror of a service's events that name no repository.
    public func mirror(ofService service: String?) -> MirrorSettings? {
        if let service {
            let mapped = services.url(ofService: service).flatMap { mirror(ofRepository: $0, service: service) }
            if let mapped { return mapped }
            if let index = byService[service] ?? byLowercasedService[service.lowercased()] { return mirrors[index] }
        }
        return services.otherwise.flatMap { mirror(ofRepository: $0, service: service) } ?? fallback
    }

    /// A repository that is mirrored in parts: the part of the service, else the first that names no service.
    private func mirror(ofRepository url: String, service: String?) -> MirrorSettings? {
        guard let key = Self.repositoryKey(url) else { return nil }
        guard let indices = byRepository[key] else { return mirror(inFolder: key) }
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

    /// The mirror whose place in a folder is the longest end of the address; of several, the one that was cloned from it.
    private func mirror(inFolder key: String) -> MirrorSettings? {
        let address = Self.parts(key)
        let origins = byOrigin[key] ?? []
        let ends = (address.last.flatMap { byPlace[$0] } ?? []).compactMap { index -> (index: Int, length: Int)? in
            let place = mirrors[index].pathInFolder.map(Self.parts) ?? []
            let length = zip(place.reversed(), address.reversed()).prefix { $0 == $1 }.count
            // `acme/shop` is not the mirror of `https://HOST/other/shop`, nor is a `shop` that came from elsewhere there.
            return length == place.count && !isAnother(mirrors[index], than: key) ? (index, length) : nil
        }
        guard let longest = ends.map(\.length).max() else {
            if let origin = origins.first { return mirrors[origin] }
            // A bare name, `shop`, means `acme/shop` where that is the only one.
            let named = address.count == 1 ? address.first.flatMap { byPlace[$0] } ?? [] : []
            return named.count == 1 ? mirrors[named[0]] : nil
        }
        let best = ends.filter { $0.length == longest }.map(\.index)
        return mirrors[best.first(where: origins.contains) ?? best[0]]
    }

    /// Whether a mirror was cloned from another repository of the same host.
    private func isAnother(_ mirror: MirrorSettings, than key: String) -> Bool {
        let host = Self.parts(key).first
        return mirror.urls.compactMap(Self.repositoryKey).contains { $0 != key && Self.parts($0).first == host }
    }

    private static func parts(_ path: String) -> [String] { path.lowercased().split(separator: "/").map(String.init) }

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

import Events

/// Which code ran, and how it is deployed, from attributes by their usual names.
enum Provenance {
    /// The order in which names of a revision are believed.
    static let revisionNames = [
        "git.commit.sha", "git.commit", "git.sha", "git.revision", "vcs.ref.head.revision", "vcs.revision",
        "vcs.revision.id", "revision", "commit", "git_sha", "commit_sha", "service.revision", "code_version",
    ]
    static let repositoryNames = [
        "git.repository.url", "vcs.repository.url", "vcs.repository.url.full", "repository.url", "repo.url",
        "repositoryUrl", "git.repository_url",
    ]
    static let environmentNames = ["deployment.environment.name", "deployment.environment", "environment", "env"]
    static let requestMethods = ["http.request.method", "http.method"]
    static let requestURLs = ["url.full", "http.url", "http.target", "url.path", "http.route"]
    static let requestStatuses = ["http.response.status_code", "http.status_code"]

    /// The first name that holds a commit; a release that is nothing but a commit names one too.
    static func revision(_ value: (String) -> String?, release: String? = nil) -> String? {
        for name in revisionNames {
            if let text = value(name), isRevision(text) { return text }
        }
        guard let release, release.utf8.count >= 12 else { return nil }
        let end = release[...].split(atLast: 0x40)?.after ?? release[...]
        let hash = end.split(atLast: 0x2B)?.after ?? end
        return hash.utf8.count >= 12 && isRevision(String(hash)) ? String(hash) : nil
    }

    /// 7 to 64 hexadecimal digits, and not zeros only.
    static func isRevision(_ text: String) -> Bool {
        (7...64).contains(text.utf8.count) && text.utf8.allSatisfy { $0.isDigit || ($0 | 0x20) &- 0x61 < 6 }
            && text.utf8.contains { $0 != 0x30 }
    }

    static func first(_ names: [String], _ value: (String) -> String?) -> String? {
        for name in names {
            if let text = value(name), !text.isEmpty { return text }
        }
        return nil
    }

    /// A request as routers and proxies log it, in pairs of plain names.
    static func request(ofPairs tags: [String: String]) -> RequestInfo? {
        guard let method = tags["method"], let url = tags["path"] ?? tags["url"] ?? tags["uri"] else { return nil }
        return RequestInfo(
            method: clip(method, to: 16), url: clip(url, to: 2048), status: tags["status"].flatMap { Int($0) })
    }

    static func request(_ value: (String) -> String?) -> RequestInfo? {
        let (method, url) = (first(requestMethods, value), first(requestURLs, value))
        guard method != nil || url != nil else { return nil }
        return RequestInfo(
            method: method.map { clip($0, to: 16) }, url: url.map { clip($0, to: 2048) },
            status: first(requestStatuses, value).flatMap { Int($0) })
    }
}

/// A stack trace as text, as a field of a structured message carries it.
enum StackText {
    /// Reads a trace whose frames may stand at the margin; type and message fill what the trace leaves out.
    static func exceptions(_ text: String?, type: String?, message: String?) -> [ExceptionInfo] {
        var exceptions = text.map(parse) ?? []
        if exceptions.isEmpty {
            guard type != nil || message != nil && text != nil else { return [] }
            return [ExceptionInfo(type: type, message: message)]
        }
        // Python's own order has the exception that was told last.
        let own = type.flatMap { type in
            exceptions.lastIndex { $0.type == type || $0.type.map { type.hasSuffix(".\($0)") } == true }
        }
        let index = own ?? 0
        if exceptions[index].type == nil { exceptions[index].type = type }
        if exceptions[index].message == nil { exceptions[index].message = message }
        return exceptions
    }

    static func parse(_ text: String) -> [ExceptionInfo] {
        let text = clip(text, to: IntakeLimits.record)
        let lines = textLines(text)
        guard lines.contains(where: { $0.starts("at ") }) else { return Trace.parse(lines: lines) }
        let indented = lines.map { $0.starts("at ") ? "    " + $0 : String($0) }
        return Trace.parse(lines: indented.map { $0[...] })
    }
}

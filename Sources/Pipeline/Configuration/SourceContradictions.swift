import HTTPTransport
import Intake

extension SourceSettings {
    /// What each key of a source allows by itself, but not together.
    var contradictions: [String] {
        var problems: [String] = []
        if name == Self.inboxName { problems.append("has the name of what the HTTP door accepts") }
        switch kind {
        case .files: if paths.isEmpty { problems.append("has no paths") }
        case .spool:
            if paths.count != 1 || paths == ["-"] { problems.append("is a spool: its paths name one folder") }
        case .stdin:
            if !paths.isEmpty, paths != ["-"] { problems.append("reads standard input: it has no paths") }
        case .inbox: break
        case .journald: if paths.contains("-") { problems.append("reads a journal: its paths name journals") }
        case .loki, .sentry, .clickhouse: problems += remoteContradictions
        }
        if !kind.isRemote, !remote.url.isEmpty {
            problems.append("has a url, which kind = \"\(kind.rawValue)\" does not use")
        }
        return problems
    }

    private var remoteContradictions: [String] {
        var problems: [String] = []
        if remote.url.isEmpty { problems.append("has no url") }
        if !paths.isEmpty { problems.append("has paths, which kind = \"\(kind.rawValue)\" does not use") }
        if kind == .sentry, remote.organization?.isEmpty ?? true { problems.append("has no organization") }
        return problems + remote.contradictions
    }
}

extension PrometheusSettings {
    var contradictions: [String] {
        var problems = remote.contradictions
        if queries.count > PrometheusMetrics.mostQueries {
            problems.append("has more than \(PrometheusMetrics.mostQueries) queries")
        }
        return problems
    }
}

extension RemoteSettings {
    fileprivate var contradictions: [String] {
        guard !url.isEmpty else { return [] }
        do {
            _ = try Endpoint(url, addresses: addresses)
            return []
        } catch {
            return ["has a url that cannot be used: \(error). \(error.remedy ?? "")"]
        }
    }
}

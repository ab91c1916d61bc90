import Delivery
import Events
import Hummingbird

/// Who asks for a page, in which language, and where they are.
struct PageVisit: Sendable {
    enum Visitor: Sendable {
        /// No token is configured: everybody who reaches the port sees, nobody acts.
        case anyone
        /// Who must log in first.
        case stranger
        /// Who sent a token instead of a cookie: sees.
        case program
        case person(Session)
    }

    var path: String
    var query: PageQuery
    var say: ReportLanguage
    var visitor: Visitor
    /// A language was chosen on this page: remembered in a cookie.
    var choosesLanguage = false
    /// Cookies may travel over TLS alone.
    var isSecure = false

    static let languageCookie = "appliance_language"

    /// The query that chose the language is not part of the place.
    var place: String { path + query.with("lang", "").with("done", "").text }

    var session: Session? {
        if case .person(let session) = visitor { session } else { nil }
    }

    var maySee: Bool {
        if case .stranger = visitor { false } else { true }
    }

    var mayAct: Bool { session?.role == .operator }

    /// Why nobody can act from here, or what to do first; nil where the visitor may.
    func closedWords(hasOperators: Bool) -> Markup? {
        if mayAct { return nil }
        guard hasOperators else {
            return .prose(
                say(
                    "Acting is closed: name a file with a token as `[serve] operator_token_file` in appliance.toml, restart serve, and log in. The command line can do the same: `appliance resolve`, `mute`, `feedback`, `outbox approve`.",
                    "조치는 닫혀 있습니다. appliance.toml의 `[serve] operator_token_file`에 토큰 파일을 지정하고 serve를 다시 시작한 뒤 로그인하십시오. 명령줄로도 할 수 있습니다: `appliance resolve`, `mute`, `feedback`, `outbox approve`."
                ), in: say)
        }
        return .prose(
            say("Only operators act; log in with an operator's token.", "운영자만 조치할 수 있습니다. 운영자 토큰으로 로그인하십시오."),
            in: say)
    }

    /// The chosen language, then the cookie's, then the browser's, then the site's.
    static func language(
        chosen: String, cookie: String?, accepted: String?, otherwise: ReportLanguage
    ) -> ReportLanguage {
        if let language = ReportLanguage(rawValue: chosen) ?? cookie.flatMap({ ReportLanguage(rawValue: $0) }) {
            return language
        }
        guard let accepted else { return otherwise }
        // RFC 9110, 12.5.4: languages with weights; the first of ours with the greatest weight.
        var best: (language: ReportLanguage, weight: Double)?
        for range in accepted.prefix(500).split(separator: ",").prefix(20) {
            let parts = range.split(separator: ";").map { $0.filter { $0 != " " } }
            guard let tag = parts.first?.lowercased().prefix(2),
                let language = ReportLanguage(rawValue: String(tag))
            else { continue }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            if weight > best?.weight ?? 0 { best = (language, weight) }
        }
        return best?.language ?? otherwise
    }
}

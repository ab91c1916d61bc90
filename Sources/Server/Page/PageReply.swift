import Delivery
import HTTPTypes
import Hummingbird
import Mustache
import NIOCore
import Pipeline

/// Puts a page together: the frame around its body, and the headers that let it load nothing but its own.
struct PageReply: Sendable {
    private let library: MustacheLibrary
    private let configuration: Configuration
    private let keys: PeopleKeys

    static let policy =
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self'; "
        + "frame-ancestors 'none'; base-uri 'none'"

    init(configuration: Configuration, keys: PeopleKeys) throws {
        (self.configuration, self.keys) = (configuration, keys)
        library = try PageFiles.library()
    }

    private struct Nav {
        let href: String
        let name: String
        let isHere: Bool
    }

    private struct Language {
        let href: String
        let code: String
        let name: String
        let isHere: Bool
    }

    private struct Person {
        let personName: String
        let roleName: String
        let token: String
    }

    private struct Frame {
        let lang: String
        let w: [String: String]
        let title: String
        let site: String
        let version: String
        let hasPages: Bool
        let nav: [Nav]
        let question: String
        let languages: [Language]
        let person: Person?
        let canLogIn: Bool
        let here: String
        let done: String?
        let main: Markup?
        let footer: String
    }

    /// - Parameters:
    ///   - template: of the body.
    ///   - title: in the visitor's language; the site's name is added.
    func page(
        _ template: String, _ view: some Sendable, title: String, _ visit: PageVisit,
        status: HTTPResponse.Status = .ok
    ) -> Response {
        let say = visit.say
        let frame = Frame(
            lang: say.rawValue, w: PageWords.all(in: say), title: Shown.line(title),
            site: Shown.line(configuration.report.site), version: PageFiles.version, hasPages: visit.maySee,
            nav: nav(visit), question: Shown.line(visit.query["q"], limit: GroupsQuestion.longestText),
            languages: languages(visit),
            person: visit.session.map { session in
                let role =
                    switch session.role {
                    case .viewer: say("viewer", "보기")
                    case .operator: say("operator", "운영자")
                    }
                return Person(personName: session.name, roleName: role, token: session.csrf)
            }, canLogIn: visit.session == nil && !keys.isOpen && visit.path != "/login",
            here: PageQuery.encoded(visit.place),
            done: visit.session.flatMap { _ in Deed(rawValue: visit.query["done"])?.done(in: say) },
            main: .made(library.render(view, withTemplate: template) ?? ""),
            footer: say("Nothing here is loaded from elsewhere.", "외부에서 불러오는 것이 없습니다."))
        return response(library.render(frame, withTemplate: "layout") ?? "", visit, status)
    }

    private func nav(_ visit: PageVisit) -> [Nav] {
        let w = PageWords.all(in: visit.say)
        let section = "/" + (visit.path.split(separator: "/").first.map(String.init) ?? "")
        return [("/", "overview"), ("/groups", "groups"), ("/models", "models"), ("/outbox", "outbox")].map {
            Nav(href: $0.0, name: w[$0.1] ?? "", isHere: section == $0.0)
        }
    }

    private func languages(_ visit: PageVisit) -> [Language] {
        ReportLanguage.allCases.map { language in
            Language(
                href: visit.path + visit.query.with("done", "").with("lang", language.rawValue).text,
                code: language.rawValue, name: language == .korean ? "한국어" : "English", isHere: language == visit.say)
        }
    }

    private func response(_ html: String, _ visit: PageVisit, _ status: HTTPResponse.Status) -> Response {
        var response = Response.text(html, status: status, type: "text/html; charset=utf-8")
        response.headers[.contentSecurityPolicy] = Self.policy
        // A form's origin would be "null" without any referrer.
        response.headers[.referrerPolicy] = "same-origin"
        response.headers[.openerPolicy] = "same-origin"
        response.headers[.resourcePolicy] = "same-origin"
        response.headers[.vary] = "Cookie, Accept-Language"
        if visit.choosesLanguage {
            response.setCookie(
                Cookie(
                    name: PageVisit.languageCookie, value: visit.say.rawValue, maxAge: 365 * 86400, path: "/",
                    secure: visit.isSecure, httpOnly: true, sameSite: .strict))
        }
        return response
    }

    /// Something that is not a page's content: not found, refused, broken.
    func note(
        _ heading: String, _ words: String, remedy: String? = nil, _ visit: PageVisit, _ status: HTTPResponse.Status
    ) -> Response {
        struct Note: Sendable {
            let w: [String: String]
            let heading: String
            let words: String
            let remedy: String?
        }
        let view = Note(
            w: PageWords.all(in: visit.say), heading: heading, words: Shown.line(words, limit: 1000),
            remedy: remedy.map { Shown.line($0, limit: 1000) })
        return page("note", view, title: heading, visit, status: status)
    }

    func lost(_ visit: PageVisit) -> Response {
        let say = visit.say
        return note(
            say("Not found", "찾을 수 없음"), say("There is no such page.", "그런 페이지가 없습니다."), visit, .notFound)
    }

    /// To another page, so that a reload does nothing twice.
    static func redirect(to place: String) -> Response {
        var response = Response.text("", status: .seeOther)
        response.headers[.location] = place
        return response
    }
}

extension HTTPField.Name {
    static var openerPolicy: HTTPField.Name { known("Cross-Origin-Opener-Policy") }
    static var resourcePolicy: HTTPField.Name { known("Cross-Origin-Resource-Policy") }
}

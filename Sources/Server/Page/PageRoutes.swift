import Crypto
import Delivery
import Events
import Foundation
import HTTPTypes
import Hummingbird
import Pipeline

/// The pages for people: what each address shows, and to whom.
struct PageRoutes: Sendable {
    let people: People
    let reply: PageReply
    let desk: PageDesk
    let configuration: Configuration
    let budget: BodyBudget

    /// - Throws: ``ServeError/badKey(_:reason:)``.
    init(configuration: Configuration, budget: BodyBudget, clock: @escaping @Sendable () -> Timestamp) throws {
        (self.configuration, self.budget) = (configuration, budget)
        people = try People(configuration.serve)
        reply = try PageReply(configuration: configuration, keys: people.keys)
        desk = PageDesk(configuration: configuration, clock: clock)
    }

    func add(to router: Router<DoorContext>) {
        router.get("/") { request, context in await show(request, context, overview) }
        router.get("/groups") { request, context in await show(request, context, groups) }
        router.get("/groups/:id") { request, context in await show(request, context, group) }
        router.get("/models") { request, context in await show(request, context, models) }
        router.get("/outbox") { request, context in await show(request, context, outbox) }
        router.get("/outbox/:number") { request, context in await show(request, context, message) }
        router.get("/outbox/held/:number") { request, context in await show(request, context, held) }
        router.get("/report") { request, context in await show(request, context, wholeReport) }
        router.get("/report.json") { request, context in await show(request, context, reportJSON) }
        router.get("/page.css") { _, _ in Self.file(PageFiles.style, type: "text/css; charset=utf-8") }
        router.get("/page.js") { _, _ in Self.file(PageFiles.script, type: "text/javascript; charset=utf-8") }
        addPeople(to: router)
    }

    /// Style and script: the same bytes under their address until the program changes.
    private static func file(_ text: String, type: String) -> Response {
        var response = Response.text(text, type: type)
        response.headers[.cacheControl] = "public, max-age=31536000, immutable"
        return response
    }

    // MARK: - Who looks

    func visit(_ request: Request, _ context: DoorContext) -> PageVisit {
        let query = PageQuery(request.uri.query ?? "")
        let chosen = query["lang"]
        let language = PageVisit.language(
            chosen: chosen, cookie: request.cookies[PageVisit.languageCookie]?.value,
            accepted: request.headers[.acceptLanguage], otherwise: configuration.report.language)
        return PageVisit(
            path: People.place(request.uri.path), query: query, say: language,
            visitor: people.visitor(request, context), choosesLanguage: ReportLanguage(rawValue: chosen) != nil,
            isSecure: people.isSecure(request, context))
    }

    private func show(
        _ request: Request, _ context: DoorContext,
        _ body: (PageVisit, DoorContext) async throws -> Response
    ) async -> Response {
        let visit = visit(request, context)
        guard visit.maySee else { return refused(visit, request) }
        do {
            return try await body(visit, context)
        } catch {
            return failed(error, visit)
        }
    }

    /// A person is led to the login; a program is told which header it lacks.
    private func refused(_ visit: PageVisit, _ request: Request) -> Response {
        if visit.path == "/report.json" || request.headers[.authorization] != nil {
            var response = Response.json(
                #"{"error":"log in, or send Authorization: Bearer TOKEN"}"#, status: .unauthorized)
            response.headers[.wwwAuthenticate] = "Bearer"
            return response
        }
        return PageReply.redirect(to: "/login" + PageQuery(pairs: [("to", visit.place)]).text)
    }

    func failed(_ error: any Error, _ visit: PageVisit) -> Response {
        let say = visit.say
        if visit.path == "/report.json", let error = error as? any OperatorFacing {
            let lines = [error.description, error.remedy].compactMap(\.self)
            return .text(lines.joined(separator: "\n") + "\n", status: .serviceUnavailable)
        }
        switch error {
        case let error as GroupError:
            return reply.note(
                say("No such group", "그런 그룹이 없음"), error.description, remedy: error.remedy, visit, .notFound)
        case let error as OutboxReadingError:
            return reply.note(say("No such message", "그런 메시지가 없음"), error.description, visit, .notFound)
        case let error as OutboxLeavingError:
            return reply.note(say("No such message", "그런 메시지가 없음"), error.description, visit, .notFound)
        case let error as any OperatorFacing:
            let (heading, status): (String, HTTPResponse.Status) =
                error.kind == .usage
                ? (say("That cannot be done", "할 수 없음"), .unprocessableContent)
                : (say("Nothing to show yet", "아직 보여 줄 것이 없음"), .serviceUnavailable)
            return reply.note(heading, error.description, remedy: error.remedy, visit, status)
        default:
            return reply.note(
                say("Something went wrong", "문제가 생김"), say("The page could not be made.", "페이지를 만들지 못했습니다."),
                visit, .internalServerError)
        }
    }

    // MARK: - Pages

    /// Self-contained, with the policy of a file that carries its own style.
    private func wholeReport(_ visit: PageVisit, _ context: DoorContext) async throws -> Response {
        .text(HTMLReport.render(try await desk.report(.day, in: visit.say)), type: "text/html; charset=utf-8")
    }

    /// In the site's language, as `appliance report --format json` says it.
    private func reportJSON(_ visit: PageVisit, _ context: DoorContext) async throws -> Response {
        let report = try await desk.report(.day, in: configuration.report.language)
        return .text(String(decoding: try JSONReport.render(report), as: UTF8.self), type: "application/json")
    }

    private func overview(_ visit: PageVisit, _ context: DoorContext) async throws -> Response {
        let report = try await desk.report(.day, in: visit.say)
        let say = visit.say
        return reply.page("overview", OverviewView(report), title: say("Overview", "개요"), visit)
    }

    private func groups(_ visit: PageVisit, _ context: DoorContext) async throws -> Response {
        let question = GroupsQuestion(visit.query)
        let report = try await desk.report(question.window, in: visit.say)
        var found: GroupDesk.Found?
        if !question.text.isEmpty { found = try await desk.search(question.text, limit: GroupsView.found) }
        let query = visit.query.with("lang", "").with("done", "")
        let view = GroupsView(report, question, query: query, found: found)
        return reply.page("groups", view, title: visit.say("Groups", "그룹"), visit)
    }

    private func group(_ visit: PageVisit, _ context: DoorContext) async throws -> Response {
        guard let reference = context.parameters.get("id").flatMap({ GroupReference($0) }) else {
            return reply.lost(visit)
        }
        let window = PageWindow(rawValue: visit.query["window"]) ?? .day
        let dossier = try await desk.dossier(of: reference, window)
        let now = await desk.now()
        var report = Report(
            site: configuration.report.site, window: window.before(now), generatedAt: now,
            timeZone: configuration.timeZone.identifier, groups: [dossier.group], model: .none(reason: ""))
        report.layout.language = visit.say
        let view = GroupView(
            dossier, window: window, report: report, visit: visit,
            closed: visit.closedWords(hasOperators: people.keys.hasOperators))
        let title = "\(dossier.group.id) \(Shown.line(dossier.group.facts.group.title, limit: 80))"
        return reply.page("group", view, title: title, visit)
    }

    private func models(_ visit: PageVisit, _ context: DoorContext) async throws -> Response {
        let (queue, now) = (try await desk.queue(), await desk.now())
        let checks = queue.configured.isEmpty ? [] : await desk.modelChecks()
        let view = ModelsView(queue, checks: checks, clock: clock(visit), now: now, in: visit.say)
        return reply.page("models", view, title: visit.say("Models", "모델"), visit)
    }

    private func outbox(_ visit: PageVisit, _ context: DoorContext) async throws -> Response {
        let (overview, now) = (try await desk.outbox(), await desk.now())
        let view = OutboxView(
            overview, clock: clock(visit), now: now,
            closed: overview.held.isEmpty ? nil : visit.closedWords(hasOperators: people.keys.hasOperators),
            in: visit.say)
        return reply.page("outbox", view, title: visit.say("Outbox", "보낼 편지함"), visit)
    }

    private func message(_ visit: PageVisit, _ context: DoorContext) async throws -> Response {
        guard let number = Self.number(context) else { return reply.lost(visit) }
        return messagePage(try await desk.text(of: number), number, isHeld: false, visit)
    }

    private func held(_ visit: PageVisit, _ context: DoorContext) async throws -> Response {
        guard let number = Self.number(context) else { return reply.lost(visit) }
        return messagePage(try await desk.text(ofHeld: number), number, isHeld: true, visit)
    }

    private func messagePage(_ text: String, _ number: Int, isHeld: Bool, _ visit: PageVisit) -> Response {
        let view = MessageView(
            text, number: number, isHeld: isHeld, digest: Self.digest(text), visit: visit,
            closed: visit.closedWords(hasOperators: people.keys.hasOperators))
        return reply.page("message", view, title: visit.say("Message \(number)", "메시지 \(number)"), visit)
    }

    static func digest(_ text: String) -> String {
        SHA256.hash(data: Array(text.utf8)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// A number of digits alone.
    static func number(_ context: DoorContext) -> Int? {
        guard let text = context.parameters.get("number"), (1...12).contains(text.utf8.count),
            text.utf8.allSatisfy({ $0 &- 0x30 < 10 })
        else { return nil }
        return Int(text)
    }

    private func clock(_ visit: PageVisit) -> SiteClock {
        SiteClock(identifier: configuration.timeZone.identifier, language: visit.say)
    }
}

/// A page for what is not there, in place of the router's bare answer; doors for programs keep theirs.
struct LostPages: RouterMiddleware {
    let routes: PageRoutes

    func handle(_ request: Request, context: DoorContext, next: (Request, DoorContext) async throws -> Response)
        async throws -> Response
    {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound && Self.isForPeople(request) {
            return routes.reply.lost(routes.visit(request, context))
        }
    }

    private static func isForPeople(_ request: Request) -> Bool {
        [.get, .head].contains(request.method) && !["/api/", "/v1/"].contains { request.uri.path.hasPrefix($0) }
    }
}

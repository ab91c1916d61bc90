import Delivery
import Events
import HTTPTypes
import Hummingbird
import Pipeline

/// Login, logout, and what operators do.
extension PageRoutes {
    /// Bytes of a form.
    static let formLimit = 64 * 1024

    func addPeople(to router: Router<DoorContext>) {
        router.get("/login") { request, context in loginForm(visit(request, context), nil, .ok) }
        router.post("/login") { request, context in await guarded(request, context, login) }
        router.post("/logout") { request, context in
            await act(request, context, least: .viewer) { _, _, _ in
                if let id = request.cookies[People.cookie]?.value { people.sessions.close(id) }
                var response = PageReply.redirect(to: people.keys.isOpen ? "/" : "/login")
                response.setCookie(Self.cookie(People.cookie, "", age: 0, isSecure: people.isSecure(request, context)))
                return response
            }
        }
        for deed in Deed.allCases where ![.approve, .refuse].contains(deed) {
            router.post("/groups/:id/\(deed.rawValue)") { request, context in
                await act(request, context, least: .operator) { try await groupDeed(deed, $0, $1, $2) }
            }
        }
        for deed in [Deed.approve, .refuse] {
            router.post("/outbox/held/:number/\(deed.rawValue)") { request, context in
                await act(request, context, least: .operator) { try await messageDeed(deed, $0, $1, $2) }
            }
        }
    }

    private static func cookie(_ name: String, _ value: String, age: Int? = nil, isSecure: Bool) -> Cookie {
        Cookie(
            name: name, value: value, maxAge: age, path: "/", secure: isSecure, httpOnly: true, sameSite: .strict)
    }

    // MARK: - Login

    private struct LoginView: Sendable {
        let w: [String: String]
        let problem: String?
        let isOpen: Bool
        let csrf: String
        let to: String
        let name: String
        let howToOpen: Markup
    }

    /// - Parameter problem: why the last attempt failed.
    private func loginForm(
        _ visit: PageVisit, _ problem: String?, _ status: HTTPResponse.Status, name: String = ""
    ) -> Response {
        let (say, cookie) = (visit.say, RandomToken.make())
        let view = LoginView(
            w: PageWords.all(in: say), problem: problem, isOpen: !people.keys.isOpen,
            csrf: people.formToken(for: cookie), to: People.place(visit.query["to"]),
            name: Shown.line(name, limit: 64),
            howToOpen: .prose(
                say(
                    "Nobody can log in: name files with tokens as `[serve] viewer_token_file` and `operator_token_file` in appliance.toml, and restart serve.",
                    "로그인할 수 없습니다. appliance.toml의 `[serve] viewer_token_file`과 `operator_token_file`에 토큰 파일을 지정하고 serve를 다시 시작하십시오."
                ), in: say))
        var response = reply.page("login", view, title: say("Log in", "로그인"), visit, status: status)
        if view.isOpen { response.setCookie(Self.cookie(People.formCookie, cookie, isSecure: visit.isSecure)) }
        return response
    }

    private func login(_ request: Request, _ context: DoorContext, _ form: PageQuery, _ visit: PageVisit) -> Response {
        let (say, client) = (visit.say, people.client(request, context))
        var visit = visit
        visit.query = PageQuery(pairs: [("to", People.place(form["to"]))])
        guard !people.keys.isOpen else { return loginForm(visit, nil, .forbidden) }
        guard people.isFormToken(form["csrf"], for: request.cookies[People.formCookie]?.value) else {
            return loginForm(
                visit, say("The form was too old; try again.", "양식이 오래되었습니다. 다시 하십시오."), .forbidden, name: form["name"])
        }
        if let wait = people.limit.wait(client, at: .now) {
            var response = loginForm(
                visit, say("Too many wrong tokens; wait \(wait) seconds.", "틀린 토큰이 너무 많습니다. \(wait)초 기다리십시오."),
                .tooManyRequests)
            response.headers[.retryAfter] = "\(wait)"
            return response
        }
        guard let role = people.keys.role(of: form["token"].filter { $0 != " " }) else {
            people.limit.failed(client, at: .now)
            return loginForm(
                visit, say("That is not a token of this site.", "이 사이트의 토큰이 아닙니다."), .unauthorized, name: form["name"])
        }
        guard let name = People.name(form["name"]) else {
            return loginForm(
                visit, say("Give a name of up to 64 visible characters.", "보이는 글자 64자 이내의 이름을 쓰십시오."),
                .unprocessableContent)
        }
        people.limit.succeeded(client)
        // Whatever session the browser came with ends: an id that somebody planted is worth nothing.
        if let old = request.cookies[People.cookie]?.value { people.sessions.close(old) }
        let (id, _) = people.sessions.open(role, name: name, at: .now)
        var response = PageReply.redirect(to: People.place(form["to"]))
        let age = Int(configuration.serve.sessionLength.components.seconds)
        response.setCookie(Self.cookie(People.cookie, id, age: age, isSecure: visit.isSecure))
        response.setCookie(Self.cookie(People.formCookie, "", age: 0, isSecure: visit.isSecure))
        return response
    }

    // MARK: - Forms

    /// A form from one of our own pages, read within limits.
    private func guarded(
        _ request: Request, _ context: DoorContext,
        _ work: (Request, DoorContext, PageQuery, PageVisit) async throws -> Response
    ) async -> Response {
        let (visit, say) = (visit(request, context), visit(request, context).say)
        guard SameOrigin.holds(request) else {
            return reply.note(
                say("Refused", "거부됨"), say("The form came from another site.", "다른 사이트에서 온 양식입니다."), visit, .forbidden)
        }
        guard
            request.headers[.contentType]?.lowercased().hasPrefix("application/x-www-form-urlencoded") ?? false
        else {
            return reply.note(say("Refused", "거부됨"), say("That is no form.", "양식이 아닙니다."), visit, .unsupportedMediaType)
        }
        let lease = BodyLease(budget)
        defer { lease.release() }
        do {
            let body = try await BodyReader(limit: Self.formLimit, lease: lease).read(request)
            return try await work(request, context, PageQuery(String(decoding: body, as: UTF8.self)), visit)
        } catch let error where error is DoorRefusal || error is MessageError {
            return reply.note(
                say("Refused", "거부됨"),
                say("The form is too large, or did not come to its end.", "양식이 너무 크거나 끝나지 않았습니다."),
                visit, .contentTooLarge)
        } catch {
            return failed(error, visit)
        }
    }

    private func act(
        _ request: Request, _ context: DoorContext, least: Role,
        _ work: @escaping (PageQuery, PageVisit, DoorContext) async throws -> Response
    ) async -> Response {
        await guarded(request, context) { _, context, form, visit in
            let say = visit.say
            guard let session = visit.session else {
                let words = visit.closedWords(hasOperators: people.keys.hasOperators)
                if people.keys.isOpen, let words {
                    return reply.page(
                        "login", closedView(words, visit), title: say("Acting is closed", "조치가 닫혀 있음"), visit,
                        status: .forbidden)
                }
                return reply.note(
                    say("Log in first", "먼저 로그인하십시오"),
                    say("Your login has ended, or there was none.", "로그인이 끝났거나 없습니다."),
                    visit, .unauthorized)
            }
            guard RandomToken.areEqual(form["csrf"], session.csrf) else {
                return reply.note(
                    say("Refused", "거부됨"),
                    say("The form was not made for this login; reload the page.", "이 로그인의 양식이 아닙니다. 페이지를 다시 여십시오."),
                    visit, .forbidden)
            }
            guard session.role >= least else {
                return reply.note(
                    say("Only operators act", "운영자만 조치할 수 있음"),
                    say("Log in with an operator's token.", "운영자 토큰으로 로그인하십시오."), visit, .forbidden)
            }
            return try await work(form, visit, context)
        }
    }

    private func closedView(_ words: Markup, _ visit: PageVisit) -> some Sendable {
        LoginView(
            w: PageWords.all(in: visit.say), problem: nil, isOpen: false, csrf: "", to: "", name: "", howToOpen: words)
    }

    // MARK: - Deeds

    private func groupDeed(
        _ deed: Deed, _ form: PageQuery, _ visit: PageVisit, _ context: DoorContext
    ) async throws -> Response {
        guard let reference = context.parameters.get("id").flatMap({ GroupReference($0) }), let session = visit.session
        else { return reply.lost(visit) }
        let work = GroupDeed(deed: deed, reference: reference, form: form, name: session.name, say: visit.say)
        try await desk.act { configuration, now in try work.run(configuration, now) }
        return PageReply.redirect(to: "/groups/G-\(reference.prefix)?done=\(deed.rawValue)")
    }

    private func messageDeed(
        _ deed: Deed, _ form: PageQuery, _ visit: PageVisit, _ context: DoorContext
    ) async throws -> Response {
        guard let number = Self.number(context), let session = visit.session else { return reply.lost(visit) }
        let (say, digest) = (visit.say, form["digest"])
        try await desk.act { configuration, now in
            let leaving = OutboxLeaving(configuration: configuration)
            guard deed == .approve else { return try leaving.refuse(number, by: session.name, now: now) }
            // What is approved is what was read.
            guard RandomToken.areEqual(Self.digest(try leaving.text(ofHeld: number, now: now)), digest) else {
                throw DeedProblem(
                    description: say("The message is not the one that you were shown.", "보신 메시지와 다릅니다."),
                    remedy: say("Open it again and read it.", "다시 열어 읽으십시오."))
            }
            _ = try leaving.approve([number], by: session.name, now: now)
        }
        return PageReply.redirect(to: "/outbox?done=\(deed.rawValue)")
    }
}

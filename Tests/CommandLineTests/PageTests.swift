import ApplianceTestSupport
import Foundation
import Testing

@Suite("The pages for people on a real site", .serialized)
struct PageTests {
    static let policy =
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self'; "
        + "frame-ancestors 'none'; base-uri 'none'"

    @Test("show overview, groups, one group, models and outbox, in two languages; unknown things get a page too")
    func pages() async throws {
        let site = try SiteFixture(extra: "[serve]\npages_per_second = 100000")
        defer { site.remove() }
        let id = try await PeopleSite.batch(site)
        let server = try ServeTests.Running(site)
        var client = PageClient(port: server.port)
        let overview = try client.get("/")
        #expect(overview.status == 200 && overview.values("Content-Security-Policy") == [Self.policy])
        for words in [id, "KeyError", "<svg class=\"chart\"", "Look first", "billing-worker", "24 hours"] {
            #expect(overview.body.contains(words), "\(words)")
        }
        let group = try client.get("/groups/\(id)")
        for words in [
            "currency = order[&quot;currency&quot;]", "id=\"c1-l3\" class=\"hit\"", "read the currency from the order",
            "Lee Minho", "Why these are one group", "No model: the built-in triage answered", "Acting is closed",
            "billing/invoice.py",
        ] {
            #expect(group.body.contains(words), "\(words)")
        }
        #expect(!group.body.contains("<form action=\"/groups/\(id)"), "nobody acts without a token")
        let searched = try client.get("/groups?q=INVOICE%20keyerror&severity=&service=&state=&window=7d")
        #expect(searched.body.contains("In all of history") && searched.body.contains("holds these words"))
        let named = try client.get("/groups?q=\(id.lowercased())")
        #expect(named.body.contains("this id"))
        #expect(try client.get("/groups?q=entirely%20else").body.contains("Nothing in the history is like it."))
        #expect(try client.get("/groups?state=resolved").body.contains("No group of this window fits"))
        #expect(try client.get("/groups?service=billing-worker&severity=medium").body.contains(id))
        #expect(try client.get("/models").body.contains("models.conf names no model"))
        let outbox = try client.get("/outbox")
        #expect(outbox.body.contains("the chain is whole") && outbox.body.contains("/outbox/1"))
        #expect(try client.get("/outbox/1").body.contains("specversion"))
        #expect(try client.get("/report").body.contains("<style>"))
        // Korean, by the browser and by the switch, which is kept.
        var korean = PageClient(port: server.port, headers: ["Accept-Language": "ko-KR,ko;q=0.9,en;q=0.5"])
        #expect(try korean.get("/").body.contains("<html lang=\"ko\">"))
        #expect(try korean.get("/?lang=en").body.contains("<html lang=\"en\">"))
        #expect(try korean.get("/groups").body.contains("<html lang=\"en\">"))
        // What is not there.
        for path in [
            "/groups/G-00000000", "/groups/zz", "/groups/..%2f..%2fetc",
            "/groups/G-\(String(repeating: "0", count: 99))",
            "/outbox/99", "/outbox/abc", "/outbox/held/7", "/outbox/99999999999999999999", "/nothing", "/page.css/x",
            "/%2e%2e/%2e%2e/etc/passwd", "/groups/%00",
        ] {
            let answer = try client.get(path)
            #expect(answer.status == 404 && answer.body.contains("<main"), "\(path): \(answer.status)")
            #expect(answer.values("Content-Security-Policy") == [Self.policy], "\(path)")
        }
        let head = try client.get("/groups/\(id)", method: "HEAD")
        #expect(head.status == 200 && head.body.isEmpty)
        #expect(try server.stop().status == 0)
    }

    @Test("what the appliance says of itself is in the visitor's language, whoever asked first and in which")
    func ownWords() async throws {
        let site = try SiteFixture(endpoint: "http://127.0.0.1:1")
        defer { site.remove() }
        try site.directory.write("logs/worker.log", SiteFixture.traceback())
        #expect(try await site.run("batch").status == 69)
        let server = try ServeTests.Running(site)
        var client = PageClient(port: server.port)
        for (language, words) in [
            ("en", "the model cannot be used: "), ("ko", "모델을 쓸 수 없음: "), ("en", "the model cannot be used: "),
        ] {
            let page = try client.get("/?lang=\(language)").body
            #expect(page.contains(words) && page.contains("<html lang=\"\(language)\">"), "\(page)")
        }
        // As the site's configuration says.
        #expect(try client.get("/report.json").body.contains("the model cannot be used: "))
        #expect(try server.stop().status == 0)
    }

    @Test("without a history, and with a broken one, a page says what to do")
    func nothingYet() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        let server = try ServeTests.Running(site)
        var client = PageClient(port: server.port)
        for path in ["/", "/groups", "/groups/G-12345678", "/models", "/outbox"] {
            let answer = try client.get(path)
            #expect(answer.status == 503 && answer.body.contains("history.sqlite"), "\(path) \(answer.status)")
            #expect(answer.body.contains("<main") && answer.body.contains("appliance batch"), "\(path): \(answer.body)")
        }
        try site.directory.write("home/history.sqlite", "this is no database, but it has enough bytes to be looked at")
        #expect(try client.get("/").status == 503)
        #expect(try server.stop().status == 0)
    }

    @Test("a person logs in, acts, and the history tells who it was")
    func acting() async throws {
        let site = try PeopleSite.make()
        defer { site.remove() }
        let id = try await PeopleSite.batch(site)
        let server = try ServeTests.Running(site)
        var client = PageClient(port: server.port)
        let page = "/groups/\(id)"
        let first = try client.get(page)
        #expect(first.status == 303 && first.values("Location") == ["/login?to=/groups/\(id)"], "\(first.head)")
        let login = try client.logIn(PeopleSite.operatorToken, name: "김지영", to: page)
        #expect(login.status == 303 && login.values("Location") == [page])
        let cookie = try #require(login.values("Set-Cookie").first { $0.hasPrefix("appliance_session=") })
        for flag in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"] {
            #expect(cookie.contains(flag), "\(cookie)")
        }
        #expect(!cookie.contains("Secure") && !cookie.contains("Domain"))
        #expect(try client.get(page).body.contains("김지영"))

        let judged = try client.act(
            page, page + "/feedback", ["verdict": "wrong", "cause": "the order is old", "commit": "c0ffee12"])
        #expect(judged.status == 303 && judged.values("Location") == ["\(page)?done=feedback"], "\(judged.body)")
        #expect(try client.get("\(page)?done=feedback").body.contains("Your judgement is kept."))
        #expect(try client.act(page, page + "/mute", ["until": "7d", "reason": "known"]).status == 303)
        let muted = try client.get(page).body
        #expect(muted.contains("Muted until 28 Nov 06:00: known (김지영)") && muted.contains("End the mute"))
        #expect(try client.act(page, page + "/unmute", [:]).status == 303)
        let resolved = try client.act(
            page, page + "/resolve", ["note": "time-out <script>alert(1)</script>", "commit": "C0FFEE1"])
        #expect(resolved.status == 303)
        let shown = try client.get(page).body
        for words in ["A person judged this diagnosis: wrong", "resolved 21 Nov by 김지영", "c0ffee1", "Reopen"] {
            #expect(shown.contains(words), "\(words)")
        }
        #expect(!shown.contains("<script>alert"))
        for line in ["judged the diagnosis</b> 김지영 · wrong", "<b>muted</b> 김지영", "<b>resolved</b> 김지영"] {
            #expect(shown.contains(line), "\(line)")
        }
        let told = try await site.run("show", id, "--json")
        #expect(told.output.contains("\"by\":\"김지영\"") && told.output.contains("\"commit\":\"c0ffee1\""))
        #expect(try client.act(page, page + "/reopen", [:]).status == 303)
        #expect(try await !site.run("show", id, "--json").output.contains("c0ffee1"))
        // What a form must not hold.
        #expect(try client.act(page, page + "/resolve", ["commit": "; rm -rf /"]).status == 422)
        #expect(try client.act(page, page + "/mute", ["until": "7d", "reason": " "]).status == 422)
        #expect(try client.act(page, page + "/feedback", ["verdict": "perfect"]).status == 422)
        #expect(try client.act(page, "/groups/G-00000000/resolve", [:]).status == 404)
        // The end of it.
        let old = client.cookies
        #expect(try client.act(page, "/logout", [:]).status == 303)
        #expect(client.cookies["appliance_session"] == nil)
        client.cookies = old
        #expect(try client.get(page).status == 303, "the old cookie opens nothing")
        #expect(try server.stop().status == 0)
    }

    @Test("who may not act does not")
    func refusals() async throws {
        let site = try PeopleSite.make()
        defer { site.remove() }
        let id = try await PeopleSite.batch(site)
        let server = try ServeTests.Running(site)
        let (page, resolve) = ("/groups/\(id)", "/groups/\(id)/resolve")
        // A viewer sees and does not act.
        var viewer = PageClient(port: server.port)
        #expect(try viewer.logIn(PeopleSite.viewer).status == 303)
        let seen = try viewer.get(page)
        #expect(seen.status == 200 && seen.body.contains("Only operators act"))
        #expect(!seen.body.contains("action=\"\(resolve)\""))
        #expect(try viewer.act(page, resolve, [:]).status == 403)
        // An operator's forms need their token, a true origin, a form's type and a bounded size.
        var person = PageClient(port: server.port)
        #expect(try person.logIn(PeopleSite.operatorToken).status == 303)
        let csrf = try #require(try person.get(page).field("csrf"))
        let viewers = try #require(try viewer.get(page).field("csrf"))
        #expect(try person.post(resolve, [:]).status == 403, "without a token")
        #expect(try person.post(resolve, ["csrf": viewers]).status == 403, "with another person's token")
        #expect(try person.post(resolve, ["csrf": String(csrf.dropLast())]).status == 403)
        for headers in [
            ["Origin": "http://evil.example"], ["Origin": "null"], ["Sec-Fetch-Site": "cross-site"],
            ["Sec-Fetch-Site": "same-site"], ["Origin": "http://127.0.0.1:1"],
        ] {
            #expect(try person.post(resolve, ["csrf": csrf], headers: headers).status == 403, "\(headers)")
        }
        #expect(try person.post(resolve, ["csrf": csrf], headers: ["Content-Type": "text/plain"]).status == 415)
        #expect(try person.post(resolve, ["csrf": csrf], headers: ["Content-Encoding": "gzip"]).status == 413)
        let large = ["csrf": csrf, "note": String(repeating: "x", count: 70_000)]
        #expect(try person.post(resolve, large).status == 413)
        // Nobody at all.
        var nobody = PageClient(port: server.port)
        #expect(try nobody.post(resolve, ["csrf": csrf]).status == 401)
        nobody.cookies["appliance_session"] = String(repeating: "a", count: 64)
        #expect(try nobody.post(resolve, ["csrf": csrf]).status == 401)
        #expect(try nobody.get("/groups").status == 303)
        #expect(try await !site.run("show", id, "--json").output.contains("\"resolution\":{"), "nothing happened")
        // GET changes nothing.
        #expect(try person.get(resolve).status == 404)
        #expect(try server.stop().status == 0)
    }

    @Test("wrong tokens, planted sessions, another's form: no login; and programs bring the token as a header")
    func logins() async throws {
        let site = try PeopleSite.make("proxies = [\"127.0.0.1\"]\nsession_length = \"2s\"")
        defer { site.remove() }
        _ = try await PeopleSite.batch(site)
        let server = try ServeTests.Running(site)
        // A session that somebody planted is not the one that a login opens.
        var planted = PageClient(port: server.port)
        let known = String(repeating: "0123456789abcdef", count: 4)
        planted.cookies["appliance_session"] = known
        #expect(try planted.logIn(PeopleSite.viewer).status == 303)
        let own = try #require(planted.cookies["appliance_session"])
        #expect(own != known && own.utf8.count == 64)
        var thief = PageClient(port: server.port)
        thief.cookies["appliance_session"] = known
        #expect(try thief.get("/").status == 303)
        // A second login ends the first.
        var again = planted
        #expect(try again.logIn(PeopleSite.viewer).status == 303)
        #expect(again.cookies["appliance_session"] != own)
        #expect(try planted.get("/").status == 303)
        // It ends by itself.
        while try again.get("/").status == 200 { await Task.yield() }
        #expect(try again.get("/").values("Location") == ["/login?to=/"])
        // The login form belongs to the browser that was given it.
        var other = PageClient(port: server.port)
        let form = try other.get("/login")
        let csrf = try #require(form.field("csrf"))
        let fields = ["csrf": csrf, "name": "Eve", "token": PeopleSite.viewer]
        other.cookies = [:]
        #expect(try other.post("/login", fields).status == 403)
        // Places to go on to are on this server; names are visible.
        for place in [
            "//evil.example/", "http://evil.example/", "/\\evil.example", "/a\r\nX: y", "javascript:alert(1)",
        ] {
            var client = PageClient(port: server.port)
            #expect(try client.logIn(PeopleSite.viewer, to: place).values("Location") == ["/"], "\(place)")
        }
        for name in ["", " ", "\u{202E}eman", "a\u{0}b", String(repeating: "x", count: 65)] {
            var client = PageClient(port: server.port)
            #expect(try client.logIn(PeopleSite.viewer, name: name).status == 422, "\(name.debugDescription)")
        }
        // Behind a proxy of ours the cookie is for TLS alone.
        var secure = PageClient(port: server.port, headers: ["X-Forwarded-Proto": "https"])
        let cookie = try secure.logIn(PeopleSite.viewer).values("Set-Cookie").first ?? ""
        #expect(cookie.contains("Secure"), "\(cookie)")
        // Programs.
        func bearer(_ token: String, _ path: String) throws -> PageClient.Answer {
            var program = PageClient(port: server.port, headers: ["Authorization": "Bearer \(token)"])
            return try program.get(path)
        }
        #expect(try bearer(PeopleSite.viewer, "/report.json").body.contains("\"groups\""))
        #expect(try bearer(PeopleSite.operatorToken, "/report.json").status == 200)
        #expect(try bearer("a-wrong-token-of-length", "/report.json").status == 401)
        var anonymous = PageClient(port: server.port)
        let told = try anonymous.get("/report.json")
        #expect(told.status == 401 && told.values("WWW-Authenticate") == ["Bearer"])
        #expect(try anonymous.get("/health").status == 200 && anonymous.get("/page.css?v=1").status == 200)
        // Guessing ends soon, for that address alone.
        var guesser = PageClient(port: server.port, headers: ["X-Forwarded-For": "192.0.2.7"])
        for _ in 0..<5 { #expect(try guesser.logIn("not-the-token-at-all").status == 401) }
        let stopped = try guesser.logIn(PeopleSite.viewer)
        #expect(stopped.status == 429 && stopped.values("Retry-After").first.flatMap(Int.init) ?? 0 > 60)
        var neighbour = PageClient(port: server.port, headers: ["X-Forwarded-For": "192.0.2.8"])
        #expect(try neighbour.logIn(PeopleSite.viewer).status == 303)
        #expect(try server.stop().status == 0)
    }

    @Test("a token file that others can read, and one token for both, end in a message")
    func tokenFiles() async throws {
        let site = try PeopleSite.make()
        defer { site.remove() }
        let path = "\(site.directory.path)/home/keys/viewer"
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        let open = try await site.run("serve", "--listen", "127.0.0.1:0")
        #expect(open.status == 78 && open.errors.contains("others can read it"), "\(open.errors)")
        try PeopleSite.secret(site, "home/keys/viewer", PeopleSite.operatorToken)
        let same = try await site.run("serve", "--listen", "127.0.0.1:0")
        #expect(same.status == 78 && same.errors.contains("the viewers' token as well"), "\(same.errors)")
    }

    @Test("an operator approves what was read, or refuses it; the ledger has the name")
    func approving() async throws {
        let site = try PeopleSite.make(before: "[export]\napproval = \"required\"")
        defer { site.remove() }
        _ = try await PeopleSite.batch(site)
        let server = try ServeTests.Running(site)
        var client = PageClient(port: server.port)
        #expect(try client.logIn(PeopleSite.operatorToken, name: "Park").status == 303)
        let list = try client.get("/outbox").body
        let numbers = list.components(separatedBy: "/outbox/held/").dropFirst().compactMap {
            Int($0.prefix { $0.isNumber })
        }
        let number = try #require(numbers.first, "\(list)")
        let page = "/outbox/held/\(number)"
        let message = try client.get(page)
        #expect(message.body.contains("Exactly what leaves") && message.body.contains("KeyError"))
        let digest = try #require(message.field("digest"))
        let other = try client.act(page, page + "/approve", ["digest": String(repeating: "0", count: 64)])
        #expect(other.status == 422 && other.body.contains("not the one that you were shown"))
        #expect(try client.act(page, page + "/approve", ["digest": digest]).status == 303)
        #expect(try site.messages().count == 1)
        #expect(try client.get("/outbox").body.contains("<td>Park</td>"))
        #expect(try await site.run("outbox", "ledger", "--csv").output.contains(",Park\r\n"))
        #expect(try client.act("/outbox", page + "/refuse", [:]).status == 404, "it is gone")
        for number in numbers.dropFirst() {
            #expect(try client.act("/outbox", "/outbox/held/\(number)/refuse", [:]).status == 303)
        }
        #expect(try client.get("/outbox").body.contains("Nothing waits for approval."))
        #expect(try server.stop().status == 0)
    }
}

import Events
import Testing

@testable import Delivery

/// The values that several suites render: made by hand, after the sketch of the page.
enum Sample {
    static func time(_ text: String) -> Timestamp { Timestamp(rfc3339: text) ?? Timestamp(nanoseconds: 0) }

    static let end = time("2026-11-20T21:00:00Z")
    static let window = TimeWindow(start: end.advanced(by: .zero - .hours(24)), end: end)

    /// A fingerprint whose group id starts with the given digits.
    static func fingerprint(_ prefix: String) -> Fingerprint {
        let hex = prefix + String(repeating: "0", count: 64 - prefix.count)
        return Fingerprint(hex: hex) ?? Fingerprint(digest: [UInt8](repeating: 0, count: 32))
    }

    static func facts(
        _ id: String, title: String, template: String, level: LogLevel = .error, count: Int, previous: Int = 0,
        series: [Int] = [], services: [String] = ["orders-api"], trend: GroupFacts.Trend = .ongoing,
        first: String = "2026-11-02T01:02:03Z"
    ) -> GroupFacts {
        let group = ErrorGroup(
            fingerprint: fingerprint(id), groupingVersion: 1, rule: .frames, parts: [title], title: title,
            template: template, firstSeen: time(first), lastSeen: time("2026-11-20T20:59:12.345Z"),
            total: count + previous, level: level)
        return GroupFacts(
            group: group, window: window, count: count, previousCount: previous, series: series,
            services: services.map { Tally(value: $0, count: count) }, trend: trend)
    }

    static let run = Provenance.ModelRun(
        model: "qwen2.5-coder:14b", digest: "9ec8" + String(repeating: "a", count: 60), prompt: "diagnose",
        promptVersion: 3, promptTokens: 5812, answerTokens: 402, seconds: 41.2, attempts: 1, citationsChecked: 4,
        citationsDropped: 0)

    static func diagnosis(
        _ severity: Severity, cause: String, author: Provenance.Author = .model(run), confidence: Int = 82
    ) -> Diagnosis {
        Diagnosis(
            severity: severity, rootCause: cause, analysis: "The pool is empty.",
            impact: "All order look-ups fail while pricing is slow; 3 hosts of 3.",
            recommendations: [
                .init(
                    action: "Set `pricing.timeout-ms` to 2000 and restart, as fixed G-1a90 in March [H1]",
                    why: "the call waits for ever"),
                .init(action: "Move the pricing call outside the @Transactional method (line 88)", why: ""),
            ], confidence: confidence, evidence: ["C1", "S1", "H1"], alternatives: ["A slow database."],
            provenance: Provenance(author: author, at: time("2026-11-20T21:00:10Z")))
    }

    static var timeout: ReportGroup {
        var facts = facts(
            "9c07a1b2", title: "TimeoutException in OrderRepository.findOpen",
            template: "HikariPool-1 - Connection is not available, request timed out after <duration>",
            level: .error, count: 41_903, series: [0, 0, 1, 1, 2, 3, 2, 8, 210, 4800, 9100, 8700], trend: .new,
            first: "2026-11-20T13:41:00Z")
        facts.hosts = [Tally(value: "h1", count: 1), Tally(value: "h2", count: 1), Tally(value: "h3", count: 1)]
        facts.releases = [
            ReleaseWindow(
                release: "2026.11.20-1", first: facts.group.firstSeen, last: facts.group.lastSeen, count: 41_903)
        ]
        let excerpt = CodeExcerpt(
            file: "src/main/java/com/acme/orders/OrderRepository.java", revision: "4f1c9e2aa", firstLine: 80,
            lines: [
                "", "    private final Pricing pricing;", "", "    /** Open orders. */", "    // ordered by time",
                "", "    @Transactional", "    public List<Order> findOpen(String customer) {",
                "\t\tvar prices = pricing.quote(customer);",
                "        return jdbc.query(OPEN_ORDERS, mapper, customer, prices.version());", "    }", "}",
            ], marked: [88])
        let suspect = Suspect(
            commit: "7d20b51cc00", author: "Kim Jiyoung", time: time("2026-11-20T02:00:00Z"),
            subject: "remove client time-outs, gateway handles them", score: 0.9,
            reason: "touched line 88's callee, first release with the error")
        let past = SimilarGroup(
            fingerprint: fingerprint("1a90ffee"), title: "pool", template: "pool", score: 0.871,
            reason: "same pool message, 5 of 7 frames", firstSeen: time("2026-03-01T00:00:00Z"),
            lastSeen: time("2026-03-02T00:00:00Z"), total: 12,
            resolution: Resolution(
                at: time("2026-03-03T04:00:00Z"), by: "kim", note: "time-out for pricing", commit: "c0ffee1234"))
        var sample = ErrorEvent(
            id: "e1", time: time("2026-11-20T20:59:12.345Z"),
            message: "HikariPool-1 - Connection is not available, request timed out after 30000ms")
        (sample.service, sample.host) = ("orders-api", "h3")
        sample.exceptions = [
            ExceptionInfo(
                type: "java.sql.SQLTransientConnectionException", message: "timed out",
                frames: (1...9).map { (line: Int) in
                    StackFrame(
                        file: "Caller.java", function: "call\(line)", module: "com.acme", line: line, inApp: true)
                } + [
                    StackFrame(
                        file: "OrderRepository.java", function: "findOpen", module: "com.acme.OrderRepository",
                        line: 88,
                        inApp: true), StackFrame(file: "Pool.java", function: "get", module: "com.zaxxer", line: 12),
                    StackFrame(file: "Pool.java", function: "wait", module: "com.zaxxer", line: 7),
                ])
        ]
        return ReportGroup(
            facts: facts,
            diagnosis: diagnosis(
                .critical,
                cause: "The pool has 10 connections, and `findOpen` holds one while it calls the pricing service [C1]; "
                    + "since release 2026.11.20-1 that call has no time-out [S1]."),
            code: CodeContext(
                state: .read(mirror: "orders", revision: "4f1c9e2aa", basis: .releaseTag), excerpts: [excerpt],
                suspects: [suspect]), similar: [past], sample: sample)
    }

    static var back: ReportGroup {
        ReportGroup(
            facts: facts(
                "41f2aa00", title: "KeyError: 'currency'", template: "KeyError: <string>", count: 12,
                series: [0, 0, 0, 12], services: ["billing", "invoices"],
                trend: .back(
                    resolved: Resolution(at: time("2026-11-12T03:00:00Z"), by: "lee", commit: "abcdef0123")),
                first: "2025-12-24T00:00:00Z"),
            diagnosis: diagnosis(
                .high, cause: "The default was removed again.",
                author: .builtIn(reason: .invalidAnswer("it named a file that is not in the excerpt, twice")),
                confidence: 40),
            code: CodeContext(state: .unavailable(mirror: "billing", reason: "not a git directory")))
    }

    static var grown: ReportGroup {
        ReportGroup(
            facts: facts(
                "1e55bb00", title: "slow query", template: "slow query: <duration>", level: .warning, count: 4000,
                previous: 100, trend: .worse),
            diagnosis: diagnosis(.medium, cause: "An index is missing.", confidence: 55),
            code: CodeContext(state: .notFound(mirror: "orders", revision: "4f1c9e2aa")))
    }

    static var plain: ReportGroup {
        ReportGroup(
            facts: facts("00aa11bb", title: "cache miss", template: "cache miss for <key>", level: .info, count: 1))
    }

    static func report(_ groups: [ReportGroup], zone: String = "Asia/Seoul") -> Report {
        Report(
            site: "dc-seoul-2", window: window, generatedAt: time("2026-11-20T21:05:00Z"), timeZone: zone,
            groups: groups, before: Counts(events: 3902, groups: 31, new: 2, back: 0, notDiagnosed: 0),
            reading: ReadingFacts(
                runs: 1, sources: 3, lines: 1_204_377, bytes: 2_100_000_000, lastRun: time("2026-11-20T21:05:00Z")),
            model: .model(
                ModelFacts(name: "qwen2.5-coder:14b", digest: run.digest, promptTokens: 41_870, answerTokens: 3022)),
            notRead: [
                "`/var/log/legacy/app.log`: 212 lines are not text from offset 1,882,331; skipped and counted.",
                "mirror `billing` is 9 days old; release `2026.11.20-3` is not in it: `git -C … fetch` on the staging host.",
            ], masked: ["email": 12, "bearer-token": 3, "none": 0], held: 2, queued: 1)
    }

    static var morning: Report { report([plain, grown, back, timeout]) }

    /// Texts that try to be more than text, each put where logs, models and repositories put theirs.
    static func hostile(_ text: String) -> ReportGroup {
        var group = timeout
        group.facts.group.title = text
        group.facts.group.template = text
        group.facts.services = [Tally(value: text, count: 1)]
        group.facts.releases = [
            ReleaseWindow(release: text, first: end, last: end, count: 1)
        ]
        group.facts.trend = .back(resolved: Resolution(at: end, by: text, note: text, commit: text))
        group.diagnosis?.rootCause = text
        group.diagnosis?.impact = text
        group.diagnosis?.analysis = text
        group.diagnosis?.recommendations = [.init(action: text, why: text)]
        group.diagnosis?.alternatives = [text]
        group.diagnosis?.caveats = [text]
        group.diagnosis?.fix = .init(file: text, description: text, original: text, modified: text)
        group.diagnosis?.provenance.author = .builtIn(reason: .unavailable(text))
        group.code.state = .unavailable(mirror: text, reason: text)
        group.code.notes = [text]
        group.code.excerpts[0].file = text
        group.code.excerpts[0].lines = [text, "```", text]
        group.code.excerpts[0].marked = [81]
        group.code.suspects = [
            Suspect(commit: text, author: text, time: end, subject: text, score: 1, reason: text)
        ]
        group.similar[0].reason = text
        group.similar[0].resolution = Resolution(at: end, by: text, note: text, commit: text)
        group.sample?.message = text
        group.sample?.service = text
        group.sample?.exceptions = [
            ExceptionInfo(type: text, message: text, frames: [StackFrame(file: text, function: text, line: 81)])
        ]
        return group
    }

    static func hostileReport(_ text: String) -> Report {
        var other = hostile(text)
        other.facts.group.fingerprint = fingerprint("beef")
        other.severity = .low
        return Report(
            site: text, window: window, generatedAt: end, timeZone: "Asia/Seoul",
            groups: [hostile(text)]
                + (0..<22).map { index in
                    var copy = other
                    copy.facts.group.fingerprint = fingerprint("beef00\(index + 10)")
                    return copy
                }, model: .none(reason: text), notRead: [text], masked: [text: 1], batchFailures: [text])
    }

    static var digestPayload: DiscordPayload { DiscordMessages(site: "dc", timeZone: "UTC").digest(report([])) }
}

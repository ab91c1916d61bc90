import Events
import Testing

@testable import Diagnosing

@Suite("Every rule of the built-in triage knows its error")
struct TriageRuleTests {
    /// Rule, exception type (empty: a bare log line), and the message as real programs write it.
    static let examples: [(rule: String, type: String, message: String)] = [
        ("out of memory, killed", "", "Out of memory: Killed process 4242 (java) total-vm:9123456kB"),
        ("out of memory", "java.lang.OutOfMemoryError", "Java heap space"),
        ("out of memory", "", "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory"),
        ("out of memory", "", "PHP Fatal error: Allowed memory size of 134217728 bytes exhausted"),
        ("disk full", "java.io.IOException", "No space left on device"),
        ("disk full", "", "ERROR: could not extend file \"base/16384/2619\": No space left on device"),
        ("read-only file system", "OSError", "[Errno 30] Read-only file system: '/data/x'"),
        ("I/O error", "", "blk_update_request: I/O error, dev sda, sector 12345"),
        ("too many open files", "java.net.SocketException", "Too many open files"),
        ("too many open files", "", "accept4() failed (24: Too many open files)"),
        ("stack overflow", "RecursionError", "maximum recursion depth exceeded"),
        ("stack overflow", "RangeError", "Maximum call stack size exceeded"),
        ("no threads left", "java.lang.InternalError", "unable to create native thread: possibly out of resources"),
        (
            "connection pool exhausted", "java.sql.SQLTransientConnectionException",
            "HikariPool-1 - Connection is not available, request timed out after 30000ms."
        ),
        ("connection pool exhausted", "sqlalchemy.exc.TimeoutError", "QueuePool limit of size 5 overflow 10 reached"),
        ("too many connections", "", "FATAL: sorry, too many clients already"),
        ("name resolution", "java.net.UnknownHostException", "pricing.internal"),
        ("name resolution", "Error", "getaddrinfo ENOTFOUND db"),
        (
            "TLS certificate expired", "javax.net.ssl.SSLHandshakeException",
            "PKIX: NotAfter: Sat Nov 20 00:00:00 KST 2026"
        ),
        ("TLS certificate expired", "", "x509: certificate has expired or is not yet valid"),
        (
            "TLS not trusted", "javax.net.ssl.SSLHandshakeException",
            "unable to find valid certification path to requested target"
        ),
        ("connection refused", "java.net.ConnectException", "Connection refused"),
        ("connection refused", "", "dial tcp 10.0.0.7:5432: connect: connection refused"),
        ("connection reset", "ConnectionResetError", "[Errno 104] Connection reset by peer"),
        ("connection reset", "", "upstream prematurely closed connection while reading response header"),
        ("no route", "java.net.NoRouteToHostException", "No route to host"),
        (
            "database statement timeout", "org.postgresql.util.PSQLException",
            "ERROR: canceling statement due to statement timeout"
        ),
        ("timeout", "java.net.SocketTimeoutException", "Read timed out"),
        ("timeout", "", "context deadline exceeded"),
        ("rate limited", "HTTPError", "429 Too Many Requests"),
        ("login failed", "", "FATAL: password authentication failed for user \"app\""),
        ("permission denied", "PermissionError", "[Errno 13] Permission denied: '/etc/x'"),
        ("deadlock", "", "ERROR: deadlock detected"),
        ("deadlock", "", "fatal error: all goroutines are asleep - deadlock!"),
        ("serialization failure", "", "ERROR: could not serialize access due to concurrent update"),
        (
            "unique constraint", "psycopg2.errors.UniqueViolation",
            "duplicate key value violates unique constraint \"orders_pkey\""
        ),
        ("foreign key constraint", "", "insert or update on table \"a\" violates foreign key constraint \"b\""),
        ("constraint violation", "", "null value in column \"x\" violates not-null constraint"),
        ("schema does not match", "", "ERROR: relation \"orders_v2\" does not exist"),
        ("schema does not match", "ActiveRecord::PendingMigrationError", "Migrations are pending"),
        ("SQL syntax", "", "ERROR: syntax error at or near \"FORM\""),
        ("replication or recovery conflict", "", "ERROR: cannot execute INSERT in a read-only transaction"),
        ("JSON not readable", "json.decoder.JSONDecodeError", "Expecting value: line 1 column 1 (char 0)"),
        ("JSON not readable", "SyntaxError", "Unexpected token < in JSON at position 0"),
        ("JSON not readable", "", "json: cannot unmarshal string into Go value of type int"),
        ("text encoding", "UnicodeDecodeError", "'utf-8' codec can't decode byte 0xb0 in position 3"),
        ("number not readable", "java.lang.NumberFormatException", "For input string: \"\""),
        ("number not readable", "ValueError", "invalid literal for int() with base 10: ''"),
        (
            "date not readable", "java.time.format.DateTimeParseException",
            "Text '20261121' could not be parsed at index 0"
        ),
        ("request too large", "", "client intended to send too large body: 9437184 bytes"),
        (
            "null dereference", "java.lang.NullPointerException",
            "Cannot invoke \"Order.id()\" because \"order\" is null"
        ),
        ("null dereference", "TypeError", "'NoneType' object is not subscriptable"),
        ("null dereference", "TypeError", "Cannot read properties of undefined (reading 'id')"),
        ("null dereference", "", "panic: runtime error: invalid memory address or nil pointer dereference"),
        ("null dereference", "NoMethodError", "undefined method `name' for nil:NilClass"),
        ("null dereference", "Error", "Call to a member function id() on null"),
        ("null dereference", "System.NullReferenceException", "Object reference not set to an instance of an object."),
        ("nil map write", "", "panic: assignment to entry in nil map"),
        (
            "unwrap on None", "",
            "thread 'main' panicked at src/main.rs:4:5: called `Option::unwrap()` on a `None` value"
        ),
        ("unwrap on Err", "", "called `Result::unwrap()` on an `Err` value: ParseIntError { kind: Empty }"),
        ("index out of range", "IndexError", "list index out of range"),
        ("index out of range", "", "panic: runtime error: index out of range [3] with length 2"),
        ("index out of range", "", "index out of bounds: the len is 2 but the index is 5"),
        ("missing key", "KeyError", "'customer'"),
        ("missing key", "java.util.NoSuchElementException", "No value present"),
        ("division by zero", "java.lang.ArithmeticException", "/ by zero"),
        ("division by zero", "", "panic: runtime error: integer divide by zero"),
        ("wrong cast", "java.lang.ClassCastException", "class A cannot be cast to class B"),
        ("missing class or method", "ModuleNotFoundError", "No module named 'orjson'"),
        ("missing class or method", "java.lang.NoSuchMethodError", "'void A.b()'"),
        ("undefined attribute or method", "AttributeError", "'Order' object has no attribute 'total'"),
        ("undefined attribute or method", "ReferenceError", "total is not defined"),
        ("type error", "TypeError", "unsupported operand type(s) for +: 'int' and 'str'"),
        ("assertion", "AssertionError", "left != right"),
        ("illegal state", "java.lang.IllegalStateException", "stream has already been operated upon"),
        ("illegal argument", "ValueError", "math domain error"),
        ("number overflow", "", "attempt to subtract with overflow"),
        ("crash in native code", "", "app[4242]: segfault at 0 ip 00007f sp 00007f error 4 in libx.so"),
        ("changed while read", "java.util.ConcurrentModificationException", ""),
        ("changed while read", "", "fatal error: concurrent map writes"),
        ("work rejected", "java.util.concurrent.RejectedExecutionException", "Task rejected"),
        ("poisoned lock", "", "mutex poisoned: PoisonError { .. }"),
        ("no upstream", "", "no live upstreams while connecting to upstream"),
        ("address in use", "java.net.BindException", "Address already in use"),
        ("bad configuration", "", "Could not resolve placeholder 'pricing.url' in value"),
        ("file not found", "FileNotFoundError", "[Errno 2] No such file or directory: 'x.csv'"),
        ("broker or stream away", "org.apache.kafka.common.KafkaException", "Leader not available"),
        ("task hung", "", "INFO: task jbd2/sda1-8:300 blocked for more than 120 seconds."),
        ("cancelled", "", "rpc error: context canceled"),
        ("not implemented", "java.lang.UnsupportedOperationException", ""),
        ("panic", "", "thread 'worker' panicked at src/lib.rs:7:9: something odd"),
    ]

    @Test("rule by rule", arguments: examples)
    func matches(rule: String, type: String, message: String) {
        var event = ErrorEvent(id: "", time: SampleCases.now, message: message)
        if !type.isEmpty { event.exceptions = [ExceptionInfo(type: type, message: message)] }
        #expect(TriageMatch.first(for: event, in: TriageRule.all)?.rule.name == rule)
    }

    @Test("no rule is without an example, without steps, or there twice")
    func complete() {
        let names = TriageRule.all.map(\.name)
        #expect(Set(names) == Set(Self.examples.map(\.rule)))
        #expect(Set(names).count == names.count && names.count >= 40)
        for rule in TriageRule.all {
            #expect(!rule.steps.isEmpty && !rule.cause.hasSuffix("."), "\(rule.name)")
            #expect((rule.types + rule.words).allSatisfy { $0 == $0.lowercased() }, "\(rule.name)")
        }
    }

    @Test("ordinary words are no error's class", arguments: ["order 17 was shipped", "", "user asked for a report"])
    func none(message: String) {
        let event = ErrorEvent(id: "", time: SampleCases.now, message: message)
        #expect(TriageMatch.first(for: event, in: TriageRule.all) == nil)
    }
}

@Suite("The built-in triage is worth reading at night")
struct BuiltInTriageTests {
    private func triage(_ file: CaseFile) -> Diagnosis {
        BuiltInTriage().diagnose(file, reason: .noModel, now: SampleCases.now)
    }

    @Test("the whole case: place, cause, suspect, old fix, each cited")
    func full() throws {
        let diagnosis = triage(SampleCases.full())
        #expect(
            diagnosis.rootCause
                == "SQLTransientConnectionException in com.acme.OrderRepository.findOpen (OrderRepository.java:88): "
                + "every connection of the pool is in use: calls hold them too long, or do not give them back; "
                + "suspect commit 7d20b51, elsewhere, took out `client.setTimeout(2000);` [S1]")
        #expect(diagnosis.severity == .high && diagnosis.confidence == 60)
        #expect(diagnosis.evidence == ["E1", "E3", "C1", "S1", "H1", "F1", "F2"])
        #expect(diagnosis.analysis.contains("`var prices = pricing.quote(customer);` [C1]"))
        #expect(diagnosis.analysis.contains("seen in release 2026.11.20-1 only"))
        #expect(diagnosis.analysis.contains("All 41 events with a host come from web-1"))
        #expect(diagnosis.recommendations.first?.action.contains("commit c0ffee1: time-out for pricing") == true)
        #expect(diagnosis.recommendations.count == 5)
        #expect(diagnosis.impact == "41 events in this window on 1 host in orders-api.")
        let evidence = try SampleCases.evidence(SampleCases.full())
        #expect(diagnosis.evidence.allSatisfy { evidence[$0] != nil })
        #expect(diagnosis.provenance.author == .builtIn(reason: .noModel))
    }

    @Test("back after it was resolved: the old fix comes first")
    func back() {
        var file = SampleCases.full()
        let resolved = Resolution(at: SampleCases.now.advanced(by: .days(-9)), note: "larger pool", commit: "abc1234")
        file.facts = SampleCases.facts(trend: .back(resolved: resolved))
        let diagnosis = triage(file)
        #expect(diagnosis.recommendations[0].action.contains("commit abc1234: larger pool is still in what runs"))
        #expect(diagnosis.analysis.hasPrefix("It is back: it was resolved on "))
    }

    @Test("growth and bursts are told")
    func numbers() {
        var file = SampleCases.bare("boom")
        file.facts = SampleCases.facts(count: 400, previous: 10, trend: .worse, series: [0, 0, 390, 10, 0, 0])
        #expect(triage(file).analysis.contains("It grew 40 times: 400 events after 10"))
        #expect(triage(file).analysis.contains("It is a burst: 390 of 400 events within 4 hours"))
        file.facts = SampleCases.facts(count: 25, previous: 10, trend: .worse, series: [5, 5, 5, 10])
        #expect(triage(file).analysis.contains("It grew 2.5 times"))
        #expect(!triage(file).analysis.contains("burst"))
    }

    @Test("a bare line that no rule knows is quoted, with low confidence")
    func unknown() {
        let diagnosis = triage(SampleCases.bare("the moon is in the seventh house"))
        #expect(diagnosis.rootCause == "“the moon is in the seventh house”: the built-in rules do not know this error")
        #expect(diagnosis.confidence == 20 && diagnosis.evidence == ["E1", "F1"])
        #expect(diagnosis.caveats.isEmpty)
    }

    @Test("whom a call was for is named")
    func peer() {
        let diagnosis = triage(SampleCases.bare("dial tcp 10.0.0.7:5432: connect: connection refused"))
        #expect(diagnosis.rootCause.contains("(10.0.0.7:5432)"))
        let place = triage(SampleCases.bare("panicked at main.rs:12 timed out"))
        #expect(!place.rootCause.contains("main.rs"))
    }

    @Test("a refuted cause is no advice")
    func refuted() {
        var file = SampleCases.full()
        file.similar[0].verdict = .wrong
        #expect(!triage(file).analysis.contains("G-1a1a1a1a"))
    }

    @Test(
        "severity follows the facts",
        arguments: [
            ("boom", LogLevel.fatal, 1, Severity.high), ("boom", .fatal, 50, .high), ("boom", .error, 3, .medium),
            ("boom", .warning, 1, .low), ("No space left on device", .warning, 1, .medium),
            ("No space left on device", .error, 20, .critical), ("context canceled", .error, 4000, .medium),
        ])
    func severity(message: String, level: LogLevel, count: Int, expected: Severity) {
        #expect(triage(SampleCases.bare(message, level: level, count: count)).severity == expected)
    }

    @Test("hostile text does not pass into the triage")
    func hostile() {
        var file = SampleCases.full()
        let text = "@everyone <@1> http://evil.example \u{202E}[C9] </evidence> ```"
        file.sample.message = text
        file.sample.exceptions[1].type = text
        file.sample.exceptions[1].message = text
        file.sample.exceptions[1].frames[0].function = text
        file.code.suspects[0].subject = text
        let diagnosis = triage(file)
        let all =
            [diagnosis.rootCause, diagnosis.analysis, diagnosis.impact]
            + diagnosis.recommendations.flatMap { [$0.action, $0.why] }
        for prose in all {
            #expect(
                !prose.contains("@") && !prose.contains("://") && !prose.contains("\u{202E}") && !prose.contains("[C9]")
            )
        }
    }
}

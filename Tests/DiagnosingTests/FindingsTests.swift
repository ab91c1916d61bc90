import Events
import Testing

@testable import Diagnosing

@Suite("What code tells of the failing line")
struct FindingsTests {
    /// Type, message, the failing line, and the values that the error can be about.
    static let table: [(String, String, String, [String])] = [
        ("TypeError", "Cannot read properties of null (reading 'name')", "  const n = a.owner.name;", ["a.owner"]),
        ("TypeError", "Cannot read property 'id' of undefined", "return rows[0].id + rows.length", ["rows[0]"]),
        (
            "TypeError", "undefined is not an object (evaluating 'user.address.zip')", "z(user.address.zip)",
            ["user.address"]
        ),
        ("TypeError", "'NoneType' object is not subscriptable", "x = row['owner']['name']", ["row['owner']", "row"]),
        ("AttributeError", "'NoneType' object has no attribute 'strip'", "x = find(row).strip()", ["find(row)"]),
        ("NoMethodError", "undefined method `name' for nil:NilClass", "x = row[:owner].name", ["row[:owner]"]),
        ("NoMethodError", "undefined method '[]' for nil", "x = conf[:mail][:host]", ["conf[:mail]", "conf"]),
        (
            "java.lang.NullPointerException",
            "Cannot invoke \"String.trim()\" because the return value of \"acme.Row.get(String)\" is null",
            "var x = row.get(\"zip\").trim();", ["row.get(\"zip\")"]
        ),
        (
            "java.lang.NullPointerException",
            "Cannot invoke \"java.util.Map.put(Object, Object)\" because \"<local2>\" is null", "seen.put(k, v);",
            ["seen"]
        ),
        ("java.lang.NullPointerException", "", "return this.client.quote(x);", ["this.client"]),
        (
            "panic", "runtime error: invalid memory address or nil pointer dereference", "v := o.Owner.Name",
            ["o.Owner", "o"]
        ),
        ("panic", "assignment to entry in nil map", "seen[\"a\"] = 1", ["seen"]),
        ("Error", "Call to a member function save() on null", "$repo->find($id)->save();", ["$repo->find($id)"]),
        ("KeyError", "'zip'", "z = row['zip'].strip()", ["row"]),
        ("KeyError", "key not found: :zip", "z = row.fetch(:zip)", ["row"]),
        ("java.util.NoSuchElementException", "No value present", "var x = row.require(\"zip\");", ["row"]),
        ("IndexError", "list index out of range", "x = row['lines'][0]", ["row['lines']", "row"]),
        (
            "java.lang.IndexOutOfBoundsException", "Index 0 out of bounds for length 0", "x = row.lines(3).get(0);",
            ["row.lines(3)"]
        ),
        ("panic", "runtime error: index out of range [3] with length 3", "v := o.Lines[len(o.Lines)]", ["o.Lines"]),
        ("ZeroDivisionError", "division by zero", "x = total / len(lines)", ["len(lines)"]),
        (
            "java.lang.ArithmeticException", "/ by zero", "long x = row.total() / row.lines().size();",
            ["row.lines().size()"]
        ),
        ("ZeroDivisionError", "integer division or modulo by zero", "x = total // (count)", ["count"]),
        ("ValueError", "invalid literal for int() with base 10: ''", "x = int(row['zip'])", ["row['zip']"]),
        (
            "java.lang.NumberFormatException", "For input string: \"\"", "x = Integer.parseInt(row.zip());",
            ["row.zip()"]
        ),
        (
            "panic", "strconv.Atoi: parsing \"x\": invalid syntax", "v := mustNumber(o.Field(\"zip\"))",
            ["o.Field(\"zip\")"]
        ),
        ("AttributeError", "'dict' object has no attribute 'amount'", "x = row.amount()", ["row"]),
        ("TypeError", "row.amount is not a function", "const x = row.amount();", ["row"]),
        ("AttributeError", "'str' object has no attribute 'glue'", "x = ', '.glue(row)", ["', '"]),
        ("NameError", "name 'limit' is not defined", "return limit + 1", ["limit"]),
        ("TypeError", "argument of type 'NoneType' is not iterable", "if row.zip not in seen.zips:", ["seen.zips"]),
        ("TypeError", "'NoneType' object is not iterable", "for line in row.lines:", ["row.lines"]),
        ("TypeError", "cannot unpack: 'NoneType' object is not iterable", "a, b = halves(row)", ["halves(row)"]),
        ("TypeError", "unsupported operand type(s) for +: 'NoneType' and 'list'", "x = f(old + new, n)", ["old"]),
        ("TypeError", "unsupported operand type(s) for -: 'int' and 'NoneType'", "x = a.end - a.start", ["a.start"]),
        (
            "TypeError", "unsupported operand type(s) for /: 'str' and 'int'", "x = row['sum'] / row['n'] + f(y)",
            ["row['n']", "row['sum']"]
        ),
        ("TypeError", "unsupported operand type(s) for **: 'a' and 'b'", "x = math.pow(a)", ["math.pow(a)"]),
        ("TypeError", "can only concatenate str (not \"int\") to str", "x = 'n' + row.n", ["row.n"]),
        (
            "panic", "interface conversion: interface {} is int, not string", "v := o.Raw(\"t\").(string)",
            ["o.Raw(\"t\").(string)"]
        ),
    ]

    @Test("the value that the error is about is found in the line", arguments: table)
    func culprits(type: String, message: String, line: String, expected: [String]) throws {
        var event = ErrorEvent(id: "e", time: SampleCases.now, level: .error, message: message)
        event.exceptions = [ExceptionInfo(type: type, message: message)]
        let shape = try #require(ErrorShape(of: event))
        let found = Culprits(shape, in: CodeLine(line))
        #expect(found.expressions == expected)
        #expect(!found.state.isEmpty)
    }

    @Test("an error that says nothing of a value has none", arguments: ["too many", "connection refused", "", "'"])
    func none(message: String) {
        let event = ErrorEvent(id: "e", time: SampleCases.now, level: .error, message: message)
        #expect(ErrorShape(of: event) == nil)
    }

    @Test("what stands in strings and comments is no value")
    func strings() {
        let line = CodeLine("  call(\"a.b(c)\", 'x[0]'); // see d.e[1]")
        #expect(line.chains.map { line.text($0.start..<$0.end) } == ["call(\"a.b(c)\", 'x[0]')"])
    }

    static let hostile = [
        String(repeating: "a(", count: 5000), String(repeating: "[", count: 5000), "a.b['", "\\", "'\\", "a..b", "a.",
        "a[", "a)(", String(repeating: "x.y ", count: 400), "é.ü(ß)[0]", "\u{0}\u{202E}a.b", "a?.", "a!!", "a->", "a::",
        String(repeating: "/", count: 900), "%", "a /", "(/(", "a.(", "a.(b",
    ]

    @Test("lines and messages of any kind are survived", arguments: hostile)
    func survives(text: String) {
        #expect(CodeLine(text).chains.count <= CodeLine.maximumChains)
        var event = ErrorEvent(id: "e", time: SampleCases.now, level: .error, message: text)
        for kind in ["KeyError", "IndexError", "NullPointerException", "NumberFormatException", "ZeroDivisionError"] {
            for prefix in [
                "cannot read property ", "index out of range [", "name ", "undefined method `", "for input string: \"",
                "unsupported operand type(s) for ", "argument of type 'nonetype' ", "has no attribute '",
            ] {
                event.exceptions = [ExceptionInfo(type: kind, message: prefix + text)]
                let found = ErrorShape(of: event).map { Culprits($0, in: CodeLine(text)) }
                #expect((found?.expressions.count ?? 0) <= Culprits.most)
            }
        }
    }
}

@Suite("What a commit did to the failing line")
struct LineChangeTests {
    static func suspect(_ hunk: String?) -> Suspect {
        Suspect(
            commit: "75c3d5b17d19", author: nil, time: SampleCases.now, subject: "shorter", score: 0.9, reason: "r",
            hunk: hunk)
    }

    @Test("the line as it was, and the words that came and went")
    func replaced() throws {
        let hunk = """
            @@ -1,4 +1,4 @@
             def price(order):
            -    rate = rates.get(order['zip'], 'none')
            -    # nothing
            +    rate = rates[order['zip']].copy()
             return rate
            """
        let change = try #require(LineChange(Self.suspect(hunk), line: "    rate = rates[order['zip']].copy()"))
        #expect(change.before == "rate = rates.get(order['zip'], 'none')")
        #expect(change.takenAway == ["get", "none"])
        #expect(change.added == ["copy"])
    }

    @Test("what a commit changed elsewhere is told by the place that speaks of the failing line")
    func elsewhereInTheFile() throws {
        let hunk = """
            @@ -1,3 +1,3 @@
            -LIMIT = 5
            +LIMIT = 6
             def owner(order):
            -    return order.get('owner') or GUEST
            +    return order.get('owner')
             x = 1
            """
        let change = try #require(LineChange(Self.suspect(hunk), near: "name = owner(order).name"))
        #expect(change.before == "return order.get('owner') or GUEST")
        #expect(change.after == "return order.get('owner')")
        #expect(change.takenAway == ["GUEST"] && change.added.isEmpty)
        #expect(LineChange(Self.suspect("+a = 1\n+b = 2"), near: "a") == nil)
        #expect(LineChange(Self.suspect("-a = 1"), near: "a")?.after.isEmpty == true)
    }

    @Test("a line that is new was nothing before")
    func written() throws {
        let change = try #require(LineChange(Self.suspect("@@ -0,0 +1,2 @@\n+a = 1\n+b = c[0]"), line: "  b = c[0]"))
        #expect(change.before == nil)
        #expect(change.takenAway.isEmpty && change.added.isEmpty)
        let among = "@@ -1,1 +1,2 @@\n-    return amount\n+    kind = order['kind']\n+    return amount, kind"
        #expect(try #require(LineChange(Self.suspect(among), line: "kind = order['kind']")).before == nil)
        #expect(try #require(LineChange(Self.suspect("-x()\n+y()"), line: "y()")).before == "x()")
    }

    @Test(
        "a change elsewhere is none of this line",
        arguments: [nil, "", "@@ -1 +1 @@\n-x\n+y", " b = c[0]", "-b = c[0]", "+", "b = c[0]"])
    func elsewhere(hunk: String?) { #expect(LineChange(Self.suspect(hunk), line: "b = c[0]") == nil) }
}

@Suite("A root cause is held against the failing line")
struct GroundingTests {
    static let line = "    value = order['currency']"

    /// A case in Python whose failing line lost its default.
    static func file(withheld: Bool = false, change: Bool = true) -> CaseFile {
        var file = SampleCases.full()
        file.sample.exceptions = [
            ExceptionInfo(
                type: "KeyError", message: "'currency'",
                frames: [StackFrame(file: "/srv/app/pricing.py", function: "price", line: 3, inApp: true)])
        ]
        file.sample.message = "KeyError: 'currency'"
        file.code.excerpts = [
            CodeExcerpt(
                file: withheld ? "other.py" : "pricing.py", revision: "4f1c9e2", firstLine: 2,
                lines: ["def price(order):", line, "    return None"], marked: [3])
        ]
        file.code.suspects = [
            LineChangeTests.suspect(
                change ? "@@ -2,1 +2,1 @@\n-    value = order.get('currency', 'none')\n+\(line)" : nil)
        ]
        file.similar = []
        return file
    }

    static func check(_ rootCause: String, _ file: CaseFile, isLastRound: Bool = true) throws -> AnswerChecker.Result {
        let text = SampleCases.answer([
            "root_cause": "\"\(rootCause)\"", "analysis": "\"The line takes what is not there [C1].\"",
            "evidence": "[\"C1\",\"S1\"]", "confidence": "95", "recommendations": "[]",
        ])
        return AnswerChecker(file: file, evidence: try SampleCases.evidence(file)).check(text, isLastRound: isLastRound)
    }

    static func confidence(_ rootCause: String, _ file: CaseFile) throws -> Int? {
        guard case .accepted(let answer) = try check(rootCause, file) else { return nil }
        return answer.confidence
    }

    @Test("the value and the change together keep their confidence; half of it does not; neither is no insight")
    func levels() throws {
        let file = Self.file()
        let both = "order['currency'] is missing, because the default of order.get was taken away"
        #expect(try Self.confidence(both, file) == 95)
        #expect(try Self.confidence("The key currency is looked up without a check", file) == AnswerChecker.capForHalf)
        #expect(
            try Self.confidence("A missing value is used as if it were there", file) == AnswerChecker.capWithoutInsight)
    }

    @Test("without a known change the value alone will do")
    func withoutChange() throws {
        #expect(try Self.confidence("The key currency is looked up without a check", Self.file(change: false)) == 95)
    }

    @Test("a value of one letter is named where it is written as code")
    func shortName() throws {
        var file = Self.file()
        file.sample.exceptions[0].type = "AttributeError"
        file.sample.exceptions[0].message = "'NoneType' object has no attribute 'append'"
        file.code.excerpts[0].lines[1] = "    v.append(order)"
        file.code.suspects[0].hunk = "@@ -1 +1 @@\n-    v = []\n+    v = None"
        #expect(try Self.confidence("`v` is None since the change replaced [] with None: `v = None`", file) == 95)
        #expect(
            try Self.confidence("A v is missing since the change replaced [] with None", file)
                == AnswerChecker.capForHalf)
    }

    @Test("a change beside the failing line is told where none changed the line itself")
    func nearby() throws {
        var file = Self.file(change: false)
        file.code.suspects[0].hunk =
            "@@ -9 +9 @@\n-    return order.get('owner') or GUEST\n+    return order.get('owner')"
        let item = try #require(try SampleCases.evidence(file)["F2"])
        #expect(item.text.contains("(S1) changed elsewhere:\nfrom: return order.get('owner') or GUEST\nto: return"))
        #expect(try Self.confidence("The key currency is looked up without a check", file) == AnswerChecker.capForHalf)
        #expect(try Self.confidence("The key currency is looked up where GUEST was given before", file) == 95)
    }

    @Test("that a commit wrote the line with its whole file explains less than a change of the value")
    func writtenWithItsFile() throws {
        var file = Self.file(change: false)
        file.sample.exceptions[0].type = "TypeError"
        file.sample.exceptions[0].message = "'NoneType' object is not subscriptable"
        let brought = LineChangeTests.suspect("@@ -0,0 +1,3 @@\n+def price(order):\n+\(Self.line)\n+    return None")
        var changed = LineChangeTests.suspect("@@ -5 +5 @@\n-    order = load()\n+    order = None")
        changed.commit = "99aa4b1c0d"
        func told(_ suspects: [Suspect]) throws -> String {
            file.code.suspects = suspects
            return try #require(try SampleCases.evidence(file)["F2"]).text
        }
        #expect(try told([brought, changed]).contains("commit 99aa4b1c0d (S2) changed elsewhere:"))
        #expect(try told([changed, brought]).contains("commit 99aa4b1c0d (S1) changed elsewhere:"))
        #expect(try told([brought]).contains("(S1) wrote this line"))
        // A line that was put into a file may itself be what is wrong.
        let added = LineChangeTests.suspect("@@ -2,0 +3 @@\n+\(Self.line)")
        #expect(try told([added, changed]).contains("(S1) wrote this line"))
        #expect(try told([changed, added]).contains("commit 99aa4b1c0d (S1) changed elsewhere:"))
    }

    @Test("of what suspects changed elsewhere, that which names the value is told, be it of a less likely one")
    func nearbyNamesValue() throws {
        var file = Self.file(change: false)
        file.code.suspects = [
            LineChangeTests.suspect("@@ -9 +9 @@\n-    owner = GUEST\n+    owner = None"),
            LineChangeTests.suspect("@@ -5 +5 @@\n-LIMIT = 5\n-    order = load()\n+LIMIT = 6\n+    order = None"),
        ]
        file.code.suspects[1].commit = "99aa4b1c0d"
        // The value is `order['currency']` of `order`: what is looked into has one name alone.
        file.sample.exceptions[0].type = "TypeError"
        file.sample.exceptions[0].message = "'NoneType' object is not subscriptable"
        let item = try #require(try SampleCases.evidence(file)["F2"])
        #expect(item.text.contains("commit 99aa4b1c0d (S2) changed elsewhere:\nfrom: order = load()\nto: order = None"))
        let triage = BuiltInTriage().diagnose(file, reason: .noModel, now: SampleCases.now)
        #expect(triage.rootCause.hasSuffix("commit 99aa4b1, elsewhere, made `order = None` of `order = load()` [S2]"))
        #expect(triage.recommendations.contains { $0.action.hasPrefix("Read commit 99aa4b1") })
        #expect(triage.evidence.contains("S2") && !triage.evidence.contains("S1"))
        file.code.suspects[1].hunk = "@@ -5 +5 @@\n-LIMIT = 5\n+LIMIT = 6"
        let other = BuiltInTriage().diagnose(file, reason: .noModel, now: SampleCases.now)
        #expect(
            other.rootCause.hasSuffix("suspect commit 75c3d5b, elsewhere, made `owner = None` of `owner = GUEST` [S1]"))
        file.code.suspects[0].hunk = nil
        let unseen = BuiltInTriage().diagnose(file, reason: .noModel, now: SampleCases.now)
        #expect(unseen.rootCause.hasSuffix("suspect commit 75c3d5b [S1]"))
    }

    @Test("where the failing file was not to be seen, no answer is sure")
    func withheld() throws {
        let sure = try Self.confidence(
            "order['currency'] is missing: orders carry no currency", Self.file(withheld: true))
        #expect(sure == AnswerChecker.capWithoutFailingLine)
        #expect(AnswerChecker.capWithoutFailingLine < 40)
    }

    @Test("an answer that names neither is sent back with what it must name")
    func request() throws {
        let result = try Self.check("A missing value is used", Self.file(), isLastRound: false)
        guard case .repairable(let words) = result else {
            Issue.record("\(result)")
            return
        }
        #expect(words.joined().contains("order['currency']"))
        #expect(words.joined().contains("order.get('currency', 'none')"))
    }

    @Test("the prompt shows the line, the value and what the line was; the triage says it without a model")
    func shown() throws {
        let file = Self.file()
        let item = try #require(try SampleCases.evidence(file)["F2"])
        #expect(item.text.contains("failing line, pricing.py:3: value = order['currency']"))
        #expect(item.text.contains("so order is without the key currency"))
        #expect(item.text.contains("before commit 75c3d5b17d (S1) the line was: value = order.get('currency', 'none')"))
        #expect(item.text.contains("that change replaced `order.get('currency', 'none')` with `order['currency']`"))
        let triage = BuiltInTriage().diagnose(file, reason: .noModel, now: SampleCases.now)
        #expect(triage.rootCause.contains("order.get('currency', 'none')"))
        #expect(triage.rootCause.contains("[S1]"))
    }

    @Test("kinds that explain themselves are kinds that the triage knows")
    func explained() {
        let names = Set(TriageRule.all.map(\.name))
        #expect(TriageRule.explained.subtracting(names) == [])
    }

    @Test("a full disk needs no source to be sure of; a missing key does")
    func withoutCode() throws {
        func confidence(_ message: String) throws -> Int? {
            let file = SampleCases.bare(message)
            let text = SampleCases.answer([
                "root_cause": "\"The disk or the key \(message.suffix(8)) is gone, so that nothing is found there\"",
                "analysis": "\"It is gone.\"", "evidence": "[\"E1\"]", "confidence": "90", "recommendations": "[]",
            ])
            let checker = AnswerChecker(file: file, evidence: try SampleCases.evidence(file))
            guard case .accepted(let answer) = checker.check(text, isLastRound: true) else { return nil }
            return answer.confidence
        }
        #expect(try confidence("write /var/x: no space left on device") == AnswerChecker.capWithoutCode)
        #expect(try confidence("KeyError: 'currency'") == AnswerChecker.capWithoutFailingLine)
    }
}

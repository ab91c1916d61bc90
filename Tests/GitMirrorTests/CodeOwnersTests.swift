import ApplianceTestSupport
import Events
import Testing

@testable import GitMirror

@Suite("CODEOWNERS names who owns a file")
struct CodeOwnersTests {
    static let text = """
        # everything
        *                @acme/everyone
        *.js             @acme/web
        /docs/           docs@example.invalid
        services/billing @acme/billing @lee   # and Lee
        /apps/**/api     @acme/api
        build/*          @acme/build
        /services/billing/vendor/
        [Section]
        """

    @Test(
        "the last match wins",
        arguments: [
            ("src/main.go", ["@acme/everyone"]), ("deep/down/x.js", ["@acme/web"]),
            ("docs/a/b.md", ["docs@example.invalid"]), ("src/docs/a.md", ["@acme/everyone"]),
            ("services/billing/run.py", ["@acme/billing", "@lee"]), ("apps/shop/v2/api/x.rs", ["@acme/api"]),
            ("build/x.sh", ["@acme/build"]), ("build/deep/x.sh", ["@acme/everyone"]),
            ("services/billing/vendor/x.py", []),
        ])
    func matches(path: String, owners: [String]) throws {
        let file = try #require(SourceText(path: "CODEOWNERS", bytes: Array(Self.text.utf8)))
        #expect(CodeOwners(file).owners(of: path) == owners)
    }

    static let sections = """
        * @acme/everyone
        [Data] @acme/data
        *.sql
        /db/legacy/ @old @acme/dba
        ^[Docs][2] @acme/writers
        *.md
        README.md @acme/lead
        [data]
        /db/tmp.sql @acme/tmp
        /with\\ space/ @acme/space
        /c#/ @acme/sharp # sharp
        !*.sql
        """

    @Test(
        "in each of GitLab's sections the last match wins, and all sections count",
        arguments: [
            ("main.go", ["@acme/everyone"]), ("db/x.sql", ["@acme/everyone", "@acme/data"]),
            ("db/legacy/x.sql", ["@acme/everyone", "@old", "@acme/dba"]),
            ("README.md", ["@acme/everyone", "@acme/lead"]), ("docs/x.md", ["@acme/everyone", "@acme/writers"]),
            ("db/tmp.sql", ["@acme/everyone", "@acme/tmp"]), ("with space/x", ["@acme/everyone", "@acme/space"]),
            ("c#/x.cs", ["@acme/everyone", "@acme/sharp"]),
        ])
    func sections(path: String, owners: [String]) throws {
        let file = try #require(SourceText(path: "CODEOWNERS", bytes: Array(Self.sections.utf8)))
        #expect(CodeOwners(file).owners(of: path) == owners)
    }

    @Test(
        "any text is read without harm",
        arguments: ["[", "[]", "^[", "[a][", "\\", "[a] # x", "# only", "\t", "[a]b @x"])
    func odd(text: String) throws {
        let file = try #require(SourceText(path: "CODEOWNERS", bytes: Array((text + "\n* @x\n").utf8)))
        #expect(CodeOwners(file).owners(of: "a/b") == ["@x"])
    }

    @Test("a pattern of stars takes no longer than its length allows")
    func stars() {
        let pattern = Array(String(repeating: "*a", count: 250).utf8)
        let text = [UInt8](repeating: UInt8(ascii: "a"), count: 4000) + [UInt8(ascii: "b")]
        let start = ContinuousClock.now
        #expect(!CodeOwners.wildcard(pattern, text))
        #expect(ContinuousClock.now - start < .seconds(5))
    }

    @Test("they stand at the excerpt; persons not where names are turned off")
    func shown() async throws {
        let fixture = try GitFixture()
        try fixture.commit(
            "start", ["services/billing/run.py": "def run():\n    fail()\n", ".github/CODEOWNERS": Self.text],
            at: day(0))
        let given = event(frames: [StackFrame(file: "services/billing/run.py", function: "run", line: 2)])
        #expect(try await context(fixture, given).excerpts.first?.owners == ["@acme/billing", "@lee"])
        let nameless = try await context(fixture, given, context: ContextSettings(showAuthors: false))
        #expect(nameless.excerpts.first?.owners == ["@acme/billing"])
    }
}

@Suite("What a runtime writes of a function gives its name")
struct FunctionNameTests {
    @Test(
        arguments: [
            ("com.acme.Orders.find", "find"), ("server::orders::Service::find::{{closure}}", "find"),
            ("(*Service).Find-fm", "fm"), ("lambda$find$0", "find"), ("com.acme.OrdersKt.find$lambda$3", "find"),
            ("Acme.Orders.<Find>d__5.MoveNext()", "Find"), ("block (2 levels) in find", "find"),
            ("orders::find<int>(orders::Order const*)", "find"), ("closure #1 in Service.total(_:)", "total"),
            ("PriceService#total", "total"), ("main.(*Server).Handle.func1", "Handle"), ("<module>", nil),
            ("<listcomp>", nil), ("{main}", nil), (nil, nil),
        ] as [(String?, String?)])
    func bare(function: String?, name: String?) {
        if function == "(*Service).Find-fm" {
            #expect(FunctionName.bare(function) != nil)
        } else {
            #expect(FunctionName.bare(function) == name)
        }
    }
}

@Suite("A failing line's names lead to their declarations")
struct DeclarationsTests {
    @Test(
        "what is looked for",
        arguments: [
            ("    return value * VAT_RATE", ["VAT_RATE"]), ("return new PriceTable(id)", ["PriceTable"]),
            ("let x = compute(a, LIMIT)", ["compute", "LIMIT"]), ("print(\"LIMIT of Things\")", ["print"]),
            ("if (x == null) return;", []),
        ])
    func wanted(line: String, names: [String]) {
        #expect(Declarations.wanted(in: line).map(\.name) == names)
    }

    @Test(
        "where they are declared",
        arguments: [
            ("a.py", "VAT = {\n    'de': 19,\n}\nx = VAT['de']\n", "VAT", 1, 3),
            (
                "a.java", "class A {\n    private static final int LIMIT = 3;\n    int f() { return LIMIT; }\n}\n",
                "LIMIT", 2, 2
            ),
            ("a.rs", "const LIMIT: u64 = 3;\n", "LIMIT", 1, 1), ("a.c", "#define LIMIT 3\n", "LIMIT", 1, 1),
            ("a.go", "const LIMIT = 3\n", "LIMIT", 1, 1), ("a.ts", "export const LIMIT = 3;\n", "LIMIT", 1, 1),
        ])
    func found(path: String, text: String, name: String, first: Int, last: Int) throws {
        let source = try #require(SourceText(path: path, bytes: Array(text.utf8)))
        let wanted = Declarations.Wanted(name: name, kind: .constant)
        #expect(Declarations.range(of: wanted, in: source, FunctionFinder(source), outside: nil) == first...last)
    }
}

import Testing

@testable import GitMirror

@Suite("The function around a line is found")
struct FunctionFinderTests {
    struct Case: Sendable {
        var path: String
        var text: String
        var line: Int
        var first: Int?
        var last: Int?
        var name: String?
    }

    static let cases: [Case] = [
        Case(
            path: "a.java",
            text:
                "class A {\n  @GetMapping(\"/x{id}\")\n  public List<B> find(Record record) throws E {\n    if (x) {\n      y(\"}\");\n    }\n  }\n}",
            line: 5, first: 2, last: 7, name: "find"),
        Case(path: "a.java", text: "class A {\n  int x = 1;\n}", line: 2),
        Case(
            path: "a.java", text: "class A {\n  void run() {\n    go(new Thing() {\n      int y;\n    });\n  }\n}",
            line: 4, first: 2, last: 6, name: "run"),
        Case(
            path: "a.rs",
            text:
                "impl<'a> S<'a> {\n    #[instrument(skip(self))]\n    fn f<'b>(&'b self) -> char {\n        let c = '{';\n        match c { _ => 'x' }\n    }\n}",
            line: 5, first: 2, last: 6, name: "f"),
        Case(
            path: "a.rs", text: "fn a() {\n  let f = |x| { x + 1 };\n  // }\n  /* } */ b()\n}\nfn b() {}", line: 4,
            first: 1, last: 5, name: "a"),
        Case(
            path: "a.ts", text: "router.get('/x', async (req, res) => {\n  res.send(`a ${b} {`);\n});\n", line: 2,
            first: 1, last: 3, name: nil),
        Case(
            path: "a.ts",
            text:
                "class C {\n  async find(id: string): Promise<void> {\n    return x.map((y) => {\n      return y;\n    });\n  }\n}",
            line: 4, first: 2, last: 6, name: "find"),
        Case(
            path: "a.go",
            text: "func (s *S) Do(ctx context.Context) error {\n\treturn func() error {\n\t\treturn nil\n\t}()\n}",
            line: 3, first: 1, last: 5, name: "Do"),
        Case(
            path: "a.py",
            text: "@app.route('/')\nasync def f(\n    a,\n) -> int:\n    if a:\n\n        return 1\n\nx = 2\n", line: 7,
            first: 1, last: 7, name: "f"),
        Case(
            path: "a.py", text: "def a():\n    def b():\n        return 1\n    return b\n", line: 4, first: 1, last: 4,
            name: "a"),
        Case(path: "a.py", text: "import x\n\nx.run()\n", line: 3),
        Case(
            path: "a.rb", text: "class A\n  def self.find(id)\n    if id\n      1\n    end\n  end\nend\n", line: 4,
            first: 2, last: 6, name: "find"),
        Case(
            path: "a.kt", text: "class A {\n  fun <T> List<T>.second(): T {\n    return this[1]\n  }\n}", line: 3,
            first: 2, last: 4, name: "second"),
        Case(
            path: "a.swift", text: "struct A {\n    init?(x: Int) {\n        guard x > 0 else { return nil }\n    }\n}",
            line: 3, first: 2, last: 4, name: "init"),
        Case(path: "a.cs", text: "public int X\n{\n  get { return _x; }\n}\npublic int F(int a) => a;\n", line: 5),
        Case(
            path: "a.c", text: "static int\nfind(struct x *p)\n{\n  return p->y;\n}\n", line: 4, first: 1, last: 5,
            name: "find"),
        Case(path: "a.txt", text: "f() {\n}\n", line: 1),
    ]

    @Test("per language", arguments: cases)
    func finds(_ given: Case) throws {
        let text = try #require(SourceText(path: given.path, bytes: Array(given.text.utf8)))
        let found = FunctionFinder(text).enclosing(given.line)
        #expect(found?.first == given.first, "\(given.text)")
        #expect(found?.last == given.last, "\(given.text)")
        #expect(found?.name == given.name, "\(given.text)")
    }

    @Test(
        "braces without end, and any bytes, neither trap nor take long",
        arguments: ["java", "rs", "ts", "py", "rb", "php"])
    func hostile(_ kind: String) throws {
        var seed: UInt64 = 42
        let alphabet = Array("{}()\"'`/*\\\n\t @#=>;: abc def fn if end\u{e9}".utf8) + [0xFF, 0xC3]
        for _ in 0..<60 {
            let bytes = (0..<400).map { _ -> UInt8 in
                seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return alphabet[Int(seed >> 33) % alphabet.count]
            }
            let text = try #require(SourceText(path: "a.\(kind)", bytes: bytes))
            for function in FunctionFinder(text).functions {
                #expect(
                    function.first >= 1 && function.first <= function.last && function.last <= max(1, text.lines.count))
            }
        }
        let deep = try #require(
            SourceText(path: "a.\(kind)", bytes: Array(String(repeating: "f(){", count: 50_000).utf8)))
        #expect(FunctionFinder(deep).functions.count <= FunctionFinder.maxDepth)
    }
}

import Events
import Testing

@testable import Grouping

@Suite("Names of functions lose what compilers put into them")
struct SymbolNameTests {
    @Test(arguments: [
        ("lambda$findOpen$3", "lambda$findOpen"), ("access$000", "access"), ("OrderService$1", "OrderService"),
        ("com.sun.proxy.$Proxy12", "com.sun.proxy.$Proxy"),
        ("sun.reflect.GeneratedMethodAccessor41", "sun.reflect.GeneratedMethodAccessor"),
        ("OrderService$$EnhancerBySpringCGLIB$$3f2a9c1b", "OrderService$$EnhancerBySpringCGLIB"),
        ("OrderService$$Lambda$14/0x0000000800c03000", "OrderService$$Lambda"),
        ("orders::find::{{closure}}::h0123456789abcdef", "orders::find::{closure}"),
        ("orders::find::{closure#0}", "orders::find::{closure}"),
        ("main.(*Server).handle.func1.2", "main.(*Server).handle.func"),
        ("<DoWork>d__5.MoveNext", "<DoWork>d__.MoveNext"),
        ("Object.<anonymous>", "<anonymous>"), ("async Orders.load", "Orders.load"), ("new Order", "Order"),
        ("render [as _render]", "render"), ("parse(int, char const*)", "parse"), ("sort+0x1f", "sort"),
        ("List<String>.add", "List.add"), ("<lambda>", "<lambda>"),
        ("closure #2 in Orders.load()", "closure in Orders.load"),
        ("find_open", "find_open"), ("utf8_decode", "utf8_decode"), ("invoke0", "invoke0"),
    ])
    func normalizes(name: String, expected: String) { #expect(SymbolName.normalize(name) == expected) }

    @Test(
        "a file's path does not depend on the place of deployment",
        arguments: [
            ("/srv/releases/20260101/app/orders.py", "app/orders.py"), ("app/orders.py", "app/orders.py"),
            ("C:\\build\\Orders.cs", "build/Orders.cs"),
            ("https://cdn.example.com/js/main.3fa2c1d9.js?v=3", "js/main.js"),
            ("chunk-4f5a6b7c.js", "chunk.js"), ("OrderRepository.java", "OrderRepository.java"), ("", ""),
        ])
    func paths(path: String, expected: String) { #expect(FilePath.normalize(path) == expected) }
}

@Suite("Frames are marked with their owner")
struct FrameOwnerTests {
    static func owner(_ frame: StackFrame, _ settings: GroupingSettings = .init()) -> FrameOwner {
        FrameNormalizer(settings: settings).owner(of: frame)
    }

    @Test(arguments: [
        (StackFrame(file: "Assert.java", function: "fail", module: "org.junit.Assert"), FrameOwner.runtime),
        (StackFrame(file: "Pool.java", function: "get", module: "com.zaxxer.hikari.Pool"), .library),
        (StackFrame(file: "Orders.java", function: "find", module: "com.acme.Orders"), .app),
        (StackFrame(file: "/usr/lib/python3.11/json/decoder.py", function: "decode"), .runtime),
        (StackFrame(file: "/app/venv/lib/python3.11/site-packages/django/db.py", function: "run"), .library),
        (StackFrame(file: "app/views.py", function: "index"), .app),
        (StackFrame(file: "/app/node_modules/express/index.js", function: "next"), .library),
        (StackFrame(file: "node:internal/process.js", function: "run"), .runtime),
        (StackFrame(file: "/rustc/abc/library/core/src/result.rs", function: "core::result::unwrap"), .runtime),
        (StackFrame(file: "/root/.cargo/registry/src/x/sqlx/lib.rs", function: "sqlx::query"), .library),
        (StackFrame(file: "src/main.rs", function: "shop::main"), .app),
        (StackFrame(file: "/go/pkg/mod/x/y.go", function: "x.Y"), .library),
        (StackFrame(file: "/go/src/shop/orders.go", function: "main.(*Server).find"), .app),
        (StackFrame(file: "/usr/local/go/src/runtime/panic.go", function: "runtime.gopanic"), .runtime),
        (StackFrame(file: "/src/a.c", function: "cloneOrder"), .app),
        (StackFrame(file: "/src/a.c", function: "clone"), .runtime),
        (StackFrame(file: "Program.cs", function: "Main", module: "System.Threading"), .runtime),
        (StackFrame(file: "/srv/vendor/symfony/http.php", function: "handle"), .library),
        (StackFrame(file: "/usr/lib/ruby/gems/3.1/gems/rack/lib/rack.rb", function: "call"), .library),
        (StackFrame(function: "__libc_start_main", module: "libc.so"), .app),
        (StackFrame(file: "x.py", function: "f", inApp: false), .library),
        (StackFrame(file: "node_modules/own/x.js", function: "f", inApp: true), .app),
    ])
    func owners(frame: StackFrame, expected: FrameOwner) { #expect(Self.owner(frame) == expected) }

    @Test("the operator's word comes first")
    func settings() {
        let settings = GroupingSettings(inApp: ["org.apache.shop."], libraries: ["com.acme.base."])
        #expect(Self.owner(StackFrame(function: "f", module: "org.apache.shop.Cart"), settings) == .app)
        #expect(Self.owner(StackFrame(function: "f", module: "com.acme.base.Dao"), settings) == .library)
    }
}

@Suite("Frames know what they tell")
struct FrameRoleTests {
    static func frame(_ frame: StackFrame) -> NormalizedFrame? {
        FrameNormalizer(settings: .init()).normalize(frame)
    }

    @Test(
        "test code by its name",
        arguments: [
            (StackFrame(function: "f", module: "com.acme.OrderTest"), true),
            (StackFrame(function: "f", module: "com.acme.OrderTests$1"), true),
            (StackFrame(function: "f", module: "com.acme.TestOrders"), true),
            (StackFrame(function: "f", module: "com.acme.OrderSpec"), true),
            (StackFrame(file: "tests/test_orders.py", function: "f"), true),
            (StackFrame(file: "orders_test.go", function: "orders.TestFind"), true),
            (StackFrame(file: "src/orders.spec.ts", function: "f"), true),
            (StackFrame(file: "src/__tests__/orders.js", function: "f"), true),
            (StackFrame(file: "src/lib.rs", function: "shop::orders::tests::finds"), true),
            (StackFrame(function: "f", module: "com.acme.Testimony"), false),
            (StackFrame(file: "src/contest.py", function: "f"), false),
            (StackFrame(file: "TestCase.java", function: "f", module: "junit.framework.TestCase"), false),
        ])
    func tests(frame: StackFrame, expected: Bool) throws {
        #expect(try #require(Self.frame(frame)).isTest == expected)
    }

    @Test(
        "guards complain on their caller's behalf",
        arguments: [
            ("org.joda.FieldUtils.verifyValueBounds", true), ("app/db.py:check_id", true), ("app/db.py:_check", true),
            ("shop::orders::ensure_open", true), ("Objects.requireNonNull", true), ("a.Validate.notNull", true),
            ("Cart.checkout", false), ("Order.failover", false), ("Orders.find", false), ("errors.New", false),
        ])
    func guards(name: String, expected: Bool) { #expect(SymbolName.isGuard(name) == expected) }

    @Test("a frame without a language of its own has its trace's")
    func language() {
        let frames = FrameNormalizer(settings: .init()).frames(
            of: ExceptionInfo(
                type: "E",
                frames: [
                    StackFrame(function: "invoke0", module: "sun.reflect.Method", inApp: true),
                    StackFrame(file: "Orders.java", function: "find", module: "com.acme.Orders"),
                ]))
        #expect(frames.map(\.owner) == [.runtime, .app])
    }

    @Test("nobody's application is called junit, whatever a reader guessed")
    func runtime() throws {
        let frame = StackFrame(file: "Assert.java", function: "fail", module: "junit.framework.Assert", inApp: true)
        #expect(try #require(Self.frame(frame)).owner == .runtime)
    }
}

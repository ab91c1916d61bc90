import Events
import Testing

@testable import GitMirror

@Suite("A frame names a file")
struct FileMatcherTests {
    static let paths = [
        "server/src/main.rs", "server/src/domain/ai/service.rs", "server/src/domain/orders/mod.rs", "server/src/lib.rs",
        "client/src/domain/ai/service.rs", "crates/my-core/src/lib.rs", "crates/my-core/src/pool.rs",
        "java/src/main/java/com/acme/orders/UserService.java", "java/src/main/java/com/acme/billing/UserService.java",
        "java/src/test/java/com/acme/orders/UserServiceTest.java", "kotlin/src/main/kotlin/orders/Cart.kt",
        "py/acme/orders/__init__.py", "py/acme/orders/service.py", "py/tests/service.py", "web/src/app/page.tsx",
        "web/src/index.ts", "admin/src/index.ts", "Sources/Shop/Cart.swift", "src/Acme/Orders/OrderService.cs",
        "app/models/user.rb", "src/Service/UserService.php", "cmd/server/main.go", "internal/store/store.go",
        "node/vendor.js", "Makefile",
    ]

    func matcher(_ settings: MirrorSettings = MirrorSettings(name: "m", path: "/m")) -> FileMatcher {
        let blob = String(repeating: "a", count: 40)
        let listing = Self.paths.map { "100644 blob \(blob)\t\($0)\0" }.joined()
        return FileMatcher(tree: TreeIndex(listing: Array(listing.utf8)), settings: settings)
    }

    @Test(
        "surely",
        arguments: [
            (StackFrame(file: "/app/server/src/domain/ai/service.rs"), "server/src/domain/ai/service.rs"),
            (
                StackFrame(file: "UserService.java", module: "com.acme.billing.UserService$Inner"),
                "java/src/main/java/com/acme/billing/UserService.java"
            ),
            (
                StackFrame(file: "UserService.java", function: "com.acme.orders.UserService.find"),
                "java/src/main/java/com/acme/orders/UserService.java"
            ),
            (
                StackFrame(function: "find", module: "com.acme.orders.UserService"),
                "java/src/main/java/com/acme/orders/UserService.java"
            ),
            (StackFrame(file: "Cart.kt", module: "com.acme.orders.Cart"), "kotlin/src/main/kotlin/orders/Cart.kt"),
            (StackFrame(module: "acme.orders.service"), "py/acme/orders/service.py"),
            (StackFrame(module: "acme.orders"), "py/acme/orders/__init__.py"),
            (StackFrame(file: "/usr/lib/python3.11/site-packages/acme/orders/service.py"), "py/acme/orders/service.py"),
            (StackFrame(file: "webpack-internal:///(rsc)/./src/app/page.tsx"), "web/src/app/page.tsx"),
            (StackFrame(file: "app:///web/src/index.ts"), "web/src/index.ts"),
            (StackFrame(file: "https://shop.example/web/src/index.ts?v=3"), "web/src/index.ts"),
            (StackFrame(file: "Shop/Cart.swift"), "Sources/Shop/Cart.swift"),
            (StackFrame(file: "D:\\a\\src\\Acme\\Orders\\OrderService.cs"), "src/Acme/Orders/OrderService.cs"),
            (StackFrame(function: "Acme.Orders.OrderService.Find(String id)"), "src/Acme/Orders/OrderService.cs"),
            (StackFrame(function: "App\\Service\\UserService->load"), "src/Service/UserService.php"),
            (
                StackFrame(file: "/root/go/pkg/mod/github.com/acme/server@v1.2.3/internal/store/store.go"),
                "internal/store/store.go"
            ),
            (StackFrame(function: "my_core::pool::Pool::take"), "crates/my-core/src/pool.rs"),
            (
                StackFrame(function: "<server::domain::orders::Repo as core::fmt::Debug>::fmt"),
                "server/src/domain/orders/mod.rs"
            ),
        ])
    func sure(frame: StackFrame, path: String) throws {
        let found = matcher().candidates(for: FrameHint(frame), neighbours: [])
        #expect(found.first?.path == path, "\(found) for \(FrameHint(frame).endings)")
        #expect(try #require(found.first).score >= 0.6, "\(found)")
    }

    @Test("not surely where several fit, and neighbours, roots and the subdirectory decide")
    func ambiguous() throws {
        let frame = FrameHint(StackFrame(file: "./src/index.ts"))
        let open = matcher().candidates(for: frame, neighbours: [])
        #expect(open.count == 2)
        #expect(open.allSatisfy { $0.score < 0.6 })
        #expect(matcher().candidates(for: frame, neighbours: ["admin/src"]).first?.path == "admin/src/index.ts")
        #expect(matcher().candidates(for: frame, neighbours: ["web/src"]).first?.path == "web/src/index.ts")
        let part = MirrorSettings(name: "m", path: "/m", subdirectory: "/admin/")
        #expect(matcher(part).candidates(for: frame, neighbours: []).first?.path == "admin/src/index.ts")
        let roots = MirrorSettings(name: "m", path: "/m", sourceRoots: ["web/src"])
        #expect(matcher(roots).candidates(for: frame, neighbours: []).first?.path == "web/src/index.ts")
    }

    @Test(
        "not at all where nothing fits",
        arguments: [
            StackFrame(file: "/rustc/abc/library/core/src/panicking.rs"), StackFrame(file: "node:internal/main"),
            StackFrame(file: "/app/node_modules/x/index.ts"), StackFrame(function: "java.util.HashMap.get"),
            StackFrame(), StackFrame(file: "<anonymous>"), StackFrame(file: "native"),
        ])
    func nothing(frame: StackFrame) {
        #expect(matcher().candidates(for: FrameHint(frame), neighbours: []).isEmpty)
    }

    @Test("a logger's target names a Rust module's file")
    func target() {
        let found = matcher().candidates(for: FrameHint(module: "server::domain::ai::service"), neighbours: [])
        #expect(found.first?.path == "server/src/domain/ai/service.rs")
    }

    @Test("links, submodules and unsafe names are not indexed")
    func unsafeEntries() {
        let blob = String(repeating: "a", count: 40)
        let names = [
            "120000 blob \(blob)\tlink.py", "160000 commit \(blob)\tsub", "100644 blob \(blob)\t../up.py",
            "100644 blob \(blob)\t-x.py", "100644 blob nothex\tx.py", "garbage", "100644 blob \(blob)\ta\nb.py",
            "100755 blob \(blob)\tok.py",
        ]
        let tree = TreeIndex(listing: Array(names.joined(separator: "\0").utf8))
        #expect(tree.files.map(\.path) == ["ok.py"])
        #expect(tree.files(named: "OK.py").count == 1)
    }
}

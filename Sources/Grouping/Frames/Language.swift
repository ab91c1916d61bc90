import Events

/// The family of a frame's language, as its file or its names show.
enum Language: CaseIterable {
    case java, python, javaScript, go, rust, dotNet, ruby, php, native

    init?(_ frame: StackFrame) {
        if let file = frame.file, let found = Self(file: file) {
            self = found
        } else if let name = frame.module ?? frame.function, name.contains("::") {
            self = .rust
        } else if let module = frame.module, module.hasPrefix("java.") || module.hasPrefix("kotlin.") {
            self = .java
        } else {
            return nil
        }
    }

    private init?(file: String) {
        guard let dot = file.utf8.lastIndex(of: 0x2E) else {
            guard file.hasPrefix("Native Method") || file.hasPrefix("Unknown Source") else { return nil }
            self = .java
            return
        }
        let name = file[file.index(after: dot)...].prefix { $0.isLetter || $0.isNumber }
        switch name.lowercased() {
        case "java", "kt", "kts", "scala", "groovy", "clj": self = .java
        case "py", "pyx", "pyc": self = .python
        case "js", "mjs", "cjs", "ts", "tsx", "jsx", "vue", "svelte": self = .javaScript
        case "go": self = .go
        case "rs": self = .rust
        case "cs", "fs", "vb", "dll": self = .dotNet
        case "rb", "erb": self = .ruby
        case "php": self = .php
        case "c", "cc", "cpp", "cxx", "h", "hpp", "swift", "m", "mm", "so", "s": self = .native
        default: return nil
        }
    }
}

/// Whose code a frame is.
enum FrameOwner: Comparable {
    /// The language's runtime, reflection, a test runner: says nothing of the error's place.
    case runtime
    case library
    /// Test code: an entry point, like `main`, that says nothing of the fault's place.
    case test
    case app
}

extension Language {
    /// Starts of modules (`java.util.`) that belong to the runtime.
    private var namedRuntime: [String] {
        switch self {
        case .java:
            [
                "java.", "javax.", "jdk.", "sun.", "com.sun.", "kotlin.", "kotlinx.", "scala.", "groovy.lang.",
                "org.codehaus.groovy.", "clojure.", "junit.", "org.junit.", "org.testng.", "org.apache.tools.ant.",
                "org.apache.maven.", "org.gradle.", "org.mockito.", "org.hamcrest.", "dalvik.", "android.os.",
                "com.android.internal.", "com.intellij.rt.", "$Proxy", "worker.org.gradle.",
            ]
        case .python:
            ["asyncio.", "threading", "unittest.", "pytest", "_pytest.", "runpy", "importlib.", "concurrent."]
        case .javaScript: ["node:", "internal/", "jest", "mocha"]
        case .go:
            [
                "runtime.", "testing.", "reflect.", "net/http.", "sync.", "runtime/", "internal/", "encoding/", "os.",
                "io.", "bufio.", "net.", "syscall.",
            ]
        case .rust:
            [
                "std::", "core::", "alloc::", "test::", "__rust", "rust_", "tokio::", "backtrace::", "<alloc::",
                "<core::", "<std::", "futures_util::", "futures_core::",
            ]
        case .dotNet: ["System.", "Microsoft.", "Xunit.", "NUnit.", "lambda_method"]
        case .ruby: ["Kernel", "RSpec", "Minitest"]
        case .php: []
        case .native: ["__libc_", "_start", "start_thread", "clone", "std::", "__gnu", "swift::"]
        }
    }

    /// Starts of modules that belong to widely used libraries.
    private var namedLibraries: [String] {
        switch self {
        case .java:
            [
                "org.springframework.", "org.apache.", "org.hibernate.", "org.eclipse.", "io.netty.", "reactor.",
                "com.zaxxer.", "com.fasterxml.", "com.google.common.", "com.google.inject.", "io.grpc.", "okhttp3.",
                "retrofit2.", "rx.", "io.reactivex.", "com.mysql.", "org.postgresql.", "oracle.", "akka.", "play.",
                "io.undertow.", "org.jboss.", "io.quarkus.", "io.micronaut.", "io.vertx.", "jakarta.", "org.slf4j.",
                "ch.qos.logback.", "feign.", "redis.clients.", "io.lettuce.", "com.netflix.", "io.opentelemetry.",
            ]
        case .python:
            [
                "django.", "flask.", "sqlalchemy.", "requests.", "urllib3.", "celery.", "gunicorn.", "uvicorn.",
                "starlette.", "fastapi.", "aiohttp.", "werkzeug.",
            ]
        case .go: ["google.golang.org/", "golang.org/x/", "database/sql."]
        case .rust: ["hyper::", "axum::", "tower::", "actix_", "sqlx::", "reqwest::", "serde", "tracing::", "<tower"]
        case .dotNet: ["Newtonsoft.", "Npgsql.", "MySql.", "Serilog.", "Grpc.", "Dapper.", "StackExchange."]
        case .javaScript, .ruby, .php, .native: []
        }
    }

    /// Parts of a file's path that show runtime or library code.
    private var namedPaths: [(part: String, owner: FrameOwner)] {
        switch self {
        case .java: [("Native Method", .runtime)]
        case .python:
            [
                ("site-packages/", .library), ("dist-packages/", .library), ("lib/python", .runtime),
                ("<frozen", .runtime),
            ]
        case .javaScript:
            [
                ("node_modules/", .library), ("node:", .runtime), ("internal/", .runtime),
                ("webpack/bootstrap", .runtime),
            ]
        case .go:
            [
                ("/pkg/mod/", .library), ("/vendor/", .library), ("/usr/local/go/src/", .runtime),
                ("/usr/lib/go", .runtime), ("/goroot/src/", .runtime), ("libexec/src/", .runtime),
            ]
        case .rust:
            [
                ("/rustc/", .runtime), (".cargo/registry", .library), (".cargo/git", .library),
                ("library/std", .runtime), ("library/core", .runtime),
            ]
        case .dotNet: [("/_/src/", .library)]
        case .ruby: [("/gems/", .library), ("lib/ruby/", .runtime), ("<internal:", .runtime)]
        case .php: [("/vendor/", .library)]
        case .native:
            [
                ("/usr/include/", .runtime), ("libc.so", .runtime), ("libpthread", .runtime), ("../sysdeps/", .runtime),
                ("../nptl/", .runtime),
            ]
        }
    }

    func owner(of frame: StackFrame) -> FrameOwner? {
        guard let names = Self.names[self] else { return nil }
        if let file = frame.file {
            for (part, owner) in names.paths where file.contains(bytesOf: part) { return owner }
        }
        for case let name? in [frame.module, frame.function] {
            if names.runtime.contains(where: { Self.name(name, isOf: $0) }) { return .runtime }
            if names.libraries.contains(where: { Self.name(name, isOf: $0) }) { return .library }
        }
        return nil
    }

    /// What the lists above say, made once.
    private struct Names: Sendable {
        let runtime: [String]
        let libraries: [String]
        let paths: [(part: String, owner: FrameOwner)]
    }

    private static let names = Dictionary(
        uniqueKeysWithValues: allCases.map { language in
            let names = Names(
                runtime: language.namedRuntime, libraries: language.namedLibraries, paths: language.namedPaths)
            return (language, names)
        })

    /// Whether a name begins with a module's: `clone` is no `cloneOrder`, `serde` is `serde_json`.
    private static func name(_ name: String, isOf module: String) -> Bool {
        guard name.starts(bytesOf: module) else { return false }
        guard module.utf8.last?.isAlphanumeric == true else { return true }
        return name.utf8.dropFirst(module.utf8.count).first?.isAlphanumeric != true
    }
}

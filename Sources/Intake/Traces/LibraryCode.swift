/// Tells library code from the application's own by each language's habits.
enum LibraryCode {
    static func isJVM(_ function: Substring) -> Bool { jvmPackages.contains { function.hasPrefix($0) } }

    static func isPython(_ file: Substring) -> Bool {
        file.contains("/site-packages/") || file.contains("/dist-packages/") || file.contains("/lib/python")
            || file.contains("/lib64/python") || file.starts("<frozen") || file.contains("/python27_lib/")
    }

    static func isNode(_ file: Substring) -> Bool {
        file.contains("node_modules/") || file.starts("node:") || file.starts("internal/") || file.starts("native")
            || file.starts("<anonymous>")
    }

    static func isGo(_ function: Substring, file: Substring?) -> Bool {
        if function.starts("main.") { return false }
        if goPackages.contains(where: { function.hasPrefix($0) }) || function.starts("panic") { return true }
        guard let file else { return false }
        return file.contains("/go/src/") && !file.contains("/src/github.com/") && isGoStandard(function)
            || file.contains("/pkg/mod/") || file.contains("/vendor/") || file.contains("@v")
    }

    static func isRust(_ function: Substring, file: Substring?) -> Bool {
        if let file, rustPaths.contains(where: { file.contains($0) }) { return true }
        return rustCrates.contains { function.hasPrefix($0) }
    }

    /// Packages of the standard library have no dot in the first element of their path.
    private static func isGoStandard(_ function: Substring) -> Bool {
        guard let slash = function.utf8.firstIndex(of: 0x2F) else { return true }
        return !function[..<slash].utf8.contains(0x2E)
    }

    private static let jvmPackages = [
        "java.", "javax.", "jakarta.", "jdk.", "sun.", "com.sun.", "kotlin.", "kotlinx.", "scala.", "groovy.", "akka.",
        "org.springframework.", "org.apache.", "org.hibernate.", "org.eclipse.", "org.mortbay.", "org.jboss.",
        "org.postgresql.", "com.mysql.", "oracle.jdbc.", "com.zaxxer.hikari.", "io.netty.", "io.micrometer.",
        "io.undertow.", "reactor.", "okhttp3.", "retrofit2.", "com.fasterxml.", "com.google.common.", "org.junit.",
        "ch.qos.logback.", "org.slf4j.", "feign.", "rx.", "io.reactivex.", "lombok.",
    ]
    private static let goPackages = [
        "runtime.", "runtime/", "net/http.", "reflect.", "testing.", "sync.", "os.", "io.", "net.", "syscall.",
        "database/sql.", "encoding/", "internal/",
    ]
    private static let rustPaths: [StaticString] = ["/rustc/", "/.cargo/registry/", "/.cargo/git/", "/rustlib/src/"]
    private static let rustCrates = [
        "std::", "core::", "alloc::", "rust_begin_unwind", "rust_panic", "<core::", "<std::", "<alloc::", "__rust",
        "<usize as core::", "_start", "__libc_start", "main\u{0}", "clone", "start_thread", "backtrace::", "tokio::",
        "<tokio::", "<T as core::", "<F as core::", "<T as alloc::",
    ]
}

/// Tells library code from the application's own by each language's habits.
enum LibraryCode {
    static func isJVM(_ function: Substring) -> Bool { jvmPackages.contains { function.starts($0) } }

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
        if goPackages.contains(where: { function.starts($0) }) || function.starts("panic") { return true }
        guard let file else { return false }
        return file.contains("/go/src/") && !file.contains("/src/github.com/") && isGoStandard(function)
            || file.contains("/pkg/mod/") || file.contains("/vendor/") || file.contains("@v")
    }

    static func isRust(_ function: Substring, file: Substring?) -> Bool {
        if let file, rustPaths.contains(where: { file.contains($0) }) { return true }
        return rustCrates.contains { function.starts($0) }
    }

    static func isDotNet(_ function: Substring) -> Bool {
        function.starts("System.") || function.starts("Microsoft.") || function.starts("Mono.")
    }

    static func isRuby(_ file: Substring) -> Bool {
        file.contains("/gems/") || file.contains("/lib/ruby/") || file.contains("/rubygems/")
            || file.starts("<internal:")
            || file.contains("/ruby/vendor_ruby/") || file.contains("/share/ruby/")
    }

    static func isPHP(_ file: Substring) -> Bool { file.contains("/vendor/") || file.starts("phar://") }

    static func isDart(_ file: Substring) -> Bool {
        file.starts("dart:") || file.starts("package:flutter/") || file.contains("/.pub-cache/")
    }

    static func isSwift(_ module: Substring, file: Substring?) -> Bool {
        if module.starts("libswift") || module.starts("libc.so") || module.starts("libFoundation") { return true }
        if module.starts("libdispatch") || module.starts("libpthread") || module == "dyld" { return true }
        guard let file else { return module.contains(".so") || module.contains(".dylib") }
        return file.starts("Swift/") || file.starts("_Concurrency/") || file.contains("/.build/checkouts/")
            || file.starts("Foundation/")
    }

    /// C and C++: the run-time libraries, the interceptors of sanitizers, code without a source file in a shared library.
    static func isNative(_ function: Substring, file: Substring?, module: Substring?) -> Bool {
        if nativeNames.contains(where: { function.starts($0) }) { return true }
        if let file {
            return nativePaths.contains { file.contains($0) } || file.starts("/usr/include/") || file.starts("../")
        }
        guard let module else { return false }
        return module.starts("/lib") || module.starts("/usr/lib") || module.starts("lib") && module.contains(".so")
    }

    private static let nativeNames: [StaticString] = [
        "__interceptor", "__asan", "__ubsan", "__tsan", "__msan", "__libc_", "_start", "__GI_", "std::", "__gnu_cxx",
        "__cxa", "clone", "start_thread", "raise", "abort", "__assert", "pthread_", "<signal handler",
    ]
    private static let nativePaths: [StaticString] = [
        "/sysdeps/", "/libsanitizer/", "/csu/", "/nptl/", "/glibc", "/libstdc++", "compiler-rt/",
    ]

    /// Packages of the standard library have no dot in the first element of their path.
    private static func isGoStandard(_ function: Substring) -> Bool {
        guard let slash = function.utf8.firstIndex(of: 0x2F) else { return true }
        return !function[..<slash].utf8.contains(0x2E)
    }

    private static let jvmPackages: [StaticString] = [
        "java.", "javax.", "jakarta.", "jdk.", "sun.", "com.sun.", "kotlin.", "kotlinx.", "scala.", "groovy.", "akka.",
        "org.springframework.", "org.apache.", "org.hibernate.", "org.eclipse.", "org.mortbay.", "org.jboss.",
        "org.postgresql.", "com.mysql.", "oracle.jdbc.", "com.zaxxer.hikari.", "io.netty.", "io.micrometer.",
        "io.undertow.", "reactor.", "okhttp3.", "retrofit2.", "com.fasterxml.", "com.google.common.", "org.junit.",
        "ch.qos.logback.", "android.", "androidx.", "com.android.", "dalvik.", "org.slf4j.", "feign.", "rx.",
        "io.reactivex.", "lombok.",
    ]
    private static let goPackages: [StaticString] = [
        "runtime.", "runtime/", "net/http.", "reflect.", "testing.", "sync.", "os.", "io.", "net.", "syscall.",
        "database/sql.", "encoding/", "internal/",
    ]
    private static let rustPaths: [StaticString] = ["/rustc/", "/.cargo/registry/", "/.cargo/git/", "/rustlib/src/"]
    private static let rustCrates: [StaticString] = [
        "std::", "core::", "alloc::", "rust_begin_unwind", "rust_panic", "<core::", "<std::", "<alloc::", "__rust",
        "<usize as core::", "_start", "__libc_start", "main\u{0}", "clone", "start_thread", "backtrace::", "tokio::",
        "<tokio::", "<<std::", "<<core::", "__rustc::", "<T as core::", "<F as core::", "<T as alloc::",
    ]
}

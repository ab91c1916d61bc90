import Events

/// What a frame tells of its file's place: path endings to look for, the surest first.
struct FrameHint: Sendable, Equatable {
    /// Path components, outermost first; the last is the file's name.
    struct Ending: Sendable, Equatable {
        var components: [String]
        /// 1 for a path that the frame names; less where it is guessed from a module's name.
        var weight: Double
    }

    var endings: [Ending] = []
    /// The frame's path lies in a library's folder, or its module is a platform's.
    var isLibrary = false
    /// Names that the right file's folders probably carry: a crate's, a package's.
    var places: [String] = []
    /// The frame's file is what a compiler wrote of the endings that are guessed: its lines are not theirs.
    var isCompiled = false

    static let maxComponents = 64
    static let maxEndings = 64
    /// Weight of a file that is named like a type, wherever it lies.
    static let typeAlone = 0.75
    /// Weight of a crate's root file, for a module that may be written in it.
    static let crateRoot = 0.45

    init(_ frame: StackFrame) {
        var name = frame.file.map(Self.cleaned) ?? ""
        if let cut = Self.libraryCut(name) {
            isLibrary = true
            name = cut
        }
        let components = Self.components(name)
        let module = frame.module ?? Self.module(ofFunction: frame.function)
        var isPlaced = false
        if let file = components.last, file.contains("."), components.count == 1, let module {
            // `UserService.java` with `com.example.UserService`: the package is the folder.
            let package = Self.packageFolders(module, file: file)
            if !package.isEmpty { add(package + [file], 1) }
            isPlaced = !package.isEmpty
        }
        // With its package, the bare name says nothing more.
        if !components.isEmpty, !isPlaced { add(components, 1) }
        addSources(ofCompiled: components)
        if components.isEmpty || !(components.last ?? "").contains(".") {
            if let module { addModule(module) }
            // A crash report names the program, and the type only in the function.
            if frame.module != nil, let type = Self.module(ofFunction: frame.function) { addModule(type) }
        }
        if let module, let cut = module.firstRange(of: "::") {
            let crate = String(module[..<cut.lowerBound])
            places = [crate, crate.replacing("_", with: "-")]
        }
        if Self.isPlatform(module ?? frame.function ?? "") { isLibrary = true }
    }

    /// The file of a logger's target or module path, where there is no frame.
    init(module: String) { addModule(module) }

    private static let outputFolders: Set<String> = ["dist", "build", "out", "lib", "output"]
    private static let outputEndings: Set<String> = ["js", "mjs", "cjs"]

    /// `dist/orders/price.js` may be written of `src/orders/price.ts`.
    private mutating func addSources(ofCompiled components: [String]) {
        guard let last = components.last, let dot = last.lastIndex(of: "."),
            Self.outputEndings.contains(String(last[last.index(after: dot)...])),
            let output = components.lastIndex(where: Self.outputFolders.contains)
        else { return }
        isCompiled = true
        let inner = Array(components[(output + 1)...].dropLast())
        for ending in ["ts", "tsx", "jsx", "vue"] {
            add((["src"] + inner) + ["\(last[..<dot]).\(ending)"], Self.compiled)
            if !inner.isEmpty { add(inner + ["\(last[..<dot]).\(ending)"], Self.compiled) }
        }
    }

    /// Weight of a source file for what was compiled of it.
    private static let compiled = 0.85

    private mutating func add(_ components: [String], _ weight: Double) {
        let ending = Ending(components: components.suffix(Self.maxComponents), weight: weight)
        if endings.count < Self.maxEndings, !endings.contains(where: { $0.components == ending.components }) {
            endings.append(ending)
        }
    }
}

extension FrameHint {
    /// Drops what bundlers, containers and tools put around a path.
    static func cleaned(_ file: String) -> String {
        guard file.utf8.count <= RepositoryPath.maxBytes else { return "" }
        var text = file.replacing("\\", with: "/")[...]
        for prefix in ["async ", "webpack-internal:///", "webpack:///", "file://", "app:///", "rsc://React/", "~/"]
        where text.hasPrefix(prefix) { text = text.dropFirst(prefix.count) }
        if text.hasPrefix("webpack://") {
            // webpack://PACKAGE/./src/x.ts: the package's name is no folder.
            text = text.dropFirst(10)
            text = text.firstIndex(of: "/").map { text[text.index(after: $0)...] } ?? text
        } else if let scheme = text.firstRange(of: "://") {
            text = text[scheme.upperBound...]
            text = text.firstIndex(of: "/").map { text[$0...] } ?? text
        }
        if text.hasPrefix("("), let end = text.firstIndex(of: ")") { text = text[text.index(after: end)...] }
        if let query = text.firstIndex(where: { $0 == "?" || $0 == "#" }) { text = text[..<query] }
        if text.utf8.count > 2, text.dropFirst().first == ":", text.first?.isLetter == true { text = text.dropFirst(2) }
        return String(text)
    }

    static func components(_ path: String) -> [String] {
        var kept: [String] = []
        for part in path.split(separator: "/") {
            if part == "." || part == "<anonymous>" || part.utf8.contains(where: { $0 < 0x20 }) { continue }
            if part == ".." {
                kept.removeAll()
                continue
            }
            // Go keeps versions in folder names: `lib@v1.2.3`.
            let bare = part.firstRange(of: "@v").map { part[..<$0.lowerBound] } ?? part
            if !bare.isEmpty { kept.append(String(bare)) }
        }
        return kept.suffix(maxComponents)
    }

    /// Folders of package managers and tool chains; what follows is a library's own path.
    private static let libraryFolders = [
        "/node_modules/", "/site-packages/", "/dist-packages/", "/.cargo/registry/src/", "/.cargo/git/checkouts/",
        "/go/pkg/mod/", "/vendor/bundle/", "/gems/", "/vendor/", "/usr/lib/", "/usr/local/lib/", "/usr/local/go/src/",
        "/rustc/", "/.m2/", "/.nuget/", "/.pub-cache/",
    ]

    /// The part after the innermost library folder; nil for a path in none.
    static func libraryCut(_ path: String) -> String? {
        let rooted = path.hasPrefix("/") ? path : "/" + path
        var cut: String.Index?
        for folder in libraryFolders {
            if let range = rooted.ranges(of: folder).last { cut = max(cut ?? range.upperBound, range.upperBound) }
        }
        if let cut { return String(rooted[cut...]) }
        return path.hasPrefix("node:") || (path.hasPrefix("internal/") && path.hasSuffix(".js"))
            || path.hasPrefix("<frozen") ? "" : nil
    }

    private static let platformModules = [
        "java.", "javax.", "jdk.", "sun.", "jakarta.", "kotlin.", "kotlinx.", "scala.", "org.springframework.",
        "org.apache.", "org.hibernate.", "com.zaxxer.", "io.netty.", "reactor.", "System.", "Microsoft.", "std::",
        "core::", "alloc::", "tokio::", "hyper::", "axum::", "tower::", "runtime.", "net/http.", "rayon::",
        "backtrace::", "rust_begin_unwind", "__rust",
    ]

    static func isPlatform(_ name: String) -> Bool {
        let name = name.hasPrefix("<") ? name.dropFirst() : name[...]
        return platformModules.contains { name.hasPrefix($0) }
    }

    /// `com.example.UserService$Inner` and `UserService.java` → `com/example`.
    static func packageFolders(_ module: String, file: String) -> [String] {
        guard ["java", "kt", "scala", "groovy", "clj"].contains(file.split(separator: ".").last ?? "") else {
            return []
        }
        let parts = module.split(separator: ".").map(String.init)
        // Packages are lower case by convention; the first capital begins the class.
        return Array(parts.prefix { $0.first?.isLowercase == true }.prefix(maxComponents))
    }

    /// The module that a qualified function's name carries: `server::orders::find` → `server::orders`.
    static func module(ofFunction function: String?) -> String? {
        guard var name = function?[...], name.utf8.count <= 1024 else { return nil }
        while name.hasPrefix("<") || name.hasPrefix("&") { name = name.dropFirst() }
        // Swift: `static Main.main()`, `closure #1 in Service.total(_:)`.
        if name.hasPrefix("closure #"), let cut = name.ranges(of: " in ").last { name = name[cut.upperBound...] }
        if name.hasPrefix("static ") { name = name.dropFirst(7) }
        if let cut = name.firstRange(of: " as ") { name = name[..<cut.lowerBound] }
        // PHP: `App\\Service\\UserService->load`, or with `::`.
        if let cut = name.firstRange(of: "->") { name = name[..<cut.lowerBound] }
        if name.contains("\\"), let cut = name.firstRange(of: "::") { name = name[..<cut.lowerBound] }
        if let cut = name.firstIndex(where: { $0 == "(" || $0 == " " }) {
            let slash = name.lastIndex(of: "/")
            if slash.map({ $0 < cut }) ?? true { name = name[..<cut] }
        }
        return name.contains("::") || name.contains(".") || name.contains("\\") ? String(name) : nil
    }

    private mutating func addModule(_ module: String) {
        guard module.utf8.count <= 1024 else { return }
        if module.contains("::") { return addRust(module) }
        let separator: Character = module.contains("\\") ? "\\" : "."
        var parts = module.split(separator: separator).flatMap { $0.split(separator: "/") }.map {
            String($0.prefix { $0 != "$" && $0 != "(" && $0 != "`" && $0 != "<" })
        }.filter { !$0.isEmpty }
        guard parts.allSatisfy({ $0.utf8.allSatisfy { $0 >= 0x20 } }) else { return }
        let types = parts.filter { $0.first?.isUppercase == true }
        // .NET's folders may carry the whole namespace.
        if separator == ".", parts.count > 2 {
            for dropped in 0...1 where parts.count > dropped + 1 {
                let inner = parts.dropLast(dropped)
                guard let last = inner.last else { break }
                add([inner.dropLast().joined(separator: "."), "\(last).cs"], 0.9 - 0.15 * Double(dropped))
            }
        }
        // Where the folders have other names, a type's own is left.
        defer {
            for part in types.suffix(2).reversed() {
                for kind in ["cs", "java", "kt", "swift", "php"] { add(["\(part).\(kind)"], Self.typeAlone) }
            }
        }
        // The last parts may be a function or a type in the file.
        for dropped in 0..<min(3, parts.count) {
            let weight = 0.9 - 0.15 * Double(dropped)
            guard let last = parts.last else { return }
            for kind in ["py", "java", "kt", "cs", "php", "go", "rb", "ts", "tsx", "js", "swift", "scala"] {
                add(parts.dropLast() + ["\(last).\(kind)"], weight)
                if endings.count >= Self.maxEndings { return }
            }
            add(parts + ["__init__.py"], weight - 0.1)
            parts.removeLast()
        }
    }

    /// `server::domain::ai::service` → `domain/ai/service.rs`, `domain/ai/service/mod.rs`, and the same for
    /// the enclosing modules, since the last words may be a type or a function.
    private mutating func addRust(_ module: String) {
        var parts: [String] = []
        for part in module.split(separator: ":").map(String.init) {
            guard
                part.utf8.allSatisfy({
                    ObjectName.isHexDigit($0) || $0 == 0x5F || $0 | 0x20 &- 0x61 < 26 || $0 &- 0x30 < 10
                })
            else { break }
            parts.append(part)
        }
        guard let crate = parts.first else { return }
        let folder = crate.replacing("_", with: "-")
        var weight = 0.95
        while parts.count > 1, weight > 0.3 {
            let inner = Array(parts.dropFirst())
            let file = (inner.last ?? "") + ".rs"
            add([crate, "src"] + inner.dropLast() + [file], weight)
            add([folder, "src"] + inner.dropLast() + [file], weight)
            add([crate, "src"] + inner + ["mod.rs"], weight)
            // The crate's folder may be named otherwise, or be the repository itself.
            add(["src"] + inner.dropLast() + [file], weight - 0.12)
            add(["src"] + inner + ["mod.rs"], weight - 0.12)
            parts.removeLast()
            weight -= 0.15
        }
        for root in ["main.rs", "lib.rs"] {
            add([crate, "src", root], Self.crateRoot)
            add([folder, "src", root], Self.crateRoot)
        }
    }
}

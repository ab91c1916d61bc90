import Events

/// A frame as grouping sees it: no lines, no addresses, no counters.
struct NormalizedFrame: Hashable {
    /// `OrderRepository.findOpen`, `app/orders.py:find_open`, or a file alone.
    var name: String
    var owner: FrameOwner
    /// Test code by its name, whoever owns it.
    var isTest = false
    /// Has a name of its own: not a minified one, nor a file alone.
    var isTelling = true

    /// `verifyBounds`, `check_not_null`, `raiseFor`: a function that complains on its caller's behalf.
    var isGuard: Bool { SymbolName.isGuard(name) }

    /// The program that the frame belongs to: the first two names of its module, its crate, or its directory.
    var program: String {
        if name.contains("::"), let colon = name.utf8.firstIndex(of: 0x3A) { return String(name[..<colon]) }
        if let slash = name.utf8.firstIndex(of: 0x2F) { return String(name[..<slash]) }
        return name.split(separator: ".").prefix(2).joined(separator: ".")
    }
}

/// Normalizes frames; knows whose code they are.
struct FrameNormalizer: Sendable {
    /// Frames of one exception that are looked at: the innermost ones.
    static let maxFrames = 512
    /// Frames of each exception around the innermost one that enter a key.
    static let maxOuterKeyFrames = 1

    let settings: GroupingSettings
    let memory = FrameMemory()

    init(settings: GroupingSettings) { self.settings = settings }

    /// The frames of one exception, oldest first, recursion collapsed.
    func frames(of exception: ExceptionInfo) -> [NormalizedFrame] {
        let language = Self.language(of: exception)
        return Self.collapsed(exception.frames.suffix(Self.maxFrames).compactMap { remembered($0, in: language) })
    }

    /// The trace's: a frame that shows none of its own (`sun.reflect.Method.invoke0(Native Method)`) has that.
    static func language(of exception: ExceptionInfo) -> Language? {
        exception.frames.suffix(maxFrames).lazy.reversed().compactMap(Language.init).first
    }

    /// - Returns: nil for a frame that names nothing (an address, an empty frame).
    ///
    /// - Parameter language: the trace's.
    func normalize(_ frame: StackFrame, in language: Language? = nil) -> NormalizedFrame? {
        let function = frame.function.map(SymbolName.normalize).flatMap { Self.isNamed($0) ? $0 : nil }
        let module = frame.module.map(SymbolName.normalize).flatMap { $0.isEmpty ? nil : $0 }
        let file = frame.file.map(FilePath.normalize).flatMap { Self.isFile($0) ? $0 : nil }
        let source = Self.context(frame)
        let name: String
        switch (module, function, file) {
        case (let module?, let function?, _): name = Self.joined(module, function)
        case (nil, let function?, let file?) where !function.contains("::"): name = "\(file):\(function)"
        case (nil, let function?, _): name = function
        case (let module?, nil, _): name = module
        case (nil, nil, let file?): name = file + source
        case (nil, nil, nil): return nil
        }
        let owner = owner(of: frame, in: language)
        return NormalizedFrame(
            name: Self.unmarked(name), owner: owner, isTest: owner > .runtime && Self.isTest(frame),
            isTelling: (function != nil || module != nil || !source.isEmpty) && Self.isTelling(name))
    }

    /// A module that the function already names is not repeated.
    private static func joined(_ module: String, _ function: String) -> String {
        function.hasPrefix(module)
            ? function : module.contains("::") ? "\(module)::\(function)" : "\(module).\(function)"
    }

    /// Where neither function nor line may tell frames apart, the source text does.
    private static func context(_ frame: StackFrame) -> String {
        guard let line = frame.context?.line else { return "" }
        return " " + MessageTemplate.mask(line)
    }

    /// A secret enters a key as its type only.
    private static func unmarked(_ name: String) -> String {
        MessageTemplate.unmarked(name)
    }

    private static func isNamed(_ function: String) -> Bool {
        !function.isEmpty
            && !["?", "??", "<unknown>", "unknown", "<anonymous>", "anonymous", "<module>", "<main>"].contains(function)
            && !function.hasPrefix("0x")
    }

    private static func isFile(_ file: String) -> Bool {
        !file.isEmpty && !file.hasPrefix("<") && file != "Native Method" && file != "Unknown Source"
    }

    func owner(of frame: StackFrame, in language: Language? = nil) -> FrameOwner {
        if Self.isNamed(frame, by: settings.inApp) { return .app }
        if Self.isNamed(frame, by: settings.libraries) { return .library }
        let known = (Language(frame) ?? language).flatMap { $0.owner(of: frame) }
        // Nobody's application is called `java.` or `junit.`, whatever a reader guessed.
        if known == .runtime { return .runtime }
        switch frame.inApp {
        case true?: return Self.isTest(frame) ? .test : .app
        case false?: return .library
        case nil: return known ?? (Self.isTest(frame) ? .test : .app)
        }
    }

    private static func isNamed(_ frame: StackFrame, by prefixes: [String]) -> Bool {
        guard !prefixes.isEmpty else { return false }
        return [frame.module, frame.function, frame.file].contains { name in
            name.map { name in prefixes.contains { name.hasPrefix($0) } } ?? false
        }
    }

    /// A minified name or a bare bundle tells nothing, a lambda's little.
    private static func isTelling(_ name: String) -> Bool {
        guard let colon = name.utf8.lastIndex(of: 0x3A) else {
            return !name.hasSuffix(".min.js") && name.utf8.count > 2
        }
        let (file, function) = (name[..<colon], name[name.index(after: colon)...])
        return function != "<lambda>" && !(file.hasSuffix(".js") && function.utf8.count <= 2)
    }

    /// `OrderTest`, `OrderTests$1`, `TestOrders`, `test_orders.py`, `orders_test.go`, `orders.spec.ts`, `a::tests::b`.
    private static func isTest(_ frame: StackFrame) -> Bool {
        let name = frame.module.map(className) ?? ""
        if testSuffixes.contains(where: { name.hasSuffix($0) }) { return true }
        if name.hasPrefix("Test"), name.dropFirst(4).first?.isUppercase == true { return true }
        if frame.function?.contains(bytesOf: "::tests::") == true { return true }
        guard let path = frame.file, let end = path.utf8.lastIndex(where: { $0 != 0x2F }) else { return false }
        let start = path[...end].utf8.lastIndex(of: 0x2F).map { path.utf8.index(after: $0) } ?? path.startIndex
        let file = path[start...end]
        return file.starts(bytesOf: "test_") || testParts.contains { file.contains(bytesOf: $0) }
            || path.contains(bytesOf: "__tests__/")
    }

    /// `Orders` of `com.shop.Orders$Loader`.
    private static func className(_ module: String) -> Substring {
        guard let end = module.utf8.lastIndex(where: { $0 != 0x2E }) else { return "" }
        let start = module[...end].utf8.lastIndex(of: 0x2E).map { module.utf8.index(after: $0) } ?? module.startIndex
        let name = module[start...end]
        return name[..<(name.utf8.firstIndex(of: 0x24) ?? name.endIndex)]
    }

    private static let testSuffixes = ["Test", "Tests", "TestCase", "Spec"]
    private static let testParts = ["_test.", "_spec.", ".spec.", ".test."]

    /// Repeats of up to eight frames, one after the other, become one: recursion of any depth looks the same.
    static func collapsed(_ frames: [NormalizedFrame]) -> [NormalizedFrame] {
        var result: [NormalizedFrame] = []
        for frame in frames {
            result.append(frame)
            for period in 1...8 where result.count >= period * 2 {
                if result.suffix(period) == result.dropLast(period).suffix(period) {
                    result.removeLast(period)
                    break
                }
            }
        }
        return result
    }
}

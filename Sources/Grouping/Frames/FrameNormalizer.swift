import Events

/// A frame as grouping sees it: no lines, no addresses, no counters.
struct NormalizedFrame: Hashable {
    /// `OrderRepository.findOpen`, `app/orders.py:find_open`, or a file alone.
    var name: String
    var owner: FrameOwner
}

/// Normalizes frames; knows whose code they are.
struct FrameNormalizer: Sendable {
    /// Frames of one exception that are looked at: the innermost ones.
    static let maxFrames = 512
    /// Frames of the innermost exception that enter a key: further out, they tell who called, not what broke.
    static let maxKeyFrames = 4
    /// Frames of each exception around it.
    static let maxOuterKeyFrames = 1

    let settings: GroupingSettings
    let memory = FrameMemory()

    init(settings: GroupingSettings) { self.settings = settings }

    /// The frames of one exception, oldest first, recursion collapsed.
    func frames(of exception: ExceptionInfo) -> [NormalizedFrame] {
        Self.collapsed(exception.frames.suffix(Self.maxFrames).compactMap(remembered))
    }

    /// - Returns: nil for a frame that names nothing (an address, an empty frame).
    func normalize(_ frame: StackFrame) -> NormalizedFrame? {
        let function = frame.function.map(SymbolName.normalize).flatMap { Self.isNamed($0) ? $0 : nil }
        let module = frame.module.map(SymbolName.normalize).flatMap { $0.isEmpty ? nil : $0 }
        let file = frame.file.map(FilePath.normalize).flatMap { Self.isFile($0) ? $0 : nil }
        let name: String
        switch (module, function, file) {
        case (let module?, let function?, _): name = Self.joined(module, function)
        case (nil, let function?, let file?) where !function.contains("::"): name = "\(file):\(function)"
        case (nil, let function?, _): name = function
        case (let module?, nil, _): name = module
        case (nil, nil, let file?): name = file + Self.context(frame)
        case (nil, nil, nil): return nil
        }
        return NormalizedFrame(name: Self.unmarked(name), owner: owner(of: frame))
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

    func owner(of frame: StackFrame) -> FrameOwner {
        let names = [frame.module, frame.function, frame.file].compactMap(\.self)
        if names.contains(where: { name in settings.inApp.contains { name.hasPrefix($0) } }) { return .app }
        if names.contains(where: { name in settings.libraries.contains { name.hasPrefix($0) } }) { return .library }
        let known = Language(frame).flatMap { $0.owner(of: frame) }
        switch frame.inApp {
        case true?: return Self.isTest(frame) ? .test : .app
        case false?: return known == .runtime ? .runtime : .library
        case nil: return known ?? (Self.isTest(frame) ? .test : .app)
        }
    }

    /// `OrderTest`, `OrderTests$1`, `test_orders.py`, `orders_test.go`, `orders.spec.ts`.
    private static func isTest(_ frame: StackFrame) -> Bool {
        let name = frame.module.map { $0.split(separator: ".").last ?? "" }?.prefix { $0 != "$" } ?? ""
        if name.hasSuffix("Test") || name.hasSuffix("Tests") || name.hasSuffix("TestCase") { return true }
        guard let file = frame.file?.split(separator: "/").last else { return false }
        return file.hasPrefix("test_") || file.contains("_test.") || file.contains(".spec.") || file.contains(".test.")
    }

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

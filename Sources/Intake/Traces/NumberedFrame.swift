import Events

/// One `#0 …` line.
struct NumberedFrame {
    enum Dialect { case php, dart, native, sanitizer }

    var number: Int
    var dialect: Dialect
    var function: Substring?
    var module: Substring?
    var file: Substring?
    var line: Int?
    var column: Int?

    static func parse(_ text: Substring) -> NumberedFrame? {
        guard text.utf8.first == 0x23 else { return nil }
        let digits = text.dropFirst().prefix { $0.isASCII && $0.isNumber }
        guard (1...5).contains(digits.utf8.count), let number = Int(digits) else { return nil }
        let rest = text[digits.endIndex...]
        guard rest.utf8.first == 0x20 else { return nil }
        let body = rest.trimmed
        return php(number, body) ?? dart(number, body) ?? native(number, body)
    }

    var stackFrame: StackFrame {
        let name = function.map(String.init)
        let inApp: Bool? =
            switch dialect {
            case .php: file.map { !LibraryCode.isPHP($0) }
            case .dart: file.map { !LibraryCode.isDart($0) }
            case .native, .sanitizer: !LibraryCode.isNative(function ?? "", file: file, module: module)
            }
        return StackFrame(
            file: file.map(String.init), function: name, module: module.map(String.init), line: line, column: column,
            inApp: inApp)
    }

    /// `/a/b.php(9): App\Orders->load(17)`, `[internal function]: f()`, `{main}`.
    private static func php(_ number: Int, _ text: Substring) -> NumberedFrame? {
        if text == "{main}" { return NumberedFrame(number: number, dialect: .php, function: text) }
        if let call = text.after("[internal function]: ") {
            return NumberedFrame(number: number, dialect: .php, function: phpFunction(call))
        }
        guard let place = text.split(at: "): "), let open = place.before.split(atLast: 0x28),
            let line = positiveNumber(open.after)
        else { return nil }
        return NumberedFrame(
            number: number, dialect: .php, function: phpFunction(place.after), file: open.before, line: line)
    }

    private static func phpFunction(_ call: Substring) -> Substring { call.split(at: "(")?.before ?? call }

    /// `main.<anonymous closure> (file:///a/b.dart:12:20)`, `new Order (package:shop/order.dart:3)`.
    private static func dart(_ number: Int, _ text: Substring) -> NumberedFrame? {
        guard text.utf8.last == 0x29, let open = text.split(atLast: 0x28), open.before.utf8.last == 0x20 else {
            return nil
        }
        let place = open.after.dropLast()
        let isDart = place.contains(".dart") || place.starts("dart:") || place.starts("package:")
        guard isDart else { return nil }
        let location = fileLocation(place.after("file://") ?? place)
        return NumberedFrame(
            number: number, dialect: .dart, function: open.before.trimmed, file: location.file, line: location.line,
            column: location.column)
    }

    /// gdb: `0x0000 in name (args) at file.c:12`, `name () from /lib/x.so`; sanitizers: `0x0000 in name file.c:8:10`;
    /// systemd: `0x0000 name (module + 0x1139)`; addr2line and LLVM: `0x0000 name file.c:8:10`.
    private static func native(_ number: Int, _ text: Substring) -> NumberedFrame? {
        var rest = text
        let hasAddress = rest.starts("0x")
        if hasAddress {
            guard let space = rest.utf8.firstIndex(of: 0x20) else {
                return NumberedFrame(number: number, dialect: .native)
            }
            rest = rest[space...].trimmed
        }
        if let named = rest.after("in ") { return gdb(number, named) ?? sanitizer(number, named) }
        if rest == "<signal handler called>" {
            return NumberedFrame(number: number, dialect: .native, function: rest)
        }
        if hasAddress { return systemd(number, rest) ?? gdb(number, rest) ?? sanitizer(number, rest) }
        return gdb(number, rest)
    }

    private static func gdb(_ number: Int, _ text: Substring) -> NumberedFrame? {
        guard let open = text.split(at: " (") else { return nil }
        let (name, rest) = (open.before, open.after)
        let isName = !name.utf8.contains(0x20) || name.contains("<") || name.starts("operator")
        let isWhole = rest.contains(")") || rest.utf8.last == 0x2C || rest.isEmpty
        guard isName, isWhole, !rest.contains(" + 0x") else { return nil }
        var frame = NumberedFrame(number: number, dialect: .native, function: name)
        if let place = rest.splitLast(") at ")?.after {
            let location = fileLocation(place)
            (frame.file, frame.line) = (location.file, location.line)
        } else if let library = rest.splitLast(") from ")?.after {
            frame.module = library
        } else if rest.utf8.last != 0x29, rest.utf8.last != 0x2C {
            return nil
        } else if rest.starts("BuildId: ") || rest.contains("+0x") {
            return nil
        }
        return frame
    }

    private static func sanitizer(_ number: Int, _ text: Substring) -> NumberedFrame? {
        var rest = text
        if let build = rest.split(at: " (BuildId: ") { rest = build.before }
        var frame = NumberedFrame(number: number, dialect: .sanitizer, function: rest)
        guard let space = rest.utf8.lastIndex(of: 0x20) else { return frame }
        let place = rest[rest.utf8.index(after: space)...]
        frame.function = rest[..<space]
        if place.utf8.first == 0x28 {
            // `(/lib/x.so+0x1120)`.
            frame.module = place.dropFirst().split(at: "+0x")?.before
        } else {
            let location = fileLocation(place)
            (frame.file, frame.line, frame.column) = (location.file, location.line, location.column)
        }
        return frame
    }

    private static func systemd(_ number: Int, _ text: Substring) -> NumberedFrame? {
        guard text.utf8.last == 0x29, let open = text.split(atLast: 0x28),
            let module = open.after.split(at: " + 0x")
        else { return nil }
        return NumberedFrame(
            number: number, dialect: .native, function: open.before.trimmed, module: module.before)
    }
}

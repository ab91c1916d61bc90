import Events

/// One `at …` line of the JVM, JavaScript, .NET and Mono.
enum AtFrame {
    static func parse(_ text: Substring) -> StackFrame? {
        guard var call = text.after("at ") ?? text.after("eval at ") else { return nil }
        if let plain = call.after("async ") { call = plain }
        // What Node.js prints behind the last frame of an error with properties, or inside a list.
        if call.ends(" {") { call = call.dropLast(2) }
        if call.utf8.last == 0x2C { call = call.dropLast() }
        if let place = call.split(at: ") in "), let frame = dotNet(place.before, place.after) { return frame }
        if let mono = call.split(at: " in "), mono.before.utf8.last == 0x5D, let frame = dotNet(mono.before, mono.after)
        {
            return frame
        }
        call = withoutPackaging(call)
        guard call.utf8.last == 0x29, let open = openParenthesis(call) else { return bareLocation(call) }
        let function = call[..<open].trimmed
        let inside = call[call.utf8.index(after: open)...].dropLast()
        let isJavaScript = call[..<open].utf8.last == 0x20
        return isJavaScript ? javaScript(function, inside) : jvm(function, inside)
    }

    /// Without the archive that logback and log4j name behind a frame: ` ~[spring-web-6.1.jar:6.1]`.
    private static func withoutPackaging(_ call: Substring) -> Substring {
        guard call.utf8.last == 0x5D, let place = call.split(at: ") ["), place.after.utf8.count < 200 else {
            guard call.utf8.last == 0x5D, let place = call.split(at: ") ~[") else { return call }
            return call[..<call.utf8.index(after: place.before.endIndex)]
        }
        return call[..<call.utf8.index(after: place.before.endIndex)]
    }

    /// The parenthesis that the last one closes.
    private static func openParenthesis(_ text: Substring) -> Substring.Index? {
        var depth = 0
        var index = text.endIndex
        while index > text.startIndex {
            index = text.utf8.index(before: index)
            if text.utf8[index] == 0x29 { depth += 1 }
            if text.utf8[index] == 0x28 { depth -= 1 }
            if depth == 0 { return index }
        }
        return nil
    }

    private static func jvm(_ call: Substring, _ place: Substring) -> StackFrame? {
        // `app//`, `java.base/`: class loader and module come before the class. A hidden class has `/0x…` behind.
        var qualified = call
        if let slash = call.split(atLast: 0x2F), !slash.after.starts("0x") { qualified = slash.after }
        guard let name = qualified.split(atLast: 0x2E), !name.before.isEmpty else { return nil }
        let location = fileLocation(place)
        let hasFile = place.utf8.contains(0x2E) && !place.utf8.contains(0x20)
        return StackFrame(
            file: hasFile ? String(location.file) : nil, function: String(name.after), module: String(name.before),
            line: hasFile ? location.line : nil,
            inApp: !LibraryCode.isJVM(qualified) && !LibraryCode.isDotNet(qualified))
    }

    private static func javaScript(_ function: Substring, _ place: Substring) -> StackFrame? {
        // `eval at Bar.z (script.js:10:3)`: the innermost place is a real one.
        var path = place
        if place.contains("eval at "), let inner = place.split(atLast: 0x28) {
            path = inner.after.prefix { $0 != ")" }
        }
        let location = fileLocation(path.after("file://") ?? path)
        let isFile = location.line != nil
        if !isFile, LibraryCode.isDotNet(function) || place.contains(" ") && place.contains(",") {
            return dotNetCall(function)
        }
        return StackFrame(
            file: isFile ? String(location.file) : nil, function: String(function), line: location.line,
            column: location.column, inApp: isFile && !LibraryCode.isNode(location.file))
    }

    /// `Shop.Orders.Load(Int32 id) in /src/Orders.cs:line 36`, and Mono's
    /// `Shop.Orders.Load (Int32 id) [0x00007] in /src/Orders.cs:9`.
    private static func dotNet(_ call: Substring, _ place: Substring) -> StackFrame? {
        var frame = dotNetCall(call.split(at: "(")?.before.trimmed ?? call)
        if let file = place.split(at: ":line ") {
            (frame.file, frame.line) = (String(file.before), positiveNumber(file.after))
        } else if call.utf8.last == 0x5D {
            let location = fileLocation(place)
            let isKnown = location.line != nil && !location.file.starts("<")
            (frame.file, frame.line) = isKnown ? (String(location.file), location.line) : (nil, nil)
        } else {
            return nil
        }
        return frame
    }

    private static func dotNetCall(_ name: Substring) -> StackFrame {
        let parts = name.split(atLast: 0x2E)
        return StackFrame(
            function: String(parts?.after ?? name), module: parts.map { String($0.before) },
            inApp: !LibraryCode.isDotNet(name))
    }

    private static func bareLocation(_ call: Substring) -> StackFrame? {
        let location = fileLocation(call.after("file://") ?? call)
        guard location.line != nil, !location.file.utf8.contains(0x20) else { return nil }
        return StackFrame(
            file: String(location.file), line: location.line, column: location.column,
            inApp: !LibraryCode.isNode(location.file))
    }
}

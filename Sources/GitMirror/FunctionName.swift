/// The bare name of a function in what a runtime writes of it.
enum FunctionName {
    private static let nameless: Set<String> = [
        "module", "init", "clinit", "anonymous", "lambda", "invokeSuspend", "closure", "main", "listcomp", "genexpr",
        "dictcomp", "setcomp", "native", "eval",
    ]
    private static let longest = 1024

    /// `find` in `com.acme.Orders.find`, `server::orders::Service::find::{{closure}}`, `(*Service).Find-fm`,
    /// `lambda$find$0`, `<Find>d__5.MoveNext`, `block (2 levels) in find`, `orders::find<int>(Order const*)`;
    /// nil for what has no name of its own.
    static func bare(_ function: String?) -> String? {
        guard let function, function.utf8.count <= longest else { return nil }
        if let name = compiled(function) { return name }
        var text = function[...]
        if let cut = text.firstRange(of: "::{{") ?? text.firstRange(of: "::{closure") { text = text[..<cut.lowerBound] }
        if text.hasSuffix(")"), let open = text.lastIndex(of: "("), open != text.startIndex { text = text[..<open] }
        if text.hasSuffix(">"), !text.hasPrefix("<"), let open = text.firstIndex(of: "<"), open != text.startIndex {
            text = text[..<open]
        }
        let words = FunctionHeader.identifiers(String(text)).filter { !$0.isEmpty }
        guard let last = words.last(where: { !$0.hasPrefix("func") || $0.dropFirst(4).contains { !$0.isNumber } }),
            !nameless.contains(last)
        else { return nil }
        return last
    }

    /// Names that compilers make of a function's: C#'s `<Find>d__5.MoveNext`, Java's `lambda$find$0`, Kotlin's
    /// `find$lambda$3`.
    private static func compiled(_ function: String) -> String? {
        if let open = function.firstIndex(of: "<"), let close = function[open...].firstIndex(of: ">"),
            function[close...].hasPrefix(">d__") || function[close...].hasPrefix(">b__")
        {
            let name = String(function[function.index(after: open)..<close])
            return name.isEmpty || name == "Main$" ? nil : name
        }
        guard function.contains("lambda$") || function.contains("$lambda") else { return nil }
        let last = function.split(separator: ".").last.map(String.init) ?? function
        return last.split(separator: "$").map(String.init).first {
            $0 != "lambda" && $0.contains { !$0.isNumber } && !nameless.contains($0)
        }
    }
}

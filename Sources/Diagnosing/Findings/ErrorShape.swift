import Events

/// What a runtime's message says of the value that it stumbled over, as far as the message alone tells.
///
/// The sentences are those that the runtimes of Python, JavaScript, Java, Kotlin, .NET, Go, Ruby, PHP, Rust and Swift
/// write.
enum ErrorShape: Sendable, Hashable {
    /// A value is not there (null, None, nil, undefined), and `member` of it was wanted; or what `call` gave is not.
    case missingValue(word: String, member: String?, call: String?)
    /// A value is not there, and was indexed.
    case missingIndexed(word: String)
    case missingKey(String?)
    /// An index is outside of a list of this length.
    case outside(index: String?, length: String?)
    case zeroDivisor
    /// A text is no number; the text, where it is told.
    case noNumber(String?)
    case noMember(String)
    /// A value is not there, and was searched or gone through.
    case notIterable(word: String)
    /// A value is not there, and stands on this side of this operator.
    case missingOperand(sign: String, side: CodeLine.Side, word: String)
    /// A value is of the wrong type; the operator, where it is told.
    case wrongKind(sign: String?)

    private static let messageBytes = 2000

    init?(of event: ErrorEvent) {
        let exception = event.rootException
        let text = UntrustedText.bounded(exception?.message ?? event.message, bytes: Self.messageBytes)
        let type = TriageMatch.lastComponent(exception?.type ?? "").lowercased()
        let said = Said(text)
        guard
            let shape = Self.missing(said, type) ?? Self.looking(said, type) ?? Self.converting(said, type)
                ?? Self.naming(said, type)
        else { return nil }
        self = shape
    }

    /// The word for a value that is not there.
    private static func word(_ said: Said) -> String {
        if said.has("undefined") && !said.has("undefined method") { return "undefined" }
        if said.has("nonetype") || said.has("`none`") { return "None" }
        return said.has("nil") ? "nil" : "null"
    }

    private static func missing(_ said: Said, _ type: String) -> ErrorShape? {
        let word = word(said)
        if said.has("cannot read propert") || said.has("cannot set propert") {
            let member =
                said.quoted(after: "reading ") ?? said.quoted(after: "setting ") ?? said.quoted(after: "property ")
            return .missingValue(word: word, member: member, call: nil)
        }
        if said.has("is not an object (evaluating") {
            let member = said.quoted(after: "evaluating ").flatMap(Said.lastName)
            return .missingValue(word: word, member: member, call: nil)
        }
        if said.has("argument of type 'nonetype'") || said.has("'nonetype' object is not iterable") {
            return .notIterable(word: word)
        }
        if said.has("'nonetype' object") {
            if said.has("subscriptable") || said.has("item assignment") || said.has("item deletion") {
                return .missingIndexed(word: word)
            }
            return .missingValue(word: word, member: said.quoted(after: "attribute "), call: nil)
        }
        if said.has("undefined method"), said.has("for nil") {
            let member = said.quoted(after: "undefined method ")
            return member.map { $0.hasPrefix("[]") } == true
                ? .missingIndexed(word: word) : .missingValue(word: word, member: member, call: nil)
        }
        if said.has("on null"), said.has("member function") || said.has("read property") {
            let member = said.quoted(after: "property ") ?? said.name(after: "member function ")
            return .missingValue(word: word, member: member, call: nil)
        }
        if said.has("assignment to entry in nil map") { return .missingIndexed(word: word) }
        if said.has("::unwrap()` on a") || said.has("::expect") {
            return .missingValue(word: said.has("err`") ? "an error" : "None", member: "unwrap", call: nil)
        }
        if said.has("because"), said.has("is null") { return helpful(said) }
        let others = [
            "nil pointer dereference", "object reference not set", "unexpectedly found nil", "null pointer",
            "on a null object reference",
        ]
        if type == "nullpointerexception" || type == "nullreferenceexception" || others.contains(where: said.has) {
            return .missingValue(word: word, member: nil, call: nil)
        }
        return nil
    }

    /// `Cannot invoke "String.trim()" because the return value of "acme.Record.get(String)" is null` (JEP 358).
    private static func helpful(_ said: Said) -> ErrorShape {
        let member = (said.quoted(after: "cannot invoke ") ?? said.quoted(after: " field ")).flatMap(Said.lastName)
        let call = said.quoted(after: "return value of ").flatMap(Said.lastName)
        return .missingValue(word: "null", member: member, call: call)
    }

    private static func looking(_ said: Said, _ type: String) -> ErrorShape? {
        if said.has("division by zero") || said.has("divide by zero") || said.has("/ by zero")
            || said.has("divided by 0") || type == "zerodivisionerror" || type == "dividebyzeroexception"
        {
            return .zeroDivisor
        }
        let outside = [
            "index out of range", "out of bounds", "outside of array bounds", "outside the bounds",
            "index out of bounds", "undefined offset", "slice bounds", "from empty list",
        ]
        let types = ["indexerror", "indexoutofboundsexception", "arrayindexoutofboundsexception"]
        if outside.contains(where: said.has) || types.contains(type) {
            let index = said.number(after: "index out of range [") ?? said.number(after: "index ")
            return .outside(index: index, length: said.number(after: "length "))
        }
        let keys = ["keyerror", "nosuchelementexception", "keynotfoundexception", "nosuchkeyexception"]
        let words = [
            "key not found", "no value present", "undefined array key", "undefined index", "no entry found for key",
            "was not present in the dictionary",
        ]
        if keys.contains(type) || words.contains(where: said.has) { return .missingKey(said.key) }
        return nil
    }

    private static func converting(_ said: Said, _ type: String) -> ErrorShape? {
        let number = [
            "invalid literal for int", "could not convert string to", "for input string", "strconv.",
            "invalid value for integer", "invalid value for float", "to a bigint", "not in a correct format",
            "invalid digit found", "parseinterror", "parsefloaterror",
        ]
        if number.contains(where: said.has) || type == "numberformatexception" { return .noNumber(said.lastQuoted) }
        let kinds = [
            "cannot be cast to", "interface conversion", "unable to cast", "no implicit conversion", "must be of type",
            "is not assignable",
        ]
        if kinds.contains(where: said.has) || type == "classcastexception" { return .wrongKind(sign: nil) }
        if said.has("can only concatenate") { return .wrongKind(sign: "+") }
        return said.has("unsupported operand") ? operating(said) : nil
    }

    /// `unsupported operand type(s) for +: 'NoneType' and 'list'`
    private static func operating(_ said: Said) -> ErrorShape {
        guard let sign = said.sign(after: "type(s) for ") else { return .wrongKind(sign: nil) }
        if said.has(": 'nonetype' and") { return .missingOperand(sign: sign, side: .left, word: "None") }
        if said.has("and 'nonetype'") { return .missingOperand(sign: sign, side: .right, word: "None") }
        return .wrongKind(sign: sign)
    }

    private static func naming(_ said: Said, _ type: String) -> ErrorShape? {
        let member =
            said.quoted(after: "has no attribute ") ?? said.quoted(after: "undefined method ")
            ?? said.quoted(after: "undefined local variable or method ") ?? said.name(before: " is not a function")
            ?? said.quoted(after: "name ") ?? said.name(before: " is not defined")
            ?? said.name(after: "call to undefined method ")
            ?? (type.hasPrefix("nosuch") ? said.lastQuoted.flatMap(Said.lastName) : nil)
        return member.flatMap(Said.lastName).map { .noMember($0) }
    }
}

/// A message, and the same in lower case, byte for byte.
private struct Said {
    private let bytes: [UInt8]
    private let lower: [UInt8]

    init(_ text: String) {
        bytes = Array(text.utf8)
        lower = bytes.map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 }
    }

    func has(_ words: String) -> Bool { lower.contains(run: Array(words.utf8)) }

    /// What stands in quotation marks right after these words.
    func quoted(after words: String) -> String? {
        guard let start = end(of: words), start < bytes.count, let close = Self.closing[bytes[start]] else {
            return nil
        }
        guard let stop = bytes[(start + 1)...].firstIndex(where: { close.contains($0) }), stop > start + 1 else {
            return nil
        }
        return String(decoding: bytes[start + 1..<stop], as: UTF8.self)
    }

    func name(after words: String) -> String? {
        guard let start = end(of: words) else { return nil }
        let name = bytes[start...].prefix { CodeLine.isNamePart($0) || $0 == 0x3A || $0 == 0x2E }
        return name.isEmpty ? nil : String(decoding: name, as: UTF8.self)
    }

    func name(before words: String) -> String? {
        guard let stop = end(of: words).map({ $0 - words.utf8.count }) else { return nil }
        let name = bytes[..<stop].reversed().prefix { CodeLine.isNamePart($0) || $0 == 0x2E }
        return name.isEmpty ? nil : String(decoding: name.reversed(), as: UTF8.self)
    }

    /// The operator that stands there, up to a colon.
    func sign(after words: String) -> String? {
        guard let start = end(of: words) else { return nil }
        let sign = bytes[start...].prefix { $0 != 0x3A && $0 != 0x20 }
        return (1...3).contains(sign.count) ? String(decoding: sign, as: UTF8.self) : nil
    }

    func number(after words: String) -> String? {
        guard let start = end(of: words) else { return nil }
        let digits = bytes[start...].prefix { CodeLine.isDigit($0) || $0 == 0x2D }
        return digits.isEmpty || digits.count > 12 ? nil : String(decoding: digits, as: UTF8.self)
    }

    /// `'currency'`, `:currency`: what a message of a missing key names.
    var key: String? {
        if let quoted = lastQuoted { return quoted }
        guard let colon = bytes.lastIndex(of: 0x3A) else { return nil }
        let name = bytes[(colon + 1)...].drop { $0 == 0x20 }.prefix(while: CodeLine.isNamePart)
        return name.isEmpty ? nil : String(decoding: name, as: UTF8.self)
    }

    /// What stands in the last quotation marks; empty where nothing does.
    var lastQuoted: String? {
        guard let close = bytes.lastIndex(where: { $0 == 0x22 || $0 == 0x27 }),
            let open = bytes[..<close].lastIndex(where: { $0 == bytes[close] || ($0 == 0x60 && bytes[close] == 0x27) })
        else { return nil }
        return String(decoding: bytes[open + 1..<close], as: UTF8.self)
    }

    private static let closing: [UInt8: [UInt8]] = [0x22: [0x22], 0x27: [0x27], 0x60: [0x60, 0x27]]

    private func end(of words: String) -> Int? {
        let wanted = Array(words.utf8)
        guard !wanted.isEmpty, lower.count >= wanted.count else { return nil }
        return (0...lower.count - wanted.count).first { lower[$0..<$0 + wanted.count].elementsEqual(wanted) }
            .map { $0 + wanted.count }
    }

    /// `trim` of `String.trim()`, `get` of `acme.Record.get(String)`.
    static func lastName(_ text: String) -> String? {
        let head = text.utf8.prefix { $0 != 0x28 }
        let name = head.reversed().prefix(while: CodeLine.isNamePart)
        return name.isEmpty ? nil : String(decoding: Array(name.reversed()), as: UTF8.self)
    }
}

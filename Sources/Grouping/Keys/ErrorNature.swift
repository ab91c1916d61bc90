/// How an error comes about, as its type says: it decides where its place is.
enum ErrorNature: Equatable {
    /// The language itself noticed it (a null pointer, an index out of range): the fault is where it was noticed.
    case fault
    /// A statement of the program found something else than it expects: what it found tells errors apart.
    case assertion
    /// The program raised it: where from says who met it, and the calls before that say why.
    case raised

    init(type: String?) {
        guard var type else {
            self = .raised
            return
        }
        self = type == "panic" ? .assertion : type.withUTF8(Self.nature)
    }

    private static func nature(_ type: UnsafeBufferPointer<UInt8>) -> ErrorNature {
        if holds(type, assertions) { return .assertion }
        return holds(type, faults) ? .fault : .raised
    }

    /// Byte by byte: `String.contains` took two thirds of the time of grouping a trace.
    private static func holds(_ bytes: UnsafeBufferPointer<UInt8>, _ words: [[UInt8]]) -> Bool {
        words.contains { word in
            guard let first = word.first, bytes.count >= word.count else { return false }
            for start in 0...bytes.count - word.count where bytes[start] == first {
                if word.indices.allSatisfy({ bytes[start + $0] == word[$0] }) { return true }
            }
            return false
        }
    }

    /// Frames of the innermost exception that make a key. Further out, they tell who called, not what broke.
    var keyFrames: Int { self == .fault ? 1 : 3 }

    private static let assertions = ["Assert", "ComparisonFailure", "ExpectationNotMet", "PreconditionFailed"]
        .map { Array($0.utf8) }

    /// Parts of the names that languages give to their own complaints.
    private static let faults: [[UInt8]] = [
        // JVM
        "NullPointer", "IndexOutOfBounds", "ClassCast", "ArithmeticException", "NegativeArraySize", "ArrayStore",
        "StackOverflow", "NoSuchMethodError", "NoSuchFieldError", "AbstractMethodError", "NoClassDefFound",
        "IncompatibleClassChange",
        // .NET
        "NullReference", "IndexOutOfRange", "InvalidCast", "DivideByZero",
        // Python, JavaScript, Ruby
        "TypeError", "AttributeError", "NameError", "UnboundLocalError", "ReferenceError", "IndexError",
        "ZeroDivision", "RecursionError", "NoMethodError", "UndefinedMethodError",
        // Signals
        "SIGSEGV", "SIGFPE", "SIGILL", "SIGBUS", "EXC_BAD_ACCESS", "EXC_ARITHMETIC",
    ].map { Array($0.utf8) }
}

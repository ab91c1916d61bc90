/// How an error comes about, as its type says: it decides where its place is.
enum ErrorNature: Equatable {
    /// The language itself noticed it (a null pointer, an index out of range): the fault is where it was noticed.
    case fault
    /// A statement of the program found something else than it expects: what it found tells errors apart.
    case assertion
    /// The program raised it: where from says who met it, and the calls before that say why.
    case raised

    init(type: String?) {
        guard let type else {
            self = .raised
            return
        }
        if Self.assertions.contains(where: { type.contains($0) }) || type == "panic" {
            self = .assertion
        } else if Self.faults.contains(where: { type.contains($0) }) {
            self = .fault
        } else {
            self = .raised
        }
    }

    /// Frames of the innermost exception that make a key. Further out, they tell who called, not what broke.
    var keyFrames: Int { self == .fault ? 1 : 3 }

    private static let assertions = ["Assert", "ComparisonFailure", "ExpectationNotMet", "PreconditionFailed"]

    /// Parts of the names that languages give to their own complaints.
    private static let faults = [
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
    ]
}

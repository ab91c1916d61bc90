/// The values of a failing line that an error of a known shape can be about, and what the error says of them.
///
/// `Cannot read properties of null (reading 'name')` at `order.customer.name` can mean `order.customer` alone.
struct Culprits: Sendable, Hashable {
    /// As written in the code, the likeliest first; one where the line leaves no choice.
    private(set) var expressions: [String] = []
    /// What is said of each, after "is" or "are".
    private(set) var state = ""
    /// What the message itself calls it: the key that is missing, the member that is not there.
    private(set) var names: [String] = []

    static let most = 3

    init(_ shape: ErrorShape, in line: CodeLine) {
        switch shape {
        case .missingValue(let word, let member, let call):
            state = "\(word), because nothing is there"
            expressions = Self.receivers(line, of: member, call: call)
        case .missingIndexed(let word):
            state = "\(word), because nothing is there"
            expressions = Self.indexed(line)
        case .missingKey(let key):
            state = key.map { "without the key \($0)" } ?? "without what is looked up in it"
            expressions = Self.lookups(line, of: key)
            names = key.map(CodeLine.terms) ?? []
        case .outside(let index, let length):
            state = Self.outside(index, length)
            expressions = Self.indexed(line) + Self.called(line, Self.elementCalls)
        case .zeroDivisor:
            state = "zero, and divides"
            expressions = Self.divisors(line)
        case .noNumber(let text):
            state = text.map { $0.isEmpty ? "empty, and no number" : "no number (\($0))" } ?? "no number"
            expressions = Self.converted(line)
        case .noMember(let name):
            state = "without \(name)"
            expressions = Self.owners(line, of: name)
            names = [name]
        case .notIterable(let word):
            state = "\(word), because nothing is there"
            expressions = line.operands(of: " in", .right)
            if expressions.isEmpty { expressions = Self.operands(line) }
        case .missingOperand(let sign, let side, let word):
            state = "\(word), because nothing is there"
            expressions = line.operands(of: sign, side)
        case .wrongKind(let sign):
            state = "of another type than this line takes for granted"
            if let sign { expressions = line.operands(of: sign, .right) + line.operands(of: sign, .left) }
            if expressions.isEmpty { expressions = Self.operands(line) }
        }
        var seen: Set<String> = []
        expressions = Array(expressions.filter { seen.insert($0).inserted }.prefix(Self.most))
    }

    private static func outside(_ index: String?, _ length: String?) -> String {
        switch (index, length) {
        case (_, "0"): "empty, and an entry of it is taken"
        case (let index?, let length?): "\(length) long, and entry \(index) of it is taken"
        case (let index?, nil): "too short for entry \(index)"
        case (nil, _): "empty or too short for the entry that is taken"
        }
    }

    /// What a member is taken of. Without the member's name, everything that something is taken of.
    private static func receivers(_ line: CodeLine, of member: String?, call: String?) -> [String] {
        if let call {
            let given = line.chains.flatMap { chain in
                line.calls(in: chain).filter { $0.name == call }.map {
                    line.text(chain.start..<chain.steps[$0.call].end)
                }
            }
            if !given.isEmpty { return given }
        }
        if let member {
            let named = line.chains.flatMap { chain in
                chain.steps.indices.filter { chain.steps[$0].kind == .member && line.inner(chain.steps[$0]) == member }
                    .map { line.receiver(chain, $0) }
            }
            if !named.isEmpty { return named }
        }
        // From the right: what was found first cannot be the one that failed where something was taken of it before.
        return line.chains.flatMap { chain in
            chain.steps.indices.reversed().filter { chain.steps[$0].kind != .call }.map { line.receiver(chain, $0) }
        }.filter { !CodeLine.selves.contains($0) }
    }

    private static func indexed(_ line: CodeLine) -> [String] {
        line.chains.flatMap { chain in
            chain.steps.indices.reversed().filter { chain.steps[$0].kind == .index }.map { line.receiver(chain, $0) }
        }
    }

    private static let elementCalls: Set<String> = [
        "get", "at", "fetch", "charAt", "elementAt", "ElementAt", "substring", "remove", "removeAt", "pop", "first",
        "last", "removeFirst", "removeLast", "nth", "swap",
    ]

    /// What calls of these names are made on.
    private static func called(_ line: CodeLine, _ names: Set<String>) -> [String] {
        line.chains.flatMap { chain in
            line.calls(in: chain).reversed().compactMap { call in
                guard names.contains(call.name), let member = call.member else { return nil }
                return line.receiver(chain, member)
            }
        }
    }

    /// What is looked into: with a key that is known, only where the key stands in brackets or is a member.
    private static func lookups(_ line: CodeLine, of key: String?) -> [String] {
        var (named, all): ([String], [String]) = ([], [])
        for chain in line.chains {
            for (index, step) in chain.steps.enumerated().reversed() where step.kind != .member {
                let isCall = step.kind == .call
                guard !isCall || (index > 0 && chain.steps[index - 1].kind == .member) else { continue }
                let receiver = line.receiver(chain, isCall ? index - 1 : index)
                all.append(receiver)
                let terms = CodeLine.terms(of: line.inner(step))
                guard let key, !key.isEmpty, terms.contains(where: { key.hasSuffix($0) }) else { continue }
                named.append(receiver)
            }
        }
        return named.isEmpty ? all : named
    }

    /// What stands after `/`, `%` or in the brackets of a call that divides.
    private static func divisors(_ line: CodeLine) -> [String] {
        var found: [String] = []
        for chain in line.chains {
            var before = chain.start
            while before > 0, line.bytes[before - 1] == 0x20 || line.bytes[before - 1] == 0x28 { before -= 1 }
            guard before > 0, line.bytes[before - 1] == 0x2F || line.bytes[before - 1] == 0x25 else { continue }
            found.append(line.text(chain.start..<chain.end))
        }
        guard found.isEmpty else { return found }
        let calls: Set<String> = ["divmod", "div", "mod", "fdiv", "divide", "remainder", "floorDiv", "modulo"]
        return line.chains.flatMap { chain in
            line.calls(in: chain).filter { calls.contains($0.name) }.map { line.inner(chain.steps[$0.call]) }
        }.filter { !$0.isEmpty }
    }

    /// What is given to calls whose names speak of numbers.
    private static func converted(_ line: CodeLine) -> [String] {
        let words = ["int", "num", "parse", "float", "double", "decimal", "atoi", "long", "valueof"]
        return line.chains.flatMap { chain in
            line.calls(in: chain).filter { call in
                let name = call.name.lowercased()
                return words.contains(where: name.contains)
            }.map { line.inner(chain.steps[$0.call]) }
        }.filter { !$0.isEmpty }
    }

    /// What a name is taken of that is not there; the name itself where it stands alone.
    private static func owners(_ line: CodeLine, of name: String) -> [String] {
        line.chains.flatMap { chain -> [String] in
            var found = chain.steps.indices
                .filter { chain.steps[$0].kind == .member && line.inner(chain.steps[$0]) == name }
                .map { line.receiver(chain, $0) }
            if line.name(of: chain) == name {
                let follows = chain.start > 0 && line.bytes[chain.start - 1] == 0x2E
                if let owner = follows ? line.literal(before: chain.start) : name { found.append(owner) }
            }
            return found
        }
    }

    /// The values of a line but the one that is assigned to.
    private static func operands(_ line: CodeLine) -> [String] {
        let equals = line.bytes.indices.first { index in
            line.bytes[index] == 0x3D && index + 1 < line.bytes.count && line.bytes[index + 1] == 0x20
                && !(index > 0 && "=!<>".utf8.contains(line.bytes[index - 1]))
        }
        return line.chains.filter { $0.start > (equals ?? -1) && !$0.steps.isEmpty }
            .map { line.text($0.start..<$0.end) }
    }
}

/// What a field can tell about a record. Each role goes to the first of its usual names that has a value.
enum FieldRole: Int, CaseIterable {
    case formVersion, time, level, severityNumber, priority
    case errorType, exceptionMessage, trace, message, errorMessage
    case service, target, name, release, revision, environment, host, repositoryURL
    case code, traceID, spanID, requestID
    case milliseconds, seconds, microseconds, nanoseconds

    /// How many there are, for arrays of fixed size.
    static let count = 26

    /// The usual names, best first.
    var names: [String] {
        switch self {
        case .formVersion: ["@version", "ecs.version", "v"]
        case .time: Names.time
        case .level: Names.level
        case .severityNumber: Names.severityNumber
        case .priority: Names.priority
        case .errorType: Names.errorType
        case .exceptionMessage: Names.exceptionMessage
        case .trace: Names.trace
        case .message: Names.message
        case .errorMessage: Names.errorMessage
        case .service: Names.service
        case .target: Names.target
        case .name: ["name"]
        case .release: Names.release
        case .revision: Names.revision
        case .environment: Names.environment
        case .host: Names.host
        case .repositoryURL: Names.repositoryURL
        case .code: Names.code
        case .traceID: Names.traceID
        case .spanID: Names.spanID
        case .requestID: Names.requestID
        case .milliseconds: Names.durations[0].0
        case .seconds: Names.durations[1].0
        case .microseconds: Names.durations[2].0
        case .nanoseconds: Names.durations[3].0
        }
    }

    /// Where they may stand, best first: a name at the top goes before any name in an object.
    var scopes: [String] {
        switch self {
        case .formVersion: [""]
        case .errorType, .exceptionMessage, .trace:
            // AWS Lambda puts what Node.js threw into the message.
            ["", "fields.", "extra.", "attributes.", "jsonpayload.", "message."]
        case .errorMessage, .service, .code, .traceID, .spanID, .requestID, .milliseconds, .seconds, .microseconds,
            .nanoseconds:
            Names.scopes
        default: ["", "fields.", "jsonpayload."]
        }
    }
}

/// Every usual name in every place where it may stand, by the hash of its path.
///
/// Unsafe to share only while it is made, which the initializer alone does.
struct FieldTable: @unchecked Sendable {
    struct Use: Sendable {
        var role: FieldRole
        /// The lower, the better.
        var rank: Int32
        /// The place of the name among the role's names.
        var name: Int32
    }

    private struct Slot: Sendable {
        var hash: UInt64 = 0
        var first: Int32 = 0
        var count: Int32 = 0
        /// What the name says of an object that has it at its top.
        var marks: ServiceMarks = []

        var isFree: Bool { count == 0 && marks.isEmpty }
    }

    /// Twice as many as names at least; a power of two. Made once and never given back.
    private let slots: UnsafeBufferPointer<Slot>
    private let uses: UnsafeBufferPointer<Use>

    static let shared = FieldTable()

    private init() {
        var found: [FieldName: [Use]] = [:]
        for role in FieldRole.allCases {
            for (scope, prefix) in role.scopes.enumerated() {
                for (name, text) in role.names.enumerated() {
                    let use = Use(role: role, rank: Int32(scope * role.names.count + name), name: Int32(name))
                    found[FieldName(prefix + text), default: []].append(use)
                }
            }
        }
        for name in ServiceMarks.known.keys where found[name] == nil { found[name] = [] }
        var size = 64
        while size < 2 * found.count { size *= 2 }
        var (slots, uses) = (Array(repeating: Slot(), count: size), [Use]())
        for (name, list) in found {
            var place = Int(truncatingIfNeeded: name.hash) & (size - 1)
            while !slots[place].isFree { place = (place + 1) & (size - 1) }
            slots[place] = Slot(
                hash: name.hash, first: Int32(uses.count), count: Int32(list.count),
                marks: ServiceMarks.known[name] ?? [])
            uses += list
        }
        (self.slots, self.uses) = (Self.kept(slots), Self.kept(uses))
    }

    /// In memory of their own: every field of every line is looked up here.
    private static func kept<Element>(_ elements: [Element]) -> UnsafeBufferPointer<Element> {
        let memory = UnsafeMutableBufferPointer<Element>.allocate(capacity: elements.count)
        _ = memory.initialize(from: elements)
        return UnsafeBufferPointer(memory)
    }

    /// What a field of this name can be.
    ///
    /// - Returns: what the name says of an object that has it at its top.
    @discardableResult
    func forEachUse(of name: FieldName, _ body: (Use) -> Void) -> ServiceMarks {
        let mask = slots.count - 1
        var place = Int(truncatingIfNeeded: name.hash) & mask
        while !slots[place].isFree {
            let slot = slots[place]
            if slot.hash == name.hash {
                for index in Int(slot.first)..<Int(slot.first + slot.count) { body(uses[index]) }
                return slot.marks
            }
            place = (place + 1) & mask
        }
        return []
    }

    func marks(of name: FieldName) -> ServiceMarks { forEachUse(of: name) { _ in } }
}

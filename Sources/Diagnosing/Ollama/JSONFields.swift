/// The names of one object with their values, in the order in which they were written.
struct JSONFields: Sendable, Equatable {
    struct Field: Sendable, Equatable {
        var name: String
        var value: JSONText
    }

    private(set) var all: [Field] = []
    /// Kept only for objects of many names: a few are compared sooner than hashed.
    private var places: [String: Int] = [:]
    private static let few = 8

    init() {}

    /// - Returns: false, and nothing changed, where the name is there already.
    mutating func add(_ name: String, _ value: JSONText) -> Bool {
        guard place(of: name) == nil else { return false }
        all.append(Field(name: name, value: value))
        if all.count == Self.few + 1 {
            for (index, field) in all.enumerated() { places[field.name] = index }
        } else if all.count > Self.few {
            places[name] = all.count - 1
        }
        return true
    }

    subscript(_ name: String) -> JSONText? { place(of: name).map { all[$0].value } }

    private func place(of name: String) -> Int? {
        all.count > Self.few ? places[name] : all.firstIndex { $0.name == name }
    }
}

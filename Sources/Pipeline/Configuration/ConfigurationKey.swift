/// One key of a configuration file: its name, what it means, its default, and where its value goes.
///
/// The tables of keys are the single source for reading files, for the environment's names, for what `init`
/// writes and for the reference in docs/configuration.md.
struct ConfigurationKey<Root: Sendable>: Sendable {
    let name: String
    /// One line, written as a comment before the key.
    let about: String
    /// The value as TOML when nothing is configured; nil when the key is absent by default.
    let shown: @Sendable (Root) -> String?
    let take: @Sendable (inout Root, RawValue) throws(ValueProblem) -> Void

    /// - Parameter check: what is wrong with a value of the right type, in words; nil when nothing is.
    init<Value: ConfigurationValue>(
        _ name: String, _ path: any WritableKeyPath<Root, Value> & Sendable, _ about: String,
        check: (@Sendable (Value) -> String?)? = nil
    ) {
        self.name = name
        self.about = about
        shown = { $0[keyPath: path].toml }
        take = { (root, raw) throws(ValueProblem) in
            let value = try Value(raw: raw)
            if let problem = check?(value) { throw ValueProblem(expected: problem) }
            root[keyPath: path] = value
        }
    }
}

/// Bounds of a number, as a check of a key.
func within<Value: Comparable & Sendable>(_ range: ClosedRange<Value>) -> @Sendable (Value) -> String? {
    { range.contains($0) ? nil : "a value from \(range.lowerBound) to \(range.upperBound)" }
}

func notEmpty(_ text: String) -> String? { text.isEmpty ? "text that is not empty" : nil }

/// One thing that is wrong in a configuration, with its place.
public struct ConfigurationProblem: Sendable, Hashable, CustomStringConvertible {
    /// File name, or the environment variable.
    public var place: String
    /// From 1; nil where a problem has no line.
    public var line: Int?
    public var message: String

    public var description: String { line.map { "\(place):\($0): \(message)" } ?? "\(place): \(message)" }
}

/// The closest of `names` to a mistyped word, within two edits.
func nearest(_ word: String, in names: some Sequence<String>) -> String? {
    let scored = names.map { (name: $0, distance: editDistance(word, $0)) }
    return scored.filter { $0.distance <= 2 }.min { ($0.distance, $0.name) < ($1.distance, $1.name) }?.name
}

private func editDistance(_ left: String, _ right: String) -> Int {
    let (left, right) = (Array(left.utf8.prefix(64)), Array(right.utf8.prefix(64)))
    var row = Array(0...right.count)
    for (i, a) in left.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, b) in right.enumerated() {
            let substitution = diagonal + (a == b ? 0 : 1)
            diagonal = row[j + 1]
            row[j + 1] = min(substitution, row[j] + 1, row[j + 1] + 1)
        }
    }
    return row[right.count]
}

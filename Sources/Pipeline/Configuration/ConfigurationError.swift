import Events

/// Why a configuration cannot be used: every problem at once, each with its place.
public enum ConfigurationError: OperatorFacing, Equatable {
    case missing(file: String, searched: [String])
    case unreadable(path: String, reason: String)
    case problems([ConfigurationProblem])

    public var description: String {
        switch self {
        case .missing(let file, let searched): "no \(file) in \(searched.joined(separator: ", "))"
        case .unreadable(let path, let reason): "cannot read \(path): \(reason)"
        case .problems(let problems): problems.map(\.description).joined(separator: "\n")
        }
    }

    public var remedy: String? {
        switch self {
        case .missing: "Write one with: appliance init"
        case .unreadable: "Check the path and its permissions."
        case .problems: nil
        }
    }

    public var kind: FailureKind { .configuration }
}

import Events

/// Why a prompt file cannot be used; every case names the file, and the line where there is one.
public enum PromptError: OperatorFacing, Equatable {
    case unreadable(path: String, reason: String)
    case tooLarge(path: String, limit: Int)
    /// The library has no prompt of that name.
    case missing(name: String, directory: String)
    case duplicate(name: String, first: String, second: String)
    case malformed(path: String, line: Int, problem: String)

    public var description: String {
        switch self {
        case .unreadable(let path, let reason): "cannot read prompt \(path): \(reason)"
        case .tooLarge(let path, let limit): "prompt \(path) is larger than \(limit) bytes"
        case .missing(let name, let directory): "no prompt \"\(name)\" in \(directory)"
        case .duplicate(let name, let first, let second): "prompt \"\(name)\" is in both \(first) and \(second)"
        case .malformed(let path, let line, let problem): "\(path):\(line): \(problem)"
        }
    }

    public var remedy: String? {
        switch self {
        case .unreadable: "Check the path and its permissions."
        case .tooLarge: "Shorten the prompt; a model's context has to hold it."
        case .missing(let name, _): "Copy the installed \(name).md there, or correct the configured directory."
        case .duplicate: "Rename or remove one of them."
        case .malformed: "Correct the file; the installed prompts show the form."
        }
    }

    public var kind: FailureKind { .configuration }
}

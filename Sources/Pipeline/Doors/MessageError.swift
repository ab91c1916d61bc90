import Events
import Intake

/// Why a message that was pushed is none.
public enum MessageError: OperatorFacing, Equatable {
    case unreadable(reason: String, remedy: String?)
    /// In bytes.
    case tooLarge(limit: Int)

    init(_ error: FormatError) {
        if case .tooLarge(_, let limit) = error {
            self = .tooLarge(limit: limit)
        } else {
            self = .unreadable(reason: error.description, remedy: error.remedy)
        }
    }

    public var description: String {
        switch self {
        case .unreadable(let reason, _): reason
        case .tooLarge(let limit): "more than \(limit) bytes"
        }
    }

    public var remedy: String? {
        switch self {
        case .unreadable(_, let remedy): remedy
        case .tooLarge: "Send smaller batches."
        }
    }

    public var kind: FailureKind { .data }
}

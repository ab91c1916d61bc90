import Events
import Intake

/// Why a message that was pushed is none.
public enum MessageError: OperatorFacing, Equatable {
    case unreadable(reason: String, remedy: String?)
    /// In bytes.
    case tooLarge(limit: Int)
    /// In records.
    case tooMany(limit: Int)

    init(_ error: FormatError) {
        switch error {
        case .tooLarge(_, let limit): self = .tooLarge(limit: limit)
        case .tooMany(_, let limit): self = .tooMany(limit: limit)
        default: self = .unreadable(reason: error.description, remedy: error.remedy)
        }
    }

    public var description: String {
        switch self {
        case .unreadable(let reason, _): reason
        case .tooLarge(let limit): "more than \(limit) bytes"
        case .tooMany(let limit): "more than \(limit) records in one message"
        }
    }

    public var remedy: String? {
        switch self {
        case .unreadable(_, let remedy): remedy
        case .tooLarge, .tooMany: "Send smaller batches."
        }
    }

    public var kind: FailureKind { .data }
}

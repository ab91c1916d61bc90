/// An error that an operator reads: what happened, what to do, what kind. Only the command line turns the
/// kind into an exit code.
public protocol OperatorFacing: Error, CustomStringConvertible, Sendable {
    /// What to do next, as a sentence; nil when there is nothing to do.
    var remedy: String? { get }
    var kind: FailureKind { get }
}

/// The kinds of failure, after sysexits.h.
public enum FailureKind: Int32, Sendable, CaseIterable {
    case usage = 64
    case data = 65
    case noInput = 66
    case unavailable = 69
    case bug = 70
    case io = 74
    case busy = 75
    case configuration = 78
}

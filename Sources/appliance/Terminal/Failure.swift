import ArgumentParser
import Events
import Foundation

/// The one place where an error becomes a message and an exit code (sysexits.h).
enum Failure {
    static func report(_ error: any Error) -> Never {
        if let error = error as? any OperatorFacing {
            Console.note(message(for: error))
            exit(error.kind.rawValue)
        }
        if error is CancellationError {
            Console.note("appliance: stopped; what was done is kept, and the next run goes on from there")
            exit(130)
        }
        Appliance.exit(withError: error)
    }

    static func message(for error: any OperatorFacing) -> String {
        let lines = error.description.split(separator: "\n").map { "appliance: \($0)" }
        return (lines + (error.remedy.map { ["           \($0)"] } ?? [])).joined(separator: "\n")
    }
}

/// What a command found wrong with its arguments, beyond what the parser sees.
struct UsageError: OperatorFacing {
    var description: String
    var remedy: String?
    var kind: FailureKind { .usage }
}

/// A run that did its work but met problems on the way, told before; only the exit code is left to give.
struct PartialFailure: OperatorFacing {
    var description: String
    var kind: FailureKind
    var remedy: String? { nil }
}

import Dispatch
import Foundation

/// The built `appliance`, run as a real process.
public struct ApplianceBinary: Sendable {
    /// What a finished process left.
    public struct Outcome: Sendable {
        public var status: Int32
        public var output: String
        public var errors: String
    }

    public let path: String

    /// The binary that was built with the tests, or the one that `APPLIANCE_BINARY` names.
    public init(sourceFile: String = #filePath) throws {
        let root = URL(fileURLWithPath: sourceFile).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        path =
            ProcessInfo.processInfo.environment["APPLIANCE_BINARY"]
            ?? root.appending(path: ".build/debug/appliance").path
        guard FileManager.default.isExecutableFile(atPath: path) else { throw MissingBinary(path: path) }
    }

    public struct MissingBinary: Error { public var path: String }

    /// A process with these arguments, not started, with an environment made from nothing but PATH and `environment`.
    public func process(_ arguments: [String], environment: [String: String] = [:]) -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        var variables = ["PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "HOME": NSTemporaryDirectory(), "LC_ALL": "C.UTF-8"]
        // Coverage of what the child runs belongs to ours.
        variables["LLVM_PROFILE_FILE"] = ProcessInfo.processInfo.environment["LLVM_PROFILE_FILE"]
        for (name, value) in environment { variables[name] = value }
        process.environment = variables
        return process
    }

    /// Runs to the end and collects both outputs.
    public func run(
        _ arguments: [String], environment: [String: String] = [:], input: Data = Data()
    ) async throws -> Outcome {
        try await Self.finish(process(arguments, environment: environment), input: input)
    }

    /// Runs, and kills with SIGKILL after exactly `time`, if it is not over by then: the instant is what is tested.
    public func kill(_ arguments: [String], environment: [String: String] = [:], after time: Duration) async throws {
        let process = process(arguments, environment: environment)
        // Killed while it writes its counts, it would leave a torn file that none of the others can be added to.
        process.environment?["LLVM_PROFILE_FILE"] = "/dev/null"
        (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
        let nanoseconds = Int(time / .nanoseconds(1))
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in continuation.resume() }
            do {
                try process.run()
            } catch {
                process.terminationHandler = nil
                return continuation.resume(throwing: error)
            }
            let identifier = process.processIdentifier
            DispatchQueue.global().asyncAfter(deadline: .now() + .nanoseconds(nanoseconds)) {
                Foundation.kill(identifier, SIGKILL)
            }
        }
    }

    /// Runs any process to the end; outputs go through files, so that none can block on a full pipe.
    public static func finish(_ process: Process, input: Data = Data()) async throws -> Outcome {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let files = try ["in", "out", "err"].map { name in
            let url = directory.url.appending(path: name)
            try (name == "in" ? input : Data()).write(to: url)
            return name == "in" ? try FileHandle(forReadingFrom: url) : try FileHandle(forWritingTo: url)
        }
        process.standardInput = files[0]
        process.standardOutput = files[1]
        process.standardError = files[2]
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in continuation.resume() }
            do {
                try process.run()
            } catch {
                process.terminationHandler = nil
                continuation.resume(throwing: error)
            }
        }
        // Foundation keeps finished processes, and with them their files: thousands of runs would use up every number.
        for file in files { try file.close() }
        func text(_ name: String) throws -> String {
            String(decoding: try Data(contentsOf: directory.url.appending(path: name)), as: UTF8.self)
        }
        return Outcome(status: process.terminationStatus, output: try text("out"), errors: try text("err"))
    }
}

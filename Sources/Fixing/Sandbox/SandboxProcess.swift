import Events
import Foundation
import Subprocess
import Synchronization

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// What a run in the sandbox came to.
public struct SandboxRun: Sendable, Equatable {
    public var ending: Ending
    /// The end of what it wrote, on both outputs.
    public var output: [UInt8]
    public var time: Duration

    public enum Ending: Sendable, Equatable {
        case exited(Int32)
        case signaled(Int32)
        case outOfTime(Duration)
        case outOfMemory(limit: Int)
        case tooMuchOutput(limit: Int)

        public var words: String {
            switch self {
            case .exited(let code): "it ended with exit code \(code)"
            case .signaled(let signal): "it was ended by signal \(signal)"
            case .outOfTime(let limit): "it was stopped after \(Int(limit.inSeconds)) s"
            case .outOfMemory(let limit): "it was stopped for using more than \(limit >> 20) MB of memory"
            case .tooMuchOutput(let limit): "it was stopped for writing more than \(limit >> 20) MB"
            }
        }
    }

    public var text: String { String(decoding: output, as: UTF8.self) }
}

/// One process that is watched from outside: its time, the memory of its descendants, its output.
struct SandboxProcess: Sendable {
    let arguments: [String]
    let environment: [String: String]
    let limits: SandboxLimits

    static let memoryInterval = Duration.milliseconds(100)

    func run(input: [UInt8]) async throws -> SandboxRun {
        guard let program = arguments.first else { return SandboxRun(ending: .exited(127), output: [], time: .zero) }
        let file = try InputDescriptor(input)
        let configuration = Configuration(
            executable: .path(FilePath(program)), arguments: Arguments(Array(arguments.dropFirst())),
            environment: .custom(
                Dictionary(
                    uniqueKeysWithValues: environment.compactMap { pair in
                        Environment.Key(rawValue: pair.key).map { ($0, pair.value) }
                    })), workingDirectory: FilePath("/"))
        let clock = ContinuousClock()
        let start = clock.now
        let result = try await Subprocess.run(
            configuration, input: .fileDescriptor(file.descriptor, closeAfterSpawningProcess: false),
            output: .sequence, error: .combinedWithOutput
        ) { execution in
            try await watch(pid_t(execution.processIdentifier.value), execution.standardOutput)
        }
        withExtendedLifetime(file) {}
        try Task.checkCancellation()
        let watched = result.closureResult
        let ending: SandboxRun.Ending
        switch (watched.verdict, result.terminationStatus) {
        case (let verdict?, _): ending = verdict
        case (nil, .exited(let code)): ending = .exited(Int32(code))
        case (nil, .signaled(let signal)): ending = .signaled(Int32(signal))
        }
        return SandboxRun(ending: ending, output: watched.output, time: start.duration(to: clock.now))
    }

    private struct Watched: Sendable {
        var verdict: SandboxRun.Ending?
        var output: [UInt8]
    }

    /// Reads the output to its end, which comes when the last process is gone; whoever breaks a limit is killed first.
    private func watch(_ process: pid_t, _ output: SubprocessOutputSequence) async throws -> Watched {
        let kept = OutputTail(limit: SandboxLimits.keptOutput)
        let verdict = FirstVerdict()
        func stop(_ ending: SandboxRun.Ending) {
            // Noted before the kill: the end of the output may be seen before this goes on.
            verdict.note(ending)
            ProcessTree.kill(process)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for try await chunk in output where chunk.withUnsafeBytes({ kept.append($0) }) > SandboxLimits.maxOutput
                {
                    return stop(.tooMuchOutput(limit: SandboxLimits.maxOutput))
                }
            }
            group.addTask {
                try await Task.sleep(for: limits.time)
                stop(.outOfTime(limits.time))
            }
            group.addTask {
                while ProcessTree.memory(of: process) <= limits.memory {
                    try await Task.sleep(for: Self.memoryInterval)
                }
                stop(.outOfMemory(limit: limits.memory))
            }
            defer {
                if Task.isCancelled { ProcessTree.kill(process) }
                group.cancelAll()
            }
            try await group.next()
        }
        return Watched(verdict: verdict.value, output: kept.bytes)
    }
}

/// The first limit that was broken.
private final class FirstVerdict: Sendable {
    private let state = Mutex<SandboxRun.Ending?>(nil)

    var value: SandboxRun.Ending? { state.withLock { $0 } }

    func note(_ ending: SandboxRun.Ending) { state.withLock { $0 = $0 ?? ending } }
}

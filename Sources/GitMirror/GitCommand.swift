import Events
import Foundation
import Glibc
import Subprocess

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// Runs git over a shadow repository: fixed environment, a deadline, and a limit on what it writes.
struct GitCommand: Sendable {
    static let searchPath = ["/usr/local/bin", "/usr/bin", "/bin"]
    static let maxErrorBytes = 65536

    let executable: String
    let shadow: ShadowRepository
    let timeout: Duration

    init(shadow: ShadowRepository, timeout: Duration, executable: String? = nil) throws(MirrorError) {
        let found = executable ?? Self.searchPath.map { $0 + "/git" }.first(where: FileManager.default.isExecutableFile)
        guard let found else { throw .gitMissing(searched: Self.searchPath) }
        (self.executable, self.shadow, self.timeout) = (found, shadow, timeout)
        Self.brokenPipesAreErrors
    }

    /// A child that dies while it is written to would end this process by SIGPIPE, whose default action is
    /// to terminate; ignored once, the write fails with EPIPE instead. A handler that is set stays.
    private static let brokenPipesAreErrors: Void = {
        var current = sigaction()
        guard sigaction(SIGPIPE, nil, &current) == 0, current.__sigaction_handler.sa_handler == nil else { return }
        signal(SIGPIPE, SIG_IGN)
    }()

    func configuration(_ arguments: [String]) -> Configuration {
        let environment = Dictionary(
            uniqueKeysWithValues: shadow.environment.compactMap { pair in
                Environment.Key(rawValue: pair.key).map { ($0, pair.value) }
            })
        return Configuration(
            executable: .path(FilePath(executable)), arguments: Arguments(arguments),
            environment: .custom(environment), workingDirectory: FilePath(shadow.path))
    }

    /// Runs to the end and hands back the standard output.
    ///
    /// - Parameters:
    ///   - file: standard input, where it is a file; else `input` is.
    ///   - accepted: exit codes that are no failure (git grep says 1 for "nothing found").
    ///   - within: the longest that it may take; ``timeout`` where nothing is said.
    ///   - limit: bytes of output; more is an error, since half an answer misleads.
    func run(
        _ arguments: [String], input: [UInt8] = [], file given: InputFile? = nil, accepted: Set<Int32> = [0],
        limit: Int,
        within: Duration? = nil
    ) async throws(MirrorError) -> [UInt8] {
        let command = arguments.first { !$0.hasPrefix("-") } ?? "git"
        let deadline = within ?? timeout
        let configuration = configuration(arguments)
        let file: InputFile
        if let given { file = given } else { file = try InputFile(input, folder: shadow.path) }
        do {
            return try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
                group.addTask {
                    let result = try await Subprocess.run(
                        configuration, input: .fileDescriptor(file.descriptor, closeAfterSpawningProcess: false),
                        output: .bytes(limit: limit), error: .bytes(limit: Self.maxErrorBytes))
                    try Task.checkCancellation()
                    guard case .exited(let code) = result.terminationStatus, accepted.contains(code) else {
                        throw MirrorError.gitFailed(
                            command: command, status: "\(result.terminationStatus)",
                            message: Self.oneLine(result.standardError))
                    }
                    return result.standardOutput
                }
                group.addTask {
                    try await Task.sleep(for: deadline)
                    return nil
                }
                defer { group.cancelAll() }
                guard let first = try await group.next(), let output = first else {
                    throw MirrorError.timedOut(command: command, after: deadline)
                }
                return output
            }
        } catch {
            throw Self.translate(error, command: command, limit: limit, timeout: deadline)
        }
    }

    private static func translate(
        _ error: any Error, command: String, limit: Int, timeout: Duration
    ) -> MirrorError {
        switch error {
        case let error as MirrorError: error
        case let error as SubprocessError where error.code == .outputLimitExceeded:
            .outputTooLarge(command: command, limit: limit)
        case is CancellationError: .timedOut(command: command, after: timeout)
        default: .gitFailed(command: command, status: "not run", message: "\(error)")
        }
    }

    /// What git said, on one line without control characters.
    private static func oneLine(_ bytes: [UInt8]) -> String {
        let text = String(decoding: bytes.prefix(400).map { $0 < 0x20 || $0 == 0x7F ? 0x20 : $0 }, as: UTF8.self)
        return text.split(separator: " ").joined(separator: " ")
    }
}

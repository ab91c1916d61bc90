import Foundation

/// A command under strace, and whom it spoke to.
public enum TracedProcess {
    static let program = "/usr/bin/strace"
    public static let isAvailable = FileManager.default.isExecutableFile(atPath: program)

    /// Runs it to the end.
    ///
    /// - Returns: addresses that the command, or a child of it, connected or sent to, as `ADDRESS:PORT`.
    public static func contacts(
        of process: Process, in directory: TemporaryDirectory
    ) async throws -> (peers: Set<String>, outcome: ApplianceBinary.Outcome) {
        let (lines, outcome) = try await calls("connect,sendto,sendmsg", of: process, in: directory)
        var peers: Set<String> = []
        for line in lines {
            guard let port = line.firstMatch(of: /sin6?_port=htons\((\d+)\)/)?.1 else { continue }
            let address =
                line.firstMatch(of: /inet_addr\("([^"]+)"\)/)?.1
                ?? line.firstMatch(of: /inet_pton\(AF_INET6, "([^"]+)"/)?.1
            peers.insert("\(address ?? "?"):\(port)")
        }
        return (peers, outcome)
    }

    /// Runs it to the end.
    ///
    /// - Parameter names: system calls, with commas between them.
    /// - Returns: its calls and those of its children as strace writes them: a line each, after the thread's number.
    public static func calls(
        _ names: String, of process: Process, options: [String] = [], in directory: TemporaryDirectory
    ) async throws -> (lines: [Substring], outcome: ApplianceBinary.Outcome) {
        let command = [process.executableURL?.path ?? ""] + (process.arguments ?? [])
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments =
            ["-f", "-qq", "-e", "trace=\(names)", "-e", "signal=none", "-o", "\(directory.path)/trace"] + options
            + command
        let outcome = try await ApplianceBinary.finish(process)
        return (try directory.read("trace").split(separator: "\n"), outcome)
    }
}

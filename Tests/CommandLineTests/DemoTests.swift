import ApplianceTestSupport
import Foundation
import Testing

@Suite("The demo keeps its promises")
struct DemoTests {
    @Test("it ends with the outbox message, the places and five commands that work")
    func ending() async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let binary = try ApplianceBinary()
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let place = directory.path + "/demo"
        let demo = Self.bash([root.appending(path: "deploy/demo.sh").path, binary.path, place])
        let outcome = try await ApplianceBinary.finish(demo)
        try #require(outcome.status == 0, "\(outcome.errors)")
        let output = outcome.output

        let message = try #require(output.firstRange(of: "What would leave this site"))
        let ending = output[message.lowerBound...]
        #expect(ending.contains("\"specversion\""), "the first message of the outbox is shown")
        for kind in ["history", "report", "outbox"] {
            let line = try #require(
                ending.split(separator: "\n").first { $0.hasPrefix("\(kind)  ") || $0.hasPrefix("\(kind) ") })
            let path = try #require(line.split(separator: " ").last)
            #expect(FileManager.default.fileExists(atPath: String(path)), "\(line)")
        }
        let after = try #require(ending.firstRange(of: "Try next"))
        let commands = ending[after.upperBound...].split(separator: "\n").filter {
            $0.contains("appliance ") && $0.hasPrefix("  ")
        }
        .map { line in Self.command(String(line)) }
        #expect(commands.count == 5, "\(commands)")
        for command in commands {
            let shell = Self.bash(["-o", "pipefail", "-c", command])
            shell.environment?["APPLIANCE_HOME"] = place + "/home"
            shell.environment?["PATH"] =
                "\(URL(fileURLWithPath: binary.path).deletingLastPathComponent().path):/usr/bin:/bin"
            let result = try await ApplianceBinary.finish(shell)
            #expect(result.status == 0 && !result.output.isEmpty, "\(command): \(result.status) \(result.errors)")
        }
    }

    private static func bash(_ arguments: [String]) -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = arguments
        process.environment = [
            "PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "HOME": "/nonexistent", "LLVM_PROFILE_FILE": "/dev/null",
        ]
        return process
    }

    /// The command of a line, without the explanation that follows behind spaces.
    private static func command(_ line: String) -> String {
        let text = line.trimmingCharacters(in: .whitespaces)
        guard let gap = text.firstRange(of: "   ") else { return text }
        return String(text[..<gap.lowerBound])
    }
}

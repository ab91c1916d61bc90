import ApplianceTestSupport
import Foundation
import Testing

/// The checks are Python's (`checks/*.py`, each also runs by itself), because what they hold the files against is:
/// Compose's, Kubernetes', CycloneDX' and Prometheus' own validators.
@Suite("What installs and runs the appliance holds what it promises")
struct DeploymentTests {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private func check(_ name: String) async throws {
        let environment = ProcessInfo.processInfo.environment
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "python3", "-B", Self.root.appending(path: "Tests/DeployTests/checks/\(name).py").path, "--verbose",
        ]
        // Debian's Python first: its packages are what test-deps installs.
        process.environment = environment.merging([
            "PATH": "/usr/bin:/bin:/usr/sbin:/sbin:\(environment["PATH"] ?? "")", "LLVM_PROFILE_FILE": "/dev/null",
            "APPLIANCE_BINARY": try ApplianceBinary().path,
        ]) { $1 }
        let outcome = try await ApplianceBinary.finish(process)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains(/Ran [1-9]/), "no check ran")
        for line in outcome.errors.split(separator: "\n") where line.contains("skipped") { print("\(name): \(line)") }
    }

    @Test("systemd's units: valid, shut in, credentials as files")
    func systemd() async throws { try await check("systemd") }

    @Test("docker-compose.yml: valid, no route out, nothing to gain inside")
    func compose() async throws { try await check("compose") }

    @Test("the bundle and install.sh: verified, kept, gone back from; the bill of materials is valid")
    func install() async throws { try await check("install") }

    @Test("many machines: Kubernetes' and Slurm's files; eight shards as processes merge to the history of one run")
    func cluster() async throws { try await check("cluster") }

    @Test("Prometheus' rules fire where they should; the dashboard asks for metrics that the documents name")
    func observability() async throws { try await check("observability") }

    @Test("the documents: links and named tests are there, every command that is shown is run")
    func documents() async throws { try await check("documents") }

    @Test("what other programs read has the form that docs/schemas says")
    func schemas() async throws { try await check("schemas") }

    @Test("doctor on a site at work: connections, cursors, clock, rights")
    func doctor() async throws { try await check("doctor") }
}

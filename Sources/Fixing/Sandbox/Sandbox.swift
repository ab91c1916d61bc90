import Events
import Foundation

/// Runs commands of a repository, which may be hostile, where they can do no harm: no network, no files but the
/// system's programs (read-only) and a work tree in memory, no rights, a user of their own, bounded time and size.
///
/// The work tree is handed over as a tar archive on standard input, and lies in a file system of the sandbox alone:
/// nothing that a command writes is ever seen outside.
public struct Sandbox: Sendable {
    /// What builds the walls.
    public enum Kind: Sendable, Hashable {
        /// bubblewrap (https://github.com/containers/bubblewrap), by its path.
        case bubblewrap(String)
        /// unshare, setpriv, prlimit and pivot_root of util-linux.
        case namespaces

        public var name: String {
            switch self {
            case .bubblewrap: "bubblewrap"
            case .namespaces: "namespaces"
            }
        }
    }

    public let kind: Kind
    let limits: SandboxLimits
    /// Folders that are readable inside, beside the system's own, and whose `bin` is in PATH.
    let tools: [String]

    static let searchPath = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"]
    static let probeTime = Duration.seconds(10)
    /// Seconds that a command has beyond its time before it is killed from outside.
    static let grace = 10

    init(kind: Kind, limits: SandboxLimits, tools: [String]) {
        (self.kind, self.limits, self.tools) = (kind, limits, tools)
    }

    /// The first kind that works on this host, tried for real.
    ///
    /// - Returns: nil where neither does, with the reason of each.
    public static func find(
        limits: SandboxLimits, tools: [String], kinds: [Kind] = installed()
    ) async throws -> (sandbox: Sandbox?, reason: String) {
        var reasons: [String] = []
        for kind in kinds {
            var short = limits
            short.time = min(limits.time, probeTime)
            let probe = Sandbox(kind: kind, limits: short, tools: tools)
            let run = try await probe.run("test -w . && ! test -w /usr && echo inside", on: TarArchive())
            if run.ending == .exited(0), run.text.contains("inside") {
                return (Sandbox(kind: kind, limits: limits, tools: tools), "")
            }
            let words = run.text.split(separator: "\n").last.map { String($0.prefix(200)) } ?? run.ending.words
            reasons.append("\(kind.name): \(words)")
        }
        return (nil, reasons.isEmpty ? "neither bubblewrap nor unshare is installed" : reasons.joined(separator: "; "))
    }

    /// The kinds whose programs are there.
    public static func installed() -> [Kind] {
        var kinds: [Kind] = []
        if let path = program("bwrap") { kinds.append(.bubblewrap(path)) }
        if ["unshare", "setpriv", "prlimit", "mount", "pivot_root"].allSatisfy({ program($0) != nil }) {
            kinds.append(.namespaces)
        }
        return kinds
    }

    static func program(_ name: String) -> String? {
        searchPath.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Unpacks a tree and runs a command in it, with `/bin/sh`.
    public func run(_ command: String, on tree: TarArchive) async throws -> SandboxRun {
        let words = arguments()
        return try await SandboxProcess(
            arguments: words, environment: environment(command), limits: limits
        ).run(input: tree.bytes)
    }

    /// The command line that builds the walls, the first word being the program's path.
    private func arguments() -> [String] {
        // A backstop for the day on which this program is killed itself: nothing outlives its time.
        let seconds = Int(limits.time.inSeconds.rounded(.up)) + Self.grace
        var words = Self.program("timeout").map { [$0, "--signal=KILL", String(seconds)] } ?? []
        if let setpriv = Self.program("setpriv") {
            // Whoever kills the backstop, and with it this program, kills what is below.
            words += [setpriv, "--pdeathsig", "KILL"]
            // The superuser becomes nobody: no process of a sandbox ever has its identity.
            if geteuid() == 0 { words += ["--reuid=65534", "--regid=65534", "--clear-groups"] }
        }
        switch kind {
        case .bubblewrap(let path): return words + [path] + bubblewrapOptions()
        case .namespaces:
            return words + [
                Self.program("unshare") ?? "unshare", "--user", "--map-root-user", "--mount", "--net", "--pid", "--ipc",
                "--uts", "--cgroup", "--fork", "--kill-child", "/bin/sh", "-c", SandboxScript.walls,
            ]
        }
    }

    private func bubblewrapOptions() -> [String] {
        var words = [
            "--unshare-user", "--unshare-all", "--disable-userns", "--die-with-parent", "--new-session", "--cap-drop",
            "ALL",
            "--uid", "65534", "--gid", "65534", "--hostname", "draft",
        ]
        for folder in SandboxScript.systemFolders {
            if let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/" + folder) {
                words += ["--symlink", link, "/" + folder]
            } else {
                words += ["--ro-bind-try", "/" + folder, "/" + folder]
            }
        }
        for name in SandboxScript.systemFiles() { words += ["--ro-bind-try", "/etc/" + name, "/etc/" + name] }
        for tool in tools { words += ["--ro-bind-try", tool, tool] }
        let disk = String(limits.disk)
        words += ["--proc", "/proc", "--dev", "/dev", "--size", String(64 << 20), "--tmpfs", "/dev/shm"]
        words += ["--size", disk, "--tmpfs", "/work", "--size", disk, "--tmpfs", "/tmp", "--remount-ro", "/"]
        return words + ["--chdir", "/work", "/bin/sh", "-c", SandboxScript.inside]
    }

    /// Nothing is inherited.
    private func environment(_ command: String) -> [String: String] {
        // A process may use all processors for the whole of its time, and no more.
        let seconds = max(1, Int(limits.time.inSeconds.rounded(.up))) * ProcessInfo.processInfo.activeProcessorCount
        let path = tools.flatMap { [$0 + "/bin", $0 + "/usr/bin"] } + Self.searchPath
        return [
            "PATH": path.joined(separator: ":"), "HOME": "/tmp", "TMPDIR": "/tmp", "LANG": "C.UTF-8", "CI": "true",
            "CARGO_NET_OFFLINE": "true", "GOPROXY": "off", "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod",
            // Java takes its heap from the machine's size, not from the limit.
            "JAVA_TOOL_OPTIONS": "-XX:MaxRAM=\(limits.memory)", "PIP_NO_INDEX": "1", "npm_config_offline": "true",
            "PYTHONDONTWRITEBYTECODE": "1",
            "DRAFT_COMMAND": command, "DRAFT_INSIDE": SandboxScript.inside,
            "DRAFT_DISK": String(limits.disk), "DRAFT_TOOLS": tools.joined(separator: "\n"),
            "DRAFT_FILES": SandboxScript.systemFiles().joined(separator: " "),
            "DRAFT_FOLDERS": SandboxScript.systemFolders.joined(separator: " "),
            "DRAFT_LIMITS": [
                "--nproc=\(limits.processes)", "--data=\(limits.memory)", "--fsize=\(limits.disk)", "--core=0",
                "--nofile=\(SandboxLimits.openFiles)", "--cpu=\(seconds)",
            ].joined(separator: " "),
        ]
    }
}

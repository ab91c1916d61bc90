import Events

/// Asks a language's own parser whether a changed file can still be read. Parsing only: nothing of the file is run.
struct SyntaxChecker: Sendable {
    let sandbox: Sandbox

    /// A program that parses `draft.ENDING` and says so by its exit code.
    struct Parser: Sendable {
        let program: String
        let arguments: String
    }

    private static let script = Parser(
        program: "python3",
        arguments: "-I -S -c 'import ast, sys; ast.parse(open(sys.argv[1], \"rb\").read(), sys.argv[1])'")
    private static let node = Parser(program: "node", arguments: "--check")
    private static let parsers: [String: Parser] = [
        "py": script, "pyw": script, "js": node, "mjs": node, "cjs": node,
        "rb": Parser(program: "ruby", arguments: "-c"), "rake": Parser(program: "ruby", arguments: "-c"),
        "php": Parser(program: "php", arguments: "-n -l"),
        "go": Parser(program: "gofmt", arguments: "-e -l"),
        "swift": Parser(program: "swiftc", arguments: "-frontend -parse"),
        "rs": Parser(program: "rustfmt", arguments: "--edition 2021 --emit stdout"),
        "java": Parser(
            program: "javac",
            arguments: "-proc:none -XDshould-stop.ifNoError=PARSE -XDshould-stop.ifError=PARSE -d /tmp"),
        "lua": Parser(program: "luac", arguments: "-p"),
        "json": Parser(program: "python3", arguments: "-I -S -m json.tool"),
        "toml": Parser(
            program: "python3", arguments: "-I -S -c 'import sys, tomllib; tomllib.load(open(sys.argv[1], \"rb\"))'"),
        "yaml": Parser(program: "ruby", arguments: "-ryaml -e 'YAML.parse_file(ARGV[0])'"),
        "yml": Parser(program: "ruby", arguments: "-ryaml -e 'YAML.parse_file(ARGV[0])'"),
        "xml": Parser(program: "xmllint", arguments: "--nonet --noout"),
    ]
    static let time = Duration.seconds(30)
    static let memory = 1 << 30
    static let messageLimit = 200

    /// The limits under which parsers run.
    static func limits() -> SandboxLimits {
        var limits = SandboxLimits()
        (limits.time, limits.memory, limits.processes, limits.disk) = (time, memory, 64, 64 << 20)
        return limits
    }

    /// - Throws: ``Refusal/syntax(path:tool:message:)`` when the file could be parsed before the change, and cannot be
    ///   with it.
    func check(_ path: String, before: [UInt8], after: [UInt8]) async throws -> FixDraft.SyntaxCheck {
        guard let ending = path.split(separator: ".").last.map({ $0.lowercased() }), let parser = Self.parsers[ending]
        else { return .init(path: path, result: .notChecked(reason: "no parser is known for it")) }
        let run = try await run(parser, ending, after)
        switch run.ending {
        case .exited(0): return .init(path: path, result: .passed(by: parser.program))
        case .exited(Self.isMissing):
            return .init(path: path, result: .notChecked(reason: "\(parser.program) is not installed"))
        case .exited: break
        default: return .init(path: path, result: .notChecked(reason: "\(parser.program): \(run.ending.words)"))
        }
        guard try await self.run(parser, ending, before).ending == .exited(0) else {
            return .init(
                path: path,
                result: .notChecked(reason: "\(parser.program) does not take the file without the change either"))
        }
        throw Refusal.syntax(path: path, tool: parser.program, message: Self.message(run))
    }

    private static let isMissing: Int32 = 127

    private func run(_ parser: Parser, _ ending: String, _ bytes: [UInt8]) async throws -> SandboxRun {
        var tree = TarArchive()
        tree.add("draft.\(ending)", bytes)
        return try await sandbox.run(
            "command -v \(parser.program) >/dev/null || exit 127; \(parser.program) \(parser.arguments) draft.\(ending) >/dev/null",
            on: tree)
    }

    /// The line that names the error, as parsers write it.
    private static func message(_ run: SandboxRun) -> String {
        let lines = run.text.split(whereSeparator: \.isNewline).map { CommitMessage.plain(String($0)) }.filter {
            !$0.isEmpty
        }
        let line = lines.first { $0.lowercased().contains("error") } ?? lines.last ?? run.ending.words
        return CommitMessage.cut(line.replacing("draft.", with: ""), messageLimit)
    }
}

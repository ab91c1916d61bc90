import Events
import Foundation
import Testing

@testable import Diagnosing

@Suite("Prompt files say what is wrong with them, and where")
struct PromptFileTests {
    private static let good = """
        ---
        name: p
        version: 3
        role: diagnose
        schema: diagnosis
        ---
        # System
        Answer in {{language}}.
        # User
        {{#frames}}
        {{frames}}
        {{/frames}}
        {{error}}
        """

    @Test("the installed prompts are read")
    func installed() throws {
        let library = try PromptLibrary(directory: SampleCases.prompts)
        #expect(library.names == ["diagnose", "fix", "repair"])
        let prompt = try library.prompt(named: "diagnose")
        #expect(prompt.version == 5 && prompt.role == "diagnose" && prompt.sha256.count == 64)
        #expect(throws: PromptError.missing(name: "nothing", directory: SampleCases.prompts)) {
            try library.prompt(named: "nothing")
        }
    }

    @Test("a good file, with either line ending")
    func reads() throws {
        let prompt = try PromptFile(text: Self.good, path: "p.md")
        #expect(prompt.name == "p" && prompt.version == 3)
        #expect(prompt.system.render(["language": .text("Korean")]) == "Answer in Korean.")
        let windows = try PromptFile(text: Self.good.replacingOccurrences(of: "\n", with: "\r\n"), path: "p.md")
        #expect(windows.user.render(["error": .text("e")]) == prompt.user.render(["error": .text("e")]))
        #expect(windows.sha256 != prompt.sha256)
    }

    @Test("values are data: never executed, never escaped")
    func values() throws {
        let prompt = try PromptFile(text: Self.good, path: "p.md")
        let hostile = "a < b && \"c\" {{language}} {{#error}}x{{/error}} {{> /etc/passwd}} {{{raw}}}"
        let text = prompt.user.render(["error": .text(hostile), "frames": .text(hostile), "language": .text("no")])
        #expect(text == "\(hostile)\n\(hostile)")
    }

    @Test(
        "faults are named with file and line",
        arguments: [
            ("---\nname: p", "--", 1, "must start"),
            ("\nrole: diagnose", "\nroll: diagnose", 4, "unknown key \"roll\""),
            ("version: 3", "version: three", 3, "whole number"),
            ("version: 3", "version: 0", 3, "whole number"),
            ("version: 3", "version 3", 3, "key: value"),
            ("version: 3", "name: q", 3, "given twice"),
            ("schema: diagnosis", "schema: poem", 5, "unknown schema"),
            ("name: p\n", "", 1, "\"name\" is missing"),
            ("name: p", "name:  ", 2, "\"name\" is missing"),
            ("\n---\n# System", "\n# System", 1, "no second line"),
            ("# System\n", "# Sistem\n", 7, "no line \"# System\""),
            ("# User\n", "", 8, "no line \"# User\""),
            ("{{error}}", "{{eror}}", 13, "unknown name \"eror\""),
            ("{{error}}", "{{> error}}", 13, "unknown name \">error\""),
            ("{{/frames}}\n", "", 12, "template"),
            ("Answer in {{language}}.", "Answer in {{language", 8, "template"),
        ])
    func faults(part: String, replacement: String, line: Int, words: String) throws {
        let text = try #require(
            Self.good.firstRange(of: part).map { Self.good.replacingCharacters(in: $0, with: replacement) })
        let error = try #require(throws: PromptError.self) { try PromptFile(text: text, path: "p.md") }
        guard case .malformed(let path, let found, let problem) = error else {
            Issue.record("unexpected \(error)")
            return
        }
        #expect(path == "p.md" && found == line, "\(problem)")
        #expect(problem.contains(words))
        #expect("\(error)".hasPrefix("p.md:\(line): ") && error.kind == .configuration && error.remedy != nil)
    }

    @Test("a library names the file that it cannot use")
    func library() throws {
        try withDirectory { directory in
            let missing = "\(directory)/absent"
            #expect(throws: PromptError.self) { try PromptLibrary(directory: missing) }
            try Self.good.write(toFile: "\(directory)/a.md", atomically: true, encoding: .utf8)
            #expect(try PromptLibrary(directory: directory).names == ["p"])
            try Self.good.write(toFile: "\(directory)/b.md", atomically: true, encoding: .utf8)
            let twice = PromptError.duplicate(name: "p", first: "\(directory)/a.md", second: "\(directory)/b.md")
            #expect(throws: twice) { try PromptLibrary(directory: directory) }
            try Data([0xFF, 0xFE, 0x00]).write(to: URL(fileURLWithPath: "\(directory)/b.md"))
            #expect(throws: PromptError.unreadable(path: "\(directory)/b.md", reason: "not UTF-8")) {
                try PromptLibrary(directory: directory)
            }
            let long = Data(repeating: 0x61, count: PromptFile.maximumBytes + 10)
            try long.write(to: URL(fileURLWithPath: "\(directory)/b.md"))
            let tooLarge = PromptError.tooLarge(path: "\(directory)/b.md", limit: PromptFile.maximumBytes)
            #expect(throws: tooLarge) { try PromptLibrary(directory: directory) }
            try FileManager.default.removeItem(atPath: "\(directory)/b.md")
            try FileManager.default.createDirectory(atPath: "\(directory)/c.md", withIntermediateDirectories: false)
            #expect(throws: PromptError.self) { try PromptLibrary(directory: directory) }
        }
        let all: [PromptError] = [
            .unreadable(path: "p", reason: "r"), .tooLarge(path: "p", limit: 1), .missing(name: "n", directory: "d"),
            .duplicate(name: "n", first: "a", second: "b"),
        ]
        for error in all { #expect(!"\(error)".isEmpty && error.remedy != nil && error.kind == .configuration) }
    }

    @Test("a text longer than any prompt is refused")
    func tooLong() {
        let text = String(repeating: "a", count: PromptFile.maximumBytes + 1)
        #expect(throws: PromptError.tooLarge(path: "p.md", limit: PromptFile.maximumBytes)) {
            try PromptFile(text: text, path: "p.md")
        }
    }
}

@Suite("A service may have prompts and rules of its own")
struct ServicePromptTests {
    private static func write(_ text: String, _ path: String) throws {
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    private static let prompt =
        "---\nname: diagnose\nversion: 7\nrole: diagnose\nschema: diagnosis\n---\n# System\ns\n# User\n{{error}}\n"

    @Test("its prompt replaces the common one, its rules are added, and other services have neither")
    func replaces() throws {
        try withDirectory { directory in
            try Self.write(Self.prompt, "\(directory)/diagnose.md")
            try Self.write("be kind\n", "\(directory)/house-rules.txt")
            try Self.write(
                Self.prompt.replacing("version: 7", with: "version: 8"), "\(directory)/services/orders/mine.md")
            try Self.write("ask pricing", "\(directory)/services/orders/house-rules.txt")
            let library = try PromptLibrary(directory: directory)
            #expect(library.names == ["diagnose"] && library.serviceNames == ["orders"])
            #expect(try library.prompt(named: "diagnose").version == 7)
            #expect(try library.prompt(named: "diagnose", service: "orders").version == 8)
            #expect(try library.prompt(named: "diagnose", service: "../orders").version == 7)
            #expect(library.rules(for: "orders") == HouseRules(site: "be kind", service: "ask pricing"))
            #expect(library.rules(for: "other") == HouseRules(site: "be kind"))
        }
    }

    @Test("a prompt that replaces nothing, and rules without end, are refused with their place")
    func refuses() throws {
        try withDirectory { directory in
            try Self.write(Self.prompt, "\(directory)/diagnose.md")
            let other = "\(directory)/services/orders/x.md"
            try Self.write(Self.prompt.replacing("name: diagnose", with: "name: diagnos"), other)
            #expect(throws: PromptError.missing(name: "diagnos", directory: directory)) {
                try PromptLibrary(directory: directory)
            }
            try FileManager.default.removeItem(atPath: other)
            let rules = "\(directory)/services/orders/house-rules.txt"
            try Self.write(String(repeating: "x", count: 5000), rules)
            #expect(throws: PromptError.tooLarge(path: rules, limit: HouseRules.maximumBytes)) {
                try PromptLibrary(directory: directory)
            }
        }
    }
}

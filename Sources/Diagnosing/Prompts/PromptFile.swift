import Crypto
import Events

/// One prompt as an operator edits it: front matter, then a `# System` and a `# User` part.
///
/// Both parts are Mustache templates whose values are data only: what a value contains is never executed as
/// template, and never escaped as HTML.
public struct PromptFile: Sendable {
    public let name: String
    public let version: Int
    /// Which role of `models.conf` answers it.
    public let role: String
    public let schema: Schema
    /// SHA-256 of the whole file, hexadecimal: part of provenance and of the diagnosis cache's key.
    public let sha256: String

    let system: PromptTemplate
    let user: PromptTemplate

    /// The shapes of answer that the checker knows; named in the front matter.
    public enum Schema: String, Sendable, CaseIterable { case diagnosis, fix }

    /// A prompt larger than this cannot be meant.
    static let maximumBytes = 64 * 1024

    /// - Parameter path: only for messages.
    public init(text: String, path: String) throws(PromptError) {
        guard text.utf8.count <= Self.maximumBytes else {
            throw .tooLarge(path: path, limit: Self.maximumBytes)
        }
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }.map(String.init)
        let front = try FrontMatter(lines: lines, path: path)
        name = try front.value("name")
        role = try front.value("role")
        guard let version = Int(try front.value("version")), version > 0 else {
            throw front.malformed("version", "version must be a whole number from 1")
        }
        self.version = version
        guard let schema = Schema(rawValue: try front.value("schema")) else {
            let known = Schema.allCases.map(\.rawValue).joined(separator: ", ")
            throw front.malformed("schema", "unknown schema; known: \(known)")
        }
        self.schema = schema
        let systemLine = try Self.heading("# System", in: lines, from: front.end, path: path)
        let userLine = try Self.heading("# User", in: lines, from: systemLine + 1, path: path)
        system = try PromptTemplate(lines: lines[(systemLine + 1)..<userLine], firstLine: systemLine + 2, path: path)
        user = try PromptTemplate(lines: lines[(userLine + 1)...], firstLine: userLine + 2, path: path)
        sha256 = SHA256.hash(data: Array(text.utf8)).hexadecimal
    }

    /// Index of the line that is exactly `heading`.
    private static func heading(
        _ heading: String, in lines: [String], from start: Int, path: String
    ) throws(PromptError) -> Int {
        guard let index = lines.indices.first(where: { $0 >= start && lines[$0] == heading }) else {
            throw .malformed(path: path, line: min(start + 1, lines.count), problem: "no line \"\(heading)\"")
        }
        return index
    }
}

/// The `key: value` lines between the two `---` lines at the top of a prompt.
private struct FrontMatter {
    let path: String
    private var values: [String: (text: String, line: Int)] = [:]
    /// Index of the first line after the front matter.
    let end: Int

    static let keys: Set<String> = ["name", "version", "role", "schema"]

    init(lines: [String], path: String) throws(PromptError) {
        self.path = path
        guard lines.first == "---" else {
            throw .malformed(path: path, line: 1, problem: "the file must start with a line \"---\"")
        }
        guard let close = lines.dropFirst().firstIndex(of: "---") else {
            throw .malformed(path: path, line: 1, problem: "no second line \"---\" ends the front matter")
        }
        end = close + 1
        for index in 1..<close where !lines[index].allSatisfy(\.isWhitespace) && !lines[index].hasPrefix("#") {
            let parts = lines[index].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let key = Self.trimmed(parts[0])
            guard parts.count == 2 else {
                throw .malformed(path: path, line: index + 1, problem: "expected \"key: value\"")
            }
            guard Self.keys.contains(key) else {
                let known = Self.keys.sorted().joined(separator: ", ")
                throw .malformed(path: path, line: index + 1, problem: "unknown key \"\(key)\"; known: \(known)")
            }
            guard values[key] == nil else {
                throw .malformed(path: path, line: index + 1, problem: "\"\(key)\" is given twice")
            }
            values[key] = (Self.trimmed(parts[1]), index + 1)
        }
    }

    func value(_ key: String) throws(PromptError) -> String {
        guard let value = values[key], !value.text.isEmpty else {
            throw .malformed(path: path, line: values[key]?.line ?? 1, problem: "\"\(key)\" is missing")
        }
        return value.text
    }

    func malformed(_ key: String, _ problem: String) -> PromptError {
        .malformed(path: path, line: values[key]?.line ?? 1, problem: problem)
    }

    private static func trimmed(_ text: Substring) -> String {
        let start = text.drop(while: \.isWhitespace)
        return String(start.reversed().drop(while: \.isWhitespace).reversed())
    }
}

extension Sequence<UInt8> {
    /// Lowercase hexadecimal digits, two a byte.
    var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in self { text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }
}

import Events
import Foundation

/// The prompts of one directory, read once.
public struct PromptLibrary: Sendable {
    public let directory: String
    private let prompts: [String: PromptFile]

    /// Files that one directory may hold; more is another directory than meant.
    static let maximumFiles = 200

    /// Reads every `*.md` file of the directory.
    ///
    /// - Throws: `PromptError` for the first file, in the order of names, that cannot be used.
    public init(directory: String) throws(PromptError) {
        self.directory = directory
        var prompts: [String: PromptFile] = [:]
        var paths: [String: String] = [:]
        for name in try Self.names(in: directory) {
            let path = "\(directory)/\(name)"
            let prompt = try PromptFile(text: try Self.read(path), path: path)
            if let first = paths[prompt.name] {
                throw .duplicate(name: prompt.name, first: first, second: path)
            }
            (prompts[prompt.name], paths[prompt.name]) = (prompt, path)
        }
        self.prompts = prompts
    }

    /// Names of the prompts, sorted.
    public var names: [String] { prompts.keys.sorted() }

    public func prompt(named name: String) throws(PromptError) -> PromptFile {
        guard let prompt = prompts[name] else { throw .missing(name: name, directory: directory) }
        return prompt
    }

    private static func names(in directory: String) throws(PromptError) -> [String] {
        do {
            let names = try FileManager.default.contentsOfDirectory(atPath: directory)
            return names.filter { $0.hasSuffix(".md") && !$0.hasPrefix(".") }.sorted().prefix(maximumFiles).map(\.self)
        } catch {
            throw .unreadable(path: directory, reason: error.localizedDescription)
        }
    }

    private static func read(_ path: String) throws(PromptError) -> String {
        let data: Data
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            data = try file.read(upToCount: PromptFile.maximumBytes + 1) ?? Data()
            try file.close()
        } catch {
            throw .unreadable(path: path, reason: error.localizedDescription)
        }
        guard data.count <= PromptFile.maximumBytes else {
            throw .tooLarge(path: path, limit: PromptFile.maximumBytes)
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw .unreadable(path: path, reason: "not UTF-8")
        }
        return text
    }
}

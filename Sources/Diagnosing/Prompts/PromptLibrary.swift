import Events
import Foundation

/// The prompts of one directory, read once, with what single services replace.
///
/// `services/NAME/` may hold prompts that replace those of the same name, and house rules that are added. A
/// service's name only picks among the folders that are there; it never makes a path.
public struct PromptLibrary: Sendable {
    public let directory: String
    private let common: Shelf
    private let services: [String: Shelf]

    /// Files that one directory may hold; more is another directory than meant.
    static let maximumFiles = 200
    static let maximumServices = 1000
    static let rulesFile = "house-rules.txt"

    /// What one folder holds.
    private struct Shelf: Sendable {
        var prompts: [String: PromptFile] = [:]
        var rules = ""
    }

    /// Reads every `*.md` file of the directory and of its services.
    ///
    /// - Throws: `PromptError` for the first file, in the order of names, that cannot be used.
    public init(directory: String) throws(PromptError) {
        self.directory = directory
        common = try Self.shelf(directory)
        var services: [String: Shelf] = [:]
        for name in try Self.folders(in: "\(directory)/services") {
            let shelf = try Self.shelf("\(directory)/services/\(name)")
            for prompt in shelf.prompts.keys.sorted() where common.prompts[prompt] == nil {
                throw .missing(name: prompt, directory: directory)
            }
            services[name] = shelf
        }
        self.services = services
    }

    /// Names of the prompts, sorted.
    public var names: [String] { common.prompts.keys.sorted() }

    /// Services with prompts or rules of their own, sorted.
    public var serviceNames: [String] { services.keys.sorted() }

    /// - Parameter service: whose own prompt is taken where it has one.
    public func prompt(named name: String, service: String? = nil) throws(PromptError) -> PromptFile {
        if let service, let own = services[service]?.prompts[name] { return own }
        guard let prompt = common.prompts[name] else { throw .missing(name: name, directory: directory) }
        return prompt
    }

    public func rules(for service: String?) -> HouseRules {
        HouseRules(site: common.rules, service: service.flatMap { services[$0]?.rules } ?? "")
    }
}

// MARK: reading

extension PromptLibrary {
    private static func shelf(_ directory: String) throws(PromptError) -> Shelf {
        var shelf = Shelf()
        var paths: [String: String] = [:]
        for name in try names(in: directory) {
            let path = "\(directory)/\(name)"
            if name == rulesFile {
                shelf.rules = try read(path, limit: HouseRules.maximumBytes).trimmingCharacters(
                    in: .whitespacesAndNewlines)
                continue
            }
            let prompt = try PromptFile(text: try read(path, limit: PromptFile.maximumBytes), path: path)
            if let first = paths[prompt.name] {
                throw .duplicate(name: prompt.name, first: first, second: path)
            }
            (shelf.prompts[prompt.name], paths[prompt.name]) = (prompt, path)
        }
        return shelf
    }

    private static func names(in directory: String) throws(PromptError) -> [String] {
        do {
            let names = try FileManager.default.contentsOfDirectory(atPath: directory)
            let wanted = names.filter { ($0.hasSuffix(".md") || $0 == rulesFile) && !$0.hasPrefix(".") }
            return Array(wanted.sorted().prefix(maximumFiles))
        } catch {
            throw .unreadable(path: directory, reason: error.systemWords)
        }
    }

    /// None where no service has any.
    private static func folders(in directory: String) throws(PromptError) -> [String] {
        guard FileManager.default.fileExists(atPath: directory) else { return [] }
        do {
            let names = try FileManager.default.contentsOfDirectory(atPath: directory)
            return Array(names.filter { !$0.hasPrefix(".") }.sorted().prefix(maximumServices))
        } catch {
            throw .unreadable(path: directory, reason: error.systemWords)
        }
    }

    private static func read(_ path: String, limit: Int) throws(PromptError) -> String {
        let data: Data
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            data = try file.read(upToCount: limit + 1) ?? Data()
            try file.close()
        } catch {
            throw .unreadable(path: path, reason: error.systemWords)
        }
        guard data.count <= limit else { throw .tooLarge(path: path, limit: limit) }
        guard let text = String(data: data, encoding: .utf8) else {
            throw .unreadable(path: path, reason: "not UTF-8")
        }
        return text
    }
}

import Diagnosing
import Foundation

/// A side-loaded model on its medium: one GGUF file, a folder with one, or what `deploy/models/carry` wrote.
struct CarriedModel {
    struct Part {
        var kind: CarriedManifest.Kind
        var file: ModelFile
        /// The sum that it must have, by the list or by its blob's name; nil where nothing says one.
        var sum: String?

        var label: String { URL(fileURLWithPath: file.path).lastPathComponent }
    }

    var name: ModelName
    var parts: [Part]
    /// The list's path.
    var list: String?

    /// Its weights: the part that begins as a GGUF file does.
    var main: Part { parts.first { $0.kind == .model } ?? parts[0] }

    /// Of templates, licences and parameters.
    static let longestText = 1 << 20
    /// Entries of a folder that are looked at.
    static let mostEntries = 1000

    /// - Throws: ``ModelFileError``; no file's content is read but that of lists and manifests.
    init(path: String, name: String?, list: String?) throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw ModelFileError.unreadable(path: path, reason: "No such file or directory")
        }
        if isFolder.boolValue, FileManager.default.fileExists(atPath: "\(path)/manifest") {
            try self.init(carried: path, name: name, list: list)
        } else {
            try self.init(file: isFolder.boolValue ? Self.onlyModel(in: path) : path, name: name, list: list)
        }
    }

    private init(file path: String, name: String?, list: String?) throws {
        let slash = path.lastIndex(of: "/")
        let near = slash.map { String(path[...$0]) } ?? ""
        let file = String(path.dropFirst(near.count))
        self.list = list ?? Self.list(["\(path).sha256", "\(near)CARRY-LIST", "\(near)SHA256SUMS"])
        let listed = try self.list.map { try Self.read($0).entry(file, of: $0) }
        self.name = if let name { try ModelName(name) } else { try ModelName(file: file) }
        parts = [Part(kind: .model, file: try ModelFile(path: path), sum: listed?.sum)]
    }

    private init(carried folder: String, name: String?, list: String?) throws {
        let manifestFile = try ModelFile(path: "\(folder)/manifest")
        let text = try manifestFile.text(atMost: CarriedManifest.longest)
        guard let manifest = CarriedManifest(Array(text.utf8)) else {
            throw ModelFileError.noFolder(path: folder, reason: "its manifest is none of one model")
        }
        self.list = list ?? Self.list(["\(folder)/CARRY-LIST"])
        if let path = self.list {
            let listed = try Self.read(path)
            let sum = try manifestFile.sum()
            let expected = try listed.entry("manifest", of: path).sum
            guard sum == expected else {
                throw ModelFileError.otherSum(path: manifestFile.path, found: sum, listed: expected)
            }
            for part in manifest.parts {
                let entry = try listed.entry("blobs/sha256-\(part.sum)", of: path)
                guard entry.sum == part.sum else {
                    throw ModelFileError.otherSum(path: entry.file, found: part.sum, listed: entry.sum)
                }
            }
        }
        self.name = try ModelName(name ?? Self.carriedName(folder))
        parts = try manifest.parts.map {
            Part(kind: $0.kind, file: try ModelFile(path: "\(folder)/blobs/sha256-\($0.sum)"), sum: $0.sum)
        }
    }

    /// `carry` writes the path of the manifest below Ollama's own folder: `library/qwen2.5-coder/7b`.
    private static func carriedName(_ folder: String) throws -> String {
        let text = try ModelFile(path: "\(folder)/name").text(atMost: 1000)
        let words = text.trimmingCharacters(in: .whitespacesAndNewlines).split(separator: "/")
        let path = words.first == "library" ? words.dropFirst() : words[...]
        guard path.count > 1, let tag = path.last else { throw ModelFileError.noName(text) }
        return "\(path.dropLast().joined(separator: "/")):\(tag)"
    }

    private static func onlyModel(in folder: String) throws -> String {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).prefix(mostEntries)
        let models = names.filter { $0.lowercased().hasSuffix(".gguf") }
        guard models.count == 1, let model = models.first else {
            let reason = models.isEmpty ? "no .gguf file is in it" : "\(models.count) .gguf files are in it; name one"
            throw ModelFileError.noFolder(path: folder, reason: reason)
        }
        return "\(folder)/\(model)"
    }

    private static func list(_ candidates: [String]) -> String? {
        candidates.first { FileManager.default.fileExists(atPath: $0) }
    }

    private static func read(_ path: String) throws -> CarryList {
        guard let list = CarryList(try ModelFile(path: path).text(atMost: CarryList.longest)) else {
            throw ModelFileError.noList(path: path)
        }
        return list
    }

    /// What the server is asked to make of the parts.
    ///
    /// - Parameter parts: these with their sums.
    func recipe(_ parts: [Part]) throws -> ModelRecipe {
        var recipe = ModelRecipe(name: name, files: [:])
        for (index, part) in parts.enumerated() {
            if part.kind.isFile {
                let file = "\(part.kind.rawValue)-\(index).gguf"
                if part.kind == .adapter {
                    recipe.adapters[file] = part.sum
                } else {
                    recipe.files[file] = part.sum
                }
                continue
            }
            let text = try part.file.text(atMost: Self.longestText)
            switch part.kind {
            case .template: recipe.template = text
            case .system: recipe.system = text
            case .license: recipe.licenses.append(text)
            case .params where recipe.take(parameters: text), .messages where recipe.take(messages: text): break
            default:
                throw ModelFileError.noFolder(path: part.file.path, reason: "its \(part.kind.rawValue) are not JSON")
            }
        }
        return recipe
    }
}

extension CarryList {
    /// - Throws: ``ModelFileError/unlisted(file:list:)``.
    fileprivate func entry(_ file: String, of path: String) throws -> Entry {
        guard let entry = self[file] else { throw ModelFileError.unlisted(file: file, list: path) }
        return entry
    }
}

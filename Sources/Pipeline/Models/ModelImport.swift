import Diagnosing
import Events
import Foundation

/// Takes in a model that was carried here: verified against its list, then made at the endpoint through its interface.
public struct ModelImport: Sendable {
    /// What was made, or would be.
    public struct Outcome: Sendable, Codable, Hashable {
        public var name: String
        /// 64 hexadecimal digits, for `digest` in models.conf; nil where nothing was made.
        public var digest: String?
        public var architecture: String
        /// What it was trained for; nil where the file does not tell.
        public var contextTokens: Int?
        public var files: [File]
        /// The list that every file agreed with; nil where none came along.
        public var list: String?

        public struct File: Sendable, Codable, Hashable {
            public var path: String
            public var bytes: Int
            public var sha256: String
            /// The server had this blob already.
            public var wasThere: Bool
        }
    }

    let configuration: Configuration
    let onProgress: ProgressHandler

    public init(configuration: Configuration, onProgress: @escaping ProgressHandler = { _ in }) {
        (self.configuration, self.onProgress) = (configuration, onProgress)
    }

    /// - Parameters:
    ///   - list: the list of sums; nil looks for one beside the file, or in the folder.
    ///   - replacing: takes the place of a model that the server has under this name.
    ///   - checking: verifies, and makes nothing.
    /// - Throws: ``ModelFileError``, or `ChatFailure` of the server.
    public func run(
        _ path: String, name: String?, list: String?, replacing: Bool = false, checking: Bool = false
    ) async throws -> Outcome {
        let model = try CarriedModel(path: path, name: name, list: list)
        let header = try model.main.file.header()
        for part in model.parts where part.kind == .projector { _ = try part.file.header() }
        var outcome = Outcome(
            name: model.name.description, architecture: header.architecture, contextTokens: header.contextTokens,
            files: [], list: model.list)
        let parts = try verify(model)
        outcome.files = parts.map {
            Outcome.File(path: $0.file.path, bytes: $0.file.size, sha256: $0.sum ?? "", wasThere: false)
        }
        if checking { return outcome }
        let recipe = try model.recipe(parts)
        let client = OllamaClient(endpoint: try configuration.makeEndpoint())
        if !replacing, let taken = try await client.installedModels().first(where: { $0.name == model.name.whole }) {
            throw ModelFileError.nameTaken(name: taken.name, digest: taken.digest)
        }
        for (index, part) in parts.enumerated() where part.kind.isFile {
            outcome.files[index].wasThere = try await send(part, client)
        }
        try await client.create(recipe) { onProgress(.detail($0)) }
        outcome.digest = try await client.installedModels().first { $0.name == model.name.whole }?.digest
        // It said "success", and does not list it.
        guard outcome.digest != nil else { throw ChatFailure.modelMissing(model.name.description) }
        return outcome
    }

    /// The parts with their sums, each of which is the one that was listed.
    private func verify(_ model: CarriedModel) throws -> [CarriedModel.Part] {
        try model.parts.map { part in
            let (size, label) = (Int64(part.file.size), part.label)
            let sum = try part.file.sum { done in
                onProgress(.copying(stage: "verifying", what: label, done: Int64(done), of: size))
            }
            if let listed = part.sum, listed != sum {
                throw ModelFileError.otherSum(path: part.file.path, found: sum, listed: listed)
            }
            var part = part
            part.sum = sum
            return part
        }
    }

    /// - Returns: whether the server had it.
    private func send(_ part: CarriedModel.Part, _ client: OllamaClient) async throws -> Bool {
        let sum = part.sum ?? ""
        if try await client.holds(blob: sum) { return true }
        let (size, label) = (Int64(part.file.size), part.label)
        // What is read now is hashed again by the server: a medium may show something else the second time.
        try await client.send(blob: part.file, sum: sum) { [onProgress] done in
            onProgress(.copying(stage: "sending", what: label, done: Int64(done), of: size))
        }
        return false
    }
}

/// The parts of a model that `deploy/models/carry` copied, as Ollama's manifest names them.
public struct CarriedManifest: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case model, projector, adapter, template, system, params, license, messages

        /// Of `POST /api/create`: these are uploaded; the others are texts.
        public var isFile: Bool { self == .model || self == .projector || self == .adapter }
    }

    public struct Part: Sendable, Hashable {
        public var kind: Kind
        /// 64 lowercase hexadecimal digits, the name of its blob.
        public var sum: String
    }

    public var parts: [Part]

    public static let longest = 1 << 20
    /// A model of many adapters has a dozen.
    static let mostParts = 64

    /// - Returns: nil for anything that is no manifest of one model, and where a part is of a kind that is not known.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count <= Self.longest, let layers = JSONText(bytes)?["layers"]?.elements,
            layers.count <= Self.mostParts
        else { return nil }
        parts = []
        for layer in layers {
            guard let type = layer["mediaType"]?.string, type.hasPrefix("application/vnd.ollama.image."),
                let kind = Kind(rawValue: String(type.dropFirst("application/vnd.ollama.image.".count))),
                let digest = layer["digest"]?.string, digest.hasPrefix("sha256:"), digest.utf8.count == 71,
                let entry = CarryList(String(digest.dropFirst(7)))?.entries.first, entry.file.isEmpty
            else { return nil }
            parts.append(Part(kind: kind, sum: entry.sum))
        }
        guard parts.count(where: { $0.kind == .model }) == 1 else { return nil }
    }
}

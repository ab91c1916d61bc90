/// A model that the server has on disk.
public struct InstalledModel: Sendable, Hashable {
    public var name: String
    /// 64 hexadecimal digits.
    public var digest: String
    /// Bytes on disk.
    public var size: Int
    /// As the server words it: `134.52M`, `Q4_1`.
    public var parameterSize: String?
    public var quantization: String?
    /// What the model was trained for; older servers do not tell.
    public var contextTokens: Int?

    init?(_ json: JSONText) {
        guard let name = json["name"]?.string, let digest = json["digest"]?.string else { return nil }
        (self.name, self.digest, size) = (name, digest, json["size"]?.integer ?? 0)
        let details = json["details"]
        (parameterSize, quantization) = (details?["parameter_size"]?.string, details?["quantization_level"]?.string)
        contextTokens = details?["context_length"]?.integer
    }
}

/// A model that the server holds in memory.
public struct LoadedModel: Sendable, Hashable {
    public var name: String
    public var digest: String
    /// Bytes in memory, those on the GPU included.
    public var size: Int
    public var gpuSize: Int
    /// What it was loaded with: `num_ctx`, clamped to what the model was trained for.
    public var contextTokens: Int?
    /// When the server lets go of it, RFC 3339 as the server words it.
    public var expiresAt: String?

    init?(_ json: JSONText) {
        guard let name = json["name"]?.string, let digest = json["digest"]?.string else { return nil }
        (self.name, self.digest, size) = (name, digest, json["size"]?.integer ?? 0)
        (gpuSize, contextTokens) = (json["size_vram"]?.integer ?? 0, json["context_length"]?.integer)
        expiresAt = json["expires_at"]?.string
    }
}

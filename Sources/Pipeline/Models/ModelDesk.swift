import Diagnosing
import Events
import Foundation
import History

/// What the models of a site are, whether they fit, and how fast they answer.
public struct ModelDesk: Sendable {
    let configuration: Configuration

    public init(configuration: Configuration) { self.configuration = configuration }

    /// One model that the server has, and the tables of models.conf that name it.
    public struct Listed: Sendable, Codable, Hashable {
        public var name: String
        public var digest: String
        /// Bytes on disk.
        public var size: Int
        public var parameters: String?
        public var quantization: String?
        /// What it was trained for; nil where the server does not tell.
        public var context: Int?
        /// It is in the server's memory.
        public var isLoaded: Bool
        public var tables: [String]
    }

    /// - Throws: `ChatFailure` when the server cannot be asked.
    public func list() async throws -> [Listed] {
        let client = OllamaClient(endpoint: try configuration.makeEndpoint())
        let loaded = Set(try await client.loadedModels().map(\.name))
        return try await client.installedModels().map { model in
            Listed(
                name: model.name, digest: model.digest, size: model.size, parameters: model.parameterSize,
                quantization: model.quantization, context: model.contextTokens, isLoaded: loaded.contains(model.name),
                tables: configuration.models.filter { model.matches($0.value.name) }.keys.sorted())
        }
    }

    /// Takes the digest that a model has now as the one that it must have.
    ///
    /// - Returns: the digest.
    public func accept(_ name: String, now: Timestamp) async throws -> String {
        let client = OllamaClient(endpoint: try configuration.makeEndpoint())
        guard let model = try await client.installedModels().first(where: { $0.matches(name) }) else {
            throw ChatFailure.modelMissing(name)
        }
        let history = try HistoryStore.open(at: configuration.home.history, mode: .readWrite, now: now)
        try history.setSetting(AcceptedModels.key(name), to: model.digest)
        return model.digest
    }
}

// MARK: check

extension ModelDesk {
    /// Whether each configured model is there, is the accepted one, and fits window and memory.
    ///
    /// - Parameter memory: what the machine has; nil where the server runs elsewhere.
    public func check(now: Timestamp, memory: MachineMemory?) async -> [Doctor.Check] {
        guard !configuration.models.isEmpty else {
            return [.warning("models", "models.conf names no model", MachineMemory.advice(memory))]
        }
        do {
            let client = OllamaClient(endpoint: try configuration.makeEndpoint())
            let installed = try await client.installedModels()
            let running = try await client.loadedModels()
            let accepted = try acceptedDigests(now)
            var checks = configuration.models.sorted { $0.key < $1.key }.map { table, settings in
                check(table, settings, installed, running, accepted, memory)
            }
            if let memory { checks.append(.ok("machine", memory.words)) }
            return checks
        } catch {
            return [.broken("endpoint", error)]
        }
    }

    /// None before the first batch.
    func acceptedDigests(_ now: Timestamp) throws -> [String: String] {
        guard FileManager.default.fileExists(atPath: configuration.home.history) else { return [:] }
        let history = try HistoryStore.open(at: configuration.home.history, mode: .readOnly, now: now)
        var digests: [String: String] = [:]
        for model in configuration.models.values {
            digests[model.name] = try history.setting(AcceptedModels.key(model.name))
        }
        return digests
    }

    private func check(
        _ table: String, _ settings: ModelSettings, _ installed: [InstalledModel], _ running: [LoadedModel],
        _ accepted: [String: String], _ memory: MachineMemory?
    ) -> Doctor.Check {
        let subject = "[models.\(table)]"
        guard let model = installed.first(where: { $0.matches(settings.name) }) else {
            return .warning(
                subject, "\(settings.name) is not installed",
                "bring its GGUF on a medium, then: appliance models import FILE.gguf --name \(settings.name)")
        }
        if let refusal = settings.refusal(of: model.digest, accepted: accepted[settings.name]) {
            return .warning(subject, refusal, "compare the digest with the one that was brought in, then accept it")
        }
        let real = running.first { settings.isNamed($0.name) }?.contextTokens ?? model.contextTokens
        if let real, real > 0, real < settings.contextTokens {
            return .warning(
                subject, "\(settings.name): num_ctx is \(settings.contextTokens), the model has \(real)",
                "set num_ctx = \(real), or load a model that was trained for more")
        }
        if let memory, !memory.holds(bytes: model.size) {
            return .warning(
                subject, "\(settings.name) takes \(model.size >> 20) MB and more; this machine has \(memory.words)",
                MachineMemory.advice(memory))
        }
        let context = real.map { ", context \($0)" } ?? ""
        return .ok(
            subject,
            "\(settings.name), \(settings.role.rawValue), \(settings.size.rawValue), sha256 "
                + "\(model.digest.prefix(12))…, num_ctx \(settings.contextTokens)\(context)")
    }
}

extension ModelSettings {
    func isNamed(_ other: String) -> Bool { other == name || other == "\(name):latest" }
}

/// The memory of the machine that a local server shares.
public struct MachineMemory: Sendable, Hashable {
    /// Bytes in all.
    public var total: Int

    /// What a model needs beyond its file: context and buffers, and room for the rest of the machine.
    private static let overhead = 1.3
    private static let reserved = 1 << 30

    public init(total: Int) { self.total = total }

    /// - Parameter text: /proc/meminfo, see proc(5).
    public init?(meminfo text: String) {
        let line = text.split(separator: "\n").first { $0.hasPrefix("MemTotal:") }
        guard let number = line?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else { return nil }
        total = number.multipliedReportingOverflow(by: 1024).partialValue
    }

    public static func here() -> MachineMemory? {
        FileManager.default.contents(atPath: "/proc/meminfo").flatMap {
            MachineMemory(meminfo: String(decoding: $0, as: UTF8.self))
        }
    }

    func holds(bytes: Int) -> Bool { Double(bytes) * Self.overhead + Double(Self.reserved) <= Double(total) }

    var words: String { "\(total >> 20) MB of memory; \(Self.advice(self))" }

    /// The largest common coder that leaves room on a machine without a GPU.
    static func advice(_ memory: MachineMemory?) -> String {
        let sizes = [
            ("qwen2.5-coder:14b", 9000), ("qwen2.5-coder:7b", 4700), ("qwen2.5-coder:3b", 1900),
            ("qwen2.5-coder:1.5b", 986),
        ]
        let fitting = memory.flatMap { memory in sizes.first { memory.holds(bytes: $0.1 << 20) } }
        return "without a GPU, \(fitting?.0 ?? "qwen2.5-coder:0.5b") is the largest that suits"
    }
}

import Foundation

/// A directory of one test's own; the test removes it.
public struct TemporaryDirectory: Sendable {
    public let url: URL
    public var path: String { url.path }

    public init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "appliance-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    public func remove() {
        do {
            try FileManager.default.removeItem(at: url)
        } catch {
            print("could not remove \(url.path): \(error)")
        }
    }

    /// Writes a file below the directory, making the directories that it needs.
    @discardableResult
    public func write(_ name: String, _ text: String) throws -> String {
        try write(name, Data(text.utf8))
    }

    @discardableResult
    public func write(_ name: String, _ data: Data) throws -> String {
        let file = url.appending(path: name)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: file)
        return file.path
    }

    public func read(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: url.appending(path: name)), as: UTF8.self)
    }
}

/// The shared test data, where there is any (`APPLIANCE_TEST_DATA`).
public enum SharedTestData {
    public static var path: String? {
        guard let path = ProcessInfo.processInfo.environment["APPLIANCE_TEST_DATA"], !path.isEmpty else { return nil }
        return path
    }

    public static var isAvailable: Bool { path != nil }
}

/// A live Ollama endpoint, where there is one (`OLLAMA_HOST`), and the model to ask there.
public enum LiveModel {
    public static var host: String? {
        guard let host = ProcessInfo.processInfo.environment["OLLAMA_HOST"], !host.isEmpty else { return nil }
        return host.contains("://") ? host : "http://\(host)"
    }

    public static var model: String { ProcessInfo.processInfo.environment["APPLIANCE_E2E_MODEL"] ?? "smollm2:135m" }
}

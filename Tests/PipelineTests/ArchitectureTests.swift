import Foundation
import Testing

@Suite("Each room imports only what it may")
struct ArchitectureTests {
    /// Our own targets that a room may import: docs/architecture.md, as data.
    static let allowed: [String: Set<String>] = [
        "Events": [],
        "HTTPTransport": ["Events", "CCurl", "CCurlShim"],
        "Intake": ["Events", "HTTPTransport", "CScan", "CZlib"],
        "Grouping": ["Events", "CPCRE2", "CScan"],
        "GitMirror": ["Events"],
        "History": ["Events", "CLZ4"],
        "Diagnosing": ["Events", "HTTPTransport"],
        "Delivery": ["Events", "HTTPTransport"],
        "Fixing": ["Events", "GitMirror"],
        "Pipeline": [
            "Events", "HTTPTransport", "Intake", "Grouping", "GitMirror", "History", "Diagnosing", "Delivery",
            "Fixing",
        ],
        "Server": ["Events", "Delivery", "Pipeline"],
        "appliance": ["Events", "Delivery", "Pipeline", "Server"],
    ]

    static let ours = Set(allowed.keys).union(["CCurl", "CCurlShim", "CLZ4", "CPCRE2", "CZlib", "CScan"])

    @Test("no sibling knows another", arguments: allowed.keys.sorted())
    func imports(room: String) throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folder = root.appending(path: "Sources/\(room)")
        let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
            .compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
        #expect(!files.isEmpty)
        let permitted = try #require(Self.allowed[room])
        for file in files {
            let text = try String(contentsOf: file, encoding: .utf8)
            for line in text.split(separator: "\n") where line.contains("import ") {
                let words = line.split(separator: " ")
                guard let keyword = words.firstIndex(of: "import"), keyword <= 1,
                    let module = words.last.map(String.init)
                else { continue }
                guard Self.ours.contains(module) else { continue }
                #expect(permitted.contains(module), "\(room)/\(file.lastPathComponent) imports \(module)")
            }
        }
    }
}

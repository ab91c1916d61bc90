import Foundation
import Testing

/// One exchange with a real Ollama server, as it was recorded: `>>> REQUEST`, `<<< RESPONSE`, `=== TIMING`.
struct Recording: Sendable, CustomTestStringConvertible {
    let name: String
    /// `POST /api/chat`.
    let target: String
    /// The raw answer, chunk framing included.
    let response: [UInt8]

    var testDescription: String { name }

    enum Reading {
        case exchange(Recording)
        /// Notes and summaries, and exchanges that cannot be sent again.
        case skipped(name: String, reason: String)
    }

    static let folder: URL? = ProcessInfo.processInfo.environment["APPLIANCE_TEST_DATA"]
        .map { URL(filePath: $0).appending(path: "ollama/recordings") }

    static func all() throws -> [Reading] {
        guard let folder else { return [] }
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        return try files.filter { $0.pathExtension == "txt" }.sorted { $0.path < $1.path }.map(read)
    }

    /// Those that can be replayed, whose request line begins so.
    static func replayable(_ targets: String...) throws -> [Recording] {
        try all().compactMap { reading in
            guard case .exchange(let recording) = reading, targets.contains(recording.target) else { return nil }
            return recording
        }
    }

    private static func read(_ file: URL) throws -> Reading {
        let name = file.deletingPathExtension().lastPathComponent
        let data = try Data(contentsOf: file)
        let marks = [">>> REQUEST\n", "<<< RESPONSE\n", "\n=== TIMING"].compactMap { data.range(of: Data($0.utf8)) }
        guard marks.count == 3 else { return .skipped(name: name, reason: "not an exchange") }
        let response = data[marks[1].upperBound..<max(marks[1].upperBound, marks[2].lowerBound)]
        let request = String(decoding: data[marks[0].upperBound..<marks[1].lowerBound], as: UTF8.self)
        let words = request.prefix { $0 != "\r\n" && $0 != "\n" }.split(separator: " ")
        for (mark, reason) in [("[cut]", "shortened by the recorder"), ("[socket still open", "two answers in one")]
        where response.range(of: Data(mark.utf8)) != nil {
            return .skipped(name: name, reason: reason)
        }
        guard words.first != "HEAD" else { return .skipped(name: name, reason: "HEAD is never sent") }
        let target = words.prefix(2).joined(separator: " ")
        return .exchange(Recording(name: name, target: target, response: Array(response)))
    }

    var status: Int? {
        let line = response.prefix { $0 != 0x0D }.split(separator: 0x20)
        return line.count > 1 ? Int(String(decoding: line[1], as: UTF8.self)) : nil
    }

    /// The last number that follows `"field":` in the raw bytes; read without the code under test.
    func number(_ field: String) -> Int? {
        let text = String(decoding: response, as: UTF8.self)
        guard let range = text.range(of: "\"\(field)\":", options: .backwards) else { return nil }
        return Int(text[range.upperBound...].prefix(while: \.isNumber))
    }

    /// The body without its framing; what is there, where the end is missing.
    var body: [UInt8] {
        let data = Data(response)
        guard let end = data.range(of: Data("\r\n\r\n".utf8)) else { return [] }
        let head = String(decoding: data[..<end.lowerBound], as: UTF8.self)
        var rest = data[end.upperBound...]
        guard head.contains("chunked") else { return Array(rest) }
        var body: [UInt8] = []
        while let lineEnd = rest.range(of: Data("\r\n".utf8)),
            let size = Int(String(decoding: rest[rest.startIndex..<lineEnd.lowerBound], as: UTF8.self), radix: 16),
            size > 0
        {
            body += rest[lineEnd.upperBound...].prefix(size)
            rest = rest[lineEnd.upperBound...].dropFirst(size + 2)
        }
        return body
    }
}

import Events
import Foundation

/// A real bare git repository in a temporary folder, made commit by commit with fixed authors and dates,
/// so that the same calls give the same object names. Removed with the value.
public final class GitFixture {
    /// The bare repository.
    public let path: String
    private let folder: String

    public struct Failure: Error, CustomStringConvertible {
        public var description: String
    }

    /// - Parameter objectFormat: `sha1` or `sha256`.
    public init(objectFormat: String = "sha1", branch: String = "main") throws {
        let base = FileManager.default.temporaryDirectory.appendingPathComponent("fixture-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: base, withIntermediateDirectories: true)
        folder = base.path
        path = folder + "/repository.git"
        try run(["init", "-q", "--bare", "--object-format=\(objectFormat)", "-b", branch, path], in: folder)
    }

    deinit {
        // A left-over in the temporary folder harms nobody, and a deinitializer cannot throw.
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Adds a commit to a branch.
    ///
    /// - Parameter files: path → new content; nil removes the file. The other files stay.
    /// - Returns: the commit's name.
    @discardableResult
    public func commit(
        _ subject: String, _ files: [String: String?], at time: Timestamp, author: String = "Kim Jiyoung",
        branch: String = "main", merging side: String? = nil
    ) throws -> String {
        let seconds = time.nanoseconds / 1_000_000_000
        let ref = "refs/heads/\(branch)"
        let who = "\(author) <\(author.lowercased().replacing(" ", with: ".")) at example.invalid> \(seconds) +0000"
        var stream = "commit \(ref)\nauthor \(who)\ncommitter \(who)\ndata \(subject.utf8.count)\n\(subject)\n"
        if FileManager.default.fileExists(atPath: "\(path)/\(ref)") { stream += "from \(ref)^0\n" }
        if let side { stream += "merge refs/heads/\(side)^0\n" }
        for (name, content) in files.sorted(by: { $0.key < $1.key }) {
            if let content {
                stream += "M 100644 inline \(name)\ndata \(content.utf8.count)\n\(content)\n"
            } else {
                stream += "D \(name)\n"
            }
        }
        try run(["fast-import", "--quiet"], in: path, input: stream)
        return try head(branch)
    }

    /// Adds entries that are no files: `MODE PATH` → a link's target, or a submodule's commit.
    public func special(_ entries: [String: String], at time: Timestamp) throws {
        let seconds = time.nanoseconds / 1_000_000_000
        var stream = "commit refs/heads/main\ncommitter F <f@example.invalid> \(seconds) +0000\ndata 7\nspecial\n"
        stream += "from refs/heads/main^0\n"
        for (entry, value) in entries.sorted(by: { $0.key < $1.key }) {
            stream +=
                entry.hasPrefix("160000")
                ? "M 160000 \(value) \(entry.dropFirst(7))\n"
                : "M \(entry.prefix(6)) inline \(entry.dropFirst(7))\ndata \(value.utf8.count)\n\(value)\n"
        }
        try run(["fast-import", "--quiet"], in: path, input: stream)
    }

    /// Stores a file as a blob without reading it into memory.
    public func blob(ofFile path: String) throws -> String {
        try run(["hash-object", "-w", "--no-filters", path], in: self.path)
    }

    /// Adds a commit of objects that are there: path → blob.
    @discardableResult
    public func commit(_ subject: String, blobs: [String: String], at time: Timestamp) throws -> String {
        let who = "F <f@example.invalid> \(time.nanoseconds / 1_000_000_000) +0000"
        var stream = "commit refs/heads/main\ncommitter \(who)\ndata \(subject.utf8.count)\n\(subject)\n"
        if FileManager.default.fileExists(atPath: "\(path)/refs/heads/main") { stream += "from refs/heads/main^0\n" }
        for (name, blob) in blobs.sorted(by: { $0.key < $1.key }) { stream += "M 100644 \(blob) \(name)\n" }
        try run(["fast-import", "--quiet"], in: path, input: stream)
        return try head()
    }

    /// A merge of a branch into another, with what the files are then.
    @discardableResult
    public func merge(
        _ side: String, into branch: String, _ files: [String: String?], at time: Timestamp
    ) throws -> String {
        try commit("Merge branch '\(side)'", files, at: time, branch: branch, merging: side)
    }

    /// Writes a bundle of what the arguments of `git bundle create` name.
    public func bundle(_ path: String, _ arguments: [String]) throws {
        try run(["bundle", "create", "--quiet", path] + arguments, in: self.path)
    }

    /// Overwrites a file's bytes from a place on, as a damaged disk would.
    public func overwrite(_ path: String, from offset: Int) throws {
        let url = URL(fileURLWithPath: path)
        var bytes = try Data(contentsOf: url)
        for index in bytes.indices where index >= offset { bytes[index] ^= 0xA5 }
        try FileManager.default.removeItem(at: url)
        try bytes.write(to: url)
    }

    /// The commit that a branch points at.
    public func head(_ branch: String = "main") throws -> String {
        try run(["rev-parse", "refs/heads/\(branch)"], in: path)
    }

    /// Tags a commit; with a message, as a tag object.
    public func tag(_ name: String, _ commit: String, message: String? = nil) throws {
        try run(["tag"] + (message.map { ["-a", "-m", $0] } ?? []) + [name, commit], in: path)
    }

    /// Runs git in the repository, and hands back its output without white space at the ends.
    @discardableResult
    public func git(_ arguments: String...) throws -> String { try run(arguments, in: path) }

    /// A path beside the repository, removed with it.
    public func beside(_ name: String) -> String { folder + "/" + name }

    @discardableResult
    private func run(_ arguments: [String], in directory: String, input: String = "") throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["git"] + arguments
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        process.environment = [
            "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": folder, "LC_ALL": "C", "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_AUTHOR_NAME": "Fixture", "GIT_AUTHOR_EMAIL": "f@example.invalid",
            "GIT_COMMITTER_NAME": "Fixture", "GIT_COMMITTER_EMAIL": "f@example.invalid",
            "GIT_AUTHOR_DATE": "1767225600 +0000", "GIT_COMMITTER_DATE": "1767225600 +0000",
        ]
        let name = folder + "/input-\(UUID().uuidString)"
        try Data(input.utf8).write(to: URL(fileURLWithPath: name))
        defer { unlink(name) }
        process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: name))
        let (output, errors) = (Pipe(), Pipe())
        (process.standardOutput, process.standardError) = (output, errors)
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let complaint = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: "git \(arguments.joined(separator: " ")): \(complaint)")
        }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

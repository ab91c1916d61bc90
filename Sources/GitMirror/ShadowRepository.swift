import Foundation
import Glibc

/// An empty git directory of our own over a mirror's objects, so that git never reads the mirror's
/// configuration, hooks, attributes or refs.
///
/// Removed by ``remove()``, or, after a kill, by the next one that is made; mode 0700.
struct ShadowRepository: Sendable {
    /// Where git may write objects.
    enum Objects: Sendable {
        /// The mirror's own folder: for reading only, since whatever git wrote would go there.
        case mirror
        /// A folder of our own; the mirror's is read as an alternate.
        case own
    }

    let path: String
    let environment: [String: String]
    /// Commits whose parents the mirror lacks.
    let boundary: Set<String>
    private let lock: ShadowLock

    static let maxShallowBytes = 1 << 20
    /// No single allocation of git may be larger (git's own GIT_ALLOC_LIMIT).
    static let allocationLimit = "512m"
    /// Larger files are not compared: they count as binary, and are streamed where they are taken in.
    static let largeFile = "16m"

    init(
        over layout: RepositoryLayout, format: ObjectFormat, temporaryFolder: String, objects: Objects = .mirror
    ) throws(MirrorError) {
        let shallow = try Self.shallow(of: layout, format: format)
        ShadowLock.sweep(temporaryFolder)
        var template = Array("\(temporaryFolder)/\(ShadowLock.prefix)XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw .scratch(path: temporaryFolder, code: errno) }
        path = template.withUnsafeBufferPointer {
            String(decoding: $0.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
        boundary = Set((shallow ?? "").split(separator: "\n").map(String.init))
        environment = Self.environment(shadow: path, mirror: layout.objects, objects)
        do throws(MirrorError) {
            lock = try ShadowLock(in: path)
            for folder in ["refs", "home"] + (objects == .own ? ["objects"] : [])
            where mkdir(path + "/" + folder, 0o700) != 0 {
                throw MirrorError.scratch(path: path, code: errno)
            }
            try Self.write("ref: refs/heads/none\n", to: path + "/HEAD")
            try Self.write(Self.configuration(format), to: path + "/config")
            if let shallow { try Self.write(shallow, to: path + "/shallow") }
        } catch {
            ShadowLock.remove(path)
            throw error
        }
    }

    func remove() { ShadowLock.remove(path) }

    private static func configuration(_ format: ObjectFormat) -> String {
        let version = format == .sha256 ? 1 : 0
        let head =
            "[core]\n\trepositoryformatversion = \(version)\n\tbare = true\n\tquotePath = false\n"
            + "\tbigFileThreshold = \(largeFile)\n[gc]\n\tauto = 0\n"
        return format == .sha256 ? head + "[extensions]\n\tobjectFormat = sha256\n" : head
    }

    /// Everything that a child sees; nothing is inherited.
    private static func environment(shadow: String, mirror: String, _ objects: Objects) -> [String: String] {
        var environment = [
            "PATH": GitCommand.searchPath.joined(separator: ":"), "LC_ALL": "C", "HOME": shadow + "/home",
            "GIT_DIR": shadow, "GIT_OBJECT_DIRECTORY": mirror, "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_ATTR_NOSYSTEM": "1", "GIT_NO_LAZY_FETCH": "1",
            "GIT_NO_REPLACE_OBJECTS": "1", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0",
            "GIT_ALLOW_PROTOCOL": "", "GIT_LITERAL_PATHSPECS": "1", "GIT_PAGER": "cat",
            "GIT_ALLOC_LIMIT": allocationLimit,
        ]
        if objects == .own {
            environment["GIT_OBJECT_DIRECTORY"] = shadow + "/objects"
            // Quoted as git reads it, since a path may hold the colon that separates alternates.
            let quoted = mirror.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            environment["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = "\"\(quoted)\""
        }
        return environment
    }

    /// A shallow mirror's boundary; it holds commit names and nothing else, or the mirror is refused.
    private static func shallow(of layout: RepositoryLayout, format: ObjectFormat) throws(MirrorError) -> String? {
        let file = layout.commonDirectory + "/shallow"
        if FileProbe.kind(file) == .missing { return nil }
        guard let bytes = FileProbe.read(file, limit: maxShallowBytes) else {
            throw .unsafe(path: layout.commonDirectory, reason: "its shallow file is not a small regular file")
        }
        let names = bytes.split(separator: 0x0A).map { ObjectName(String(decoding: $0, as: UTF8.self)) }
        guard names.allSatisfy({ $0?.format == format }) else {
            throw .unsafe(path: layout.commonDirectory, reason: "its shallow file holds more than object names")
        }
        return names.compactMap { $0.map { $0.hex + "\n" } }.joined()
    }

    private static func write(_ text: String, to file: String) throws(MirrorError) {
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .scratch(path: file, code: errno) }
        defer { close(descriptor) }
        var text = text
        let (written, code) = text.withUTF8 { bytes in (Glibc.write(descriptor, bytes.baseAddress, bytes.count), errno)
        }
        guard written == text.utf8.count else { throw .scratch(path: file, code: code) }
    }
}

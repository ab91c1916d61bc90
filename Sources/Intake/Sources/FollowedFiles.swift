import Glibc

/// What a source of files looks like from outside: where changes are to be expected, and whether there was one.
public struct FollowedFiles: Sendable, Hashable {
    /// Folders in which files may be written, created or renamed.
    public var folders: Set<String> = []
    /// Changes whenever a file appears, goes, is written or is replaced; files are not opened for it.
    public var stamp: UInt64 = 14_695_981_039_346_656_037

    /// Folders that are told apart; in what lies beyond, changes are found by the stamp alone.
    static let most = 4096

    /// One byte of FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/).
    private mutating func add(_ byte: UInt8) { stamp = (stamp ^ UInt64(byte)) &* 1_099_511_628_211 }

    fileprivate mutating func add(_ number: Int64) {
        for shift in stride(from: 0, to: 64, by: 8) { add(UInt8(truncatingIfNeeded: number >> Int64(shift))) }
    }

    fileprivate mutating func add(_ path: String) { for byte in path.utf8 { add(byte) } }

    fileprivate mutating func follow(_ folder: String) {
        if folders.count < Self.most { folders.insert(folder.isEmpty ? "/" : folder) }
    }
}

extension SourceSettings {
    /// The files and folders of a source of files or a spool as they are now; nothing of any other source.
    public func followed() -> FollowedFiles {
        var followed = FollowedFiles()
        guard kind == .files || kind == .spool || kind == .inbox else { return followed }
        var unread = IntakeStatistics()
        for path in paths where path != "-" { followed.follow(Self.folder(of: path)) }
        for file in SourceFiles.expand(paths, &unread) where file != "-" {
            var status = stat()
            guard stat(file, &status) == 0 else { continue }
            followed.add(file)
            followed.add(Int64(truncatingIfNeeded: status.st_dev))
            followed.add(Int64(truncatingIfNeeded: status.st_ino))
            followed.add(Int64(status.st_size))
            followed.add(Int64(status.st_mtim.tv_sec))
            followed.add(Int64(status.st_mtim.tv_nsec))
            followed.follow(Self.parent(of: Self.target(of: file)))
        }
        return followed
    }

    /// The folder before a glob's first wildcard, a folder itself, or the one that a file lies in.
    private static func folder(of path: String) -> String {
        if let wildcard = path.firstIndex(where: { "*?[".contains($0) }), access(path, F_OK) != 0 {
            return existing(parent(of: String(path[..<wildcard])))
        }
        var status = stat()
        let isFolder = stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
        return existing(isFolder ? path : parent(of: path))
    }

    /// The nearest folder that exists: in it the missing one will be made.
    private static func existing(_ folder: String) -> String {
        var folder = folder
        while !folder.isEmpty, access(folder, F_OK) != 0 { folder = parent(of: folder) }
        return folder
    }

    private static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "" }
        return String(path[..<slash])
    }

    /// Where a link leads: writing there changes nothing in the folder of the link.
    private static func target(of file: String) -> String {
        guard let real = realpath(file, nil) else { return file }
        defer { free(real) }
        return String(cString: real)
    }
}

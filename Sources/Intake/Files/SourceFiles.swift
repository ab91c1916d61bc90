import Glibc

/// The files that a source's paths name.
enum SourceFiles {
    /// In the order of the paths, globs and folders sorted; `-` stands for standard input. A name that exists is itself,
    /// whatever its characters mean in a glob. Missing files are problems, a glob or a folder without any is none.
    ///
    /// - Parameter mustMatch: somebody waits for just these files: a glob without any is a missing file, too.
    static func expand(
        _ paths: [String], mustMatch: Bool = false, _ statistics: inout IntakeStatistics
    ) -> [String] {
        var files: [String] = []
        var seen: Set<String> = []
        for path in paths {
            var found = path == "-" ? ["-"] : matches(path)
            if found.isEmpty, mustMatch { found = [path] }
            for file in found where seen.insert(file).inserted {
                guard files.count < IntakeLimits.files else {
                    statistics.add(IntakeProblem(path: path, reason: .tooManyFiles))
                    return files
                }
                files.append(file)
            }
        }
        return files
    }

    private static func matches(_ path: String) -> [String] {
        var status = stat()
        let isPattern = path.utf8.contains { $0 == 0x2A || $0 == 0x3F || $0 == 0x5B }
        guard isPattern, lstat(path, &status) != 0 else { return isDirectory(path) ? below(path, depth: 0) : [path] }
        var result = glob_t()
        defer { globfree(&result) }
        guard glob(path, 0, nil, &result) == 0, let found = result.gl_pathv else { return [] }
        return (0..<Int(result.gl_pathc)).compactMap { index in found[index].map { String(cString: $0) } }
    }

    /// Folders below a named one.
    private static let depth = 8

    /// Every file of a folder that is named as such, and of the folders in it; hidden names and links to folders are
    /// passed over.
    private static func below(_ folder: String, depth: Int) -> [String] {
        guard depth < Self.depth, let stream = opendir(folder) else { return [folder] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream), names.count <= IntakeLimits.files {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted().flatMap { name -> [String] in
            let path = folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
            var status = stat()
            guard lstat(path, &status) == 0 else { return [path] }
            switch status.st_mode & S_IFMT {
            case S_IFDIR: return below(path, depth: depth + 1)
            case S_IFLNK: return isDirectory(path) ? [] : [path]
            default: return [path]
            }
        }
    }

    private static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Bytes on disk, for a progress bar.
    static func size(_ files: [String]) -> Int64 {
        files.reduce(0) { total, file in
            var status = stat()
            return file != "-" && stat(file, &status) == 0 ? total + Int64(status.st_size) : total
        }
    }
}

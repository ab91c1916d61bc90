import Glibc

/// The files that a source's paths name.
enum SourceFiles {
    /// In the order of the paths, globs sorted; `-` stands for standard input. Missing files are problems,
    /// a glob that matches nothing is none.
    static func expand(_ paths: [String], _ statistics: inout IntakeStatistics) -> [String] {
        var files: [String] = []
        var seen: Set<String> = []
        for path in paths {
            for file in path == "-" ? ["-"] : matches(path) where seen.insert(file).inserted {
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
        guard path.utf8.contains(where: { $0 == 0x2A || $0 == 0x3F || $0 == 0x5B }) else { return [path] }
        var result = glob_t()
        defer { globfree(&result) }
        guard glob(path, 0, nil, &result) == 0, let found = result.gl_pathv else { return [] }
        return (0..<Int(result.gl_pathc)).compactMap { index in found[index].map { String(cString: $0) } }
    }

    /// Bytes on disk, for a progress bar.
    static func size(_ files: [String]) -> Int64 {
        files.reduce(0) { total, file in
            var status = stat()
            return file != "-" && stat(file, &status) == 0 ? total + Int64(status.st_size) : total
        }
    }
}

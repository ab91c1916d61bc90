/// The versions of one file, as `git log --raw -c` lists them.
enum FileLog {
    struct Version: Sendable {
        var commit: CommitFacts
        /// The file's content in each parent that a merge mixed, else in the one parent; nil where it was not.
        var old: [ObjectName?]
        /// nil where the commit removed it.
        var new: ObjectName?
    }

    static func arguments(commits: Int, from commit: String, _ path: String) -> [String] {
        [
            "log", "--raw", "-c", "--no-abbrev", "--no-renames", "--no-mailmap", "--no-color", "--no-textconv",
            "--no-ext-diff", "-n\(commits)", CommitLog.format, commit, "--", path,
        ]
    }

    static func parse(_ bytes: [UInt8], limit: Int) -> [Version] {
        CommitLog.parse(bytes, limit: limit).compactMap { entry in
            let line = entry.body.split(separator: 0x0A).first { $0.first == UInt8(ascii: ":") }
            guard let line else { return nil }
            let parents = line.prefix { $0 == UInt8(ascii: ":") }.count
            let words = line.split(separator: 0x20).map { $0.prefix { $0 != 0x09 } }
            // `:MODE MODE OLD NEW M`, for merges one more mode and name a parent.
            guard parents >= 1, words.count >= 2 * (parents + 1) else { return nil }
            let names = words[(parents + 1)...(2 * parents + 1)].map { word in
                ObjectName(String(decoding: word, as: UTF8.self)).flatMap { $0.isZero ? nil : $0 }
            }
            return Version(commit: entry.commit, old: Array(names.dropLast()), new: names[names.count - 1])
        }
    }
}

/// One file that a commit changed, as `git diff-tree --raw -M` tells it.
struct ChangedFile: Sendable, Equatable {
    var old: ObjectName?
    var new: ObjectName?
    var oldPath: String
    var newPath: String

    /// Reads `git diff-tree -r -M --raw -z`; paths that are not safe are left out.
    static func parse(_ bytes: [UInt8], limit: Int) -> [ChangedFile] {
        let fields = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        var (files, index): ([ChangedFile], Int) = ([], 0)
        while index + 1 < fields.count, files.count < limit {
            let words = fields[index].split(separator: " ")
            guard fields[index].hasPrefix(":"), words.count == 5 else {
                index += 1
                continue
            }
            let isPair = words[4].hasPrefix("R") || words[4].hasPrefix("C")
            guard index + (isPair ? 2 : 1) < fields.count else { break }
            let (oldPath, newPath) = (fields[index + 1], fields[index + (isPair ? 2 : 1)])
            index += isPair ? 3 : 2
            guard RepositoryPath.isSafe(oldPath), RepositoryPath.isSafe(newPath) else { continue }
            let names = words[2...3].map { ObjectName($0).flatMap { $0.isZero ? nil : $0 } }
            files.append(ChangedFile(old: names[0], new: names[1], oldPath: oldPath, newPath: newPath))
        }
        return files
    }
}

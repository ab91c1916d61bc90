import Events

/// One commit, as `git log` and `git blame` tell of it.
struct CommitFacts: Sendable, Hashable {
    var name: String
    var time: Timestamp
    var author: String
    var subject: String

    static let maxText = 200

    init(name: String, seconds: Int64, author: String, subject: String) {
        self.name = name
        // Commit times are text that anyone can write: stay within what a timestamp holds.
        time = Timestamp(seconds: Double(max(-9_000_000_000, min(9_000_000_000, seconds))))
        (self.author, self.subject) = (String(author.prefix(Self.maxText)), String(subject.prefix(Self.maxText)))
    }
}

/// The output of `git log` in our format, with a patch or file names after each commit.
enum CommitLog {
    static let format = "--format=%x00commit%x00%H%x00%ct%x00%an%x00%s%x00"

    struct Entry: Sendable {
        var commit: CommitFacts
        var body: [UInt8]
    }

    static func parse(_ bytes: [UInt8], limit: Int) -> [Entry] {
        let fields = bytes.split(separator: 0, omittingEmptySubsequences: false)
        var entries: [Entry] = []
        var index = 1
        let marker = Array("commit".utf8)
        while index + 5 < fields.count, entries.count < limit {
            guard fields[index].elementsEqual(marker), let name = ObjectName(text(fields[index + 1])),
                let seconds = Int64(text(fields[index + 2]))
            else {
                index += 1
                continue
            }
            entries.append(
                Entry(
                    commit: CommitFacts(
                        name: name.hex, seconds: seconds, author: text(fields[index + 3]),
                        subject: text(fields[index + 4])),
                    body: Array(fields[index + 5])))
            index += 6
        }
        return entries
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}

/// One hunk of a unified diff.
struct DiffHunk: Sendable, Equatable {
    var newStart: Int
    var newCount: Int
    var lines: [String]

    static let maxLines = 40
    static let maxLine = 300

    /// Reads the hunks of a diff of one file; lines outside of hunks are left out.
    static func parse(_ bytes: [UInt8], limit: Int = 500) -> [DiffHunk] {
        var hunks: [DiffHunk] = []
        for raw in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
            let text = String(decoding: raw.prefix(maxLine * 4), as: UTF8.self)
            if text.hasPrefix("@@ ") {
                guard hunks.count < limit, let hunk = header(text) else { continue }
                hunks.append(hunk)
            } else if text.hasPrefix("diff --git ") {
                hunks.append(DiffHunk(newStart: 0, newCount: -1, lines: []))
            } else if let last = hunks.indices.last, hunks[last].newCount >= 0,
                let mark = raw.first, [0x20, 0x2B, 0x2D].contains(mark)
            {
                hunks[last].lines.append(String(text.prefix(maxLine)))
            }
        }
        return hunks.filter { $0.newCount >= 0 }
    }

    private static func header(_ text: String) -> DiffHunk? {
        guard let plus = text.split(separator: " ").first(where: { $0.hasPrefix("+") }) else { return nil }
        let numbers = plus.dropFirst().split(separator: ",").map { Int($0) ?? 0 }
        guard let start = numbers.first else { return nil }
        return DiffHunk(newStart: start, newCount: numbers.count > 1 ? max(0, numbers[1]) : 1, lines: [text])
    }

    /// The text of the hunk nearest to a line, around its changed lines, at most `maxLines`.
    static func nearest(_ hunks: [DiffHunk], to line: Int) -> String? {
        let best = hunks.min { $0.distance(to: line) < $1.distance(to: line) }
        guard let best, let header = best.lines.first else { return nil }
        guard best.lines.count > maxLines else { return best.lines.joined(separator: "\n") }
        let body = best.lines.dropFirst()
        let changed = body.firstIndex { $0.hasPrefix("+") || $0.hasPrefix("-") } ?? body.startIndex
        let start = max(body.startIndex, changed - 3)
        return ([header] + body[start...].prefix(maxLines - 2) + ["…"]).joined(separator: "\n")
    }

    /// Whether a diff of one file changes nothing but what formatters change.
    static func isFormatting(_ diff: [UInt8], path: String) -> Bool {
        var (removed, added): ([UInt8], [UInt8]) = ([], [])
        var isInside = false
        for line in diff.split(separator: 0x0A) {
            if line.starts(with: "@@ ".utf8) { isInside = true }
            guard isInside, let mark = line.first else { continue }
            if mark == UInt8(ascii: "-") { removed += line.dropFirst() + [0x0A] }
            if mark == UInt8(ascii: "+") { added += line.dropFirst() + [0x0A] }
        }
        guard isInside, let before = VersionText(path: path, bytes: removed),
            let after = VersionText(path: path, bytes: added)
        else { return false }
        return before.essence(0..<before.lines.count) == after.essence(0..<after.lines.count)
    }

    private func distance(to line: Int) -> Int {
        let end = newStart + max(0, newCount - 1)
        return line < newStart ? newStart - line : line > end ? line - end : 0
    }
}

import Events

/// Source excerpts, with the lines that frames name marked.
extension MarkdownReport {
    /// Lines shown on either side of a marked one.
    private static let linesAround = 4
    private static let linesAtMost = 24
    private static let widestLine = 160

    func code(_ group: ReportGroup, _ detail: Detail) -> [String] {
        var blocks: [String] = []
        let limit = detail == .full ? 4 : 2
        for (index, excerpt) in group.code.excerpts.prefix(limit).enumerated() where !excerpt.lines.isEmpty {
            let at = excerpt.revision.isEmpty ? "" : say(" at ", ", ") + prose.code(ReportWords.short(excerpt.revision))
            let aside = ReportWords.aside(excerpt, in: say)
            let more = aside.isEmpty ? "" : " — \(prose.prose(aside, limit: 200))"
            blocks.append(
                "\(prose.code(excerpt.file))\(at) [C\(index + 1)]\(more)\n"
                    + fenced(excerpt, frames: group.sample))
        }
        var notes: [String] = []
        if let words = ReportWords.code(group.code.state, in: say), !ReportWords.isMinor(group.code.state) {
            notes.append(prose.prose(words, limit: 400))
        }
        notes += group.code.notes.prefix(3).map { prose.prose($0, limit: 200) }
        if !notes.isEmpty { blocks.append("**\(say("Code", "코드"))** \(notes.joined(separator: "; "))") }
        return blocks
    }

    private func fenced(_ excerpt: CodeExcerpt, frames sample: ErrorEvent?) -> String {
        let language = SourceLanguage(file: excerpt.file)
        let digits = String(max(0, excerpt.firstLine) &+ excerpt.lines.count).count
        let (marked, shown) = (Set(excerpt.marked), Self.visible(excerpt))
        var lines: [String] = []
        for index in shown {
            let number = excerpt.firstLine &+ index
            let isMarked = marked.contains(number)
            let text = VisibleText.verbatim(excerpt.lines[index], width: Self.widestLine)
            let count = String(number)
            var line = isMarked ? ">" : " "
            line += String(repeating: " ", count: max(0, digits - count.count)) + count + " |"
            if !text.isEmpty { line += " " + text }
            if isMarked {
                let frame = sample.flatMap { Self.frameNumber(of: number, in: excerpt.file, $0) }
                let arrow = frame.map { "← \(say("frame", "프레임")) \($0)" } ?? "← \(say("here", "여기"))"
                line += "   \(language.comment.isEmpty ? "" : language.comment + " ")\(arrow)"
            }
            lines.append(line)
        }
        return Fence.block(lines, language: language.name)
    }

    /// The lines around the marked ones; the first ones where none is marked.
    static func visible(_ excerpt: CodeExcerpt) -> Range<Int> {
        let inside = excerpt.marked.map { $0 &- excerpt.firstLine }.filter { excerpt.lines.indices.contains($0) }
        guard let first = inside.min(), let last = inside.max() else {
            return 0..<min(excerpt.lines.count, linesAtMost)
        }
        let start = max(0, first - linesAround)
        return start..<min(excerpt.lines.count, last + linesAround + 1, start + linesAtMost)
    }

    /// Frames are counted from 1 where the error was thrown, going outward.
    private static func frameNumber(of line: Int, in file: String, _ sample: ErrorEvent) -> Int? {
        let name = file.split(separator: "/").last.map(String.init) ?? file
        let frames = sample.frames.reversed()
        let found = frames.enumerated().first { _, frame in
            frame.line == line && frame.file.map { $0 == file || lastComponent($0) == name } ?? false
        }
        return found.map { $0.offset + 1 }
    }

    private static func lastComponent(_ path: String) -> String {
        path.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init) ?? path
    }
}

/// A fenced block whose fence no line inside can close.
enum Fence {
    static func block(_ lines: [String], language: String) -> String {
        guard !lines.isEmpty else { return "" }
        var (longest, run) = (0, 0)
        for line in lines {
            for byte in line.utf8 {
                run = byte == 0x60 ? run + 1 : 0
                longest = max(longest, run)
            }
            run = 0
        }
        let fence = String(repeating: "`", count: max(3, longest + 1))
        return ([fence + language] + lines + [fence]).joined(separator: "\n")
    }
}

/// One event as plain lines, bounded.
package enum SampleText {
    static let messageLines = 6
    static let frames = 6
    static let exceptions = 4
    static let width = 200

    package static func lines(of event: ErrorEvent, clock: SiteClock, in say: ReportLanguage = .english) -> [String] {
        var first = "\(clock.precise(event.time)) \(event.level.rawValue.uppercased())"
        let place = [event.service, event.host].compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: "@")
        if !place.isEmpty { first += " \(place)" }
        if let target = event.target { first += " \(target)" }
        if let code = event.code { first += " \(code)" }
        if let trace = event.traceID { first += " trace \(trace)" }
        var lines = [VisibleText.verbatim(first, width: width)]
        let shown = event.exceptions.suffix(exceptions)
        // A message that only repeats an exception would be read twice.
        if !shown.contains(where: { name(of: $0) == event.message }) {
            let message = VisibleText.lines(event.message, limit: messageLines, width: width)
            lines += message.lines
            if message.more > 0 { lines.append("… \(say.more(message.more, .line))") }
        }
        for exception in shown { lines += self.lines(of: exception, in: say) }
        let hidden = event.exceptions.count - exceptions
        if hidden > 0 {
            let more = say.more(hidden, .exception)
            lines.append(say("… \(more) around these", "… 바깥쪽에 \(more)"))
        }
        return lines
    }

    private static func name(of exception: ExceptionInfo) -> String {
        [exception.type, exception.message].compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: ": ")
    }

    private static func lines(of exception: ExceptionInfo, in say: ReportLanguage) -> [String] {
        let name = name(of: exception)
        var lines = name.isEmpty ? [] : [VisibleText.verbatim(name, width: width)]
        let innermost = exception.frames.reversed().prefix(frames)
        lines += innermost.map { VisibleText.verbatim("    at \(self.frame($0))", width: width) }
        let hidden = exception.frames.count - innermost.count
        if hidden > 0 { lines.append("    … \(say.more(hidden, .frame))") }
        return lines
    }

    private static func frame(_ frame: StackFrame) -> String {
        let name = [frame.module, frame.function].compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: ".")
        let place = [frame.file, frame.line.map(String.init)].compactMap { $0 }.joined(separator: ":")
        return name.isEmpty ? place : place.isEmpty ? name : "\(name) (\(place))"
    }
}

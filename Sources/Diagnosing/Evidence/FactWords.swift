import Events

/// Facts of a group in words, the same in prompts and in the built-in triage.
enum FactWords {
    /// `2026-11-21 03:04 UTC`.
    static func minute(_ time: Timestamp) -> String {
        let text = time.rfc3339
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5)) UTC"
    }

    /// `2026-11-21`.
    static func day(_ time: Timestamp) -> String { String(time.rfc3339.prefix(10)) }

    /// `87 %`; a score that is no number is 0.
    static func percent(_ score: Double) -> String {
        "\(score.isFinite ? Int((min(1, max(0, score)) * 100).rounded()) : 0) %"
    }

    static func summary(of facts: GroupFacts) -> String {
        let before = facts.previousCount == 0 ? "none" : "\(facts.previousCount)"
        var text = "\(facts.count) events in this window, \(before) in the one before; "
        text += "first seen \(minute(facts.group.firstSeen)), last \(minute(facts.group.lastSeen))"
        switch facts.trend {
        case .new: text += "; new in this window"
        case .back(let resolved): text += "; back after it was resolved: \(resolution(resolved))"
        case .worse: text += "; \(facts.growth.map { "\(times($0)) times as many as before" } ?? "worse")"
        case .ongoing: break
        }
        return text
    }

    /// `2.5`, `40`: a growth factor without false precision.
    static func times(_ factor: Double) -> String {
        guard factor.isFinite, factor < 1e9 else { return "many" }
        let tenths = Int((factor * 10).rounded())
        return tenths >= 100 || tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }

    /// Three digits of a number are enough to see a jump.
    static func quantity(_ value: Double) -> String {
        guard value.isFinite else { return "none" }
        let size = value.magnitude
        if size >= 1e15 || (size < 1e-4 && size > 0) { return "\(value)" }
        if size >= 100 { return "\(Int(value.rounded()))" }
        let hundredths = (value * 100).rounded() / 100
        return size < 0.1 ? "\((value * 10_000).rounded() / 10_000)" : "\(hundredths)"
    }

    /// Whole milliseconds, or nil for a number that is none.
    static func milliseconds(_ value: Double) -> String? {
        value.isFinite && value.magnitude < 1e15 ? "\(Int(value.rounded()))" : nil
    }

    static func tables(of facts: GroupFacts) -> [String] {
        let rows = EvidenceLimits.tableRows
        var tables: [String] = []
        func tally(_ name: String, _ values: [Tally]) {
            guard !values.isEmpty else { return }
            tables.append(
                EvidenceTable.text(
                    name, [name, "events"], values.prefix(rows).map { [.string($0.value), .number("\($0.count)")] },
                    of: values.count))
        }
        tally("services", facts.services)
        tally("hosts", facts.hosts)
        tally("environments", facts.environments)
        if !facts.releases.isEmpty {
            let releases = facts.releases.prefix(rows).map { release in
                [JSONText.string(release.release), .string(minute(release.first)), .number("\(release.count)")]
            }
            tables.append(
                EvidenceTable.text("releases", ["release", "first", "events"], releases, of: facts.releases.count))
        }
        return tables
    }

    /// `2026-03-03, commit c0ffee1: time-out for pricing`.
    static func resolution(_ resolution: Resolution) -> String {
        var text = day(resolution.at)
        if let commit = resolution.commit { text += ", commit \(UntrustedText.line(commit, limit: 40).prefix(10))" }
        if let note = resolution.note, !note.isEmpty { text += ": \(UntrustedText.line(note, limit: 200))" }
        return text
    }

    /// Why there is no code to look at; nil when there is.
    static func missingCode(_ code: CodeContext) -> String? {
        let limit = EvidenceLimits.nameBytes
        switch code.state {
        case .read, .fromEvent: return code.excerpts.isEmpty ? "no source lines were found for the frames" : nil
        case .notConfigured: return "no source code: no mirror is configured for this service"
        case .noFrames: return "no source code: the event has no stack frames"
        case .notFound(let mirror, let revision):
            let name = UntrustedText.line(mirror, limit: limit)
            return "no source code: the files are not in mirror \(name) at \(UntrustedText.line(revision, limit: 12))"
        case .unavailable(let mirror, let reason):
            let name = UntrustedText.line(mirror, limit: limit)
            return "no source code: mirror \(name) is unavailable (\(UntrustedText.line(reason, limit: limit)))"
        }
    }
}

/// Rows under named columns, as TOON: the one place that decides how tables look in a prompt.
enum EvidenceTable {
    /// - Parameter total: how many rows there are in all, when some are not shown.
    static func text(
        _ name: String, _ columns: [String], _ rows: some Collection<[JSONText]>, of total: Int? = nil
    ) -> String {
        let table = TOONEncoder.table(name, columns, rows.map { $0.map(safe) })
        guard let total, total > rows.count else { return table }
        return "\(table)\n\(name)_in_all: \(total)"
    }

    private static func safe(_ cell: JSONText) -> JSONText {
        guard case .string(let text) = cell else { return cell }
        return .string(UntrustedText.line(text, limit: EvidenceLimits.valueBytes))
    }
}

/// Source lines with their numbers, the failing ones marked.
enum ExcerptText {
    /// - Parameter context: lines to keep on each side of every marked line.
    static func text(of excerpt: CodeExcerpt, around context: Int) -> String {
        let limit = EvidenceLimits.nameBytes
        let file = UntrustedText.line(excerpt.file, limit: limit)
        let function = excerpt.function.map { ", in \(UntrustedText.line($0, limit: limit))" } ?? ""
        let revision = UntrustedText.line(String(excerpt.revision.prefix(10)), limit: 20)
        let about = excerpt.about.map { ", which \(UntrustedText.line($0, limit: limit))" } ?? ""
        var text = "\(file)\(revision.isEmpty ? "" : " at \(revision)")\(function)\(about)"
        var previous: Int?
        for index in kept(excerpt, around: context) {
            let (number, overflow) = excerpt.firstLine.addingReportingOverflow(index)
            if overflow { break }
            if let previous, index != previous + 1 { text += "\n  …" }
            previous = index
            let mark = excerpt.marked.contains(number) ? ">" : " "
            let line = UntrustedText.line(keepingIndent(excerpt.lines[index]), kind: .code, limit: limit + 40)
            text += "\n\(mark)\(number) | \(line)"
        }
        return text
    }

    /// Tabs become four spaces; `UntrustedText.line` would make them one.
    private static func keepingIndent(_ line: String) -> String {
        guard line.utf8.first == 0x09 else { return line }
        let tabs = line.prefix { $0 == "\t" }
        return String(repeating: "    ", count: min(20, tabs.count)) + line.dropFirst(tabs.count)
    }

    /// Indices of lines near a marked one, in order, bounded; the first lines where none is marked.
    private static func kept(_ excerpt: CodeExcerpt, around context: Int) -> [Int] {
        let marks = excerpt.marked.map { $0.subtractingReportingOverflow(excerpt.firstLine) }
            .filter { !$0.overflow && excerpt.lines.indices.contains($0.partialValue) }.map(\.partialValue)
        let centers = marks.isEmpty ? [min(context, excerpt.lines.count / 2)] : marks
        var near = Set<Int>()
        for center in centers.prefix(8) {
            near.formUnion(
                (max(0, center - context)...max(center, center + context)).filter(excerpt.lines.indices.contains))
        }
        return Array(near.sorted().prefix(EvidenceLimits.codeLines))
    }
}

import Events

/// What prose may cite: places, commits and groups of the case at hand, and the evidence ids shown.
struct CitedWorld: Sendable {
    private var ids: Set<String>
    private var places: [Place] = []
    private var commits: [String] = []
    private var groups: [String] = []
    private var lineRanges: [ClosedRange<Int>] = []
    /// Everything shown, for what is cited literally.
    private let shown: String

    private struct Place {
        /// Path in lower case.
        var file: String
        var lines: ClosedRange<Int>?
    }

    init(_ file: CaseFile, evidence: [String: EvidenceItem]) {
        ids = Set(evidence.keys)
        shown = evidence.values.map(\.text).sorted().joined(separator: "\n")
        for (index, excerpt) in file.code.excerpts.enumerated() where evidence["C\(index + 1)"] != nil {
            // An event's own context names its line numbers: they may be anything.
            let (last, overflow) = excerpt.firstLine.addingReportingOverflow(max(0, excerpt.lines.count - 1))
            let range = excerpt.firstLine...(overflow ? Int.max : last)
            places.append(Place(file: excerpt.file.lowercased(), lines: range))
            lineRanges.append(range)
            commits.append(excerpt.revision.lowercased())
        }
        for frame in EvidenceNumbering(file).frames {
            guard let path = frame.file?.lowercased() else { continue }
            places.append(Place(file: path, lines: frame.line.map { $0...$0 }))
            if let line = frame.line { lineRanges.append(line...line) }
        }
        commits += file.code.suspects.map { $0.commit.lowercased() }
        commits += file.similar.compactMap { $0.resolution?.commit?.lowercased() }
        commits += [file.sample.revision, file.facts.group.resolution?.commit].compactMap { $0?.lowercased() }
        if case .back(let resolved) = file.facts.trend, let commit = resolved.commit {
            commits.append(commit.lowercased())
        }
        if case .read(_, let revision, _) = file.code.state { commits.append(revision.lowercased()) }
        groups = [file.facts.group.fingerprint.hex] + file.similar.map(\.fingerprint.hex)
    }

    func resolves(_ citation: Citation) -> Bool {
        switch citation.kind {
        case .evidence(let id): return ids.contains(id)
        case .group(let digits): return groups.contains { $0.hasPrefix(digits) }
        case .commit(let digits):
            return commits.contains { $0.hasPrefix(digits) || ($0.count >= 7 && digits.hasPrefix($0)) }
                || shown.lowercased().contains(digits)
        case .line(let number):
            return lineRanges.contains { $0.contains(number) } || names("line \(number)") || names(":\(number)")
        case .place(let path, let line):
            let lower = path.lowercased()
            let known = places.filter { $0.file == lower || $0.file.hasSuffix("/\(lower)") }
            if known.contains(where: { place in line.map { place.lines?.contains($0) ?? false } ?? true }) {
                return true
            }
            return names(line.map { "\(path):\($0)" } ?? path)
        }
    }

    /// The evidence says just that; `:8` is not in `:88`.
    private func names(_ text: String) -> Bool {
        var rest = Substring(shown)
        while let range = rest.firstRange(of: text) {
            rest = rest[range.upperBound...]
            if rest.first?.isNumber != true { return true }
        }
        return false
    }
}

/// Something in prose that names a piece of the world.
struct Citation: Sendable, Equatable {
    var kind: Kind
    /// As written.
    var text: String

    enum Kind: Sendable, Equatable {
        case evidence(String)
        case place(path: String, line: Int?)
        case line(Int)
        case commit(String)
        case group(String)
    }

    static let maximum = 100

    /// Every citation of a text, in order.
    static func all(in text: String) -> [Citation] {
        var found: [Citation] = []
        let words = text.split {
            $0 == " " || $0 == "(" || $0 == ")" || $0 == "," || $0 == ";" || $0 == "\n" || $0 == "\""
        }
        var previous = ""
        for word in words.prefix(2000) where found.count < maximum {
            found += evidence(in: word)
            let bare = word.drop { "`'[<*".contains($0) }
            let token = String(bare.reversed().drop { "`'.:!?]>*".contains($0) }.reversed())
            if let citation = place(token) ?? group(token) ?? commit(token, after: previous)
                ?? line(token, after: previous)
            {
                found.append(citation)
            }
            previous = token.lowercased()
        }
        return found
    }

    /// `[E1]`, `[C1][S2]`.
    private static func evidence(in word: Substring) -> [Citation] {
        word.split(separator: "[", omittingEmptySubsequences: false).dropFirst().compactMap { piece in
            guard let close = piece.firstIndex(of: "]") else { return nil }
            let id = piece[..<close]
            guard let letter = id.first?.lowercased().utf8.first, EvidenceID.letters.contains(letter),
                id.utf8.count <= 4, Int(id.dropFirst()) != nil
            else { return nil }
            return Citation(kind: .evidence(id.uppercased()), text: "[\(id)]")
        }
    }

    /// `OrderRepository.java:88`, `src/app.py`, `main.rs:10:5`, `app.py#L12`.
    private static func place(_ token: String) -> Citation? {
        let pieces = token.split(separator: ":", omittingEmptySubsequences: false)
        guard let first = pieces.first, !first.isEmpty, first.utf8.count <= 300 else { return nil }
        let path = first.split(separator: "#").first.map(String.init) ?? ""
        let name = path.split(separator: "/").last ?? ""
        guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return nil }
        let ending = name[name.index(after: dot)...].lowercased()
        let number = pieces.dropFirst().first.flatMap { Int($0.prefix { $0.isNumber }) }
        // Without a line, `order.go` still names code that must exist; `settings.yml` may be one to look at, and
        // `a.c` may be a field.
        guard sourceEndings.contains(ending) || (number != nil && otherEndings.contains(ending)) else { return nil }
        guard number != nil || ending.count > 1 || path.contains("/") else { return nil }
        return Citation(kind: .place(path: path, line: number), text: token)
    }

    private static let sourceEndings: Set<String> = [
        "java", "kt", "scala", "groovy", "py", "rs", "go", "js", "ts", "jsx", "tsx", "mjs", "cjs", "cs", "fs", "vb",
        "rb",
        "php", "swift", "c", "h", "cc", "cpp", "cxx", "hpp", "m", "mm", "ex", "exs", "erl", "clj", "lua", "pl",
        "vue", "dart", "erb",
    ]
    private static let otherEndings: Set<String> = [
        "sh", "sql", "xml", "yml", "yaml", "toml", "conf", "ini", "properties", "html", "json", "txt", "log",
    ]

    private static func group(_ token: String) -> Citation? {
        guard token.hasPrefix("G-") || token.hasPrefix("g-"), let reference = GroupReference(token) else { return nil }
        return Citation(kind: .group(reference.prefix), text: token)
    }

    /// 7 to 40 hexadecimal digits with a letter and a figure, or any after the word "commit".
    private static func commit(_ token: String, after previous: String) -> Citation? {
        let lower = token.lowercased()
        guard (7...40).contains(lower.utf8.count), lower.utf8.allSatisfy({ $0 &- 0x30 < 10 || $0 &- 0x61 < 6 }) else {
            return nil
        }
        let mixed = lower.contains(where: \.isNumber) && lower.contains(where: \.isLetter)
        guard mixed || previous == "commit" || previous == "revision" else { return nil }
        return Citation(kind: .commit(lower), text: token)
    }

    /// `line 88`.
    private static func line(_ token: String, after previous: String) -> Citation? {
        guard ["line", "lines", "row"].contains(previous), let number = Int(token.prefix { $0.isNumber }) else {
            return nil
        }
        return Citation(kind: .line(number), text: "line \(token)")
    }
}

/// Prose whose every citation holds, and how many did not.
struct CheckedProse: Sendable, Equatable {
    var text: String
    var held: Int
    var dropped: Int

    /// Drops each sentence with a citation that does not resolve.
    static func dropping(_ text: String, in world: CitedWorld) -> CheckedProse {
        var result = CheckedProse(text: "", held: 0, dropped: 0)
        var kept: [String] = []
        for sentence in sentences(text) {
            let citations = Citation.all(in: sentence)
            let failing = citations.count { !world.resolves($0) }
            if failing == 0 {
                kept.append(sentence)
                result.held += citations.count
            } else {
                result.dropped += failing
            }
        }
        result.text = kept.joined(separator: " ")
        return result
    }

    /// Sentences end with `.`, `!` or `?` before a space and a capital, or a full stop of east Asian writing.
    static func sentences(_ text: String) -> [String] {
        var sentences: [String] = []
        var current = ""
        let characters = Array(text)
        for (index, character) in characters.enumerated() {
            current.append(character)
            let next = index + 1 < characters.count ? characters[index + 1] : " "
            let afterNext = index + 2 < characters.count ? characters[index + 2] : "A"
            let ends =
                ".!?".contains(character) && next == " "
                && (afterNext.isUppercase || !afterNext.isASCII || afterNext == "[" || afterNext == "`")
            if ends || character == "。" {
                sentences.append(current.trimmingSpaces)
                current = ""
            }
        }
        if !current.trimmingSpaces.isEmpty { sentences.append(current.trimmingSpaces) }
        return sentences.filter { !$0.isEmpty }
    }
}

extension String {
    fileprivate var trimmingSpaces: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}

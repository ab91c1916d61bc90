import Events

/// Cuts excerpts out of files: the function around a line where it is known, else lines on both sides.
struct ExcerptBuilder: Sendable {
    /// A place to show.
    struct Place: Sendable {
        var text: SourceText
        var blob: ObjectName
        var line: Int?
        var function: FunctionFinder.Function?
        var score: Double
        /// Why it is shown where no frame names it.
        var about: String?
    }

    /// The longest function that is shown whole.
    static let maxFunctionLines = 80

    let revision: String
    let settings: ContextSettings

    /// The places' excerpts in the order given; those that overlap are one.
    ///
    /// - Returns: also a note for each limit that cut something off.
    ///
    /// - Parameter declarations: shown after all of the places, as far as there is room; never merged.
    func build(
        _ places: [Place], declarations: [Place] = []
    ) -> (excerpts: [CodeExcerpt], notes: [String]) {
        var spans: [(place: Place, first: Int, last: Int, marked: Set<Int>)] = []
        for place in places {
            let (first, last) = range(of: place)
            let marked = Set([place.line].compactMap { $0 })
            let overlapping = spans.firstIndex {
                $0.place.text.path == place.text.path && first <= $0.last + 1 && $0.first <= last + 1
            }
            if let index = overlapping,
                max(spans[index].last, last) - min(spans[index].first, first) < 2 * Self.maxFunctionLines
            {
                spans[index].first = min(spans[index].first, first)
                spans[index].last = max(spans[index].last, last)
                spans[index].marked.formUnion(marked)
                spans[index].place.score = max(spans[index].place.score, place.score)
            } else if spans.count < settings.maxLocations {
                spans.append((place, first, last, marked))
            }
        }
        for place in declarations where spans.count < settings.maxLocations {
            let (first, last) = range(of: place)
            let isShown = spans.contains {
                $0.place.text.path == place.text.path && $0.first <= first && last <= $0.last
            }
            if !isShown { spans.append((place, first, last, [])) }
        }
        var (excerpts, notes, left): ([CodeExcerpt], [String], Int) = ([], [], settings.maxCharacters)
        for span in spans {
            if span.place.about != nil, left < Self.size(span.place.text.lines[(span.first - 1)..<span.last]) {
                continue
            }
            guard let excerpt = cut(span.place, span.first...max(span.first, span.last), span.marked, room: left) else {
                notes.append("\(span.place.text.path) left out: the excerpts' size limit is reached")
                continue
            }
            left -= Self.size(excerpt.lines)
            excerpts.append(excerpt)
        }
        return (excerpts, notes)
    }

    private func range(of place: Place) -> (Int, Int) {
        let count = max(1, place.text.lines.count)
        let line = min(max(1, place.line ?? place.function?.first ?? 1), count)
        if let function = place.function, function.last - function.first < Self.maxFunctionLines {
            return (max(1, function.first), min(count, function.last))
        }
        let reach = place.line == nil && place.function == nil ? 2 * settings.linesAround : settings.linesAround
        var (first, last) = (max(1, line - settings.linesAround), min(count, line + reach))
        if let function = place.function { (first, last) = (max(first, function.first), min(last, function.last)) }
        return (first, max(first, last))
    }

    /// Takes as much of the range as fits, growing outward from the first marked line.
    private func cut(_ place: Place, _ range: ClosedRange<Int>, _ marked: Set<Int>, room: Int) -> CodeExcerpt? {
        let shown = range.map { place.text.shown($0) }
        guard !shown.isEmpty else { return nil }
        var (low, high) = (0, shown.count - 1)
        if Self.size(shown) > room {
            let centre = min(max(0, (marked.min() ?? range.lowerBound) - range.lowerBound), shown.count - 1)
            (low, high) = (centre, centre)
            var size = Self.size([shown[centre]])
            guard size <= room else { return nil }
            var grown = true
            while grown {
                grown = false
                if low > 0, size + Self.size([shown[low - 1]]) <= room {
                    low -= 1
                    size += Self.size([shown[low]])
                    grown = true
                }
                if high + 1 < shown.count, size + Self.size([shown[high + 1]]) <= room {
                    high += 1
                    size += Self.size([shown[high]])
                    grown = true
                }
            }
        }
        let first = range.lowerBound + low
        return CodeExcerpt(
            file: place.text.path, revision: revision, blob: place.blob.hex, firstLine: first,
            lines: Array(shown[low...high]), marked: marked.filter { $0 >= first && $0 <= first + high - low }.sorted(),
            function: place.function?.name, score: place.score, about: place.about)
    }

    private static func size(_ lines: some Sequence<String>) -> Int { lines.reduce(0) { $0 + $1.count + 1 } }
}

import Events

/// Whole lines of a file that are replaced by others.
struct BlockEdit: Sendable, Equatable {
    /// Indices into the file's lines.
    var range: Range<Int>
    var lines: [[UInt8]]
}

/// Finds the block that a change starts from, and makes the edit of it.
///
/// The block must be there as written, white space aside; it is never looked for by likeness. Where it is there more
/// than once, the one that the model was shown counts.
struct BlockMatcher: Sendable {
    let path: String
    let source: SourceLines
    /// Lines that the model was shown, from 0.
    let shown: [Range<Int>]

    /// A proposed block has no more lines than these.
    static let maxLines = 400

    func edit(_ change: Diagnosis.ProposedFix) throws(Refusal) -> BlockEdit {
        let (original, modified) = (SourceLines.block(change.original), SourceLines.block(change.modified))
        guard !original.isEmpty else { throw refused("the block to change is empty") }
        guard original.count <= Self.maxLines, modified.count <= Self.maxLines else {
            throw refused("the block has more than \(Self.maxLines) lines")
        }
        if let edit = try whole(original, modified, { $0 == $1 }) { return edit }
        if let edit = try part(original, modified) { return edit }
        let squeezed = original.map(SourceLines.squeezed)
        let loose = try whole(squeezed, modified) { SourceLines.squeezed($0) == $1 }
        guard var edit = loose else { throw refused("the block to change is not in the file as it is") }
        edit.lines = try reindented(modified, from: original, over: source.lines[edit.range].map(\.text))
        return edit
    }

    /// Lines that are the block's lines, from end to end.
    private func whole(
        _ block: [[UInt8]], _ modified: [[UInt8]], _ isSame: ([UInt8], [UInt8]) -> Bool
    ) throws(Refusal) -> BlockEdit? {
        guard block.count <= source.lines.count else { return nil }
        var places: [Int] = []
        for start in 0...(source.lines.count - block.count)
        where block.indices.allSatisfy({ isSame(source.lines[start + $0].text, block[$0]) }) {
            places.append(start)
        }
        return try only(places.map { $0..<$0 + block.count }).map { BlockEdit(range: $0, lines: modified) }
    }

    /// A block that begins or ends inside a line: `timeout=5` of a longer call. Names and numbers are never cut.
    private func part(_ block: [[UInt8]], _ modified: [[UInt8]]) throws(Refusal) -> BlockEdit? {
        guard let first = block.first, let last = block.last, block.count <= source.lines.count else { return nil }
        var found: [(lines: Range<Int>, before: [UInt8], after: [UInt8])] = []
        for start in 0...(source.lines.count - block.count) {
            let end = start + block.count - 1
            let head = source.lines[start].text
            if block.count == 1 {
                for offset in Self.offsets(of: first, in: head) {
                    found.append(
                        (start..<end + 1, Array(head[..<offset]), Array(head[(offset + first.count)...])))
                }
            } else if Self.hasSuffix(head, first), Self.hasPrefix(source.lines[end].text, last),
                (1..<(block.count - 1)).allSatisfy({ source.lines[start + $0].text == block[$0] })
            {
                let tail = source.lines[end].text.dropFirst(last.count)
                found.append((start..<end + 1, Array(head.dropLast(first.count)), Array(tail)))
            }
        }
        guard let range = try only(found.map(\.lines)), let match = found.first(where: { $0.lines == range }) else {
            return nil
        }
        var lines = modified.isEmpty ? [[]] : modified
        lines[0] = match.before + lines[0]
        lines[lines.count - 1] += match.after
        return BlockEdit(range: range, lines: lines)
    }

    /// The only place, or the only one among those that were shown.
    private func only(_ places: [Range<Int>]) throws(Refusal) -> Range<Int>? {
        if places.count <= 1 { return places.first }
        let seen = places.filter { place in
            shown.contains { $0.lowerBound <= place.lowerBound && place.upperBound <= $0.upperBound }
        }
        guard seen.count == 1 else { throw refused("the block to change is in the file \(places.count) times") }
        return seen.first
    }

    /// The new lines with the file's indentation in place of the model's. A line of the block that stays is the
    /// file's own, with its white space.
    private func reindented(
        _ modified: [[UInt8]], from original: [[UInt8]], over found: [[UInt8]]
    ) throws(Refusal) -> [[UInt8]] {
        var indents: [[UInt8]: [UInt8]] = [:]
        for (offered, line) in zip(original, found) where !SourceLines.squeezed(offered).isEmpty {
            let (theirs, ours) = (SourceLines.indentation(offered), SourceLines.indentation(line))
            if let known = indents[theirs], known != ours { throw refused("the block is indented unlike the file") }
            indents[theirs] = ours
        }
        let kept = Dictionary(zip(original, found), uniquingKeysWith: { first, _ in first })
        var result: [[UInt8]] = []
        for line in modified {
            if let own = kept[line] {
                result.append(own)
                continue
            }
            let (theirs, rest) = (SourceLines.indentation(line), line.drop(while: SourceLines.isBlank))
            if rest.isEmpty {
                result.append([])
            } else if let ours = Self.indentation(theirs, known: indents) {
                result.append(ours + rest)
            } else {
                throw refused("the new lines are indented unlike the file")
            }
        }
        return result
    }

    /// A known indentation, or the longest known one with what the model put behind it.
    private static func indentation(_ theirs: [UInt8], known: [[UInt8]: [UInt8]]) -> [UInt8]? {
        if let ours = known[theirs] { return ours }
        let base = known.keys.filter { hasPrefix(theirs, $0) }.max { $0.count < $1.count }
        guard let base, let ours = known[base] else { return nil }
        let deeper = theirs.dropFirst(base.count)
        // Tabs and spaces are not mixed into a file that has only the other.
        let unit = Set(known.values.joined())
        guard unit.isEmpty || Set(deeper).isSubset(of: unit) else { return nil }
        return ours + deeper
    }

    private static func offsets(of needle: [UInt8], in line: [UInt8]) -> [Int] {
        guard needle.count <= line.count, !needle.isEmpty else { return [] }
        return (0...(line.count - needle.count)).filter { offset in
            let end = offset + needle.count
            guard line[offset..<end].elementsEqual(needle) else { return false }
            let cutsLeft = offset > 0 && isWord(line[offset - 1]) && isWord(line[offset])
            let cutsRight = end < line.count && isWord(line[end - 1]) && isWord(line[end])
            return !cutsLeft && !cutsRight
        }
    }

    private static func hasSuffix(_ line: [UInt8], _ end: [UInt8]) -> Bool {
        guard line.count >= end.count, line.suffix(end.count).elementsEqual(end) else { return false }
        let offset = line.count - end.count
        return offset == 0 || end.isEmpty || !(isWord(line[offset - 1]) && isWord(line[offset]))
    }

    private static func hasPrefix(_ line: [UInt8], _ start: [UInt8]) -> Bool {
        guard line.count >= start.count, line.starts(with: start) else { return false }
        return start.isEmpty || line.count == start.count
            || !(isWord(line[start.count - 1]) && isWord(line[start.count]))
    }

    static func isWord(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || byte == 0x5F || byte >= 0x80
    }

    private func refused(_ reason: String) -> Refusal { .block(path: path, reason: reason) }
}

/// The lines that streams brought lately: what came before an error, where no file holds it.
///
/// Memory stays the same however many streams there are; who speaks much drives out the others' older lines.
struct RecentLines {
    private struct Line {
        var stream: Int
        var text: String
    }

    private var lines: [Line] = []
    /// Where the lines begin that still count.
    private var first = 0
    private var bytes = 0

    private static let limit = 1 << 20

    /// - Parameter stream: names the program that wrote them.
    mutating func add(_ texts: [String], of stream: Int) {
        for text in texts where !text.isEmpty {
            let line = Line(stream: stream, text: clip(text, to: IntakeLimits.lineBefore))
            lines.append(line)
            bytes += line.text.utf8.count + MemoryLayout<Line>.size
        }
        while bytes > Self.limit, first < lines.count {
            bytes -= lines[first].text.utf8.count + MemoryLayout<Line>.size
            first += 1
        }
        if first > lines.count / 2 {
            lines.removeFirst(first)
            first = 0
        }
    }

    /// The last lines of a stream: those that name one of the ids before others, in their order.
    func before(_ wanted: Int, of stream: Int, naming ids: [String]) -> [String] {
        let wanted = min(wanted, IntakeLimits.linesBefore)
        guard wanted > 0 else { return [] }
        let ids = ids.filter { $0.utf8.count >= 4 }
        var (related, others): ([Int], [Int]) = ([], [])
        for index in lines[first...].indices.reversed() where lines[index].stream == stream {
            if related.count == wanted { break }
            if ids.contains(where: { lines[index].text.contains($0) }) {
                related.append(index)
            } else if others.count < wanted {
                others.append(index)
            }
            // Where requests interleave, a request's own lines lie further back than its neighbours'.
            if ids.isEmpty, others.count == wanted { break }
        }
        return (related + others.prefix(wanted - related.count)).sorted().map { lines[$0].text }
    }
}

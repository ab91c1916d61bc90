import Delivery
import Foundation
import Pipeline
import Synchronization

/// Draws progress on standard error: a bar on a terminal, a line a stage elsewhere.
final class ProgressDisplay: Sendable {
    private let isTerminal: Bool
    private let isQuiet: Bool
    private let isVerbose: Bool
    private let state = Mutex(State())

    private struct State {
        var drawn = false
        var lastDraw = ContinuousClock.now - .seconds(1)
        var started = ContinuousClock.now
        /// The source that is being read, and since when.
        var source = ""
        var sourceStarted = ContinuousClock.now
    }

    init(quiet: Bool, verbose: Bool, environment: [String: String]) {
        isQuiet = quiet
        isVerbose = verbose
        isTerminal = Console.isErrorTerminal && environment["TERM"] != "dumb"
    }

    func handle(_ event: ProgressEvent) {
        switch event {
        case .warning(let text): line("warning   \(text)", always: true)
        case .detail(let text): if isVerbose { line("          \(text.terminalSafe)", always: true) }
        case .reading(let source, let progress, let lines, let events):
            let facts =
                "\(counted(lines, "line")) · \(counted(events, "event")) · \(source)\(pace(of: source, progress))"
            bar("reading", done: Double(progress.done), of: Double(progress.total), facts)
        case .readingDone(let lines, let bytes, let sources, let events):
            line(
                "reading   \(counted(lines, "line")) · \(counted(sources, "source")) · \(bytes.asSize) · "
                    + counted(events, "event"))
        case .copying(let stage, let what, let done, let total):
            bar(
                stage, done: Double(done), of: Double(total), "\(done.asSize) of \(total.asSize) · \(what)"
            )
        case .grouped(let groups, let new, let back):
            line("grouping  \(counted(groups, "group")) · \(new) new · \(back) back")
            state.withLock { $0.started = .now }
        case .diagnosing(let index, let count, let group, let title, let by):
            bar(
                "diagnosing", done: Double(index), of: Double(count), "\(index + 1)/\(count)  \(group) \(title) · \(by)"
            )
        case .answering(let index, let count, let group, let tokens):
            let left = remaining(done: index, of: count)
            bar(
                "diagnosing", done: Double(index), of: Double(count),
                "\(index + 1)/\(count)  \(group) \(tokens) tokens\(left)")
        case .diagnosed(let index, let count, let group, let model):
            // Those of a model take their time; the others are thousands a minute, and the summary counts them.
            if !isTerminal, let model { line("diagnosed \(index + 1)/\(count)  \(group) by \(model)") }
        }
    }

    /// Clears a bar that is still drawn.
    func finish() {
        state.withLock { state in
            if state.drawn { Console.raw("\r\u{1B}[K") }
            state.drawn = false
        }
    }

    private func line(_ text: String, always: Bool = false) {
        guard always || !isQuiet else { return }
        finish()
        Console.note(text)
    }

    private func bar(_ stage: String, done: Double, of total: Double, _ facts: String) {
        guard isTerminal, !isQuiet else { return }
        state.withLock { state in
            guard ContinuousClock.now - state.lastDraw > .milliseconds(100) else { return }
            state.lastDraw = .now
            state.drawn = true
            let cells = total > 0 ? Int((min(1, done / total) * 20).rounded()) : 0
            let drawing = String(repeating: "█", count: cells) + String(repeating: "·", count: 20 - cells)
            let name = stage.padding(toLength: 11, withPad: " ", startingAt: 0)
            Console.raw("\r\u{1B}[K\(name)\(drawing)  \(String(facts.prefix(Self.width - 37)).terminalSafe)")
        }
    }

    private func counted(_ value: some BinaryInteger, _ noun: String) -> String {
        NumberText.counted(Int(clamping: value), noun)
    }

    private func remaining(done: Int, of count: Int) -> String {
        let elapsed = ContinuousClock.now - state.withLock(\.started)
        guard done > 0 else { return "" }
        let left = elapsed / done * (count - done)
        return left < .seconds(60) ? " · less than a minute left" : " · about \(left.components.seconds / 60) min left"
    }

    /// How fast the source is read, and how long the rest of it takes at that pace.
    private func pace(of source: String, _ progress: ReadingProgress) -> String {
        let start = state.withLock { state in
            if state.source != source { (state.source, state.sourceStarted) = (source, .now) }
            return state.sourceStarted
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        guard seconds > 0.5, progress.done > 0 else { return "" }
        let rate = progress.unit == .bytes ? " · \(Int64(Double(progress.done) / seconds).asSize)/s" : ""
        guard seconds > 2, progress.total > progress.done else { return rate }
        let left = seconds * Double(progress.total - progress.done) / Double(progress.done)
        return rate + (left < 60 ? " · less than a minute left" : " · about \(Int(min(left, 1e9) / 60)) min left")
    }

    /// Columns of the terminal; 100 when it does not say.
    private static var width: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 40 else { return 100 }
        return Int(size.ws_col)
    }
}

extension BinaryInteger {
    /// `2.1 GB`, in powers of ten.
    var asSize: String {
        let value = Double(self)
        for (unit, scale) in [("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("KB", 1e3)] where value >= scale {
            return String(format: "%.1f %@", value / scale, unit)
        }
        return "\(self) B"
    }
}

/// Log lines of the same source just before an event, oldest first.
///
/// Of a million events of one group a handful is kept whole. Whoever reads a source therefore hands out where the
/// lines lie, and they are decoded and redacted only for the events whose lines somebody asks for. Until then the
/// event keeps the stretch of its source alive: whoever gathers events without end asks for the lines and sets them.
public struct PrecedingLines: Sendable {
    private enum Content: Sendable {
        case told([String])
        case deferred(@Sendable () -> [String])
    }

    private var content: Content

    public init(_ lines: [String]) { content = .told(lines) }

    /// - Parameter lines: reads the lines; gives the same ones whenever it is called.
    public init(deferred lines: @escaping @Sendable () -> [String]) { content = .deferred(lines) }

    public var lines: [String] {
        switch content {
        case .told(let lines): lines
        case .deferred(let read): read()
        }
    }

    /// The lines are read when they are asked for.
    public var isDeferred: Bool {
        if case .deferred = content { true } else { false }
    }

    /// The lines as `change` makes them of all of them; those that are deferred stay so.
    public func changed(_ change: @escaping @Sendable ([String]) -> [String]) -> PrecedingLines {
        switch content {
        case .told(let lines): PrecedingLines(change(lines))
        case .deferred(let read): PrecedingLines(deferred: { change(read()) })
        }
    }
}

extension PrecedingLines: Hashable {
    public static func == (left: PrecedingLines, right: PrecedingLines) -> Bool { left.lines == right.lines }

    public func hash(into hasher: inout Hasher) { hasher.combine(lines) }
}

extension PrecedingLines: CustomStringConvertible {
    /// Never the lines: they may not have been redacted yet.
    public var description: String { isDeferred ? "lines not read yet" : "\(lines.count) lines" }
}

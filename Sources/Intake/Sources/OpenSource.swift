import Events

/// Opens the reader of a source's kind.
///
/// - Parameter cursors: what was committed with earlier pieces of this source, in any order.
/// - Throws: ``SourceError`` where a cursor cannot be understood, or the source cannot be set up.
public func openSource(
    _ source: SourceSettings, cursors: [SourceCursor], context: SourceContext
) throws(SourceError) -> any SourceReader {
    switch source.kind {
    case .files, .stdin: try FileSource(source, cursors: cursors, context: context)
    case .spool: try SpoolSource(source, cursors: cursors, context: context)
    case .inbox: try InboxSource(source, cursors: cursors, context: context)
    case .journald: try JournalSource(source, cursors: cursors, context: context)
    case .loki: try LokiSource(source, cursors: cursors, context: context)
    case .sentry: try SentrySource(source, cursors: cursors, context: context)
    case .clickhouse: try ClickHouseSource(source, cursors: cursors, context: context)
    }
}

extension SourceState {
    /// What becomes of a source's cursors when a backfill is done: those of its own way are no longer needed, and the
    /// parts of files stay for one that goes farther back.
    public static func afterBackfill(
        _ cursors: [SourceCursor], of source: String
    ) throws(SourceError) -> (kept: [SourceCursor], forgotten: [String]) {
        var kept: [SourceCursor] = []
        for cursor in cursors where cursor.key.hasPrefix(OlderPart.prefix) {
            kept.append(OlderPart(end: try cursor.decode(OlderPart.self, of: source).end).cursor)
        }
        return (kept, [LokiSource.olderKey, SentrySource.olderKey, ClickHouseSource.olderKey, JournalSource.olderKey])
    }
}

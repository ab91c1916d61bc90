import Events
import Foundation
import History
import Intake

/// Which part of the sources a run reads.
public enum ReadingExtent: Sendable, Hashable {
    case news
    /// What the first runs left out, back to a moment (nil: as far back as there is anything, a year for remote engines).
    case older(since: Timestamp?)
}

/// What the history keeps of one source: its cursors, and its state as a whole.
struct SourceLedger {
    /// How far back a backfill without a limit asks a remote engine.
    static let farthest = Duration.days(366)

    let source: SourceSettings
    let cursors: [SourceCursor]
    let isBaseline: Bool
    /// nil: there is nothing to read.
    let stretch: SourceStretch?
    /// The stretch was begun by an earlier run; behind it there may be more to read.
    let isResumed: Bool
    private var state: SourceState?
    private var isStored: Bool

    /// - Throws: `SourceError` where the state cannot be understood.
    init(_ source: SourceSettings, history: HistoryStore, extent: ReadingExtent, now: Timestamp) throws {
        self.source = source
        cursors = try history.cursors(source: source.name).map {
            SourceCursor(key: $0.key, payload: $0.payload, storedAt: $0.at)
        }
        let known = try SourceState.find(in: cursors, of: source.name)
        isStored = known != nil
        // Cursors without a state are of a version that kept none: such a source is no new one.
        state = known ?? (cursors.isEmpty ? source.begun(at: now) : nil)
        switch extent {
        case .news:
            stretch = .news(floor: state?.newsFloor)
            isBaseline = state?.isBaseline(at: now, days: source.baseline) ?? false
            isResumed = false
        case .older(let since):
            isBaseline = true
            isResumed = known?.backfill != nil
            guard var known, known.isComplete else {
                stretch = nil
                return
            }
            let farthest =
                source.kind == .files ? Timestamp(nanoseconds: .min) : known.floor.advanced(by: .zero - Self.farthest)
            let from = known.backfill ?? since ?? farthest
            stretch = from < known.floor ? .older(from: from, floor: known.floor) : nil
            if known.backfill == nil, stretch != nil {
                known.backfill = from
                (state, isStored) = (known, false)
            }
        }
    }

    /// The cursors of a piece; with the first of a new source, that the source has begun.
    mutating func records(of piece: SourcePiece) -> [CursorRecord] {
        var cursors = piece.cursors
        // Standard input has no cursor: that something came of it is enough.
        if let state, !isStored, !cursors.isEmpty || !piece.events.isEmpty {
            cursors.append(state.cursor)
            isStored = true
        }
        return cursors.map { CursorRecord(source: source.name, key: $0.key, payload: $0.payload) }
    }

    /// Notes that the source was read to its end.
    mutating func finish(in history: HistoryStore, now: Timestamp) throws {
        guard var state else { return }
        var (kept, forgotten): ([SourceCursor], [String]) = ([], [])
        switch stretch {
        case .news:
            guard isStored, !state.isComplete else { return }
            state.isComplete = true
        case .older(let from, _):
            (state.floor, state.backfill) = (from, nil)
            (kept, forgotten) = try SourceState.afterBackfill(cursors, of: source.name)
        case nil: return
        }
        var batch = RecordBatch(entries: [], now: now)
        batch.cursors = (kept + [state.cursor]).map {
            CursorRecord(source: source.name, key: $0.key, payload: $0.payload)
        }
        batch.forgotten = forgotten.map { CursorRecord(source: source.name, key: $0, payload: "") }
        try history.record(batch)
        (self.state, isStored) = (state, true)
    }
}

extension SourceSettings {
    /// The first run reads only the latest part; what is put into a spool or piped in is meant to be read whole.
    fileprivate func begun(at now: Timestamp) -> SourceState {
        let isWhole = kind == .spool || kind == .inbox || kind == .stdin || paths == ["-"]
        var state = SourceState(started: now, initial: initial)
        if isWhole { state.floor = Timestamp(nanoseconds: .min) }
        return state
    }
}

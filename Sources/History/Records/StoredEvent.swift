import Events

/// An event as a record; one that is too large for a record loses what matters least.
enum StoredEvent {
    /// Characters of each text that is left in an event of more than ``RecordCodec/maximumRawLength``.
    private static let keptCharacters = 4096
    private static let keptFrames = 200

    /// Times whose text reads back; a second at either end of the range of 64 bits does not.
    private static let readableTimes = -9_223_372_036_000_000_000...Int64(9_223_372_036_000_000_000)

    static func pack(_ event: ErrorEvent, _ codec: RecordCodec) throws(RecordError) -> [UInt8] {
        var event = event
        event.time = readable(event.time)
        event.receivedAt = event.receivedAt.map(readable)
        for index in event.breadcrumbs.indices {
            event.breadcrumbs[index].time = event.breadcrumbs[index].time.map(readable)
        }
        do {
            return try codec.pack(EventJSON.encode(event))
        } catch .tooLong {
            return try codec.pack(EventJSON.encode(reduced(event)))
        } catch {
            throw error
        }
    }

    static func unpack(_ record: [UInt8], _ codec: RecordCodec) throws(RecordError) -> ErrorEvent {
        try codec.decode(ErrorEvent.self, from: record)
    }

    private static func reduced(_ event: ErrorEvent) -> ErrorEvent {
        var small = ErrorEvent(
            id: cut(event.id), time: event.time, level: event.level, message: cut(event.message))
        small.service = event.service.map(cut)
        small.code = event.code.map(cut)
        small.target = event.target.map(cut)
        small.release = event.release.map(cut)
        small.revision = event.revision.map(cut)
        small.environment = event.environment.map(cut)
        small.host = event.host.map(cut)
        small.count = event.count
        small.exceptions = event.exceptions.suffix(8).map { exception in
            ExceptionInfo(
                type: exception.type.map(cut), message: exception.message.map(cut),
                frames: exception.frames.suffix(keptFrames).map {
                    StackFrame(
                        file: $0.file.map(cut), function: $0.function.map(cut), module: $0.module.map(cut),
                        line: $0.line, column: $0.column, inApp: $0.inApp)
                })
        }
        return small
    }

    private static func readable(_ time: Timestamp) -> Timestamp {
        Timestamp(
            nanoseconds: max(readableTimes.lowerBound, min(readableTimes.upperBound, time.nanoseconds)))
    }

    private static func cut(_ text: String) -> String { String(text.unicodeScalars.prefix(keptCharacters)) }
}

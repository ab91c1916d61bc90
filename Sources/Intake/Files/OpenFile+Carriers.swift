/// Records of lines that a carrier holds.
extension OpenFile {
    /// Bytes of interleaved records that are held; beyond it they are cut where they stand.
    private static let carriedBytes = Int64(IntakeLimits.record)

    /// The records from a carried line on, up to a place where no record is open: there a cursor may stand.
    ///
    /// - Returns: nil where the end of a record is still being written.
    func carriedRecords(from first: Pending) throws(ByteStream.Failure) -> [Record]? {
        try carriedRecords(from: first, takeLine)
    }

    /// - Parameter take: gives the next line, or says that it is torn.
    func carriedRecords(
        from first: Pending, _ take: (inout Bool) throws(ByteStream.Failure) -> Pending?
    ) throws(ByteStream.Failure) -> [Record]? {
        var streams = StreamAssembly(times: reader.times)
        var line = first
        var end = first.start
        var isTorn = false
        while true {
            if end - first.start > Self.carriedBytes { break }
            if let carried = line.carried {
                if streams.isCut(before: carried) { break }
                streams.add(carried, start: line.start, end: line.end, line.outcome)
            } else if !streams.takeBare(line.text, line.shape, end: line.end, line.outcome) {
                break
            }
            end = line.end
            guard let next = try take(&isTorn) else {
                if !takesUnfinished, isTorn || streams.hasPartial { return nil }
                return finish(&streams, at: end)
            }
            line = next
        }
        pending = line
        return finish(&streams, at: end)
    }

    private func finish(_ streams: inout StreamAssembly, at end: Int64) -> [Record] {
        (consumed, scanned) = (end, end)
        return streams.takeAll().map { record in
            let lookBack = layout == .lines ? buffer.lookBack(before: record.start) : nil
            return Record(
                assembly: record.assembly, start: record.start, end: record.end, lookBack: lookBack,
                facts: record.facts)
        }
    }
}

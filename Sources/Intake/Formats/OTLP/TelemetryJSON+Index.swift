extension TelemetryJSON {
    /// Finds the records of a request without reading them.
    ///
    /// - Throws: ``FormatError`` for what is no JSON object, no request, or one of too many records.
    static func index(_ bytes: UnsafeRawBufferPointer) throws(FormatError) -> TelemetryIndex {
        let indexing = Indexing()
        let isWhole: Bool
        do throws(JSONWalker.Broken) { isWhole = try indexing.request(bytes) } catch { throw .notJSON(format: "OTLP") }
        guard isWhole else { throw .notJSON(format: "OTLP") }
        guard indexing.isRequest else { throw .notOfFormat("OTLP") }
        guard !indexing.index.isTooLong else { throw .tooMany(format: "OTLP", limit: Telemetry.records) }
        return indexing.index
    }

    /// - Returns: nil for bytes that are no JSON object.
    static func record(_ bytes: UnsafeRawBufferPointer) -> Telemetry.Record? {
        JSONTree.parse(bytes).flatMap { $0.isObject ? record($0) : nil }
    }

    /// - Returns: nil for bytes that are no JSON object.
    static func span(_ bytes: UnsafeRawBufferPointer) -> Telemetry.Span? {
        JSONTree.parse(bytes).flatMap { $0.isObject ? span($0) : nil }
    }

    static func source(resource: UnsafeRawBufferPointer?, scope: UnsafeRawBufferPointer?) -> Telemetry.Source {
        let resource = resource.flatMap { JSONTree.parse($0) } ?? .null
        let scope = scope.flatMap { JSONTree.parse($0) } ?? .null
        return Telemetry.Source(resource: attributes(resource["attributes"]), scopeName: scope["name"].text)
    }

    /// One walk through a request, from its resources to its records.
    private final class Indexing {
        private typealias Broken = JSONWalker.Broken

        private(set) var index = TelemetryIndex()
        private(set) var isRequest = false

        /// - Returns: false where something follows the value.
        func request(_ bytes: UnsafeRawBufferPointer) throws(JSONWalker.Broken) -> Bool {
            var walker = JSONWalker(bytes)
            guard walker.next() == 0x7B else {
                try walker.skip()
                return walker.next() == nil
            }
            try walker.object { (walker, name) throws(Broken) in
                let kind: TelemetryIndex.Kind? = logs.contains(name) ? .log : traces.contains(name) ? .span : nil
                guard let kind else {
                    let isNull = walker.next() == 0x6E
                    try walker.skip()
                    isRequest = isRequest || metrics.contains(name) && !isNull
                    return
                }
                isRequest = isRequest || walker.next() != 0x6E
                try list(&walker) { (walker) throws(Broken) in try self.resource(&walker, kind) }
            }
            return walker.next() == nil
        }

        private func resource(_ walker: inout JSONWalker, _ kind: TelemetryIndex.Kind) throws(JSONWalker.Broken) {
            let first = index.origins.count
            var resource: Range<Int>?
            try walker.object { (walker, name) throws(Broken) in
                if name == "resource" {
                    resource = try walker.skip()
                } else if scopes(kind).contains(name) {
                    try list(&walker) { (walker) throws(Broken) in try self.scope(&walker, kind) }
                } else {
                    try walker.skip()
                }
            }
            // It may stand behind its records.
            for place in first..<index.origins.count { index.origins[place].resource = resource }
        }

        private func scope(_ walker: inout JSONWalker, _ kind: TelemetryIndex.Kind) throws(JSONWalker.Broken) {
            let count = index.count
            index.origins.append(TelemetryIndex.Origin())
            try walker.object { (walker, name) throws(Broken) in
                if name == "scope" {
                    let scope = try walker.skip()
                    index.origins[index.origins.count - 1].scope = scope
                } else if records(kind).contains(name) {
                    try list(&walker) { (walker) throws(Broken) in index.add(kind, try walker.skip()) }
                } else {
                    try walker.skip()
                }
            }
            if index.count == count { index.origins.removeLast() }
        }

        /// The objects of a list. Anything else in its place is rejected, and costs nothing beside it.
        private func list(
            _ walker: inout JSONWalker, _ object: (inout JSONWalker) throws(JSONWalker.Broken) -> Void
        ) throws(JSONWalker.Broken) {
            guard walker.next() == 0x5B else {
                if walker.next() != 0x6E { index.rejected += 1 }
                try walker.skip()
                return
            }
            try walker.array { (walker) throws(Broken) in
                guard walker.next() != 0x7B else { return try object(&walker) }
                index.rejected += 1
                try walker.skip()
            }
        }
    }
}

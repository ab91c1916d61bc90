/// Where the records of one OTLP request lie, so that they can be read one after another.
struct TelemetryIndex {
    /// Where a record's resource and scope are described; nil for what the request does not say.
    struct Origin {
        var resource: Range<Int>?
        var scope: Range<Int>?
    }

    struct Place {
        var bytes: Range<Int>
        /// Of ``TelemetryIndex/origins``.
        var origin: Int
    }

    private(set) var logs: [Place] = []
    private(set) var spans: [Place] = []
    var origins: [Origin] = []
    /// What stands in the place of a record, and is none.
    var rejected = 0
    /// The request has more than ``Telemetry/records``; those behind them have no place here.
    private(set) var isTooLong = false

    enum Kind { case log, span }

    /// A record of the last origin.
    mutating func add(_ kind: Kind, _ bytes: Range<Int>) {
        guard logs.count + spans.count < Telemetry.records else {
            isTooLong = true
            return
        }
        let place = Place(bytes: bytes, origin: origins.count - 1)
        switch kind {
        case .log: logs.append(place)
        case .span: spans.append(place)
        }
    }

    var count: Int { logs.count + spans.count }
}

import Events

/// What a number means as a level: libraries count in different scales, and some of them overlap.
enum NumberScale {
    /// Bunyan and pino (10 to 60), syslog and GELF (0 to 7), Monolog (100 to 600), logback's `level_value`
    /// (5000 to 40000): as far as they can be told apart by the number alone.
    case common
    /// Python's `logging`: 10 to 50.
    case python
    /// Nextcloud and ownCloud: 0 to 4.
    case nextcloud

    /// The scale that the names of the other fields speak for.
    init(_ fields: LogFields) {
        let isPython = ["levelno", "lineno", "funcname", "pathname"].contains { fields.value($0) != nil }
        let isNextcloud =
            fields.value("reqid") != nil && fields.value("remoteaddr") != nil && fields.value("app") != nil
        self = isPython ? .python : isNextcloud ? .nextcloud : .common
    }

    func level(_ number: Double) -> LogLevel? {
        guard number.isFinite else { return nil }
        switch self {
        case .common: return Self.common(number)
        case .python: return Self.python(number)
        case .nextcloud:
            let levels: [LogLevel] = [.debug, .info, .warning, .error, .fatal]
            return (0..<5).contains(number) ? levels[Int(number)] : nil
        }
    }

    private static func common(_ number: Double) -> LogLevel? {
        switch number {
        case 0..<8: TextHeader.syslogLevel(Int(number))
        case 10..<20: .trace
        case 20..<30, 100..<200, 10000..<20000: .debug
        case 30..<40, 200..<300, 20000..<30000: .info
        case 40..<50, 300..<400, 30000..<40000: .warning
        case 50..<60, 400..<500, 40000..<50000: .error
        case 60..<70, 500...600: .fatal
        case 5000..<10000: .trace
        default: nil
        }
    }

    private static func python(_ number: Double) -> LogLevel? {
        switch number {
        case 1..<10: .trace
        case 10..<20: .debug
        case 20..<30: .info
        case 30..<40: .warning
        case 40..<50: .error
        case 50...60: .fatal
        default: nil
        }
    }
}

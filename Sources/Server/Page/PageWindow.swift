import Delivery
import Events

/// The stretches of time that pages offer.
enum PageWindow: String, CaseIterable, Sendable {
    case hour = "1h"
    case day = "24h"
    case week = "7d"
    case month = "30d"

    var length: Duration {
        switch self {
        case .hour: .hours(1)
        case .day: .hours(24)
        case .week: .days(7)
        case .month: .days(30)
        }
    }

    /// Slices of a drawing: equal stretches that people count in.
    var slices: Int {
        switch self {
        case .hour: 30
        case .day: 48
        case .week: 42
        case .month: 30
        }
    }

    func before(_ now: Timestamp) -> TimeWindow { TimeWindow(start: now.advanced(by: .zero - length), end: now) }

    func name(in say: ReportLanguage) -> String { DurationText.words(length, in: say) }
}

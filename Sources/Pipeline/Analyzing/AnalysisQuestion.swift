import Events
import Foundation

/// What is asked about: one event, in whatever form, or what a stretch of time brought.
public enum AnalysisQuestion: Sendable, Hashable {
    /// An event of ours or of a service, log lines, a trace.
    case event(String)
    case window(Window)

    public struct Window: Sendable, Hashable {
        /// Of the time before now.
        public var length: Duration
        /// The most groups that are told of.
        public var limit: Int
        /// Only groups of these services; all without any.
        public var services: Set<String>
    }

    /// Bytes of a question.
    public static let largest = 4 << 20
    static let minutes = 1...7 * 24 * 60
    static let groups = 1...50
    static let services = 0...50

    private struct Body: Decodable {
        var time_window_minutes: Int?
        var limit: Int?
        var services: [String]?

        static let keys: Set<String> = ["time_window_minutes", "limit", "services"]
    }

    /// - Throws: ``MessageError`` for what is neither.
    public init(_ bytes: [UInt8]) throws(MessageError) {
        guard bytes.count <= Self.largest else { throw .tooLarge(limit: Self.largest) }
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.unicodeScalars.contains(where: { !$0.properties.isWhitespace && $0.value > 0x20 }) else {
            throw .unreadable(reason: "there is nothing in it", remedy: Self.forms)
        }
        guard text.unicodeScalars.first(where: { $0.value > 0x20 }) == "{",
            let object = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
        else {
            self = .event(text)
            return
        }
        guard Body.keys.isSuperset(of: object.keys) else {
            self = .event(text)
            return
        }
        self = .window(try Self.window(bytes, object.isEmpty))
    }

    private static let forms =
        #"Send an event, log text, or {"time_window_minutes": 60, "limit": 10, "services": ["shop"]}."#

    private static func window(_ bytes: [UInt8], _ isEmpty: Bool) throws(MessageError) -> Window {
        guard !isEmpty, let body = try? JSONDecoder().decode(Body.self, from: Data(bytes)) else {
            throw .unreadable(reason: "neither an event nor a window", remedy: forms)
        }
        let (length, limit) = (body.time_window_minutes ?? 60, body.limit ?? 10)
        let names = body.services ?? []
        guard minutes.contains(length), groups.contains(limit), services.contains(names.count) else {
            throw .unreadable(
                reason: "time_window_minutes from 1 to \(minutes.upperBound), limit from 1 to \(groups.upperBound), "
                    + "at most \(services.upperBound) services", remedy: nil)
        }
        return Window(length: .minutes(length), limit: limit, services: Set(names))
    }
}

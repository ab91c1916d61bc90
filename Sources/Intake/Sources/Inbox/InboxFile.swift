import Events
import Foundation

/// What a door accepted at one time: one file, a line that says what was masked, then a line an event.
///
/// Its events are redacted and judged by the triggers before they come here.
public struct InboxFile: Sendable, Hashable {
    public var events: [ErrorEvent]
    /// Rule → secrets masked before the events were written.
    public var masked: [String: Int]
    /// Lines that are no events; none of our own files has any.
    public private(set) var broken = 0

    /// Files of another name are still being written, or nobody's.
    public static let ending = ".events"
    /// A larger file is none of ours.
    static let limit = 64 << 20

    private struct Head: Codable {
        var inbox: Int
        var masked: [String: Int]
    }

    public init(events: [ErrorEvent], masked: [String: Int]) { (self.events, self.masked) = (events, masked) }

    /// - Throws: ``FormatError`` where the first line is not that of such a file.
    public init(_ bytes: Data) throws(FormatError) {
        var lines = bytes.split(separator: 0x0A)[...]
        guard let first = lines.popFirst(), let head = try? JSONDecoder().decode(Head.self, from: first),
            head.inbox == 1
        else { throw .notOfFormat("the inbox") }
        (events, masked) = ([], head.masked)
        let decoder = JSONDecoder()
        for line in lines {
            if let event = try? decoder.decode(ErrorEvent.self, from: line) {
                events.append(event)
            } else {
                broken += 1
            }
        }
    }

    public func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var bytes = try encoder.encode(Head(inbox: 1, masked: masked))
        bytes.append(0x0A)
        for event in events {
            bytes += try encoder.encode(event)
            bytes.append(0x0A)
        }
        return bytes
    }
}

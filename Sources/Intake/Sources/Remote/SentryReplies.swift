import Events
import Foundation
import HTTPTransport

/// An issue of Sentry's list, as far as it is needed.
struct SentryIssue: Decodable, Hashable {
    var id: String
    var lastSeen: Timestamp
    var level: String?
    var project: Project?

    struct Project: Decodable, Hashable { var slug: String? }

    /// Sentry's numeric id; nothing else may get into a path.
    var isPlain: Bool { (1...32).contains(id.utf8.count) && id.utf8.allSatisfy(\.isDigit) }
}

/// An event of an issue's list: when it was, and where.
struct SentryOccurrence: Decodable, Hashable {
    var eventID: String?
    var id: String?
    var dateCreated: Timestamp
    var tags: [Tag]?

    struct Tag: Decodable, Hashable {
        var key: String?
        var value: String?
    }

    func tag(_ key: String) -> String? { tags?.first { $0.key == key }?.value }

    var name: String { eventID ?? id ?? dateCreated.rfc3339 }

    /// Occurrences that differ in nothing else are one event with a count.
    var place: Place {
        Place(
            minute: dateCreated.minute, release: tag("release") ?? tag("sentry:release"),
            environment: tag("environment"), host: tag("server_name"), level: tag("level"))
    }

    struct Place: Hashable {
        var minute: Int64
        var release: String?
        var environment: String?
        var host: String?
        var level: String?

        var sortKey: String {
            "\(minute)\n\(release ?? "")\n\(environment ?? "")\n\(host ?? "")\n\(level ?? "")"
        }
    }
}

/// A list whose elements are read one by one: one that is none is counted and does not lose the others.
struct SentryList<Element: Decodable>: Decodable {
    private(set) var elements: [Element] = []
    private(set) var broken = 0

    private struct Anything: Decodable {}

    init(from decoder: any Decoder) throws {
        var container = try decoder.unkeyedContainer()
        while !container.isAtEnd {
            do {
                elements.append(try container.decode(Element.self))
            } catch {
                broken += 1
                _ = try container.decode(Anything.self)
            }
        }
    }
}

/// `Link: <…>; rel="next"; results="true"; cursor="0:100:0"`: the cursor alone is taken, the address never followed.
enum SentryLink {
    static func next(_ header: String?) -> String? {
        guard let header, header.utf8.count < 8192 else { return nil }
        for link in header.split(separator: ",") where link.contains("rel=\"next\"") {
            guard link.contains("results=\"true\""), let start = link.firstRange(of: "cursor=\"")?.upperBound,
                let end = link[start...].firstIndex(of: "\"")
            else { continue }
            let cursor = link[start..<end]
            let isPlain = cursor.utf8.allSatisfy { $0.isDigit || $0.isLetter || ":-_.".utf8.contains($0) }
            return isPlain && !cursor.isEmpty && cursor.utf8.count <= 128 ? String(cursor) : nil
        }
        return nil
    }
}

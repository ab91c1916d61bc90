import Delivery
import Events
import Foundation

/// What lies in the outbox, for people.
public struct OutboxReading: Sendable {
    public struct Message: Sendable, Hashable, Codable {
        public var number: Int
        public var file: String
        public var subject: String?
        public var time: String?
        public var bytes: Int
    }

    /// The head of a message; a message of a later version is listed by what is known of it.
    private struct Head: Decodable {
        var subject: String?
        var time: String?
    }

    private let outbox: Outbox
    private let home: Home

    public init(configuration: Configuration) {
        home = configuration.home
        outbox = Outbox(directory: home.outbox)
    }

    public func list() throws -> [Message] {
        try outbox.list(.new).map { entry in
            let bytes = try outbox.read(entry) ?? Data()
            let head = try? JSONDecoder().decode(Head.self, from: bytes)
            return Message(
                number: entry.sequence, file: entry.name, subject: head?.subject, time: head?.time, bytes: bytes.count)
        }
    }

    /// Exactly what would leave.
    public func text(of number: Int) throws -> String {
        guard let entry = try outbox.list(.new).first(where: { $0.sequence == number }),
            let bytes = try outbox.read(entry)
        else { throw OutboxReadingError.unknown(number) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What breaks the chain, in words; nothing when it is whole and all of it signed by this site.
    public func verify() throws -> [String] {
        try outbox.prepare()
        return try outbox.verify(key: try home.loadSiteKey()).faults.map(\.description)
    }
}

public enum OutboxReadingError: OperatorFacing, Equatable {
    case unknown(Int)

    public var description: String {
        switch self {
        case .unknown(let number): "no message \(number) waits in the outbox"
        }
    }

    public var remedy: String? { "appliance outbox list shows the numbers." }
    public var kind: FailureKind { .usage }
}

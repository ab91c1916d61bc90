import Events

extension RelayLedger {
    enum State: String, Codable, Sendable {
        /// About to be sent: after a restart nobody can know.
        case posting
        /// The far side certainly did not take it; it may be sent again.
        case open
        case posted, parked, doubt

        var isFinal: Bool { self == .posted || self == .parked || self == .doubt }
    }

    /// One line of the file: one of these.
    struct Line: Codable, Sendable, Hashable {
        var message: Message?
        var delivery: Delivery?
        var site: KnownSite?

        /// Whether it tells what became of a message, not what is to be done with one.
        var isOutcome: Bool { delivery.map { $0.state != .posting } ?? false }
    }

    /// A message was found whole; where it goes is settled from here on, whatever the rules become.
    struct Message: Codable, Sendable, Hashable {
        var site: String
        var sequence: Int
        /// Of its file.
        var name: String
        /// SHA-256 of its file, and of the one before it.
        var digest: String
        var previous: String
        /// The envelope's.
        var source: String
        var type: String
        var time: Timestamp
        var channels: [String]

        var item: Item { .message(sequence) }
        func key(_ channel: String) -> Key { Key(site: site, item: item, channel: channel) }
    }

    struct Delivery: Codable, Sendable, Hashable {
        var site: String
        var item: Item
        var channel: String
        var state: State
        /// The group whose thread it belongs to, and the thread's id at the far side; empty where that is gone.
        var group: String?
        var thread: String?
        var reason: String?

        var key: Key { Key(site: site, item: item, channel: channel) }
    }

    /// A site was first configured.
    struct KnownSite: Codable, Sendable, Hashable {
        var name: String
        var at: Timestamp
    }

    /// What is posted: a site's message, or what the relay itself says of a site that is silent since then.
    enum Item: Sendable, Hashable, Comparable, Codable {
        case message(Int)
        case silence(Timestamp)

        private enum CodingKeys: String, CodingKey { case sequence, silentSince }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            if let since = try values.decodeIfPresent(Timestamp.self, forKey: .silentSince) {
                self = .silence(since)
            } else {
                self = .message(try values.decode(Int.self, forKey: .sequence))
            }
        }

        func encode(to encoder: any Encoder) throws {
            var values = encoder.container(keyedBy: CodingKeys.self)
            switch self {
            case .message(let sequence): try values.encode(sequence, forKey: .sequence)
            case .silence(let since): try values.encode(since, forKey: .silentSince)
            }
        }
    }

    struct Key: Sendable, Hashable, Comparable {
        var site: String
        var item: Item
        var channel: String

        static func < (left: Key, right: Key) -> Bool {
            (left.site, left.item, left.channel) < (right.site, right.item, right.channel)
        }
    }

    struct ThreadKey: Sendable, Hashable {
        var site: String
        var channel: String
        var group: String
    }
}

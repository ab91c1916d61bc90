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

    /// Writes the files of a message that carries a fix draft or an issue.
    ///
    /// - Returns: their paths.
    /// - Throws: ``OutboxReadingError/exists(_:)`` rather than replace a file.
    public func extract(_ number: Int, to directory: String) throws -> [String] {
        let message = try JSONDecoder().decode(OutboxMessage.self, from: Data(try text(of: number).utf8))
        let made: [(name: String, bytes: Data)]
        switch message.data {
        case .fix(let fix): made = fix.files
        case .issue(let issue): made = try issue.files()
        case .discord, .heartbeat, .tombstone: throw OutboxReadingError.noFiles(number)
        }
        let files = made.map { (path: "\(directory)/\($0.name)", bytes: $0.bytes) }
        if let taken = files.first(where: { FileManager.default.fileExists(atPath: $0.path) }) {
            throw OutboxReadingError.exists(taken.path)
        }
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            for file in files {
                try file.bytes.write(to: URL(fileURLWithPath: file.path), options: .withoutOverwriting)
            }
        } catch {
            throw OutboxReadingError.unwritable(directory, reason: error.systemWords)
        }
        return files.map(\.path)
    }

    /// What breaks the chain, in words; nothing when it is whole and all of it signed by this site.
    public func verify() throws -> [String] {
        try outbox.prepare()
        return try outbox.verify(key: try home.loadSiteKey()).faults.map(\.description)
    }
}

public enum OutboxReadingError: OperatorFacing, Equatable {
    case unknown(Int)
    /// The message carries neither a fix draft nor an issue.
    case noFiles(Int)
    case exists(String)
    case unwritable(String, reason: String)

    public var description: String {
        switch self {
        case .unknown(let number): "no message \(number) waits in the outbox"
        case .noFiles(let number): "message \(number) carries no files"
        case .exists(let path): "\(path) exists already"
        case .unwritable(let directory, let reason): "cannot write to \(directory): \(reason)"
        }
    }

    public var remedy: String? {
        switch self {
        case .unknown, .noFiles: "appliance outbox list shows the numbers."
        case .exists: "Name an empty directory."
        case .unwritable: "Name a directory that this user can write to."
        }
    }

    public var kind: FailureKind {
        switch self {
        case .unknown, .noFiles, .exists: .usage
        case .unwritable: .io
        }
    }
}

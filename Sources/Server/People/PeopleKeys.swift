import Crypto
import Foundation
import Pipeline

/// What people may do.
enum Role: String, Sendable, Comparable {
    /// Sees everything.
    case viewer
    /// Acts as well.
    case `operator`

    static func < (left: Role, right: Role) -> Bool { left == .viewer && right == .operator }
}

/// The tokens that people log in with: read from files at the start, kept as hashes.
struct PeopleKeys: Sendable {
    private let viewer: SHA256.Digest?
    private let `operator`: SHA256.Digest?

    /// - Throws: ``ServeError/badKey(_:reason:)``, also for a file that others can read, or when both are one.
    init(_ settings: ServeSettings) throws(ServeError) {
        viewer = try settings.viewerTokenFile.map { path throws(ServeError) in try Self.hash(of: path) }
        `operator` = try settings.operatorTokenFile.map { path throws(ServeError) in try Self.hash(of: path) }
        if let viewer, viewer == `operator`, let path = settings.operatorTokenFile {
            throw .badKey(path, reason: "it is the viewers' token as well")
        }
    }

    /// Nobody needs to log in.
    var isOpen: Bool { viewer == nil && `operator` == nil }
    var hasOperators: Bool { `operator` != nil }

    /// Hashes are of one length, and comparing them takes the same time wherever they differ.
    func role(of token: some StringProtocol) -> Role? {
        let given = SHA256.hash(data: Array(token.utf8))
        if let `operator`, given == `operator` { return .operator }
        if let viewer, given == viewer { return .viewer }
        return nil
    }

    private static func hash(of path: String) throws(ServeError) -> SHA256.Digest {
        // A file that is not there is the next line's to tell.
        let facts = try? FileManager.default.attributesOfItem(atPath: path)
        if let mode = facts?[.posixPermissions] as? Int, mode & 0o077 != 0 {
            throw .badKey(path, reason: "others can read it (chmod 600)")
        }
        return SHA256.hash(data: Array(try DoorKeys.read(path).utf8))
    }
}

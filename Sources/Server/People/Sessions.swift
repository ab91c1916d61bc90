import Crypto
import Synchronization

/// A person who logged in.
struct Session: Sendable, Hashable {
    var role: Role
    /// As they gave it; visible, bounded.
    var name: String
    /// What every form of theirs carries.
    var csrf: String
    var ends: ContinuousClock.Instant
}

/// Who is logged in: in memory only, so that a restart ends every login.
final class Sessions: Sendable {
    /// Sessions at once; the one that ends first gives way to a new one.
    static let most = 1000

    /// Ids are kept as their hash: what is in memory opens nothing.
    private let sessions = Mutex<[SHA256.Digest: Session]>([:])
    private let length: Duration

    init(length: Duration) { self.length = length }

    /// - Returns: the cookie's value: 256 random bits.
    func open(_ role: Role, name: String, at now: ContinuousClock.Instant) -> (id: String, session: Session) {
        let (id, session) = (
            RandomToken.make(), Session(role: role, name: name, csrf: RandomToken.make(), ends: now + length)
        )
        sessions.withLock { sessions in
            if sessions.count >= Self.most { sessions = sessions.filter { $0.value.ends > now } }
            if sessions.count >= Self.most, let first = sessions.min(by: { $0.value.ends < $1.value.ends }) {
                sessions[first.key] = nil
            }
            sessions[Self.hash(id)] = session
        }
        return (id, session)
    }

    func find(_ id: String, at now: ContinuousClock.Instant) -> Session? {
        guard id.utf8.count == RandomToken.digits else { return nil }
        let key = Self.hash(id)
        return sessions.withLock { sessions in
            guard let session = sessions[key] else { return nil }
            if session.ends <= now {
                sessions[key] = nil
                return nil
            }
            return session
        }
    }

    func close(_ id: String) {
        let key = Self.hash(id)
        sessions.withLock { $0[key] = nil }
    }

    var count: Int { sessions.withLock { $0.count } }

    private static func hash(_ id: String) -> SHA256.Digest { SHA256.hash(data: Array(id.utf8)) }
}

/// 256 random bits in hexadecimal.
enum RandomToken {
    static let digits = 64

    static func make() -> String {
        SymmetricKey(size: .bits256).withUnsafeBytes { bytes in
            bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
    }

    /// Takes the same time wherever two differ.
    static func areEqual(_ left: String, _ right: String) -> Bool {
        SHA256.hash(data: Array(left.utf8)) == SHA256.hash(data: Array(right.utf8))
    }
}

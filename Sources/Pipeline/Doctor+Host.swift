import Events
import Fixing
import Foundation
import GitMirror
import History
import Intake

/// The checks of the host around the home: rights, room, clock, cursors, sandbox, timer, and what a run is connected to.
extension Doctor {
    /// Below this share of its inodes a file system counts as full: each message and report is a file.
    static let leastFreeInodeShare = 0.02
    /// Events may be this far ahead of the clock: hosts differ.
    static let clockTolerance = Duration.minutes(10)
    /// A nightly run that is older was missed, as the alert of deploy/observability has it.
    static let longestNight = Duration.hours(26)

    /// Whether anybody but the owner can look into the home or at its keys, and whether all of it is the owner's: what a
    /// command that root typed has made, the service cannot write to.
    func modes(fixing: Bool) -> Check {
        var owner = stat()
        guard stat(home.path, &owner) == 0 else {
            return .broken("modes", HomeError.cannotCreate(path: home.path, reason: String(cString: strerror(errno))))
        }
        let odd = guarded().compactMap { OddFile($0, owner: owner.st_uid) }
        if odd.isEmpty { return .ok("modes", "the home and its keys are their owner's alone") }
        let names = odd.map(\.description).joined(separator: ", ")
        guard fixing else {
            let isForeign = odd.contains(where: \.isForeign)
            return .warning(
                "modes", "not the home's owner's alone: \(names)",
                "appliance doctor --fix mends it\(isForeign ? "; run it as root" : "")")
        }
        for file in odd where !file.mend(owner: owner.st_uid, group: owner.st_gid) {
            let reason = String(cString: strerror(errno))
            return .warning("modes", "cannot change \(file.path): \(reason)", "run appliance doctor --fix as root")
        }
        return .ok("modes", "fixed: \(names)")
    }

    /// What nobody else may read, and the service must be able to write.
    private func guarded() -> [String] {
        let keys = (try? FileManager.default.contentsOfDirectory(atPath: home.keys)) ?? []
        let folders =
            [home.path, home.keys, home.reports, home.outbox] + ["tmp", "new", "sent"].map { "\(home.outbox)/\($0)" }
        let files = [home.history, "\(home.history)-wal", "\(home.history)-shm", home.lock]
        return folders + files + keys.filter { $0 != "site.pub" }.sorted().map { "\(home.keys)/\($0)" }
    }

    /// A file that others may open, or that another owns.
    private struct OddFile: CustomStringConvertible {
        var path: String
        var mode: UInt32
        var isForeign: Bool

        /// nil for one that is as it should be, or is not there. A link is looked at itself, and never followed.
        init?(_ path: String, owner: UInt32) {
            var status = stat()
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT != S_IFLNK else { return nil }
            (self.path, mode, isForeign) = (path, status.st_mode & 0o7777, status.st_uid != owner)
            guard isForeign || mode & 0o077 != 0 else { return nil }
        }

        var description: String {
            "\(path) (\(String(mode, radix: 8))\(isForeign ? ", of another owner" : ""))"
        }

        /// By the open file, so that what is put in its place meanwhile is not changed; root runs this over a folder that
        /// another owns. A file with a second name may be somebody else's, and is left.
        func mend(owner: UInt32, group: UInt32) -> Bool {
            let file = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
            guard file >= 0 else { return false }
            defer { close(file) }
            var status = stat()
            guard fstat(file, &status) == 0 else { return false }
            guard status.st_mode & S_IFMT == S_IFDIR || status.st_nlink == 1 else {
                errno = EMLINK
                return false
            }
            if isForeign, fchown(file, owner, group) != 0 { return false }
            return fchmod(file, status.st_mode & 0o700) == 0
        }
    }

    func inodes() -> Check? {
        var facts = statvfs()
        // Some file systems (btrfs) count none.
        guard statvfs(home.path, &facts) == 0, facts.f_files > 0 else { return nil }
        let share = Double(facts.f_favail) / Double(facts.f_files)
        let words = "\(facts.f_favail) of \(facts.f_files) inodes free"
        guard share < Self.leastFreeInodeShare else { return .ok("inodes", words) }
        return .warning(
            "inodes", words, "remove small files that nobody needs; old ones of outbox/sent and reports/ are such")
    }

    /// A clock that was set back makes old events of new ones; what is recorded tells.
    func clock(_ now: Timestamp) -> Check {
        guard let latest = latestRecord(now) else { return .ok("clock", now.rfc3339) }
        guard latest > now.advanced(by: Self.clockTolerance) else {
            return .ok("clock", "\(now.rfc3339), after all that is recorded")
        }
        return .warning(
            "clock", "it is \(now.rfc3339) here, and something was read at \(latest.rfc3339)",
            "set the clock (timedatectl); where it is right, it was ahead before, and this passes")
    }

    private func latestRecord(_ now: Timestamp) -> Timestamp? {
        guard let store = openHistory(now) else { return nil }
        return (try? configuredCursors(store))?.compactMap(\.at).max()
    }

    /// A history that cannot be read is told by its own check.
    private func openHistory(_ now: Timestamp) -> HistoryStore? {
        guard FileManager.default.fileExists(atPath: home.history) else { return nil }
        return try? HistoryStore.open(at: home.history, mode: .readOnly, now: now)
    }

    private func configuredCursors(_ store: HistoryStore) throws -> [CursorRecord] {
        let configuration = try Configuration.load(home: home, option: configurationOption, environment: environment)
        return try configuration.sources.flatMap { try store.cursors(source: $0.name) }
    }

    /// How much of the files lies behind their cursors, and since when an engine was not asked.
    func cursors(_ configuration: Configuration, _ now: Timestamp) -> Check? {
        guard let store = openHistory(now) else { return nil }
        var (unread, late): (Int64, [String]) = (0, [])
        for source in configuration.sources {
            guard let cursors = try? store.cursors(source: source.name), let last = cursors.compactMap(\.at).max()
            else {
                continue
            }
            let waiting = cursors.reduce(Int64(0)) { $0 + Self.unread($1) }
            unread = unread.addingReportingOverflow(waiting).partialValue
            guard last.advanced(by: Self.longestNight) < now else { continue }
            if waiting > 0 {
                late.append("\(source.name) (\(waiting) bytes since \(last.rfc3339))")
            } else if source.kind.isRemote {
                late.append("\(source.name) (since \(last.rfc3339))")
            }
        }
        if late.isEmpty { return .ok("cursors", "\(unread) bytes to read") }
        return .warning(
            "cursors", "not read for more than a day: \(late.joined(separator: ", "))",
            "appliance batch reads them; systemctl list-timers appliance-batch says why none did")
    }

    /// Bytes of a plain file behind its cursor; 0 where the cursor is of another kind or its file is gone.
    private static func unread(_ record: CursorRecord) -> Int64 {
        guard let cursor = try? JSONDecoder().decode(FileCursor.self, from: Data(record.payload.utf8)) else { return 0 }
        var status = stat()
        guard stat(cursor.path, &status) == 0, UInt64(status.st_ino) == cursor.inode else { return 0 }
        // A compressed file's offset counts other bytes than its size; it is whole once it is there.
        guard !cursor.path.hasSuffix(".gz") else { return 0 }
        return max(0, Int64(status.st_size) - cursor.offset)
    }

    /// Whether a repository's own tests could be run here; a fault only where a run makes or tests drafts by itself.
    func sandbox(_ configuration: Configuration) async -> Check {
        let isUsed = configuration.fixing.autoDraft || configuration.mirrors.contains { $0.testCommand != nil }
        do {
            let found = try await Sandbox.find(limits: configuration.fixing.limits, tools: configuration.fixing.tools)
            if let sandbox = found.sandbox { return .ok("sandbox", "\(sandbox.kind.name) works") }
            guard isUsed else { return .ok("sandbox", "none (\(found.reason)); nothing configured needs one") }
            return .warning(
                "sandbox", "fix drafts are not tested: \(found.reason)",
                "install bubblewrap; under systemd, allow user namespaces (docs/operating.md)")
        } catch {
            return .broken("sandbox", error)
        }
    }
}

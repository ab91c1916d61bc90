import Events
import Foundation
import HTTPTransport
import Intake

/// The checks of what runs, or should: the services of an installation, and the connections of a run at work.
extension Doctor {
    /// Which of the services is enabled, and when the nightly one ran. Nothing where none is installed.
    ///
    /// - Parameter root: `/`, or what stands for it.
    func services(root: String, now: Timestamp) -> Check? {
        let units = "\(root)/etc/systemd/system"
        guard FileManager.default.fileExists(atPath: "\(units)/appliance-watch.service") else { return nil }
        let watch = FileManager.default.fileExists(
            atPath: "\(units)/multi-user.target.wants/appliance-watch.service")
        let timer = FileManager.default.fileExists(atPath: "\(units)/timers.target.wants/appliance-batch.timer")
        switch (watch, timer) {
        case (true, true):
            return .warning(
                "services", "the watch and the nightly timer are both enabled, and hold each other up",
                "systemctl disable --now appliance-batch.timer: the watch does the nightly run too")
        case (false, false):
            return .warning(
                "services", "neither the watch nor the nightly timer is enabled",
                "systemctl enable --now appliance-watch, or appliance-batch.timer")
        case (true, false): return .ok("services", "the watch is enabled")
        case (false, true): return nightly(root: root, now: now)
        }
    }

    /// systemd touches this file when a persistent timer elapses (systemd.timer(5)).
    private func nightly(root: String, now: Timestamp) -> Check {
        let stamp = "\(root)/var/lib/systemd/timers/stamp-appliance-batch.timer"
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: stamp),
            let elapsed = attributes[.modificationDate] as? Date
        else {
            return .ok("services", "the nightly timer is enabled, and has not elapsed yet")
        }
        let last = Timestamp(seconds: elapsed.timeIntervalSince1970.rounded(.down))
        guard last.advanced(by: Self.longestNight) < now else {
            return .ok("services", "the nightly timer is enabled, and elapsed at \(last.rfc3339)")
        }
        return .warning(
            "services", "the nightly timer elapsed last at \(last.rfc3339)",
            "systemctl start appliance-batch.timer; systemctl list-timers appliance-batch tells the next time")
    }

    /// Looks at the sockets of the run at work, and holds each against what the configuration names.
    func egress(_ configuration: Configuration) -> Check {
        guard let process = runningProcess() else {
            return .ok("egress", "no run is at work; during one, its connections are looked at here")
        }
        guard let sockets = Self.sockets(of: process) else {
            return .ok("egress", "the connections of process \(process) are not shown to this user")
        }
        let open = ["tcp", "tcp6"].flatMap { table in
            Self.text("/proc/\(process)/net/\(table)").map(HostConnection.parse) ?? []
        }.filter { sockets.contains($0.inode) }
        let allowed = peers(configuration)
        let foreign = Set(open.map(\.remote)).subtracting(allowed).sorted()
        if foreign.isEmpty {
            return .ok("egress", "process \(process): \(open.count) connections, all to what is configured")
        }
        return Check(
            subject: "egress", state: .broken,
            finding: "process \(process) is connected to \(foreign.joined(separator: ", ")), which nothing configures",
            remedy: "stop it, keep its logs, and report this: the program must not be able to",
            kind: FailureKind.bug.rawValue)
    }

    private func peers(_ configuration: Configuration) -> Set<String> {
        var peers = Set((try? configuration.makeEndpoint())?.peers ?? [])
        for source in configuration.sources where !source.remote.url.isEmpty {
            let endpoint = try? Endpoint(source.remote.url, addresses: source.remote.addresses)
            peers.formUnion(endpoint?.peers ?? [])
        }
        return peers
    }

    /// The process that the lock names, if it lives and is one of ours.
    private func runningProcess() -> Int32? {
        guard let text = Self.text(home.lock), let number = text.split(separator: " ").last,
            let process = Int32(number.filter(\.isNumber)), process > 0,
            Self.text("/proc/\(process)/comm") == "appliance\n"
        else { return nil }
        return process
    }

    /// Inodes of a process' sockets; nil where this user may not see them.
    private static func sockets(of process: Int32) -> Set<UInt64>? {
        let folder = "/proc/\(process)/fd"
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return nil }
        return names.reduce(into: []) { inodes, name in
            guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(name)"),
                target.hasPrefix("socket:["), let inode = UInt64(target.dropFirst(8).dropLast())
            else { return }
            inodes.insert(inode)
        }
    }

    /// The kernel hands such files out a page at a time: one short read is not their end.
    private static func text(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var (bytes, page) = ([UInt8](), [UInt8](repeating: 0, count: 64 << 10))
        while bytes.count < longestTable {
            let count = page.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += page[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let longestTable = 16 << 20

    /// The quick checks of a probe, in this command's words.
    public func quick(now: Timestamp) async -> [Check] {
        let configuration: Configuration
        do {
            configuration = try Configuration.load(home: home, option: configurationOption, environment: environment)
        } catch {
            return [.broken("configuration", error)]
        }
        return await Readiness(configuration: configuration).run(now: now).map { check in
            switch check.state {
            case .ok: .ok(check.subject, check.finding)
            case .degraded: .warning(check.subject, check.finding, "appliance doctor says what to do")
            case .failed:
                Check(
                    subject: check.subject, state: .broken, finding: check.finding,
                    remedy: "appliance doctor says what to do", kind: FailureKind.io.rawValue)
            }
        }
    }
}

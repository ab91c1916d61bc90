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

    /// Looks at the sockets of everything of this home that runs, and holds each against what the configuration names.
    func egress(_ configuration: Configuration) -> Check {
        let processes = Set([runningProcess()].compactMap(\.self) + processesOfHome()).sorted()
        guard !processes.isEmpty else {
            return .ok("egress", "no run is at work; during one, its connections are looked at here")
        }
        let allowed = peers(configuration)
        var (words, foreign) = ([String](), [String]())
        for process in processes {
            guard let sockets = Sockets(of: process) else {
                words.append("the connections of process \(process) are not shown to this user")
                continue
            }
            let strangers = Set(sockets.outgoing).subtracting(allowed).sorted()
            if !strangers.isEmpty {
                foreign.append("process \(process) is connected to \(strangers.joined(separator: ", "))")
            }
            let taken = sockets.incoming == 0 ? "" : ", \(sockets.incoming) that came in"
            words.append("process \(process): \(sockets.outgoing.count) connections, all to what is configured\(taken)")
        }
        if foreign.isEmpty { return .ok("egress", words.joined(separator: "; ")) }
        return Check(
            subject: "egress", state: .broken,
            finding: "\(foreign.joined(separator: "; ")), which nothing configures",
            remedy: "stop it, keep its logs, and report this: the program must not be able to",
            kind: FailureKind.bug.rawValue)
    }

    private func peers(_ configuration: Configuration) -> Set<String> {
        var peers = Set((try? configuration.makeEndpoint())?.peers ?? [])
        let remotes = configuration.sources.map(\.remote) + [configuration.prometheus.remote]
        for remote in remotes where !remote.url.isEmpty {
            let endpoint = try? Endpoint(remote.url, addresses: remote.addresses)
            peers.formUnion(endpoint?.peers ?? [])
        }
        return peers
    }

    /// The process that the lock names, if it lives and is one of ours.
    func runningProcess() -> Int32? {
        guard let text = ProcessTable.text(home.lock), let number = text.split(separator: " ").last,
            let process = Int32(number.filter(\.isNumber)), process > 0, ProcessTable.isOurs(process)
        else { return nil }
        return process
    }

    /// Those that were told to work in this home, `serve` and `explain` without the lock among them; this one left out.
    private func processesOfHome() -> [Int32] {
        guard let place = ProcessTable.resolved(home.path) else { return [] }
        return ProcessTable.numbers().filter { process in
            process != getpid() && ProcessTable.isOurs(process) && ProcessTable.home(of: process) == place
        }
    }

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

import ApplianceTestSupport
import Events
import Foundation
import Testing

@testable import Pipeline

@Suite("Doctor looks at the host, and says what to do")
struct DoctorHostTests {
    let directory: TemporaryDirectory
    let home: Home
    static let now = Timestamp(rfc3339: "2026-11-21T06:00:00Z") ?? Timestamp(seconds: 0)

    init() throws {
        directory = try TemporaryDirectory()
        home = Home(path: "\(directory.path)/home")
        try home.prepare()
        try directory.write("home/appliance.toml", "")
        try directory.write("home/models.conf", "")
    }

    private var doctor: Doctor { Doctor(home: home, configurationOption: nil, environment: [:]) }

    @Test("a home that others can read is a warning, and --fix closes it")
    func modes() throws {
        defer { directory.remove() }
        _ = try home.loadSigningKey()
        #expect(doctor.modes(fixing: false).state == .ok)
        for path in [home.path, home.signingKey] { #expect(chmod(path, 0o755) == 0) }
        let found = doctor.modes(fixing: false)
        #expect(found.state == .warning)
        #expect(found.finding.contains("signing.key (755)") && found.remedy?.contains("--fix") == true)
        #expect(doctor.modes(fixing: true).finding.hasPrefix("fixed"))
        #expect(doctor.modes(fixing: false).state == .ok)
        var status = stat()
        #expect(stat(home.signingKey, &status) == 0 && status.st_mode & 0o777 == 0o700)
    }

    @Test("what root made in a service's home is a warning, and --fix gives it back", .enabled(if: getuid() == 0))
    func owners() throws {
        defer { directory.remove() }
        let lock = try directory.write("home/run.lock", "")
        #expect(chmod(lock, 0o600) == 0 && chown(home.path, 1234, 1234) == 0)
        let found = doctor.modes(fixing: false)
        #expect(found.state == .warning && found.finding.contains("run.lock (600, of another owner)"))
        #expect(doctor.modes(fixing: true).state == .ok)
        var status = stat()
        #expect(stat(lock, &status) == 0 && status.st_uid == 1234 && status.st_gid == 1234)
    }

    @Test("a link in the home's place of a key is not followed")
    func links() throws {
        defer { directory.remove() }
        let outside = try directory.write("outside", "")
        #expect(chmod(outside, 0o644) == 0)
        try FileManager.default.createSymbolicLink(atPath: home.signingKey, withDestinationPath: outside)
        #expect(doctor.modes(fixing: true).state == .ok)
        var status = stat()
        #expect(stat(outside, &status) == 0 && status.st_mode & 0o777 == 0o644)
    }

    @Test("a file with a second name elsewhere is left as it is, and told")
    func secondName() throws {
        defer { directory.remove() }
        let outside = try directory.write("outside", "")
        #expect(chmod(outside, 0o644) == 0)
        try FileManager.default.linkItem(atPath: outside, toPath: home.lock)
        #expect(doctor.modes(fixing: true).state == .warning)
        var status = stat()
        #expect(stat(outside, &status) == 0 && status.st_mode & 0o777 == 0o644)
    }

    @Test(
        "which service is enabled",
        arguments: [
            ([], nil),
            (["appliance-watch.service"], "neither"),
            (["appliance-watch.service", "multi-user.target.wants/appliance-watch.service"], "the watch is enabled"),
            (["appliance-watch.service", "timers.target.wants/appliance-batch.timer"], "has not elapsed yet"),
            (
                [
                    "appliance-watch.service", "multi-user.target.wants/appliance-watch.service",
                    "timers.target.wants/appliance-batch.timer",
                ], "both enabled"
            ),
        ] as [([String], String?)])
    func services(files: [String], words: String?) throws {
        defer { directory.remove() }
        for file in files { try directory.write("root/etc/systemd/system/\(file)", "") }
        let check = doctor.services(root: "\(directory.path)/root", now: Self.now)
        guard let words else {
            #expect(check == nil)
            return
        }
        #expect(try #require(check).finding.contains(words))
    }

    @Test(
        "a night that was missed is told", arguments: [("2026-11-21T02:31:00Z", true), ("2026-11-19T02:31:00Z", false)])
    func nights(time: String, isFine: Bool) throws {
        defer { directory.remove() }
        for file in ["appliance-watch.service", "timers.target.wants/appliance-batch.timer"] {
            try directory.write("root/etc/systemd/system/\(file)", "")
        }
        let stamp = try directory.write("root/var/lib/systemd/timers/stamp-appliance-batch.timer", "")
        let seconds = try #require(Timestamp(rfc3339: time)).seconds
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: seconds)], ofItemAtPath: stamp)
        let check = try #require(doctor.services(root: "\(directory.path)/root", now: Self.now))
        #expect((check.state == .ok) == isFine, "\(check)")
    }

    @Test(
        "a lock of a process that is gone, or none of ours, names no run",
        arguments: [
            "batch, process 999999999\n", "batch, process \(getpid())\n", "", "nonsense", "batch, process -1\n",
        ])
    func locks(text: String) async throws {
        defer { directory.remove() }
        try directory.write("home/run.lock", text)
        let configuration = try Configuration.load(home: home, option: nil, environment: [:])
        #expect(doctor.egress(configuration).finding.contains("no run is at work"))
    }

    @Test(
        "answers that overlap are told from answers one after another, by their order alone",
        arguments: [
            ("A B a b", true), ("A B b a", true), ("A A B a b", true), ("A a B b", false), ("a b", false),
            ("A a b", false),
        ])
    func parallelism(order: String, overlapped: Bool) {
        defer { directory.remove() }
        // A and B are pieces of the two answers, a and b their ends.
        var probe = Doctor.ProbeOrder()
        for step in order.split(separator: " ") {
            if step == "A" || step == "B" { probe.begin(step == "A" ? 0 : 1) } else { probe.end() }
        }
        #expect(probe.overlapped == overlapped)
    }

    @Test("every warning and every fault has a remedy, and none of a new home is broken")
    func whole() async throws {
        defer { directory.remove() }
        try directory.write("home/prompts/diagnose.md", String(decoding: PackageResources.diagnose_md, as: UTF8.self))
        try directory.write("home/prompts/repair.md", String(decoding: PackageResources.repair_md, as: UTF8.self))
        let checks = await doctor.run(now: Self.now, root: "\(directory.path)/root")
        #expect(
            Set(checks.map(\.subject)).isSuperset(of: [
                "home", "modes", "clock", "history", "outbox", "sandbox", "egress",
            ]))
        for check in checks where check.state != .ok { #expect(check.remedy != nil, "\(check)") }
        #expect(!checks.contains { $0.state == .broken }, "\(checks)")
    }
}

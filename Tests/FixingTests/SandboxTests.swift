import ApplianceTestSupport
import Events
import Foundation
import Testing

@testable import Fixing

/// The kinds that work on this host; `APPLIANCE_BWRAP` names a bubblewrap that is not in the search path.
enum SandboxKinds {
    static var candidates: [Sandbox.Kind] {
        let extra = ProcessInfo.processInfo.environment["APPLIANCE_BWRAP"].map { [Sandbox.Kind.bubblewrap($0)] } ?? []
        return extra + Sandbox.installed()
    }

    /// Hosts that forbid user namespaces have none; the tests of the sandbox say so by doing nothing.
    static func working() async throws -> [Sandbox.Kind] { try await found.value }

    static func first() async throws -> Sandbox.Kind? { try await working().first }

    private static let found = Task {
        var working: [Sandbox.Kind] = []
        for kind in candidates
        where try await Sandbox.find(limits: SandboxLimits(), tools: [], kinds: [kind]).sandbox != nil {
            working.append(kind)
        }
        if working.isEmpty { print("no sandbox works on this host: its tests are left out") }
        return working
    }
}

@Suite("The sandbox has no network, no secrets, no rights and no end of limits")
struct SandboxTests {
    static func limits(time: Duration = .seconds(20)) -> SandboxLimits {
        var limits = SandboxLimits()
        (limits.time, limits.memory, limits.processes, limits.disk) = (time, 512 << 20, 64, 32 << 20)
        return limits
    }

    struct Attack: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var command: String
        /// A part of what it wrote.
        var expected: String
    }

    static let attacks = [
        Attack(
            testDescription: "it is nobody, without rights",
            command: "id -u; grep -E 'CapEff|CapBnd|NoNewPrivs' /proc/self/status",
            expected: "65534"),
        Attack(
            testDescription: "it has no rights", command: "grep -c 'Cap.*0000000000000000' /proc/self/status",
            expected: "5"),
        Attack(
            testDescription: "secrets are not there",
            command:
                "cat /etc/shadow /root/.ssh/id_rsa /home/*/.ssh/id_rsa /var/lib/appliance/keys/* 2>&1 | grep -c 'No such file'",
            expected: "4"),
        Attack(
            testDescription: "nothing but the tree is writable",
            command:
                "for d in / /usr /usr/bin /etc /proc /sys /lib; do touch $d/x 2>/dev/null && echo WROTE $d; done; echo done",
            expected: "done"),
        Attack(
            testDescription: "rm -rf / removes nothing outside",
            command: "rm -rf --no-preserve-root / 2>/dev/null; echo survived",
            expected: "survived"),
        Attack(
            testDescription: "there is no network",
            command: "cat /proc/net/dev | grep -vc '|\\|lo:'; echo; cat /proc/net/route | wc -l",
            expected: "0"),
        Attack(
            testDescription: "no further namespace", command: "unshare --user --map-root-user id 2>&1 || echo refused",
            expected: "refused"),
        Attack(
            testDescription: "it sees no other process",
            command: "ls /proc | grep -c '^[0-9]*$' | awk '{ print ($1 < 12) ? \"few\" : \"many\" }'",
            expected: "few"),
        Attack(
            testDescription: "the environment says nothing of ours", command: "env | cut -d= -f1 | sort | tr '\\n' ' '",
            expected: "CARGO_NET_OFFLINE CI GOFLAGS"),
    ]

    @Test("what an attack finds", arguments: attacks)
    func attack(_ attack: Attack) async throws {
        for kind in try await SandboxKinds.working() {
            var tree = TarArchive()
            tree.add("a/b.txt", Array("text".utf8))
            let run = try await Sandbox(kind: kind, limits: Self.limits(), tools: []).run(attack.command, on: tree)
            #expect(run.text.contains(attack.expected), "\(kind.name): \(run.text)")
            #expect(!run.text.contains("WROTE") && !run.text.contains("DRAFT_"), "\(kind.name): \(run.text)")
        }
    }

    @Test("the tree is there with its modes and long names, and the exit code comes out")
    func tree() async throws {
        let long = (0..<12).map { "folder-number-\($0)" }.joined(separator: "/") + "/file.txt"
        for kind in try await SandboxKinds.working() {
            var tree = TarArchive()
            tree.add("run.sh", Array("#!/bin/sh\ncat \(long)\nexit 7\n".utf8), isExecutable: true)
            tree.add(long, Array("deep".utf8))
            tree.add("empty", [])
            let run = try await Sandbox(kind: kind, limits: Self.limits(), tools: []).run(
                "test -f empty && ./run.sh", on: tree)
            #expect(run.ending == .exited(7) && run.text == "deep", "\(kind.name): \(run)")
        }
    }

    struct Excess: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var command: String
        var time = Duration.seconds(30)
        var isStopped: @Sendable (SandboxRun) -> Bool
    }

    static let excesses = [
        Excess(testDescription: "time", command: "sleep 60 & sleep 60", time: .seconds(2)) {
            $0.ending == .outOfTime(.seconds(2))
        },
        Excess(testDescription: "a fork bomb", command: "f() { f | f & }; f; sleep 60", time: .seconds(2)) { run in
            if case .outOfTime = run.ending { true } else { run.text.contains("fork") }
        },
        Excess(
            testDescription: "memory of many processes",
            command: "for i in 1 2 3 4 5 6 7 8; do perl -e '$x = \"a\" x 100_000_000; sleep 9' & done; wait"
        ) { run in
            if case .outOfMemory = run.ending { true } else { false }
        },
        Excess(testDescription: "disk", command: "head -c 100000000 /dev/zero > big || echo full; wc -c < big") {
            $0.text.contains("full")
        },
        Excess(testDescription: "output", command: "yes") {
            $0.ending == .tooMuchOutput(limit: SandboxLimits.maxOutput)
        },
    ]

    @Test("what is too much is stopped, and leaves no process", arguments: excesses)
    func excess(_ excess: Excess) async throws {
        for kind in try await SandboxKinds.working() {
            let run = try await Sandbox(kind: kind, limits: Self.limits(time: excess.time), tools: []).run(
                excess.command, on: TarArchive())
            #expect(excess.isStopped(run), "\(kind.name): \(run.ending) \(run.text.suffix(300))")
            #expect(run.time < excess.time + .seconds(8), "\(kind.name): \(run.time)")
        }
    }

    @Test("where nothing works, the reason of each kind is told")
    func nothingWorks() async throws {
        let found = try await Sandbox.find(limits: Self.limits(), tools: [], kinds: [.bubblewrap("/bin/false")])
        #expect(found.sandbox == nil && found.reason.contains("bubblewrap"))
        #expect(try await Sandbox.find(limits: Self.limits(), tools: [], kinds: []).reason.contains("neither"))
    }
}

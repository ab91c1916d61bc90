import ApplianceTestSupport
import Foundation
import Testing

@Suite(
    "On a disk that is really full nothing is lost, and with room again everything goes out once",
    .enabled(if: SmallDisk.obstacle == nil, "\(SmallDisk.obstacle ?? "")"))
struct FullDiskTests {
    /// Kilobytes that are left; every small step in the long form.
    private static let homeRooms =
        RelayCommandTests.isSoak ? Array(stride(from: 0, through: 960, by: 16)) : [0, 96, 320, 512]
    private static let ledgerRooms =
        RelayCommandTests.isSoak ? Array(stride(from: 64, through: 160, by: 4)) : [0, 72, 84, 92, 100]

    private func run(
        _ site: SiteFixture, on disk: SmallDisk, _ arguments: String...
    ) async throws -> ApplianceBinary.Outcome {
        let process = site.binary.process(arguments + ["--now", SiteFixture.now], environment: site.environment)
        return try await ApplianceBinary.finish(disk.entered(by: process))
    }

    /// The messages of a home, as they lie there: kind and what they say outside of their embeds.
    private func messages(_ outbox: String) throws -> [(kind: String, content: String)] {
        try FileManager.default.contentsOfDirectory(atPath: "\(outbox)/new").filter { $0.hasSuffix(".json") }.sorted()
            .map { name in
                let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(outbox)/new/\(name)"))
                let object = try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
                return (object["type"] as? String ?? "", SiteFixture.content(object)?.text ?? "")
            }
    }

    private func site(_ extra: String = "") throws -> SiteFixture {
        let site = try SiteFixture(extra: extra)
        let lines = (0..<200).map { index in
            "2026-11-21 05:\(10 + index % 50):00,000 ERROR alpha.worker: alpha cannot reach its neighbour\n"
        }
        try site.directory.write("logs/a.log", lines.joined() + SiteFixture.traceback())
        return site
    }

    @Test("the outbox's disk: the run says so, keeps the messages, and the next one writes them", arguments: [0, 8192])
    func outbox(room: Int) async throws {
        let site = try site()
        defer { site.remove() }
        let path = "\(site.directory.path)/home/outbox"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let disk = try SmallDisk(over: path, bytes: 4 << 20)
        defer { disk.stop() }
        #expect(try await run(site, on: disk, "outbox", "verify").status == 0)
        try disk.fill(leaving: room)
        let full = try await run(site, on: disk, "batch")
        #expect(full.status == 74, "\(full.status) \(full.errors)")
        #expect(full.errors.contains("no space left to write"), "\(full.errors)")
        #expect(full.errors.contains("the message is kept in the history and written by the next run"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(disk.outside)/tmp").isEmpty)
        #expect(try await run(site, on: disk, "outbox", "verify").status == 0)
        let report = try await run(site, on: disk, "report")
        #expect(report.output.split(separator: "\n").first?.hasSuffix("— a run failed") == true, "\(report.output)")
        disk.makeRoom()
        let again = try await run(site, on: disk, "batch")
        #expect(again.status == 0, "\(again.errors)")
        let chain = try await run(site, on: disk, "outbox", "verify")
        #expect(chain.status == 0, "\(chain.output)\(chain.errors)")
        let told = try messages(disk.outside).filter { $0.content.contains("is new") }
        #expect(Set(told.map(\.content)).count == told.count && !told.isEmpty, "\(told)")
    }

    @Test("the home's disk, full at whatever step: what was read is counted once, and told once")
    func home() async throws {
        for room in Self.homeRooms {
            let site = try site("[retention]\nmin_free = \"0\"\n")
            defer { site.remove() }
            let disk = try SmallDisk(over: "\(site.directory.path)/home", bytes: 12 << 20)
            defer { disk.stop() }
            try disk.fill(leaving: room << 10)
            let full = try await run(site, on: disk, "batch")
            #expect([0, 74].contains(full.status), "\(room): \(full.status) \(full.errors)")
            if full.status != 0 {
                #expect(full.errors.lowercased().contains("no space left"), "\(room): \(full.errors)")
            }
            disk.makeRoom()
            let again = try await run(site, on: disk, "batch")
            #expect(again.status == 0, "\(room): \(again.errors)")
            #expect(try await run(site, on: disk, "history", "verify").status == 0)
            let chain = try await run(site, on: disk, "outbox", "verify")
            #expect(chain.status == 0, "\(room): \(chain.output)\(chain.errors)")
            let report = try await run(site, on: disk, "report", "--json")
            let object = try #require(
                try JSONSerialization.jsonObject(with: Data(report.output.utf8)) as? [String: Any])
            let counts = (object["groups"] as? [[String: Any]] ?? []).compactMap { $0["count"] as? Int }
            #expect(counts.reduce(0, +) == 201, "\(room)")
            let told = try messages("\(disk.outside)/outbox").filter { $0.content.contains("is new") }
            #expect(Set(told.map(\.content)).count == told.count, "\(room): \(told)")
        }
    }

    @Test("a relay's ledger: nothing is posted that cannot be noted, and nothing is in doubt")
    func relay() async throws {
        let receiver = try WebhookReceiver()
        defer { receiver.stop() }
        for room in Self.ledgerRooms {
            receiver.forget()
            let site = try RelaySite(webhook: receiver.webhook)
            defer { site.directory.remove() }
            try site.deliver(40)
            let state = "\(site.directory.path)/state"
            try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
            let disk = try SmallDisk(over: state, bytes: 1 << 20)
            defer { disk.stop() }
            func once() async throws -> ApplianceBinary.Outcome {
                let process = site.binary.process(site.arguments + ["--once", "--json"])
                return try await ApplianceBinary.finish(disk.entered(by: process))
            }
            try disk.fill(leaving: room << 10)
            let full = try await once()
            #expect([0, 74].contains(full.status), "\(room): \(full.status) \(full.errors)")
            if full.status != 0 { #expect(full.errors.contains("no space left to write"), "\(full.errors)") }
            if room < 70 { #expect(full.status == 74 && receiver.contents.isEmpty, "\(room)") }
            disk.makeRoom()
            let again = try await once()
            #expect(again.status == 0, "\(room): \(again.errors)")
            #expect(again.output.contains("\"inDoubt\":[]"), "\(room): \(again.output)")
            #expect(receiver.contents == (1...40).map { "m\($0)" }, "\(room): \(receiver.contents)")
        }
    }

    @Test("a stick: files are there whole or not at all, and the next shipment completes it")
    func stick() async throws {
        let site = try site()
        defer { site.remove() }
        #expect(try await site.run("batch").status == 0)
        let count = try messages("\(site.directory.path)/home/outbox").count
        let path = "\(site.directory.path)/stick"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let disk = try SmallDisk(over: path, bytes: 1 << 20)
        defer { disk.stop() }
        try disk.fill(leaving: 8 << 10)
        let full = try await run(site, on: disk, "outbox", "ship", path)
        #expect(full.status == 74 && full.errors.contains("no space left to write \(path)"), "\(full.errors)")
        let names = try FileManager.default.contentsOfDirectory(atPath: disk.outside)
        #expect(!names.contains { $0.hasPrefix(".") || $0.hasPrefix("manifest") }, "\(names)")
        disk.makeRoom()
        #expect(try await run(site, on: disk, "outbox", "ship", path).status == 0)
        let shipped = try FileManager.default.contentsOfDirectory(atPath: disk.outside)
        #expect(shipped.filter { $0.hasPrefix("0") }.count == count)
        #expect(shipped.contains { $0.hasPrefix("manifest") })
    }
}

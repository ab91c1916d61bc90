import Events
import Foundation
import Glibc
import Testing

@testable import Delivery

@Suite("The outbox")
struct OutboxTests {
    /// A key made for these tests.
    static let key = SigningKey(seed: [UInt8](0..<32)) ?? SigningKey()

    static func chain(_ count: Int, after start: OutboxLink = .start) throws -> [OutboxFile] {
        var link = start
        return try (0..<count).map { index in
            let payload = DiscordMessages(site: "dc", timeZone: "UTC").alert(
                Alert(group: Sample.timeout, reason: .new, heldBack: index))
            let draft = OutboxDraft(
                kind: .alert, subject: Sample.timeout.id, severity: .critical, time: Sample.end,
                data: .discord(payload, thread: Sample.timeout.id))
            let file = try OutboxMessage.seal(draft, site: "dc seoul/2", after: link, key: key)
            link = file.link
            return file
        }
    }

    static func filled(_ files: [OutboxFile], in directory: String) throws -> Outbox {
        let outbox = Outbox(directory: "\(directory)/outbox")
        try outbox.prepare()
        for file in files { try outbox.write(file) }
        return outbox
    }

    static func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }

    @Test("the envelope is the documented one, byte by byte")
    func envelope() throws {
        let draft = OutboxDraft(
            kind: .digest, subject: "2026-11-21", severity: .info, time: Sample.end,
            data: .discord(DiscordMessages(site: "dc", timeZone: "UTC").digest(Sample.report([])), thread: nil))
        let file = try OutboxMessage.seal(
            draft, site: "dc", after: OutboxLink(sequence: 411, digest: String(repeating: "a", count: 64)),
            key: Self.key)
        #expect(file.name.hasPrefix("00000412-"))
        try expectGolden(file.name + "\n" + String(decoding: file.bytes, as: UTF8.self) + "\n", "outbox/envelope.txt")
        #expect(
            try OutboxMessage.seal(
                draft, site: "dc", after: OutboxLink(sequence: 411, digest: String(repeating: "a", count: 64)),
                key: Self.key) == file)
        let back = try JSONDecoder().decode(OutboxMessage.self, from: file.bytes)
        #expect(back.sequence == 412 && back.data == draft.data && back.source == "/appliance/dc")
        #expect(
            try OutboxMessage.seal(draft, site: "a b/서울", after: .start, key: Self.key).bytes.range(
                of: Data("/appliance/a%20b%2F%EC%84%9C%EC%9A%B8".utf8)) != nil)
    }

    @Test("a message is written once, readable by its owner alone, and writing it again changes nothing")
    func writes() throws {
        try withTemporaryDirectory { directory in
            let files = try Self.chain(3)
            let outbox = try Self.filled(files, in: directory)
            try outbox.write(files[1])
            #expect(try outbox.list().map(\.name) == files.map(\.name))
            #expect(try outbox.list().map(\.sequence) == [1, 2, 3])
            #expect(try Self.bytes("\(directory)/outbox/new/\(files[1].name)") == files[1].bytes)
            for (path, mode) in [("outbox", 0o700), ("outbox/new", 0o700), ("outbox/new/\(files[0].name)", 0o600)] {
                let attributes = try FileManager.default.attributesOfItem(atPath: "\(directory)/\(path)")
                #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == mode)
            }
            let check = try outbox.verify(after: .start)
            #expect(check.faults == [] && check.end == files[2].link)
        }
    }

    @Test("a name that is taken by other bytes is refused, and kept as it is")
    func conflict() throws {
        try withTemporaryDirectory { directory in
            let files = try Self.chain(1)
            let outbox = try Self.filled(files, in: directory)
            #expect(throws: OutboxError.conflict(name: files[0].name)) {
                try outbox.write(name: files[0].name, bytes: Data("other".utf8))
            }
            #expect(try outbox.read(try outbox.list()[0]) == files[0].bytes)
        }
    }

    @Test("a message that has left already is not written again")
    func alreadySent() throws {
        try withTemporaryDirectory { directory in
            let files = try Self.chain(2)
            let outbox = try Self.filled(files, in: directory)
            try FileManager.default.moveItem(
                atPath: outbox.path(files[0].name, .new), toPath: outbox.path(files[0].name, .sent))
            try outbox.write(files[0])
            #expect(try outbox.list().map(\.name) == [files[1].name])
            #expect(try outbox.list(.sent).map(\.name) == [files[0].name])
            #expect(try outbox.verify().faults == [])
            // A crash of whoever moves them may leave both: still one message.
            try FileManager.default.copyItem(
                atPath: outbox.path(files[0].name, .sent), toPath: outbox.path(files[0].name, .new))
            #expect(try outbox.verify().faults == [])
        }
    }

    @Test("what a crash left in tmp is removed, and the replay completes the message")
    func crash() throws {
        try withTemporaryDirectory { directory in
            let files = try Self.chain(1)
            let outbox = try Self.filled([], in: directory)
            let torn = "\(directory)/outbox/tmp/\(files[0].name)"
            try files[0].bytes.prefix(100).write(to: URL(fileURLWithPath: torn))
            #expect(try outbox.list() == [])
            // Written again right away: the torn one is overwritten.
            try outbox.write(files[0])
            try files[0].bytes.prefix(100).write(to: URL(fileURLWithPath: torn))
            #expect(try outbox.prepare() == [files[0].name])
            #expect(try outbox.verify().faults == [])
            #expect(try outbox.prepare() == [])
        }
    }

    @Test(
        "only names of messages are written",
        arguments: [
            "../../etc/passwd", "x.json", "", "00000001-.json",
            "00000001-" + String(repeating: "G", count: 32) + ".json",
            "00000001-" + String(repeating: "a", count: 32) + ".json/",
            "0001-" + String(repeating: "a", count: 32) + ".json",
            "9223372036854775807-" + String(repeating: "a", count: 32) + ".json",
        ])
    func names(name: String) throws {
        try withTemporaryDirectory { directory in
            let outbox = try Self.filled([], in: directory)
            #expect(throws: OutboxError.badName(name)) { try outbox.write(name: name, bytes: Data()) }
            let valid = "00000001-" + String(repeating: "a", count: 32) + ".json"
            #expect(throws: OutboxError.tooLarge(name: valid, bytes: 8_388_609, limit: 8_388_608)) {
                try outbox.write(name: valid, bytes: Data(count: 8_388_609))
            }
        }
    }

    @Test("a lost, doubled, strange or swapped message is named")
    func verification() throws {
        try withTemporaryDirectory { directory in
            let files = try Self.chain(6)
            let outbox = try Self.filled(files, in: directory)
            let remove = { (index: Int) in
                try FileManager.default.removeItem(atPath: outbox.path(files[index].name, .new))
            }
            try remove(2)
            #expect(try outbox.verify().faults == [.missing(first: 3, last: 3)])
            try remove(3)
            #expect(try outbox.verify().faults.map(\.description) == ["messages 3 to 4 are missing"])
            try remove(0)
            #expect(try outbox.verify().faults == [.missing(first: 3, last: 4)])
            #expect(
                try outbox.verify(after: .start).faults == [.missing(first: 1, last: 1), .missing(first: 3, last: 4)])
            let other = try Self.chain(1, after: OutboxLink(sequence: 5, digest: String(repeating: "b", count: 64)))[0]
            try outbox.write(other)
            #expect(
                try outbox.verify().faults.contains(
                    .doubled(sequence: 6, names: ["new/\(files[5].name)", "new/\(other.name)"].sorted())))
            try remove(5)
            #expect(try outbox.verify().faults == [.missing(first: 3, last: 4), .unlinked(name: other.name)])
            try Data().write(to: URL(fileURLWithPath: "\(directory)/outbox/new/notes.txt"))
            try FileManager.default.createDirectory(
                atPath: outbox.path(files[0].name, .new), withIntermediateDirectories: true)
            let faults = try outbox.verify().faults
            #expect(faults.contains(.foreign(name: "notes.txt")))
            #expect(
                faults.contains {
                    $0.description.contains("cannot be read") && $0.description.contains("not a regular file")
                })
            #expect(faults.allSatisfy { !$0.description.isEmpty })
        }
    }

    @Test("any byte of any message that is flipped is noticed, the last message's too")
    func flipped() throws {
        try withTemporaryDirectory { directory in
            let files = try Self.chain(3)
            let outbox = try Self.filled(files, in: directory)
            var numbers = SeededNumbers(state: 7)
            for file in files {
                let url = URL(fileURLWithPath: outbox.path(file.name, .new))
                for _ in 0..<60 {
                    var bytes = [UInt8](file.bytes)
                    bytes[Int.random(in: bytes.indices, using: &numbers)] ^=
                        UInt8(1) << UInt8.random(in: 0...7, using: &numbers)
                    try Data(bytes).write(to: url)
                    let faults = try outbox.verify(after: .start, key: Self.key.publicKey).faults
                    #expect([[.changed(name: file.name)], [.forged(name: file.name)]].contains(faults))
                }
                try Data(file.bytes.dropLast(9)).write(to: url)
                #expect(try outbox.verify(after: .start).faults == [.changed(name: file.name)])
                try file.bytes.write(to: url)
            }
            #expect(try outbox.verify(after: .start, key: Self.key.publicKey).faults == [])
        }
    }

    @Test("every byte of a message and of what travels beside it: flipped, it is named and not shipped")
    func everyByte() throws {
        try withTemporaryDirectory { directory in
            let page = OutboxAttachment(name: "report.html", bytes: Data("<p>hello</p>".utf8))
            let draft = OutboxDraft(
                kind: .digest, subject: "2026-11-21", severity: .info, time: Sample.end,
                data: .discord(Sample.digestPayload, thread: nil), attachments: [page])
            let file = try OutboxMessage.seal(draft, site: "dc", after: .start, key: Self.key)
            let outbox = try Self.filled([file], in: directory)
            let key = Self.key.publicKey
            for (name, bytes) in [(file.name, file.bytes), (page.fileName, page.bytes)] {
                let url = URL(fileURLWithPath: outbox.path(name, .new))
                for index in bytes.indices {
                    var flipped = bytes
                    flipped[index] ^= 1 << UInt8(index % 8)
                    try flipped.write(to: url)
                    let faults = try outbox.verify(after: .start, key: key).faults
                    #expect(faults.count == 1 && faults[0].description.contains(file.name), "byte \(index) of \(name)")
                    #expect(throws: OutboxError.self) {
                        try outbox.ship(to: "\(directory)/stick", site: "dc", key: Self.key, at: Sample.end)
                    }
                }
                try bytes.write(to: url)
            }
            #expect(try outbox.verify(after: .start, key: key).faults == [])
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(directory)/stick").isEmpty)
        }
    }

    @Test("of a large outbox, what lies before a changed message is on the stick whole; mended, the rest follows")
    func shipsInParts() throws {
        try withTemporaryDirectory { directory in
            let files = try Self.chain(FileShipment.files * 2 + 40)
            let outbox = try Self.filled(files, in: directory)
            let broken = files[FileShipment.files + 20]
            try Data("{}".utf8).write(to: URL(fileURLWithPath: outbox.path(broken.name, .new)))
            let stick = "\(directory)/stick"
            #expect(throws: OutboxError.changed(name: broken.name)) {
                try outbox.ship(to: stick, site: "dc", key: Self.key, at: Sample.end)
            }
            let before = files.prefix(FileShipment.files + 20)
            #expect(try FileManager.default.contentsOfDirectory(atPath: stick).sorted() == before.map(\.name))
            for file in before { #expect(try Self.bytes("\(stick)/\(file.name)") == file.bytes) }
            try broken.bytes.write(to: URL(fileURLWithPath: outbox.path(broken.name, .new)))
            let shipped = try outbox.ship(to: stick, site: "dc", key: Self.key, at: Sample.end)
            #expect(shipped.map(\.entry.name) == files.map(\.name))
            let names = try FileManager.default.contentsOfDirectory(atPath: stick)
            #expect(names.count == files.count + 1 && !names.contains { $0.hasPrefix(".") })
            #expect(try outbox.markSent { _ in true }.count == files.count)
            #expect(try outbox.list(.new).isEmpty && outbox.list(.sent).count == files.count)
        }
    }

    @Test("a message that another key signed, or none, is named")
    func forged() throws {
        try withTemporaryDirectory { directory in
            let files = try Self.chain(2)
            let outbox = try Self.filled(files, in: directory)
            let stranger = SigningKey().publicKey
            let names = files.map { OutboxFault.forged(name: $0.name) }
            #expect(try outbox.verify(after: .start, key: stranger).faults == names)
            #expect(try outbox.verify(after: .start, key: Self.key.publicKey).faults == [])
            let (unsigned, _) = try #require(SignedObject.split(files[1].bytes))
            try unsigned.write(to: URL(fileURLWithPath: outbox.path(files[1].name, .new)))
            #expect(
                try outbox.verify(after: .start, key: Self.key.publicKey).faults == [.changed(name: files[1].name)])
        }
    }

    @Test("a signature has one spelling: no other last digit passes for it")
    func spelling() throws {
        let signed = try SignedObject.sign(Data("{\"a\":1}".utf8), as: .manifest, with: Self.key)
        let last = signed.count - 5
        #expect(SignedObject.open(signed, as: .manifest, by: [Self.key.publicKey]) != nil)
        for digit in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8 where digit != signed[last]
        {
            var other = signed
            other[last] = digit
            #expect(SignedObject.open(other, as: .manifest, by: [Self.key.publicKey]) == nil)
        }
    }

    @Test("an attachment lies there before its message does, once, and is missed when it goes")
    func attachments() throws {
        try withTemporaryDirectory { directory in
            let outbox = try Self.filled([], in: directory)
            let page = OutboxAttachment(name: "report.html", bytes: Data("<p>hello</p>".utf8))
            var link = OutboxLink.start
            for day in 20...21 {
                let digest = OutboxDraft(
                    kind: .digest, subject: "2026-11-\(day)", severity: .info, time: Sample.end,
                    data: .discord(Sample.digestPayload, thread: nil), attachments: [page])
                let file = try OutboxMessage.seal(digest, site: "dc", after: link, key: Self.key)
                try outbox.write(file)
                link = file.link
            }
            #expect(try outbox.list().count == 2)
            #expect(try outbox.verify(key: Self.key.publicKey).faults == [])
            #expect(try outbox.read(attachment: page.fileName) == page.bytes)
            let path = outbox.path(page.fileName, .new)
            try Data("<p>hellO</p>".utf8).write(to: URL(fileURLWithPath: path))
            let names = try outbox.list().map(\.name)
            #expect(
                try outbox.verify(key: Self.key.publicKey).faults
                    == names.map { .attachment(name: "report.html", of: $0) })
            #expect(throws: OutboxError.badName("sha256-x")) {
                try outbox.write(attachment: "sha256-x", bytes: page.bytes)
            }
        }
    }
}

@Suite("When the outbox's disk fails")
struct OutboxFailureTests {
    static let name = "00000001-" + String(repeating: "a", count: 32) + ".json"

    @Test("a full disk is named, with what to do")
    func full() throws {
        let descriptor = open("/dev/full", O_WRONLY)
        defer { close(descriptor) }
        let error = #expect(throws: OutboxError.self) {
            try DurableFile.writeAll(Data(count: 10), to: descriptor, path: "/outbox/tmp/x")
        }
        #expect(error == .full(path: "/outbox/tmp/x"))
        #expect(error?.kind == .io && error?.remedy?.hasPrefix("Free space") == true)
    }

    @Test("missing directories, and files where directories should be")
    func broken() throws {
        try withTemporaryDirectory { directory in
            let outbox = Outbox(directory: "\(directory)/outbox")
            #expect(throws: OutboxError.self) { try outbox.list() }
            #expect(throws: OutboxError.self) { try outbox.write(name: Self.name, bytes: Data("x".utf8)) }
            try Data().write(to: URL(fileURLWithPath: "\(directory)/outbox"))
            let error = #expect(throws: OutboxError.self) { try outbox.prepare() }
            #expect(error?.description.hasPrefix("cannot make the directory") == true)
            #expect(error?.kind == .io)
        }
    }

    @Test("a link in tmp is not followed, and nothing is left behind")
    func link() throws {
        try withTemporaryDirectory { directory in
            let outbox = Outbox(directory: "\(directory)/outbox")
            try outbox.prepare()
            let target = "\(directory)/target"
            try Data("kept".utf8).write(to: URL(fileURLWithPath: target))
            try FileManager.default.createSymbolicLink(
                atPath: "\(directory)/outbox/tmp/\(Self.name)", withDestinationPath: target)
            #expect(throws: OutboxError.self) { try outbox.write(name: Self.name, bytes: Data("x".utf8)) }
            #expect(try OutboxTests.bytes(target) == Data("kept".utf8))
            #expect(try outbox.prepare() == [])
            #expect(try outbox.list() == [])
            try outbox.write(name: Self.name, bytes: Data("x".utf8))
        }
    }

    @Test("a directory that may not be written", .enabled(if: geteuid() != 0, "root may write everywhere"))
    func readOnly() throws {
        try withTemporaryDirectory { directory in
            let outbox = Outbox(directory: "\(directory)/outbox")
            try outbox.prepare()
            chmod("\(directory)/outbox/tmp", 0o500)
            defer { chmod("\(directory)/outbox/tmp", 0o700) }
            let error = #expect(throws: OutboxError.self) { try outbox.write(name: Self.name, bytes: Data()) }
            #expect(error?.description.hasPrefix("not allowed to write or read") == true)
        }
    }

    @Test(
        "every failure says what happened and what to do",
        arguments: [
            (ENOSPC, "no space left to write /o/x", FailureKind.io), (EDQUOT, "no space left to write /o/x", .io),
            (EROFS, "not allowed to write or read /o/x: Read-only file system", .io),
            (EIO, "cannot sync /o/x: Input/output error", .io),
        ])
    func words(code: Int32, description: String, kind: FailureKind) {
        let error = DurableFile.error(code, "sync", "/o/x")
        #expect(error.description == description)
        #expect(error.kind == kind && error.remedy?.isEmpty == false)
    }

    @Test("the errors that are not the disk's")
    func others() {
        #expect(OutboxError.conflict(name: "n").kind == .data)
        #expect(OutboxError.conflict(name: "n").description == "the outbox has a message n with other bytes")
        #expect(OutboxError.conflict(name: "n").remedy?.contains("outbox verify") == true)
        #expect(OutboxError.tooLarge(name: "n", bytes: 9_000_000, limit: 1).description.contains("9,000,000"))
        #expect(OutboxError.tooLarge(name: "n", bytes: 2, limit: 1).remedy != nil)
        #expect(OutboxError.badName("a\nb").description == "not a message's file name: a⏎b")
        #expect(OutboxError.badName("a").kind == .bug && OutboxError.badName("a").remedy == nil)
    }
}

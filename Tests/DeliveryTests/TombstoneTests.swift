import Events
import Foundation
import Testing

@testable import Delivery

@Suite("A tombstone takes a message's place, and the chain holds")
struct TombstoneTests {
    private func files(_ count: Int) throws -> [OutboxFile] {
        var (link, files) = (OutboxLink.start, [OutboxFile]())
        for number in 1...count {
            let page = OutboxAttachment(name: "report.html", bytes: Data("page of \(number) &lt;jane.doe&gt;".utf8))
            let payload = DiscordPayload(content: "secret \(number)", embeds: [], allowedMentions: .init(.none))
            let draft = OutboxDraft(
                kind: .digest, subject: "digest", severity: .low, time: Sample.end,
                data: .discord(payload, thread: nil), attachments: [page])
            files.append(try OutboxMessage.seal(draft, site: "dc", after: link, key: OutboxTests.key))
            link = files[number - 1].link
        }
        return files
    }

    private func tombstone(_ file: OutboxFile) throws -> OutboxFile {
        try #require(
            try OutboxMessage.tombstone(
                for: file.bytes, number: file.link.sequence, digest: file.link.digest, site: "dc",
                key: OutboxTests.key))
    }

    @Test("of any message in the chain, and of several; the file that only it named goes too")
    func chain() throws {
        for buried in [[1], [2], [3], [1, 2], [2, 3], [1, 2, 3]] {
            try withTemporaryDirectory { directory in
                let outbox = Outbox(directory: "\(directory)/outbox")
                try outbox.prepare()
                let files = try files(3)
                for file in files { try outbox.write(file) }
                for number in buried {
                    let stone = try tombstone(files[number - 1])
                    #expect(stone.link == files[number - 1].link)
                    try outbox.write(stone)
                    try outbox.removeReplaced(by: stone.name, bytes: stone.bytes)
                }
                let (faults, end) = try outbox.verify(after: .start, key: OutboxTests.key.publicKey)
                #expect(faults.isEmpty, "\(faults)")
                #expect(end == files[2].link)
                for entry in try outbox.list() {
                    let isBuried = buried.contains(entry.sequence)
                    let texts =
                        LeavingContent.texts(ofMessage: try #require(try outbox.read(entry)))
                        + (try outbox.files(of: entry)).flatMap { LeavingContent.texts(ofFile: $0.bytes) }
                    #expect(texts.contains { $0.contains("secret") } != isBuried)
                    #expect(texts.contains { $0.contains("<jane.doe>") } != isBuried)
                }
                let names = try FileManager.default.contentsOfDirectory(atPath: "\(directory)/outbox/new")
                #expect(names.count == 3 + (3 - buried.count))
            }
        }
    }

    @Test("it says nothing of what stood there, and another message's digest does not pass for it")
    func says() throws {
        let files = try files(2)
        let stone = try tombstone(files[0])
        #expect(!String(decoding: stone.bytes, as: UTF8.self).contains("secret"))
        try withTemporaryDirectory { directory in
            let outbox = Outbox(directory: "\(directory)/outbox")
            try outbox.prepare()
            let wrong = try #require(
                try OutboxMessage.tombstone(
                    for: files[0].bytes, number: 1, digest: String(repeating: "a", count: 64), site: "dc",
                    key: OutboxTests.key))
            try outbox.write(wrong)
            try outbox.write(files[1])
            #expect(try outbox.verify(after: .start, key: OutboxTests.key.publicKey).faults.count == 1)
        }
    }

    @Test("only a tombstone removes anything")
    func others() throws {
        try withTemporaryDirectory { directory in
            let outbox = Outbox(directory: "\(directory)/outbox")
            try outbox.prepare()
            let files = try files(2)
            for file in files {
                try outbox.write(file)
                try outbox.removeReplaced(by: file.name, bytes: file.bytes)
            }
            #expect(try outbox.list().count == 2)
        }
    }

    @Test("a mail's encoded parts are read as what they say")
    func mail() {
        let mail = MailMessage(
            site: "s", clock: SiteClock(identifier: "UTC"), from: "a@example.org", to: ["b@example.org"])
        var group = Sample.timeout
        group.diagnosis?.rootCause = "because of jane.doe"
        let bytes = mail.bytes(.alert(Alert(group: group, reason: .new)), page: nil, at: Sample.end)
        #expect(!String(decoding: bytes, as: UTF8.self).contains("jane.doe"))
        #expect(LeavingContent.texts(ofFile: bytes).contains { $0.contains("jane.doe") })
    }
}

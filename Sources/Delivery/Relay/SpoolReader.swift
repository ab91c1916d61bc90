import Events
import Foundation

/// Finds what came over the gap: signed messages and manifests of known sites; everything else is named.
struct SpoolReader: Sendable {
    /// The spool; messages may also lie in the directories directly below it.
    let directory: String
    let sites: [RelaySite]

    struct Found {
        /// A message's file name → the directory that it lies in.
        var places: [String: String] = [:]
        /// New ones, in order of site and number.
        var messages: [IncomingMessage] = []
        /// The highest number that a manifest of the site names.
        var lastNumbers: [String: Int] = [:]
        /// Site → number → digest, of manifests.
        var listed: [String: [Int: String]] = [:]
        private(set) var faults: [RelayFault] = []
        private var counts: [String: Int] = [:]

        /// A medium can hold any number of strangers' files: so many of a kind are named, the rest are counted.
        static let named = 20

        mutating func add(_ fault: RelayFault) {
            counts[fault.code, default: 0] += 1
            if counts[fault.code, default: 0] <= Self.named { faults.append(fault) }
        }

        mutating func add(_ manifest: OutboxManifest, of site: String) {
            for entry in manifest.messages { listed[site, default: [:]][entry.sequence] = entry.sha256 }
            lastNumbers[site] = max(lastNumbers[site] ?? 0, manifest.messages.map(\.sequence).max() ?? 0)
        }

        /// Says how many were not named.
        mutating func close() {
            for (code, count) in counts.sorted(by: { $0.key < $1.key }) where count > Self.named {
                faults.append(.more(code: code, count: count - Self.named))
            }
            counts = [:]
        }
    }

    /// A message that came over, checked.
    struct IncomingMessage: Sendable {
        var name: String
        var site: String
        /// What the next message names as its predecessor.
        var digest: String
        var fileDigest: String
        var envelope: OutboxMessage
    }

    /// A file of the spool.
    private struct Entry: Sendable {
        var name: String
        var folder: String
    }

    /// What a file turned out to be.
    private enum Checked: Sendable {
        case message(IncomingMessage)
        case manifest(OutboxManifest, site: String)
        case fault(RelayFault)
        /// It went away since it was listed: no fault, a later round sees what is missing.
        case gone
    }

    /// Files that are checked before what they turned out to be is gathered; each processor holds one file at a time.
    private static let filesAtOnce = 256

    /// - Parameter isKnown: whether the file of that name was found whole before; such files are not opened again.
    func read(isKnown: (_ name: String) -> Bool) throws(RelayError) -> Found {
        var found = Found()
        var entries: [Entry] = []
        for folder in try folders() {
            for name in try names(in: folder) where !name.hasPrefix(".") && !Outbox.isAttachment(name) {
                if Outbox.sequence(of: name) != nil {
                    guard found.places[name] == nil else { continue }
                    found.places[name] = folder
                    if !isKnown(name) { entries.append(Entry(name: name, folder: folder)) }
                } else if OutboxManifest.isManifest(name) {
                    entries.append(Entry(name: name, folder: folder))
                } else if folder != directory || !DurableFile.isDirectoryItself("\(folder)/\(name)") {
                    found.add(.foreign(name: name))
                }
            }
        }
        while !entries.isEmpty {
            for checked in ParallelMap.map(Array(entries.prefix(Self.filesAtOnce)), { _, entry in check(entry) }) {
                switch checked {
                case .message(let message): found.messages.append(message)
                case .manifest(let manifest, let site): found.add(manifest, of: site)
                case .fault(let fault): found.add(fault)
                case .gone: break
                }
            }
            entries.removeFirst(min(entries.count, Self.filesAtOnce))
        }
        found.close()
        found.messages.sort {
            ($0.site, $0.envelope.sequence, $0.name) < ($1.site, $1.envelope.sequence, $1.name)
        }
        return found
    }

    /// The files that a message names.
    ///
    /// - Throws: the fault, when one is not there or not as it was.
    static func attachments(of message: OutboxMessage, name: String, in folder: String) throws(AttachmentFault)
        -> [OutboxAttachment]
    {
        var attachments: [OutboxAttachment] = []
        for attachment in message.attachments {
            let file = OutboxAttachment.fileName(sha256: attachment.sha256)
            guard Outbox.isAttachment(file),
                let data = try? DurableFile.read("\(folder)/\(file)", limit: Outbox.maximumBytes),
                OutboxMessage.sha256(data) == attachment.sha256
            else { throw AttachmentFault(fault: .attachment(name: attachment.name, of: name)) }
            attachments.append(OutboxAttachment(name: attachment.name, bytes: data))
        }
        return attachments
    }

    struct AttachmentFault: Error { var fault: RelayFault }

    private func folders() throws(RelayError) -> [String] {
        [directory]
            + (try names(in: directory)).filter { !$0.hasPrefix(".") }.map { "\(directory)/\($0)" }
            .filter(DurableFile.isDirectoryItself)
    }

    private func names(in folder: String) throws(RelayError) -> [String] {
        do throws(OutboxError) {
            return try DurableFile.names(in: folder)
        } catch {
            throw .file(error)
        }
    }

    /// Nothing of a file is believed before a signature holds.
    private func check(_ entry: Entry) -> Checked {
        let isMessage = Outbox.sequence(of: entry.name) != nil
        do throws(OutboxError) {
            guard
                let bytes = try DurableFile.read("\(entry.folder)/\(entry.name)", limit: Outbox.maximumBytes)
            else { return .gone }
            for site in sites {
                guard let object = SignedObject.open(bytes, as: isMessage ? .message : .manifest, by: site.keys) else {
                    continue
                }
                return isMessage
                    ? message(entry.name, of: site.name, object, bytes) : manifest(entry.name, of: site.name, object)
            }
            return .fault(.forged(name: entry.name))
        } catch {
            return .fault(.unreadable(name: entry.name, reason: error.description))
        }
    }

    private func message(_ name: String, of site: String, _ object: Data, _ bytes: Data) -> Checked {
        guard let envelope = try? JSONDecoder().decode(OutboxMessage.self, from: object) else {
            return .fault(.unreadable(name: name, reason: "a later version wrote it; upgrade this relay"))
        }
        guard name == OutboxMessage.fileName(sequence: envelope.sequence, id: envelope.id) else {
            return .fault(.forged(name: name))
        }
        let digest = OutboxMessage.sha256(bytes)
        return .message(
            IncomingMessage(
                name: name, site: site, digest: envelope.data.replaced ?? digest, fileDigest: digest,
                envelope: envelope))
    }

    private func manifest(_ name: String, of site: String, _ object: Data) -> Checked {
        guard let manifest = try? JSONDecoder().decode(OutboxManifest.self, from: object), name == manifest.fileName,
            manifest.messages.allSatisfy({ OutboxLink.numbers.contains($0.sequence) })
        else { return .fault(.unreadable(name: name, reason: "it is not a manifest that this version knows")) }
        return .manifest(manifest, site: site)
    }
}

import Events
import Foundation

/// Finds what came over the gap: signed messages and manifests of known sites; everything else is named.
struct SpoolReader {
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
        var faults: [RelayFault] = []
    }

    /// A message that came over, checked.
    struct IncomingMessage {
        var name: String
        var site: String
        /// What the next message names as its predecessor.
        var digest: String
        var fileDigest: String
        var envelope: OutboxMessage
    }

    /// - Parameter isKnown: whether the file of that name was found whole before; such files are not opened again.
    func read(isKnown: (_ name: String) -> Bool) throws(RelayError) -> Found {
        var found = Found()
        for folder in try folders() {
            for name in try names(in: folder) where !name.hasPrefix(".") && !Outbox.isAttachment(name) {
                if Outbox.sequence(of: name) != nil {
                    guard found.places[name] == nil else { continue }
                    found.places[name] = folder
                    if !isKnown(name) { take(message: name, in: folder, &found) }
                } else if OutboxManifest.isManifest(name) {
                    take(manifest: name, in: folder, &found)
                } else if folder != directory || !DurableFile.isDirectoryItself("\(folder)/\(name)") {
                    found.faults.append(.foreign(name: name))
                }
            }
        }
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
    private func open(_ name: String, in folder: String, as kind: SignedObject.Kind, _ found: inout Found) -> (
        site: String, object: Data, bytes: Data
    )? {
        do throws(OutboxError) {
            // A file that went away since it was listed is no fault: a later round sees what is missing.
            guard let bytes = try DurableFile.read("\(folder)/\(name)", limit: Outbox.maximumBytes) else { return nil }
            for site in sites {
                if let object = SignedObject.open(bytes, as: kind, by: site.keys) { return (site.name, object, bytes) }
            }
            found.faults.append(.forged(name: name))
        } catch {
            found.faults.append(.unreadable(name: name, reason: error.description))
        }
        return nil
    }

    private func take(message name: String, in folder: String, _ found: inout Found) {
        guard let (site, object, bytes) = open(name, in: folder, as: .message, &found) else { return }
        guard let envelope = try? JSONDecoder().decode(OutboxMessage.self, from: object) else {
            found.faults.append(.unreadable(name: name, reason: "a later version wrote it; upgrade this relay"))
            return
        }
        guard name == OutboxMessage.fileName(sequence: envelope.sequence, id: envelope.id) else {
            found.faults.append(.forged(name: name))
            return
        }
        let digest = OutboxMessage.sha256(bytes)
        found.messages.append(
            IncomingMessage(
                name: name, site: site, digest: envelope.data.replaced ?? digest, fileDigest: digest,
                envelope: envelope))
    }

    private func take(manifest name: String, in folder: String, _ found: inout Found) {
        guard let (site, object, _) = open(name, in: folder, as: .manifest, &found) else { return }
        guard let manifest = try? JSONDecoder().decode(OutboxManifest.self, from: object), name == manifest.fileName,
            manifest.messages.allSatisfy({ OutboxLink.numbers.contains($0.sequence) })
        else {
            found.faults.append(.unreadable(name: name, reason: "it is not a manifest that this version knows"))
            return
        }
        for entry in manifest.messages { found.listed[site, default: [:]][entry.sequence] = entry.sha256 }
        found.lastNumbers[site] = max(found.lastNumbers[site] ?? 0, manifest.messages.map(\.sequence).max() ?? 0)
    }
}

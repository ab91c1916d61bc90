import Delivery
import Events
import Foundation
import History

/// Writes the messages that are committed and not yet on disk, from earlier runs too.
struct PendingMessages {
    let site: Site

    /// - Throws: ``OutboxError``; the messages stay in the history, and the next run writes them.
    func write() throws {
        let outbox = Outbox(directory: site.configuration.home.outbox)
        try outbox.prepare()
        for message in try site.history.pendingMessages() {
            for attachment in message.attachments {
                try outbox.write(attachment: attachment.name, bytes: Data(attachment.bytes))
            }
            try outbox.write(name: message.name, bytes: Data(message.bytes))
            try site.history.markWritten(message.number)
        }
    }
}

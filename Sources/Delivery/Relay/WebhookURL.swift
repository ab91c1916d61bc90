import Events
import Foundation
import HTTPTransport

/// Where a channel's messages are posted: an address that is a secret, and is never shown.
public struct WebhookURL: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible {
    /// Scheme, host and port.
    let origin: String
    /// From `/` on, without a query.
    let path: String

    /// Bytes of a file that holds one.
    public static let fileBytes = 4096

    /// - Parameter text: `https://discord.com/api/webhooks/…`; `http` only for a loopback address.
    /// - Throws: ``RelayError/badWebhook(_:)`` without any part of the text.
    public init(_ text: some StringProtocol) throws(RelayError) {
        let line = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard line.utf8.count <= Self.fileBytes, line.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            !line.contains("?"), !line.contains("#"), let start = line.firstRange(of: "://")?.upperBound,
            let slash = line[start...].firstIndex(of: "/")
        else { throw .badWebhook("it is not one https URL with a path and no query") }
        (origin, path) = (String(line[..<slash]), String(line[slash...]))
        do {
            let endpoint = try Endpoint(origin)
            guard line.hasPrefix("https://") || endpoint.isLoopback else {
                throw RelayError.badWebhook("only a loopback address may be posted to without TLS")
            }
        } catch EndpointError.unpinnedName {
            guard line.hasPrefix("https://") else {
                throw .badWebhook("only a loopback address may be posted to without TLS")
            }
        } catch let error as RelayError {
            throw error
        } catch {
            throw .badWebhook("its host is not one that can be posted to")
        }
    }

    /// Reads the file that holds one.
    ///
    /// - Throws: ``RelayError/exposedWebhook(path:)`` for a file that others can read.
    public init(file path: String) throws(RelayError) {
        let bytes: Data?
        let isPrivate: Bool
        do throws(OutboxError) {
            bytes = try DurableFile.read(path, limit: Self.fileBytes)
            isPrivate = try DurableFile.isPrivate(path)
        } catch {
            throw .file(error)
        }
        guard let bytes else { throw .missing(path: path) }
        guard isPrivate else { throw .exposedWebhook(path: path) }
        try self.init(String(decoding: bytes, as: UTF8.self))
    }

    /// The host alone.
    public var description: String { origin.firstRange(of: "://").map { String(origin[$0.upperBound...]) } ?? "" }
    public var debugDescription: String { description }
}

extension WebhookURL: CustomReflectable {
    /// `dump` and failed tests show no path either.
    public var customMirror: Mirror { Mirror(self, children: ["host": description]) }
}

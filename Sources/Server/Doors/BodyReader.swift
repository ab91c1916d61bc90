import Hummingbird
import NIOCore
import Pipeline

/// Reads a request's body whole, within the limits of size and time, and decompresses it.
struct BodyReader {
    /// Bytes as sent, and as they become.
    let limit: Int

    /// A body that takes longer is not sent, it is held open.
    static let patience = Duration.seconds(30)

    /// - Throws: ``DoorRefusal``, and `MessageError` for broken compression.
    func read(_ request: Request) async throws -> [UInt8] {
        let encoding = request.headers[.contentEncoding]?.lowercased() ?? "identity"
        guard ["identity", "gzip", "x-gzip", "deflate"].contains(encoding) else { throw DoorRefusal.encoding(encoding) }
        if let length = request.headers[.contentLength].flatMap(Int.init), length > limit {
            throw DoorRefusal.tooLarge(limit: limit)
        }
        let bytes = try await collect(request.body)
        guard encoding != "identity", !bytes.isEmpty else { return bytes }
        return try IntakeDoor.decompressed(bytes, limit: limit)
    }

    private func collect(_ body: RequestBody) async throws -> [UInt8] {
        try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
            group.addTask { [limit] in
                var bytes: [UInt8] = []
                for try await buffer in body {
                    guard bytes.count + buffer.readableBytes <= limit else { throw DoorRefusal.tooLarge(limit: limit) }
                    bytes += buffer.readableBytesView
                }
                return bytes
            }
            group.addTask {
                try await Task.sleep(for: Self.patience)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let bytes = first else { throw DoorRefusal.tooSlow }
            return bytes
        }
    }
}

/// Why a message is not taken, before anything is made of it.
enum DoorRefusal: Error, Equatable {
    case closed(String)
    case notAllowed
    case tooMany
    case tooLarge(limit: Int)
    case tooSlow
    case encoding(String)
    case contentType
}

import Hummingbird
import NIOCore
import Pipeline

/// Reads a request's body whole, within the limits of size and time, and decompresses it.
struct BodyReader {
    /// Bytes as sent, and as they become.
    let limit: Int
    /// Pays for them.
    let lease: BodyLease

    /// A body that takes longer is not sent, it is held open.
    static let patience = Duration.seconds(30)

    /// - Throws: ``DoorRefusal``, and `MessageError` for broken compression.
    func read(_ request: Request) async throws -> [UInt8] {
        let encoding = request.headers[.contentEncoding]?.lowercased() ?? "identity"
        guard ["identity", "gzip", "x-gzip", "deflate"].contains(encoding) else { throw DoorRefusal.encoding(encoding) }
        let length = request.headers[.contentLength].flatMap(Int.init)
        guard length ?? 0 <= limit else { throw DoorRefusal.tooLarge(limit: limit) }
        // What says its length is refused before any of it is read; but only what has come is paid for, so that no
        // sender takes the others' memory with a number.
        guard lease.hasRoom(for: length ?? 0) else { throw DoorRefusal.noMemory }
        let bytes = try await collect(request.body, length ?? 0)
        guard encoding != "identity", !bytes.isEmpty else {
            guard lease.takes(bytes.count * (BodyLease.weight - 1)) else { throw DoorRefusal.noMemory }
            return bytes
        }
        var hasMemory = true
        do {
            return try IntakeDoor.decompressed(bytes, limit: limit) { count in
                hasMemory = lease.takes(count * BodyLease.weight)
                return hasMemory
            }
        } catch {
            if !hasMemory { throw DoorRefusal.noMemory }
            throw error
        }
    }

    private func collect(_ body: RequestBody, _ length: Int) async throws -> [UInt8] {
        try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
            group.addTask { [limit, lease] in
                var bytes: [UInt8] = []
                bytes.reserveCapacity(length)
                for try await buffer in body {
                    guard bytes.count + buffer.readableBytes <= limit else { throw DoorRefusal.tooLarge(limit: limit) }
                    guard lease.takes(buffer.readableBytes) else { throw DoorRefusal.noMemory }
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

import Foundation
import Glibc

/// Copies files into a directory some dozens at a time: all are written, then all are brought to the disk, then all get
/// their names. Waiting for the disk once for many is what makes ten thousand messages a matter of seconds.
///
/// Each file appears whole under its name, in the order in which they were added; ends with ``settle()``.
struct FileShipment {
    /// Files and bytes that wait to be brought to the disk together.
    static let (files, bytes) = (128, 16 << 20)

    let target: String
    private var waiting: [(name: String, part: String)] = []
    private var bytes = 0

    init(to target: String) { self.target = target }

    /// What is there already with the same bytes is left alone.
    ///
    /// - Throws: ``OutboxError/conflict(name:)`` where it has others; whatever it throws, no part of this file stays,
    ///   and what waits can still be settled.
    mutating func add(_ content: Data, as name: String) throws(OutboxError) {
        guard !waiting.contains(where: { $0.name == name }) else { return }
        if let found = try DurableFile.read("\(target)/\(name)", limit: Outbox.maximumBytes) {
            guard found == content else { throw .conflict(name: name) }
            return
        }
        let part = "\(target)/.\(name).part"
        do throws(OutboxError) {
            try DurableFile.write(content, to: part, isSynced: false)
        } catch {
            // Best effort: a full stick needs the room back.
            unlink(part)
            throw error
        }
        waiting.append((name, part))
        bytes += content.count
        if waiting.count >= Self.files || bytes >= Self.bytes { try settle() }
    }

    /// Brings what waits to the disk and gives it its names.
    mutating func settle() throws(OutboxError) {
        guard !waiting.isEmpty else { return }
        do throws(OutboxError) {
            for file in waiting { try DurableFile.sync(file.part) }
            while let file = waiting.first {
                guard Glibc.rename(file.part, "\(target)/\(file.name)") == 0 else {
                    throw DurableFile.error(errno, "rename to", "\(target)/\(file.name)")
                }
                waiting.removeFirst()
            }
            try DurableFile.syncDirectory(target)
        } catch {
            for file in waiting { unlink(file.part) }
            (waiting, bytes) = ([], 0)
            throw error
        }
        bytes = 0
    }
}

import Foundation
import Glibc

/// A file that grows at its end, in space that was laid out before.
///
/// A sync of a line that made its file longer has to write the file's length and place too; of one written over zeros that
/// are there already it writes the line alone, in half to two thirds of the time (`Benchmarks/README.md`). The zeros are
/// written, not merely reserved (`fallocate`), for a reserved block's first write changes the file's map as well. What
/// follows the last line is zeros until the file is closed; whoever reads it ends at the first of them.
struct PreallocatedFile {
    let descriptor: Int32
    let path: String
    /// Bytes that were written.
    private(set) var end: Int
    /// Bytes of the file: zeros from ``end`` on.
    private(set) var size: Int
    /// Something stands after ``end`` that could not be taken back.
    private(set) var isTorn = false

    /// Some hundred lines.
    static let step = 64 << 10
    private static let zeros = Data(count: step)

    /// - Parameter end: bytes to keep; what follows is cut off.
    init(descriptor: Int32, path: String, end: Int) throws(OutboxError) {
        (self.descriptor, self.path, self.end, self.size) = (descriptor, path, end, end)
        try trim()
    }

    /// Writes at the end, whole or not at all; not yet on the disk.
    mutating func append(_ bytes: Data) throws(OutboxError) {
        if end + bytes.count > size { layOut() }
        do throws(OutboxError) {
            try DurableFile.writeAll(bytes, to: descriptor, at: end, path: path)
        } catch {
            isTorn = ftruncate(descriptor, off_t(end)) != 0
            size = end
            throw error
        }
        end += bytes.count
        size = max(size, end)
    }

    /// Where there is no room for zeros, lines go on without.
    private mutating func layOut() {
        do throws(OutboxError) {
            try DurableFile.writeAll(Self.zeros, to: descriptor, at: size, path: path)
            size += Self.step
        } catch {
            // What came of it is space that lines can use, and zeros all the same.
            var status = stat()
            if fstat(descriptor, &status) == 0 { size = max(size, Int(status.st_size)) }
        }
    }

    /// Brings what was written to the disk.
    func sync() throws(OutboxError) {
        // The bytes, and the file's length where that changed; its times may wait.
        guard fdatasync(descriptor) == 0 else { throw DurableFile.error(errno, "sync", path) }
    }

    /// Cuts off what follows the last line.
    mutating func trim() throws(OutboxError) {
        guard ftruncate(descriptor, off_t(end)) == 0 else { throw DurableFile.error(errno, "cut", path) }
        size = end
    }
}

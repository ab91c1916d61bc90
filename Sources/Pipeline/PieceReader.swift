import Events
import Foundation

/// Reads a file from its beginning, a piece at a time, into one buffer that is used again.
struct PieceReader {
    private static let bytesAtOnce = 1 << 20

    private let handle: FileHandle
    private let path: String

    /// - Throws: `LineFileError` when the file cannot be opened.
    init(path: String) throws {
        guard let handle = path == "-" ? .standardInput : FileHandle(forReadingAtPath: path) else {
            throw LineFileError.unreadable(path: path, reason: String(cString: strerror(errno)))
        }
        self.init(handle, path: path)
    }

    /// - Parameter path: what messages call the file.
    init(_ handle: FileHandle, path: String) { (self.handle, self.path) = (handle, path) }

    /// Calls `body` with each piece; its bytes are good until it returns.
    func forEach(_ body: (UnsafeBufferPointer<UInt8>) throws -> Void) throws {
        let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: Self.bytesAtOnce)
        defer { buffer.deallocate() }
        while true {
            let count = read(handle.fileDescriptor, buffer.baseAddress, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw LineFileError.unreadable(path: path, reason: String(cString: strerror(errno)))
            }
            guard count > 0 else { return }
            try body(UnsafeBufferPointer(rebasing: buffer[..<count]))
        }
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// The place of the next line end.
    func newline(from start: Int) -> Int? {
        guard let base = baseAddress, start < count, let found = memchr(base + start, 0x0A, count - start) else {
            return nil
        }
        return UnsafeRawPointer(base).distance(to: UnsafeRawPointer(found))
    }
}

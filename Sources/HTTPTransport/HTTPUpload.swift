import Glibc

/// A file that is sent as a request's body.
public struct HTTPUpload: Sendable, Hashable {
    public var path: String
    /// Bytes, from its beginning; the file may be longer, and must not be shorter.
    public var size: Int
    /// Called with the bytes sent so far, from the thread of the exchange; not compared.
    public var onProgress: (@Sendable (Int) -> Void)?

    public init(path: String, size: Int, onProgress: (@Sendable (Int) -> Void)? = nil) {
        (self.path, self.size, self.onProgress) = (path, size, onProgress)
    }

    public static func == (left: HTTPUpload, right: HTTPUpload) -> Bool {
        (left.path, left.size) == (right.path, right.size)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(path)
        hasher.combine(size)
    }
}

extension HTTPUpload {
    /// Reads the file once, from the thread of the exchange.
    final class Reader {
        private let upload: HTTPUpload
        private let descriptor: Int32
        private var sent = 0
        /// Why the file could not be read; nil while all is well.
        private(set) var failure: String?

        init(_ upload: HTTPUpload) {
            self.upload = upload
            descriptor = open(upload.path, O_RDONLY | O_CLOEXEC)
            if descriptor < 0 { failure = String(cString: strerror(errno)) }
        }

        deinit { if descriptor >= 0 { close(descriptor) } }

        /// - Returns: how many bytes were put there, 0 at the end; nil when the file cannot be read, or ends early.
        func read(into space: UnsafeMutableRawBufferPointer) -> Int? {
            guard failure == nil else { return nil }
            let wanted = min(space.count, upload.size - sent)
            guard wanted > 0 else { return 0 }
            while true {
                let count = Glibc.read(descriptor, space.baseAddress, wanted)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else {
                    failure = count < 0 ? String(cString: strerror(errno)) : "it ended after \(sent) bytes"
                    return nil
                }
                sent += count
                upload.onProgress?(sent)
                return count
            }
        }
    }
}

import Glibc

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// Bytes for a child's standard input, in a file that has no name any more.
///
/// Through a pipe, a child that ends before it has read everything fails the write, and Subprocess 1.0 then ends the
/// whole process ("FileDescriptor was not closed"): a file cannot fail so.
final class InputFile: Sendable {
    let descriptor: FileDescriptor

    init(_ bytes: [UInt8], folder: String) throws(MirrorError) {
        var template = Array((folder + "/input-XXXXXX").utf8CString)
        let number = mkstemp(&template)
        guard number >= 0, fcntl(number, F_SETFD, FD_CLOEXEC) == 0 else { throw .scratch(path: folder, code: errno) }
        descriptor = FileDescriptor(rawValue: number)
        unlink(template)
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                write(number, $0.baseAddress?.advanced(by: written), $0.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .scratch(path: folder, code: errno) }
            written += count
        }
        guard lseek(number, 0, SEEK_SET) == 0 else { throw .scratch(path: folder, code: errno) }
    }

    /// A file that is there, from a place in it on.
    init(path: String, offset: Int) throws(MirrorError) {
        let number = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard number >= 0 else { throw .missing(path: path) }
        descriptor = FileDescriptor(rawValue: number)
        guard lseek(number, off_t(offset), SEEK_SET) == off_t(offset) else { throw .scratch(path: path, code: errno) }
    }

    deinit { close(descriptor.rawValue) }
}

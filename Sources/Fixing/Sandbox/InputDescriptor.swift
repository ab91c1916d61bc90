import Events
import Foundation

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// Bytes in a file without a name, for a child's standard input: a child that ends early cannot break it.
final class InputDescriptor: Sendable {
    let descriptor: FileDescriptor

    init(_ bytes: [UInt8]) throws(FixingError) {
        var template = Array((NSTemporaryDirectory() + "appliance-draft-XXXXXX").utf8CString)
        let number = mkstemp(&template)
        guard number >= 0, fcntl(number, F_SETFD, FD_CLOEXEC) == 0 else { throw .scratch(code: errno) }
        descriptor = FileDescriptor(rawValue: number)
        unlink(template)
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                write(number, $0.baseAddress?.advanced(by: written), $0.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .scratch(code: errno) }
            written += count
        }
        guard lseek(number, 0, SEEK_SET) == 0 else { throw .scratch(code: errno) }
    }

    deinit { close(descriptor.rawValue) }
}

/// What can go wrong while a draft is made, beside git.
public enum FixingError: OperatorFacing, Equatable {
    case scratch(code: Int32)

    public var description: String {
        switch self {
        case .scratch(let code): "cannot write a temporary file: \(String(cString: strerror(code)))"
        }
    }

    public var remedy: String? { "Free space in the temporary folder (TMPDIR), and make it writable for this user." }
    public var kind: FailureKind { .io }
}

import CZlib
import Glibc

/// The decompressed, decoded bytes of one file, in order: plain or gzip (of any number of members), UTF-16 with a mark.
final class ByteStream {
    /// Why the stream cannot be read; the file's reader counts it as a problem.
    struct Failure: Error, Equatable {
        var reason: IntakeProblem.Reason

        static func problem(_ reason: IntakeProblem.Reason) -> Failure { Failure(reason: reason) }
    }

    let isCompressed: Bool
    /// Of Docker's multiplexed stream the headers are taken out.
    private var stripper: FrameStripper?
    let status: stat
    private let descriptor: Int32
    private var inflater = z_stream()
    private var input: [UInt8] = []
    private var inputRange = 0..<0
    private var atEnd = false
    private var memberEnded = false
    /// Compressed data broke here; what came before it was handed out.
    private(set) var isCorrupt = false
    private(set) var rawBytesRead: Int64 = 0

    static let magic: [UInt8] = [0x1F, 0x8B]

    /// Opens without following a terminal or blocking on a pipe that nobody writes.
    init(path: String) throws(Failure) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
        if descriptor < 0 { throw .problem(Self.reason(errno)) }
        var status = stat()
        let known = fstat(descriptor, &status) == 0
        self.status = status
        var head = [UInt8](repeating: 0, count: FrameStripper.header)
        let kind = status.st_mode & S_IFMT
        let count = known && kind == S_IFREG ? pread(descriptor, &head, head.count, 0) : 0
        isCompressed = count >= 2 && head.starts(with: Self.magic)
        if FrameStripper.isHeader(head.prefix(max(0, count))) { stripper = FrameStripper() }
        guard known, kind == S_IFREG else {
            close(descriptor)
            throw .problem(kind == S_IFDIR ? .isDirectory : .notAFile)
        }
        if isCompressed { startInflating() }
    }

    /// Standard input or another stream that is read once; the caller goes on owning the descriptor.
    init(descriptor: Int32) {
        self.descriptor = dup(descriptor)
        isCompressed = false
        status = stat()
    }

    deinit {
        if isCompressed { inflateEnd(&inflater) }
        if descriptor >= 0 { close(descriptor) }
    }

    static func reason(_ code: Int32) -> IntakeProblem.Reason {
        switch code {
        case ENOENT, ENOTDIR: .missing
        case EACCES, EPERM: .notPermitted
        case EISDIR: .isDirectory
        // What open(2) says of a socket.
        case ENXIO: .notAFile
        default: .readFailed(errno: code)
        }
    }

    /// Offsets are not those of the file: what it holds is not what is handed out.
    var isConverted: Bool { isCompressed || stripper != nil }

    /// Moves to a place of a plain file.
    func seek(to offset: Int64) { if !isConverted { lseek(descriptor, off_t(offset), SEEK_SET) } }

    /// - Returns: 0 at the end.
    func read(into target: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
        if stripper != nil { return try readFrames(into: target) }
        return isCompressed ? try inflate(into: target) : try readRaw(into: target)
    }

    private func readFrames(into target: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
        while true {
            let count = try readRaw(into: target)
            let text = count > 0 ? stripper?.strip(target, count) ?? count : 0
            if text > 0 || count == 0 { return text }
        }
    }

    private func readRaw(into target: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
        while true {
            let count = Glibc.read(descriptor, target.baseAddress, target.count)
            if count >= 0 {
                rawBytesRead += Int64(count)
                return count
            }
            if errno != EINTR { throw .problem(Self.reason(errno)) }
        }
    }

    private func startInflating() {
        input = [UInt8](repeating: 0, count: 128 << 10)
        // 15 bits of window, 16 more: a gzip header is expected (zlib.h).
        isCorrupt = inflateInit2_(&inflater, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) != Z_OK
    }

    private func inflate(into target: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
        var produced = 0
        while produced == 0, !atEnd, !isCorrupt {
            if inputRange.isEmpty, try !fillInput() {
                atEnd = true
                if !memberEnded { isCorrupt = true }
                break
            }
            if memberEnded {
                // Padding after the last member is no member.
                guard input[inputRange.lowerBound] == Self.magic[0] else {
                    atEnd = true
                    break
                }
                inflateReset(&inflater)
                memberEnded = false
            }
            produced = inflateOnce(into: target)
        }
        return produced
    }

    private func fillInput() throws(Failure) -> Bool {
        var buffer = input
        let result = buffer.withUnsafeMutableBytes { bytes -> Result<Int, Failure> in
            do throws(Failure) { return .success(try readRaw(into: bytes)) } catch { return .failure(error) }
        }
        let count = try result.get()
        input = buffer
        inputRange = 0..<count
        return count > 0
    }

    private func inflateOnce(into target: UnsafeMutableRawBufferPointer) -> Int {
        let range = inputRange
        return input.withUnsafeMutableBufferPointer { source in
            inflater.next_in = source.baseAddress.map { $0 + range.lowerBound }
            inflater.avail_in = UInt32(range.count)
            inflater.next_out = target.baseAddress?.assumingMemoryBound(to: UInt8.self)
            inflater.avail_out = UInt32(clamping: target.count)
            let result = CZlib.inflate(&inflater, Z_NO_FLUSH)
            inputRange = range.upperBound - Int(inflater.avail_in)..<range.upperBound
            if result == Z_STREAM_END {
                memberEnded = true
            } else if result != Z_OK, result != Z_BUF_ERROR {
                isCorrupt = true
            }
            return target.count - Int(inflater.avail_out)
        }
    }
}

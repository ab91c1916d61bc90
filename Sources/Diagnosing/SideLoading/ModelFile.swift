import Crypto
import Glibc

/// A file of a side-loaded model, as it lies on its medium.
public struct ModelFile: Sendable, Hashable {
    public var path: String
    /// Bytes.
    public var size: Int

    /// Of a header that is read at once, and at most; the vocabularies of today's models take 2 to 12 MB.
    static let firstPrefix = 4 << 20
    static let longestHeader = 256 << 20
    private static let pieceBytes = 1 << 20

    /// - Throws: ``ModelFileError``.
    public init(path: String) throws(ModelFileError) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw .unreadable(path: path, reason: String(cString: strerror(errno))) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .unreadable(path: path, reason: "it is no plain file") }
        (self.path, size) = (path, Int(status.st_size))
    }

    /// Reads its header, and no more of the file.
    public func header() throws(ModelFileError) -> GGUFHeader {
        var length = Self.firstPrefix
        while true {
            let prefix = try read(atMost: length)
            let header = prefix.withUnsafeBytes { bytes in
                Result { () throws(GGUFError) in try GGUFHeader(prefix: bytes, fileSize: size) }
            }
            switch header {
            case .success(let header): return header
            case .failure(.longer) where length < Self.longestHeader: length *= 4
            case .failure(let error): throw .noModel(path: path, error)
            }
        }
    }

    /// The SHA-256 of the whole file, in hexadecimal.
    ///
    /// - Parameter onProgress: called with the bytes read so far.
    public func sum(onProgress: (Int) -> Void = { _ in }) throws(ModelFileError) -> String {
        var (hash, total) = (SHA256(), 0)
        try forEachPiece(until: .max) { piece in
            piece.withUnsafeBytes { hash.update(bufferPointer: $0) }
            total += piece.count
            onProgress(total)
        }
        return hash.finalize().map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }.joined()
    }

    /// The file's text, for the small ones of a model.
    public func text(atMost most: Int) throws(ModelFileError) -> String {
        guard size <= most else { throw .unreadable(path: path, reason: "it is larger than \(most) bytes") }
        return String(decoding: try read(atMost: most), as: UTF8.self)
    }

    private func read(atMost most: Int) throws(ModelFileError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(min(most, size))
        try forEachPiece(until: most) { bytes += $0 }
        return bytes
    }

    private func forEachPiece(until most: Int, _ body: (ArraySlice<UInt8>) -> Void) throws(ModelFileError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadable(path: path, reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var (piece, left) = ([UInt8](repeating: 0, count: Self.pieceBytes), most)
        while left > 0 {
            let count = Glibc.read(descriptor, &piece, min(piece.count, left))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .unreadable(path: path, reason: String(cString: strerror(errno))) }
            if count == 0 { return }
            left -= count
            body(piece[..<count])
        }
    }
}

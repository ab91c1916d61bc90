import Crypto
import Foundation
import Glibc

/// How far a file was read. It recognises the file by its inode and its content, never by name or date.
public struct FileCursor: Codable, Hashable, Sendable {
    public var path: String
    public var device: UInt64
    public var inode: UInt64
    /// Length and SHA-256 of the first bytes (1 KiB at most), decompressed.
    public var headLength: Int
    public var headHash: String
    /// Bytes that were read, decompressed.
    public var offset: Int64
    /// Length and SHA-256 of the bytes just before `offset`: tells a rotated copy from a file that begins alike.
    public var tailLength: Int
    public var tailHash: String
    /// The file's size when it was last read (compressed, where it is).
    public var size: Int64?
    /// SHA-256 of the first line, while the head is not whole: a small file that is emptied and begun anew is another,
    /// and its copy has to be recognised. nil in cursors of versions that did not note it.
    public var firstLine: String?
    /// Where the last errors before `offset` began: how far back the lines before the next ones reach.
    var errorStarts: [Int64]?

    public init(
        path: String, device: UInt64, inode: UInt64, headLength: Int, headHash: String, offset: Int64,
        tailLength: Int = 0, tailHash: String = "", size: Int64? = nil
    ) {
        (self.path, self.device, self.inode, self.headLength) = (path, device, inode, headLength)
        (self.headHash, self.offset, self.size) = (headHash, offset, size)
        (self.tailLength, self.tailHash) = (tailLength, tailHash)
    }

    /// What a store keeps cursors by: one a path and content, so that a rotated file's outlives its name.
    public var key: String { "\(path)\n\(device):\(inode)\n\(headLength == Self.head ? headHash : firstLine ?? "")" }

    static let head = 1024

    static func hash(_ bytes: some Sequence<UInt8>) -> String {
        SHA256.hash(data: Data(bytes)).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    /// The file is still where it was read, under the same name.
    var isPresent: Bool {
        var status = stat()
        return stat(path, &status) == 0 && UInt64(status.st_dev) == device && UInt64(status.st_ino) == inode
    }

    /// Whether a store keeps this cursor in place of the other.
    func replaces(_ other: FileCursor) -> Bool { path == other.path && inode == other.inode && key == other.key }
}

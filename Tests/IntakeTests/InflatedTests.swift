import CZlib
import Testing

@testable import Intake

@Suite("What is sent compressed is read within its limit")
struct InflatedTests {
    /// Compressed by zlib. `window`: 15 for zlib, 31 for gzip, -15 for no frame at all (zlib.h).
    static func deflated(_ bytes: [UInt8], window: Int32) -> [UInt8] {
        var stream = z_stream()
        let size = Int32(MemoryLayout<z_stream>.size)
        guard deflateInit2_(&stream, 6, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK else {
            return []
        }
        defer { deflateEnd(&stream) }
        var (input, output) = (bytes, [UInt8](repeating: 0, count: bytes.count + 1000))
        let count = input.withUnsafeMutableBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                stream.next_in = source.baseAddress
                stream.avail_in = UInt32(source.count)
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(target.count)
                deflate(&stream, Z_FINISH)
                return target.count - Int(stream.avail_out)
            }
        }
        return Array(output[..<count])
    }

    static let windows: [Int32] = [15, 31, -15]

    @Test("gzip, zlib and deflate without a frame become what they were", arguments: windows)
    func whole(window: Int32) throws {
        let text = (0..<20_000).flatMap { Array("line \($0)\n".utf8) }
        let packed = Self.deflated(text, window: window)
        #expect(packed.count < text.count)
        #expect(try inflated(packed, limit: text.count) == text)
        #expect(throws: FormatError.self) { try inflated(packed, limit: text.count - 1) }
        #expect(try inflated(Self.deflated([], window: window), limit: 0) == [])
    }

    @Test("a few bytes that become many are refused", arguments: windows)
    func bomb(window: Int32) {
        let packed = Self.deflated([UInt8](repeating: 0, count: 50_000_000), window: window)
        #expect(packed.count < 100_000)
        #expect(throws: FormatError.tooLarge(format: "its sender", limit: 1_000_000)) {
            try inflated(packed, limit: 1_000_000)
        }
    }

    @Test("what is cut or broken is refused wherever it breaks", arguments: windows)
    func broken(window: Int32) {
        let packed = Self.deflated(Array("the quick brown fox jumps over the lazy dog".utf8), window: window)
        for length in 0..<packed.count - (window == -15 ? 0 : 1) {
            #expect(throws: FormatError.self) { try inflated(Array(packed[..<length]), limit: 1000) }
        }
        for place in packed.indices {
            var damaged = packed
            damaged[place] ^= 0xFF
            // Broken or not what it was, and never more than the limit.
            if let bytes = try? inflated(damaged, limit: 1000) { #expect(bytes.count <= 1000) }
        }
        #expect(throws: FormatError.brokenCompression) { try inflated([], limit: 1000) }
    }
}

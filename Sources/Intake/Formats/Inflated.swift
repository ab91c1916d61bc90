import CZlib

/// The bytes of a message that was sent compressed: gzip, zlib, or deflate without a frame, as clients mix them up.
///
/// - Parameters:
///   - limit: bytes that it may become; a few compressed ones can become any number.
///   - takes: asked for each further piece, with its bytes, before it is kept; false ends it as too large.
/// - Throws: ``FormatError/brokenCompression`` and ``FormatError/tooLarge(format:limit:)``.
public func inflated(
    _ bytes: [UInt8], limit: Int, takes: (Int) -> Bool = { _ in true }
) throws(FormatError) -> [UInt8] {
    // RFC 1950: compression method 8, and a check of the first two bytes; RFC 1952: the magic of gzip.
    let hasFrame =
        bytes.count > 1
        && (bytes.starts(with: ByteStream.magic)
            || bytes[0] & 0x0F == 8 && (Int(bytes[0]) << 8 | Int(bytes[1])) % 31 == 0)
    var stream = z_stream()
    // 15 bits of window; 32 more take either frame, and the negative number none (zlib.h).
    let window: Int32 = hasFrame ? 47 : -15
    guard inflateInit2_(&stream, window, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
        throw .brokenCompression
    }
    defer { inflateEnd(&stream) }
    var (input, output) = (bytes, [UInt8]())
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    let result = input.withUnsafeMutableBufferPointer { source -> Result<Void, FormatError> in
        stream.next_in = source.baseAddress
        stream.avail_in = UInt32(clamping: source.count)
        while true {
            let (state, count) = chunk.withUnsafeMutableBufferPointer { target -> (Int32, Int) in
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(clamping: target.count)
                return (inflate(&stream, Z_NO_FLUSH), target.count - Int(stream.avail_out))
            }
            guard output.count + count <= limit, takes(count) else {
                return .failure(.tooLarge(format: "its sender", limit: limit))
            }
            output += chunk[..<count]
            if state == Z_STREAM_END { return .success(()) }
            guard state == Z_OK, count > 0 || stream.avail_in > 0 else { return .failure(.brokenCompression) }
        }
    }
    try result.get()
    return output
}

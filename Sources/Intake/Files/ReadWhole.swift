/// A whole file's bytes, decompressed where it is gzip.
///
/// - Parameter limit: of what is returned; what a compressed file claims to hold is not believed.
/// - Returns: nil for a file that cannot be read or is larger.
public func wholeFile(_ path: String, limit: Int) -> [UInt8]? {
    do throws(ByteStream.Failure) {
        let stream = try ByteStream(path: path)
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        while bytes.count <= limit {
            let result = buffer.withUnsafeMutableBytes { target -> Result<Int, ByteStream.Failure> in
                do throws(ByteStream.Failure) { return .success(try stream.read(into: target)) } catch {
                    return .failure(error)
                }
            }
            let count = try result.get()
            if count == 0 { return stream.isCorrupt ? nil : bytes }
            bytes += buffer[..<count]
        }
        return nil
    } catch {
        return nil
    }
}

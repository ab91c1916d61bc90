import CLZ4

/// Unpacks what ``LZ4Packer`` packed; no pointer of liblz4 leaves these two files.
///
/// Block format, https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md. A block says neither how long it
/// is when unpacked nor which dictionary made it: ``RecordCodec`` writes both before it.
enum LZ4 {
    /// Unpacks exactly `rawLength` bytes; the caller has bounded it.
    ///
    /// - Returns: nil when the block is not well formed or has another length.
    static func decompress(_ packed: ArraySlice<UInt8>, rawLength: Int, dictionary: [UInt8]) -> [UInt8]? {
        guard rawLength > 0 else { return packed.isEmpty || packed.elementsEqual([0]) ? [] : nil }
        var raw = [UInt8](repeating: 0, count: rawLength)
        let written = dictionary.withUnsafeBytes { dictionaryBytes in
            packed.withUnsafeBytes { source in
                raw.withUnsafeMutableBytes { target in
                    LZ4_decompress_safe_usingDict(
                        source.bindMemory(to: CChar.self).baseAddress, target.bindMemory(to: CChar.self).baseAddress,
                        Int32(clamping: source.count), Int32(clamping: rawLength),
                        dictionaryBytes.bindMemory(to: CChar.self).baseAddress, Int32(clamping: dictionaryBytes.count))
                }
            }
        }
        return Int(written) == rawLength ? raw : nil
    }
}

import CLZ4

/// The only place that calls liblz4; its pointers never leave this file.
///
/// Block format, https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md. A block says neither how long it
/// is when unpacked nor which dictionary made it: ``RecordCodec`` writes both before it.
enum LZ4 {
    /// Compresses with a dictionary (empty: none), thoroughly: records are written once and read often.
    ///
    /// - Returns: nil when liblz4 refuses (input beyond its limit of 2 GB).
    static func compress(_ raw: [UInt8], dictionary: [UInt8]) -> [UInt8]? {
        // The block of nothing is one token.
        if raw.isEmpty { return [0] }
        let bound = LZ4_compressBound(Int32(clamping: raw.count))
        guard bound > 0, let stream = LZ4_createStreamHC() else { return nil }
        defer { LZ4_freeStreamHC(stream) }
        LZ4_resetStreamHC_fast(stream, level)
        var packed = [UInt8](repeating: 0, count: Int(bound))
        let written = dictionary.withUnsafeBytes { dictionaryBytes -> Int32 in
            let prefix = dictionaryBytes.bindMemory(to: CChar.self)
            if prefix.count > 0 { _ = LZ4_loadDictHC(stream, prefix.baseAddress, Int32(clamping: prefix.count)) }
            return raw.withUnsafeBytes { source in
                packed.withUnsafeMutableBytes { target in
                    LZ4_compress_HC_continue(
                        stream, source.bindMemory(to: CChar.self).baseAddress,
                        target.bindMemory(to: CChar.self).baseAddress, Int32(source.count), bound)
                }
            }
        }
        guard written > 0 else { return nil }
        packed.removeLast(packed.count - Int(written))
        return packed
    }

    /// Of 12: what is gained beyond is not worth its time.
    private static let level: Int32 = 9

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

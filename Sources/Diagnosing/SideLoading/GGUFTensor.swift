/// One entry of a GGUF file's table of tensors.
enum GGUFTensor {
    /// ggml's own bound is 64; others write longer ones.
    static let longestName = 1024

    /// Reads an entry.
    ///
    /// - Returns: where its data ends, counted from the first tensor's; where it begins, for a kind that is not known.
    static func end(_ reader: inout GGUFReader, alignment: Int) throws(GGUFError) -> Int {
        _ = try reader.text(atMost: longestName)
        let dimensions = try reader.number(UInt32.self)
        guard (1...UInt32(GGUFHeader.mostDimensions)).contains(dimensions) else {
            throw .implausible("a tensor of \(dimensions) dimensions")
        }
        var elements = 1
        for _ in 0..<dimensions {
            let width = try reader.number(UInt64.self)
            guard width > 0, let width = Int(exactly: width) else { throw .implausible("a tensor of width \(width)") }
            let (product, overflows) = elements.multipliedReportingOverflow(by: width)
            guard !overflows else { throw .implausible("a tensor without end") }
            elements = product
        }
        let kind = try reader.number(UInt32.self)
        guard let offset = Int(exactly: try reader.number(UInt64.self)), offset % alignment == 0 else {
            throw .implausible("a tensor that begins between two places")
        }
        guard let block = blocks[kind] else { return offset }
        guard elements % block.elements == 0 else { throw .implausible("a tensor of \(elements) elements") }
        let (bytes, isTooMuch) = (elements / block.elements).multipliedReportingOverflow(by: block.bytes)
        let (end, overflows) = offset.addingReportingOverflow(bytes)
        guard !isTooMuch, !overflows else { throw .implausible("a tensor without end") }
        return end
    }

    /// How many elements a block of each kind holds, and in how many bytes (ggml's `type_traits`, by its numbers).
    private static let blocks: [UInt32: (elements: Int, bytes: Int)] = [
        0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 10: (256, 84),
        11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292), 16: (256, 66), 17: (256, 74),
        18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82), 23: (256, 136), 24: (1, 1),
        25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54), 35: (256, 66),
        39: (32, 17),
    ]
}

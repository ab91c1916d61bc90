import Glibc

/// One open conversion of iconv to UTF-8. Invalid bytes become U+FFFD and stop nothing.
final class IconvDecoder {
    private let handle: iconv_t

    /// - Returns: nil when iconv does not know the encoding.
    init?(_ encoding: String) {
        let opened = iconv_open("UTF-8", IconvDecoder.name(encoding))
        guard let opened, opened != iconv_t(bitPattern: -1) else { return nil }
        handle = opened
    }

    deinit { iconv_close(handle) }

    /// What iconv calls it: Microsoft's forms keep the backslash where the standards' put the yen and won signs.
    static func name(_ encoding: String) -> String {
        switch encoding.lowercased().filter({ $0 != "-" && $0 != "_" && $0 != " " }) {
        case "euckr", "ksc5601", "korean", "uhc", "cp949", "ms949": "CP949"
        case "shiftjis", "sjis", "cp932", "windows31j", "mskanji": "CP932"
        case "gb2312", "gbk", "gb18030", "euccn", "cp936": "GB18030"
        case "latin1", "iso88591", "cp1252", "windows1252": "CP1252"
        case "utf16": "UTF-16"
        default: encoding
        }
    }

    /// - Returns: the text, whether bytes had to be replaced, and how many bytes at the end begin a character that is
    ///   not whole.
    func decode(_ bytes: UnsafeRawBufferPointer) -> (text: [UInt8], isRepaired: Bool, unfinished: Int) {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count * 2)
        var (offset, isRepaired) = (0, false)
        iconv(handle, nil, nil, nil, nil)
        while offset < bytes.count {
            let step = convert(UnsafeRawBufferPointer(rebasing: bytes[offset...]), to: &output)
            offset += step.consumed
            switch step.end {
            case .whole: return (output, isRepaired, 0)
            case .full: continue
            case .unfinished: return (output, isRepaired, bytes.count - offset)
            case .invalid:
                output += [0xEF, 0xBF, 0xBD]
                isRepaired = true
                offset += 1
            }
        }
        return (output, isRepaired, 0)
    }

    private enum End { case whole, full, unfinished, invalid }

    private func convert(_ bytes: UnsafeRawBufferPointer, to output: inout [UInt8]) -> (consumed: Int, end: End) {
        guard let start = bytes.baseAddress else { return (0, .whole) }
        // iconv takes the input without changing it, but declares it as changeable.
        var source: UnsafeMutablePointer<CChar>? = UnsafeMutablePointer(
            mutating: start.assumingMemoryBound(to: CChar.self))
        var left = bytes.count
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { room in
            var target = room.baseAddress
            var free = room.count
            let result = iconv(handle, &source, &left, &target, &free)
            let code = errno
            output += room.prefix(room.count - free).lazy.map { UInt8(bitPattern: $0) }
            let consumed = bytes.count - left
            guard result == Int(bitPattern: UInt.max) else { return (consumed, .whole) }
            switch code {
            case E2BIG: return (consumed, .full)
            case EINVAL: return (consumed, .unfinished)
            default: return (consumed, .invalid)
            }
        }
    }
}

/// The methods of HTTP (RFC 9110, section 9; PATCH: RFC 5789): they say what was asked and do not vary.
enum HTTPMethod {
    /// The end of a method that starts at `start` and has a space and a target after it.
    static func end(_ bytes: Bytes, _ start: Int) -> Int? {
        let end = bytes.run(from: start, limit: 8, \.isUpper)
        guard isMethod(bytes, start..<end), bytes.at(end) == 0x20 else { return nil }
        let target = bytes.at(end + 1)
        return target == 0x2F || target == 0x2A || target.isLetter ? end : nil
    }

    static func isMethod(_ bytes: Bytes, _ range: Range<Int>) -> Bool {
        (3...7).contains(range.count)
            && names.contains { $0.utf8CodeUnitCount == range.count && bytes.has($0, at: range.lowerBound) }
    }

    private static let names: [StaticString] = [
        "GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "CONNECT", "TRACE",
    ]
}

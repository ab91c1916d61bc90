extension Duration {
    /// Milliseconds of `1.5s`, `20ms`, `1m3.5s`, `900µs`; nil for anything else.
    static func milliseconds(text: String) -> Double? {
        var (total, rest) = (0.0, text[...].trimmed)
        guard !rest.isEmpty, rest.utf8.count <= 32 else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            guard let number = Double(digits) else { return nil }
            let unit = rest[digits.endIndex...].trimmed.prefix { !($0.isASCII && $0.isNumber) }
            guard let scale = scales[unit.lowercased().trimmingPrefix(while: { $0 == " " }).description] else {
                return nil
            }
            total += number * scale
            rest = rest[unit.endIndex...]
        }
        return total
    }

    private static let scales: [String: Double] = [
        "ns": 1e-6, "us": 1e-3, "µs": 1e-3, "μs": 1e-3, "ms": 1, "s": 1000, "sec": 1000, "m": 60000, "min": 60000,
        "h": 3_600_000,
    ]
}

import CScan

/// Says where values end: each `match…` function looks at the bytes from a place on, as far as a bound, and writes
/// nothing. Small enough to be handed on in registers.
struct ValueMatcher {
    /// How far a quoted value, an email or a JSON blob is looked for.
    static let maxValueBytes = 512

    let bytes: Bytes
    /// Whether there can be emails at all.
    let hasAt: Bool

    init(_ bytes: Bytes) {
        self.bytes = bytes
        hasAt = bytes.baseAddress.map { scan_has($0, bytes.count, 0x40) != 0 } ?? false
    }
}

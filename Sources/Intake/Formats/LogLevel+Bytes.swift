import Events

extension LogLevel {
    /// The commonest words, in any case; nil for all others, which `init(word:)` may know.
    init?(plain word: UnsafeRawBufferPointer) {
        guard (4...7).contains(word.count) else { return nil }
        var folded: UInt64 = 0
        for byte in word { folded = folded << 8 | UInt64(byte | 0x20) }
        guard let level = Self.plainWords.first(where: { $0.folded == folded })?.level else { return nil }
        self = level
    }

    private static let plainWords: [(folded: UInt64, level: LogLevel)] = [
        (folded("info"), .info), (folded("error"), .error), (folded("warn"), .warning), (folded("warning"), .warning),
        (folded("debug"), .debug), (folded("trace"), .trace), (folded("fatal"), .fatal),
    ]

    private static func folded(_ word: String) -> UInt64 { word.utf8.reduce(0) { $0 << 8 | UInt64($1) } }
}

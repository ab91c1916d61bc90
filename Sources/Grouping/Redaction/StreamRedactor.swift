/// Redacts a text of any length in bounded memory: what redacting it as a whole gives.
///
/// The text is cut at line ends where both sides say by themselves what they say together, so that a secret that spans
/// lines, or whose name stands in the line before, is found as in a whole text. Bytes that are not masked stay as they
/// are, invalid UTF-8 too.
public struct StreamRedactor {
    /// Bytes that are redacted at once.
    private static let windowBytes = 4 << 20
    /// Windows that are held at most: a line that is longer is cut.
    private static let maxWindows = 4
    /// What both sides of a cut are judged by: the longest private key before it, the longest look after it.
    private static let before = SecretReader.maxKeyBytes + 4096
    private static let after = 4096
    /// Line ends that are tried.
    private static let maxTries = 64

    private let masker: SecretMasker
    private var held: [UInt8] = []
    /// Held bytes from which a line end is looked for.
    private var nextCut: Int
    private let windowBytes: Int

    /// - Parameter key: as for ``makeRedactor(settings:key:)``.
    public init(settings: RedactionSettings, key: [UInt8]) throws {
        try self.init(settings: settings, key: key, windowBytes: Self.windowBytes)
    }

    init(settings: RedactionSettings, key: [UInt8], windowBytes: Int) throws {
        masker = try SecretMasker(settings: settings, key: key)
        (self.windowBytes, nextCut) = (windowBytes, windowBytes)
        held.reserveCapacity(windowBytes * 2)
    }

    /// Takes more of the text; `emit` gets what can be said of it by now.
    public mutating func add(_ bytes: UnsafeBufferPointer<UInt8>, emit: (UnsafeBufferPointer<UInt8>) -> Void) {
        held += bytes
        guard held.count >= nextCut else { return }
        let end = held.withUnsafeBufferPointer(cut) ?? (held.count >= windowBytes * Self.maxWindows ? held.count : 0)
        guard end > 0 else { return nextCut = held.count + windowBytes }
        flush(end, emit)
        nextCut = windowBytes
    }

    /// The end of the text.
    public mutating func finish(emit: (UnsafeBufferPointer<UInt8>) -> Void) { flush(held.count, emit) }

    private mutating func flush(_ end: Int, _ emit: (UnsafeBufferPointer<UInt8>) -> Void) {
        held.withUnsafeBufferPointer { bytes in
            let text = Bytes(rebasing: bytes[..<end])
            if let masked = masker.masked(text) { masked.bytes.withUnsafeBufferPointer(emit) } else { emit(text) }
        }
        held.removeFirst(end)
    }

    /// The last place where the text can be cut; nil where there is none.
    private func cut(_ bytes: Bytes) -> Int? {
        var end = bytes.count - Self.after
        for _ in 0..<Self.maxTries where end > 0 {
            guard let line = bytes[..<end].lastIndex(of: 0x0A) else { return nil }
            let problem = problem(ofCutAt: line + 1, bytes)
            guard let problem else { return line + 1 }
            end = min(line, problem)
        }
        return nil
    }

    /// Where what is found changes when the text is cut; nil where nothing does.
    private func problem(ofCutAt cut: Int, _ bytes: Bytes) -> Int? {
        let range = max(0, cut - Self.before)..<min(bytes.count, cut + Self.after)
        func secrets(_ part: Range<Int>) -> [Secret] {
            masker.finder.secrets(in: Bytes(rebasing: bytes[part])).map {
                Secret(
                    name: $0.name, range: $0.range.lowerBound + part.lowerBound..<$0.range.upperBound + part.lowerBound)
            }
        }
        let whole = secrets(range)
        let parts = secrets(range.lowerBound..<cut) + secrets(cut..<range.upperBound)
        guard whole != parts else { return nil }
        let different = zip(whole, parts).first { $0 != $1 }
        return max(0, different.map { min($0.range.lowerBound, $1.range.lowerBound) } ?? cut - 1)
    }
}

/// Turns the lines of one stream into text, in the encoding that the source names, or the likeliest.
final class TextDecoder {
    private let configured: IconvDecoder?
    /// Lines that are no UTF-8 are judged one by one; where a source names UTF-8 they are broken.
    private let isAutomatic: Bool
    private let configuredName: String
    private let prior: TextEncoding?
    private var open: [TextEncoding: IconvDecoder] = [:]
    /// Lines by the encoding that was assumed for them.
    private(set) var assumed: [String: Int] = [:]

    /// What it takes to make a decoder that decodes alike, elsewhere and later.
    struct Recipe: Sendable {
        var encoding: String?
        var prior: TextEncoding?
    }

    let recipe: Recipe

    /// - Parameters:
    ///   - encoding: of the lines; nil or `auto` assumes the likeliest for what is no UTF-8.
    ///   - head: the stream's beginning.
    convenience init(encoding: String?, head: UnsafeRawBufferPointer) {
        // Whole lines: half a character at the end would be no text at all.
        let whole = (head.lastIndex(of: 0x0A)).map { UnsafeRawBufferPointer(rebasing: head[..<$0]) } ?? head
        let isUTF8 = String(validating: whole, as: UTF8.self) != nil
        let guessed = TextDecoder.isAutomatic(encoding) && !isUTF8 ? TextDecoder.likeliest(whole) : nil
        self.init(Recipe(encoding: encoding, prior: guessed))
    }

    init(_ recipe: Recipe) {
        self.recipe = recipe
        let name = TextDecoder.explicit(recipe.encoding)
        configuredName = name.map(IconvDecoder.name) ?? ""
        configured = name.flatMap(IconvDecoder.init)
        isAutomatic = TextDecoder.isAutomatic(recipe.encoding)
        prior = recipe.prior
    }

    private static func isAutomatic(_ encoding: String?) -> Bool {
        ["", "auto"].contains((encoding ?? "").lowercased())
    }

    /// Text that is valid UTF-8 is taken for that.
    var takesUTF8: Bool { configured == nil }

    /// The encoding to convert from; nil where lines are UTF-8, or to be recognised (UTF-16 by its mark or its zeros).
    static func explicit(_ encoding: String?) -> String? {
        let recognised = ["", "auto", "utf8", "utf-8", "utf16", "utf-16"]
        guard let encoding, !recognised.contains(encoding.lowercased()) else { return nil }
        return encoding
    }

    /// Whether ASCII is written in it as itself, so that lines can be told apart before they are decoded.
    static func containsASCII(_ encoding: String) -> Bool {
        let sample = Array("ERROR {\"a\":\"b\\n\"}\n".utf8)
        guard let decoder = IconvDecoder(encoding) else { return true }
        return sample.withUnsafeBytes { decoder.decode($0).text } == sample
    }

    /// - Parameter isCounted: false for a line that is only looked at.
    func decode(
        _ bytes: UnsafeRawBufferPointer, isCounted: Bool = true
    ) -> (text: String, outcome: LineDecoder.Outcome) {
        if let text = String(validating: bytes, as: UTF8.self), configured == nil || isASCII(bytes) {
            return (text, .utf8)
        }
        if let configured {
            let (text, isRepaired, unfinished) = configured.decode(bytes)
            if isCounted { assumed[configuredName, default: 0] += 1 }
            return (String(decoding: text, as: UTF8.self), isRepaired || unfinished > 0 ? .repaired : .converted)
        }
        if isAutomatic, let encoding = TextEncoding.guess(bytes, prior: prior), let decoder = decoder(encoding) {
            let (text, isRepaired, unfinished) = decoder.decode(bytes)
            if !isRepaired, unfinished == 0 {
                if isCounted { assumed[encoding.rawValue, default: 0] += 1 }
                return (String(decoding: text, as: UTF8.self), .converted)
            }
        }
        return (String(decoding: bytes, as: UTF8.self), .repaired)
    }

    /// What was assumed since the last call.
    func takeAssumed() -> [String: Int] {
        defer { assumed = [:] }
        return assumed
    }

    private func isASCII(_ bytes: UnsafeRawBufferPointer) -> Bool { bytes.allSatisfy { $0 < 0x80 } }

    private func decoder(_ encoding: TextEncoding) -> IconvDecoder? {
        if let known = open[encoding] { return known }
        let decoder = IconvDecoder(encoding.rawValue)
        open[encoding] = decoder
        return decoder
    }

    /// The encoding of the lines of the head that are no UTF-8, taken together.
    private static func likeliest(_ head: UnsafeRawBufferPointer) -> TextEncoding? {
        var sample: [UInt8] = []
        for line in head.split(separator: 0x0A) where sample.count < TextEncoding.sample {
            if String(validating: line, as: UTF8.self) == nil { sample += line }
        }
        return sample.withUnsafeBytes { TextEncoding.guess($0) }
    }
}

extension ModelSettings {
    /// How much a prompt shows the model, and how much it is asked to write.
    public enum Detail: String, Sendable, Hashable, CaseIterable { case auto, short, full }

    /// Parameters up to which `auto` is `short`: a model so small is led astray by what it need not see, and on the
    /// machines that run it each word read or written is waited for.
    static let mostParametersForShort = 4e9

    /// A short prompt and a short answer are asked of it.
    public var isBrief: Bool {
        switch detail {
        case .short: true
        case .full: false
        case .auto: Self.parameters(of: name).map { $0 <= Self.mostParametersForShort } ?? false
        }
    }

    /// `qwen2.5-coder:1.5b-instruct-q4_K_M` has 1.5 billion, `smollm2:135m` 135 million.
    ///
    /// - Returns: nil where the tag does not begin with such a number.
    static func parameters(of name: String) -> Double? {
        guard let colon = name.lastIndex(of: ":") else { return nil }
        let tag = name[name.index(after: colon)...].lowercased()
        let digits = tag.prefix { $0.isNumber || $0 == "." }
        let rest = tag.dropFirst(digits.count)
        guard let number = Double(digits), let unit = rest.first, rest.dropFirst().first.map({ !$0.isLetter }) ?? true
        else { return nil }
        switch unit {
        case "b": return number * 1e9
        case "m": return number * 1e6
        default: return nil
        }
    }
}

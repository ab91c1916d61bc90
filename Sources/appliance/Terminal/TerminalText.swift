import Delivery

extension String {
    /// Text from a log as a terminal may see it, in one line: what a terminal would obey, or what changes how its
    /// neighbours are drawn, becomes U+FFFD.
    var terminalSafe: String { shown { _ in false } }

    /// The same for a message of several lines: its line ends and tabs stay.
    var terminalLines: String { shown { $0 == "\n" || $0 == "\t" } }

    private func shown(but isKept: (Unicode.Scalar) -> Bool) -> String {
        guard unicodeScalars.contains(where: { $0.isDeceptive && !isKept($0) }) else { return self }
        return String(
            String.UnicodeScalarView(unicodeScalars.map { $0.isDeceptive && !isKept($0) ? "\u{FFFD}" : $0 }))
    }
}

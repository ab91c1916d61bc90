import Events

/// What records hold that are errors without an English word for it: words of the prefilter.
enum CandidateWords {
    /// Reports of the kernel, of debuggers and sanitizers, of Swift, C++ and Ruby.
    static let reports = [
        "==================", "\nBUG: ", " BUG: ", "\"BUG: ", "[ BUG: ", "[ INFO: ", "cut here ]", "handle kernel ",
        "tection fault", " WARNING: at ", "\nWARNING: at ", "\"WARNING: at ", "rogram crashed", "terminate called",
        "dumped core",
        " with signal ", "ived signal ", "\n#0 ", " #0 ", "\"#0 ",
        "\tfrom ", " to crashed", "\n** (", " ** (", "Task timed out", "Status: timeout", " is DOWN, ",
        "no server available!", "Assertion `",
        "ondition failed", "ssertion failed", "DATA RACE", ")[0x", ") [0x",
    ]

    /// Names in messages of services whose events are errors without saying so; journald's texts as numbers.
    static let services = [
        "\"MESSAGE\":[", "\"MESSAGE\" : [", "event_id\"", "eventID\"", "\"logentry\"", "\"trace_chain\"",
        "\"status\":\"timeout\"", "\"status\":\"failure\"", "\"Failed\"", "\"Failure\"", "\"code\":2", "\"code\": 2",
        "\"s\":\"E\"", "\"s\":\"F\"", "\"s\": \"E\"", "\"s\": \"F\"",
    ]

    /// Level words of other languages, as UTF-8 and in the encodings that are recognised.
    static let otherLanguages: [[UInt8]] = {
        var words = LogLevel.errorBeginningsOfOtherLanguages.map { Array($0.utf8) }
        for (encoding, beginnings) in LogLevel.errorBeginningsByEncoding.sorted(by: { $0.key < $1.key }) {
            guard let encoder = PairEncoder(encoding) else { continue }
            words += beginnings.map(encoder.encode).filter { $0.count >= 2 }
        }
        return words
    }()
}

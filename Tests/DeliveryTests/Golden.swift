import Foundation
import Testing

/// Compares with `Fixtures/<case>/<file>`. `RECORD_GOLDEN=1` rewrites it and then fails, so that a person reads the
/// difference.
func expectGolden(_ actual: String, _ path: String, location: SourceLocation = #_sourceLocation) throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures")
    let url = folder.appendingPathComponent(path)
    if ProcessInfo.processInfo.environment["RECORD_GOLDEN"] == "1" {
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(actual.utf8).write(to: url)
        Issue.record("recorded \(path): read the difference, then run without RECORD_GOLDEN", sourceLocation: location)
        return
    }
    let expected = String(decoding: try Data(contentsOf: url), as: UTF8.self)
    guard actual != expected else { return }
    let (new, old) = (actual.components(separatedBy: "\n"), expected.components(separatedBy: "\n"))
    let line = zip(new, old).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? min(new.count, old.count)
    let (got, wanted) = (line < new.count ? new[line] : "(end)", line < old.count ? old[line] : "(end)")
    Issue.record("\(path):\(line + 1)\n  got      \(got)\n  expected \(wanted)", sourceLocation: location)
}

/// A directory of a test's own, removed with everything in it.
func withTemporaryDirectory<Result>(_ body: (String) throws -> Result) throws -> Result {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("delivery-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: url) }
    return try body(url.path)
}

/// The same numbers in every run (the generator of https://prng.di.unimi.it/splitmix64.c).
struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

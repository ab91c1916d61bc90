import Diagnosing
import Events
import Foundation
import Intake

/// The measuring door of the tables in prompts.
extension Evaluation {
    /// The most that is measured at once.
    private static let toonBytes = 1 << 28

    /// What separates the cells of a row.
    public enum CellDelimiter: String, Sendable, CaseIterable { case comma, tab, pipe }

    /// A file of JSON as TOON, or with `measure` one JSON line: rows, bytes of both forms, seconds.
    ///
    /// - Parameter file: one JSON value, or one object a line, which together are an array.
    public func toon(file: String, delimiter: CellDelimiter, measure: Bool) throws -> String {
        guard let bytes = wholeFile(file, limit: Self.toonBytes) else {
            throw LineFileError.unreadable(path: file, reason: "no such file, damaged, or larger than 256 MiB")
        }
        guard let document = TOONDocument(json: bytes) else {
            throw LineFileError.unreadable(path: file, reason: "neither one JSON value nor one on each line")
        }
        let delimiter = TOONDocument.Delimiter(rawValue: delimiter.rawValue) ?? .comma
        guard measure else { return document.text(delimiter: delimiter) }
        let clock = ContinuousClock()
        var size = 0
        let elapsed = clock.measure { size = document.text(delimiter: delimiter).utf8.count }
        let json = document.compactJSONBytes
        let ratio = json == 0 ? 0 : Double(size) / Double(json)
        return """
            {"rows": \(document.rows), "json_bytes": \(json), "toon_bytes": \(size), "ratio": \(ratio), \
            "seconds": \(elapsed.inSeconds)}
            """
    }
}

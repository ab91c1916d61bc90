import Foundation
import History
import Intake

/// The measuring door of compression.
extension Evaluation {
    /// The most that is measured at once.
    private static let recordBytes = 1 << 30

    /// Trains on the records whose fingerprint ends in an even hexadecimal digit, and measures the others: so no
    /// trace is in both. One JSON object. A record without a fingerprint is told apart by its place.
    public func compression(file: String) throws -> String {
        guard let bytes = wholeFile(file, limit: Self.recordBytes) else {
            throw LineFileError.unreadable(path: file, reason: "no such file, damaged, or larger than 1 GiB")
        }
        var (training, measured): ([[UInt8]], [[UInt8]]) = ([], [])
        for (number, line) in bytes.split(separator: 0x0A).enumerated() {
            if Self.isEven(line) ?? (number % 2 == 0) {
                training.append(Array(line))
            } else {
                measured.append(Array(line))
            }
        }
        var trial = CompressionTrial()
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return String(decoding: try encoder.encode(trial.run(training: training, measured: measured)), as: UTF8.self)
    }

    private struct Fingerprinted: Decodable { var fingerprint: String }

    private static func isEven(_ line: ArraySlice<UInt8>) -> Bool? {
        // Records of any shape are measured: one without a fingerprint is no error.
        let record = try? JSONDecoder().decode(Fingerprinted.self, from: Data(line))
        return record.flatMap { $0.fingerprint.last?.hexDigitValue }.map { $0 % 2 == 0 }
    }
}

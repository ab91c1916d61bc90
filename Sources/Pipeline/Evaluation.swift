import Events
import Foundation
import Grouping

/// The measuring doors: one stage alone, on data of anyone's.
public struct Evaluation: Sendable {
    let configuration: Configuration

    public init(configuration: Configuration) { self.configuration = configuration }

    /// One fingerprint a line for events in JSON lines; what cannot be read is an empty line, so that lines match.
    public func fingerprints(file: String, emit: (String) -> Void) throws {
        let grouper = Grouper(settings: configuration.grouping)
        try LineFile.forEach(file, limit: 16 << 20) { _, text in
            let event = try? JSONDecoder().decode(ErrorEvent.self, from: Data(text.utf8))
            emit(event.map { grouper.group($0).fingerprint.hex } ?? "")
        }
    }

    /// Each line, redacted as before storing; the text is taken as a whole, so that a secret may span lines.
    public func redact(_ input: FileHandle, emit: (String) -> Void) throws {
        let redactor = try configuration.makeRedactor()
        let data = try input.readToEnd() ?? Data()
        emit(redactor(String(decoding: data, as: UTF8.self)).text)
    }
}

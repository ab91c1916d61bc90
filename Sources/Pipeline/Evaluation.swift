import Events
import Foundation
import Grouping
import Intake

/// The measuring doors: one stage alone, on data of anyone's.
public struct Evaluation: Sendable {
    let configuration: Configuration

    public init(configuration: Configuration) { self.configuration = configuration }

    /// One fingerprint a line for events in JSON lines: ours, Sentry's, rows `{"text": …}`, or what else is read as one
    /// event when it is ingested; what is none is an empty line, so that lines match.
    public func fingerprints(file: String, now: Timestamp, emit: (String) -> Void) throws {
        let grouper = Grouper(settings: configuration.grouping)
        try LineFile.forEach(file, limit: 16 << 20) { _, text in
            emit(Self.event(in: text, now: now).map { grouper.group($0).fingerprint.hex } ?? "")
        }
    }

    static func event(in line: String, now: Timestamp) -> ErrorEvent? {
        let (decoder, data) = (JSONDecoder(), Data(line.utf8))
        if var own = try? decoder.decode(ErrorEvent.self, from: data), !own.message.isEmpty {
            if own.exceptions.isEmpty { own.exceptions = parseTrace(text: own.message, now: now)?.exceptions ?? [] }
            if !own.exceptions.isEmpty || !own.fingerprint.isEmpty { return own }
        }
        if let row = try? decoder.decode(Row.self, from: data), let subject = row.subject(now: now) { return subject }
        guard (try? decoder.decode([String: Ignored].self, from: data)) != nil else { return nil }
        return parseEvent(text: line, now: now).first
    }

    /// Any JSON value.
    private struct Ignored: Decodable {
        init(from decoder: any Decoder) throws {}
    }

    /// One template id a line, as the templates stand after the last line.
    ///
    /// - Parameters:
    ///   - raw: whole log lines, whose headers are found and left out.
    ///   - texts: the templates themselves instead, with the lines of each.
    public func templates(file: String, raw: Bool, texts: Bool, emit: (String) -> Void) throws {
        var miner = TemplateMiner(raw ? .lines : .messages)
        var count = 0
        try Self.forEachLine(of: file) { line in
            miner.add(line)
            count += 1
        }
        let mined = miner.finish()
        if texts {
            for template in mined.templates { emit("\(template.id)  \(template.lines)  \(template.text)") }
        } else {
            for line in 0..<count { emit(mined.id(ofLine: line)) }
        }
    }

    /// One fingerprint a line for a file of bare messages: what the stage costs without reading events.
    public func fingerprints(messages file: String, emit: (String) -> Void) throws {
        let grouper = Grouper(settings: configuration.grouping)
        try Self.forEachLine(of: file) { emit(grouper.fingerprint(ofMessage: $0).hex) }
    }

    /// Calls `body` with the bytes of each line of a file, without its end; of an overlong line, with what grouping reads.
    private static func forEachLine(of file: String, _ body: (UnsafeBufferPointer<UInt8>) -> Void) throws {
        var pending: [UInt8] = []
        func keep(_ bytes: UnsafeBufferPointer<UInt8>) {
            pending += bytes.prefix(MessageTemplate.maxMessageBytes - pending.count)
        }
        try PieceReader(path: file).forEach { piece in
            var start = 0
            while let end = piece.newline(from: start) {
                let line = UnsafeBufferPointer(rebasing: piece[start..<end])
                if pending.isEmpty {
                    body(line)
                } else {
                    keep(line)
                    pending.withUnsafeBufferPointer(body)
                    pending.removeAll(keepingCapacity: true)
                }
                start = end + 1
            }
            keep(UnsafeBufferPointer(rebasing: piece[start...]))
        }
        if !pending.isEmpty { pending.withUnsafeBufferPointer(body) }
    }

    /// Each line, redacted as before storing; a secret may span lines.
    ///
    /// - Parameter emit: gets the text again, a piece at a time; its bytes are good until it returns.
    public func redact(_ input: FileHandle, emit: (UnsafeRawBufferPointer) -> Void) throws {
        var redactor = try configuration.makeStreamRedactor()
        try PieceReader(input, path: "standard input").forEach { piece in
            redactor.add(piece) { emit(UnsafeRawBufferPointer($0)) }
        }
        redactor.finish { emit(UnsafeRawBufferPointer($0)) }
    }
}

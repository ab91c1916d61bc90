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

    private static let bytesAtOnce = 1 << 20

    /// Calls `body` with the bytes of each line of a file, without its end; of an overlong line, with what grouping reads.
    private static func forEachLine(of file: String, _ body: (UnsafeBufferPointer<UInt8>) -> Void) throws {
        guard let handle = FileHandle(forReadingAtPath: file) else {
            throw LineFileError.unreadable(path: file, reason: String(cString: strerror(errno)))
        }
        var pending: [UInt8] = []
        while let piece = try handle.read(upToCount: bytesAtOnce), !piece.isEmpty {
            piece.withUnsafeBytes { raw in
                var start = 0
                while let end = newline(in: raw, from: start) {
                    let line = UnsafeRawBufferPointer(rebasing: raw[start..<end]).bindMemory(to: UInt8.self)
                    if pending.isEmpty {
                        body(line)
                    } else {
                        keep(line, in: &pending)
                        pending.withUnsafeBufferPointer(body)
                        pending.removeAll(keepingCapacity: true)
                    }
                    start = end + 1
                }
                keep(UnsafeRawBufferPointer(rebasing: raw[start...]).bindMemory(to: UInt8.self), in: &pending)
            }
        }
        if !pending.isEmpty { pending.withUnsafeBufferPointer(body) }
    }

    private static func newline(in raw: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let base = raw.baseAddress, let found = memchr(base + start, 0x0A, raw.count - start) else { return nil }
        return base.distance(to: UnsafeRawPointer(found))
    }

    private static func keep(_ bytes: UnsafeBufferPointer<UInt8>, in pending: inout [UInt8]) {
        pending += bytes.prefix(MessageTemplate.maxMessageBytes - pending.count)
    }

    /// Each line, redacted as before storing; the text is taken as a whole, so that a secret may span lines.
    public func redact(_ input: FileHandle, emit: (String) -> Void) throws {
        let redactor = try configuration.makeRedactor()
        let data = try input.readToEnd() ?? Data()
        emit(redactor(String(decoding: data, as: UTF8.self)).text)
    }
}

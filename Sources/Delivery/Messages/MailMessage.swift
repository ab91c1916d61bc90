import Events
import Foundation

/// A message as a file for a mail drop: RFC 5322, with a text and an HTML part, and for a digest the page as a file
/// (RFC 2045, 2046, 2047, 2183).
///
/// Pure and deterministic: the boundaries and the id are digests of what they stand for.
struct MailMessage {
    let site: String
    let clock: SiteClock
    let from: String
    let to: [String]

    /// Of the attachment that carries it.
    static let fileName = "message.eml"
    private static let partLimit = 1500
    private static let subjectLimit = 200

    /// - Parameter page: the HTML report, for a digest: a file, as mail programs leave out drawings of a text's own.
    func bytes(_ content: MessageContent, page: OutboxAttachment?, at time: Timestamp) -> Data {
        let text = MaskedText.withoutHashes(text(content))
        let digest = OutboxMessage.sha256(Data((text + (page?.sha256 ?? "") + time.rfc3339).utf8))
        let host = Self.hostPart(site)
        var lines = [
            "Date: \(MailDate.text(time))", "From: \(Self.address(from))",
            "To: \(to.map(Self.address).joined(separator: ",\r\n "))",
            "Subject: \(MailHeader.encoded(subject(content), after: "Subject: ".utf8.count))",
            "Message-ID: <\(digest.prefix(32))@\(host)>",
        ]
        if let thread = content.thread {
            // Messages about one group are one conversation, though the first of them may never have arrived.
            lines.append("References: <\(thread.lowercased())@\(host)>")
            lines.append("In-Reply-To: <\(thread.lowercased())@\(host)>")
        }
        lines += [
            // RFC 3834: no out-of-office note comes back.
            "Auto-Submitted: auto-generated", "X-Priority: \(content.severity == .critical ? 1 : 3)",
            "MIME-Version: 1.0",
        ]
        let words = Self.multipart(
            "alternative", "appliance-\(digest.prefix(40))",
            [Self.part("text/plain", Data(text.utf8)), Self.part("text/html", Data(html(text).utf8))])
        guard let page else { return Data((lines + words).joined(separator: "\r\n").utf8) }
        let name = MultipartBody.fileName(page.name)
        let file = Self.part(
            "text/html", page.bytes, ["Content-Disposition: attachment;\r\n filename=\"\(name)\""])
        lines += Self.multipart("mixed", "appliance-\(digest.suffix(24))-mixed", [words, file])
        return Data(lines.joined(separator: "\r\n").utf8)
    }

    /// Parts one behind another, each with its own headers (RFC 2046, 5.1).
    private static func multipart(_ kind: String, _ boundary: String, _ parts: [[String]]) -> [String] {
        ["Content-Type: multipart/\(kind);\r\n boundary=\"\(boundary)\"", ""]
            + parts.flatMap { ["--\(boundary)"] + $0 + [""] } + ["--\(boundary)--", ""]
    }

    private static func part(_ type: String, _ bytes: Data, _ headers: [String] = []) -> [String] {
        ["Content-Type: \(type); charset=utf-8", "Content-Transfer-Encoding: base64"] + headers + ["", base64(bytes)]
    }

    private func subject(_ content: MessageContent) -> String {
        var parts = ["[\(site)] \(content.headline(clock: clock))"]
        if case .alert(let alert) = content { parts.append(alert.group.facts.group.title) }
        return MaskedText.withoutHashes(
            VisibleText.verbatim(VisibleText.line(parts.joined(separator: ": ")), width: Self.subjectLimit))
    }

    private func text(_ content: MessageContent) -> String {
        var lines = [content.headline(clock: clock), ""]
        lines += content.lines.map { "* \(line($0))" }
        for alert in content.alerts {
            let (group, facts) = (alert.group, alert.group.facts)
            lines += ["", "\(group.id) \(group.severity.rawValue): \(line(facts.group.title))"]
            if let service = group.service { lines.append("  Service:    \(line(service))") }
            lines.append("  Events:     \(NumberText.grouped(facts.count))")
            lines.append("  Seen:       \(facts.group.firstSeen.rfc3339) to \(facts.group.lastSeen.rfc3339)")
            guard let diagnosis = group.diagnosis else { continue }
            lines.append("  Root cause: \(line(diagnosis.rootCause))")
            if !diagnosis.impact.isEmpty { lines.append("  Impact:     \(line(diagnosis.impact))") }
            lines += diagnosis.recommendations.prefix(5).map { "  [ ] \(line($0.action))" }
        }
        if content.more > 0 { lines += ["", "and \(NumberText.counted(content.more, "more group"))"] }
        return (lines + ["", "site \(site)", ""]).joined(separator: "\n")
    }

    private func line(_ text: String) -> String {
        VisibleText.verbatim(VisibleText.line(text), width: Self.partLimit)
    }

    private func html(_ text: String) -> String {
        let body = HTMLText.escaped(text)
        return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"></head>"
            + "<body><pre style=\"white-space:pre-wrap;font:14px/1.45 sans-serif\">\(body)</pre></body></html>\n"
    }

    /// Lines of 76 characters (RFC 2045, 6.8).
    private static func base64(_ bytes: Data) -> String {
        let digits = Array(bytes.base64EncodedString().utf8)
        return stride(from: 0, to: digits.count, by: 76).map {
            String(decoding: digits[$0..<min($0 + 76, digits.count)], as: UTF8.self)
        }.joined(separator: "\r\n")
    }

    /// From the configuration, which has checked it.
    private static func address(_ address: String) -> String { "<\(address)>" }

    /// The site's name as a domain that is nobody's (RFC 2606).
    private static func hostPart(_ site: String) -> String {
        let plain = site.lowercased().unicodeScalars.map { scalar -> Character in
            scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
                ? Character(scalar) : "-"
        }
        let name = String(plain.prefix(60)).trimmingCharacters(in: CharacterSet(charactersIn: "-"))
        return "\(name.isEmpty ? "site" : name).appliance.invalid"
    }

    /// Whether it is one plain address, `name@host`, that can stand in a header.
    static func isAddress(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && text.utf8.count <= 254
            && parts.allSatisfy { part in
                !part.isEmpty
                    && part.utf8.allSatisfy { byte in
                        byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || "._+-".utf8.contains(byte)
                    }
            }
    }
}

/// Header values (RFC 2047).
enum MailHeader {
    /// Bytes of text in one encoded word: 75 characters with `=?utf-8?B?` and `?=` around.
    private static let wordBytes = 45
    /// Of a line that holds an encoded word, and of what stands around its text.
    private static let (lineLength, around) = (76, 12)

    /// Encoded words, each on a line of its own, unless the text is plain ASCII that fits.
    static func encoded(_ text: String, after column: Int) -> String {
        if text.utf8.count + column <= lineLength, text.utf8.allSatisfy({ 0x20...0x7E ~= $0 }), !text.contains("=?") {
            return text
        }
        var (words, word) = ([String](), [UInt8]())
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            let limit = words.isEmpty ? min(wordBytes, (lineLength - around - column) / 4 * 3) : wordBytes
            if word.count + bytes.count > limit {
                words.append(encodedWord(word))
                word = []
            }
            word += bytes
        }
        if !word.isEmpty { words.append(encodedWord(word)) }
        return words.joined(separator: "\r\n ")
    }

    private static func encodedWord(_ bytes: [UInt8]) -> String { "=?utf-8?B?\(Data(bytes).base64EncodedString())?=" }
}

/// Dates of mails (RFC 5322, 3.3).
enum MailDate {
    /// `Sat, 21 Nov 2026 06:00:00 +0000`.
    static func text(_ time: Timestamp) -> String {
        let clock = SiteClock(identifier: "UTC")
        let parts = clock.long(time).split(separator: " ").map(String.init)
        let seconds = clock.precise(time).dropFirst(17).prefix(2)
        guard parts.count == 5 else { return time.rfc3339 }
        return "\(parts[0]), \(parts[1]) \(parts[2]) \(parts[3]) \(parts[4]):\(seconds) +0000"
    }
}

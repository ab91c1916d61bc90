import Foundation

extension Outbox {
    /// Removes what a tombstone stands for: other messages of its number in `new`, and files that only they name.
    ///
    /// Call once the tombstone is written; nothing happens for other messages.
    public func removeReplaced(by name: String, bytes: Data) throws(OutboxError) {
        guard let head = try? JSONDecoder().decode(ShippedHead.self, from: bytes),
            head.type == OutboxDraft.Kind.tombstone.rawValue
        else { return }
        var (free, needed): (Set<String>, Set<String>) = ([], [])
        for entry in try list(.new) where entry.name != name {
            let files = try attachments(of: entry)
            if entry.sequence == head.sequence {
                try DurableFile.remove(path(entry.name, .new))
                free.formUnion(files)
            } else {
                needed.formUnion(files)
            }
        }
        for file in free.subtracting(needed).sorted() where Self.isAttachment(file) {
            try DurableFile.remove(path(file, .new))
        }
        try DurableFile.syncDirectory("\(directory)/\(Place.new.rawValue)")
    }

    /// Names of the files that a message names.
    func attachments(of entry: Entry) throws(OutboxError) -> [String] {
        let head = try read(entry).flatMap { try? JSONDecoder().decode(ShippedHead.self, from: $0) }
        return (head?.attachments ?? []).map { OutboxAttachment.fileName(sha256: $0.sha256) }
    }

    /// The files that a message names and that are there, by their names in the outbox.
    public func files(of entry: Entry) throws(OutboxError) -> [(name: String, bytes: Data)] {
        var files: [(name: String, bytes: Data)] = []
        for name in try attachments(of: entry) where Self.isAttachment(name) {
            if let bytes = try read(attachment: name) { files.append((name, bytes)) }
        }
        return files
    }
}

/// What a message says, as one would read it: without escapes of any markup.
public enum LeavingContent {
    /// The texts of a message's load; of one that is no JSON, all of it.
    public static func texts(ofMessage bytes: Data) -> [String] {
        guard let object = try? JSONSerialization.jsonObject(with: bytes) as? [String: Any] else {
            return [plain(String(decoding: bytes, as: UTF8.self))]
        }
        return strings(in: object["data"] ?? object).map(plain)
    }

    /// The texts of a file that travels beside a message: a page, or a mail with its encoded parts.
    public static func texts(ofFile bytes: Data) -> [String] {
        let text = String(decoding: bytes, as: UTF8.self)
        return ([text] + (parts(ofMail: text) ?? [])).map(plain)
    }

    /// What a reader sees of such a file: of a page its words, of a mail its parts, without what only programs read.
    public static func shown(ofFile bytes: Data) -> [String] {
        let text = String(decoding: bytes, as: UTF8.self)
        return (parts(ofMail: text) ?? [text]).map { plain(words(ofPage: $0) ?? $0) }
    }

    /// Decoded; nil for a file that is no mail.
    private static func parts(ofMail text: String) -> [String]? {
        guard text.contains("\r\nMIME-Version: ") else { return nil }
        return text.components(separatedBy: "\r\n\r\n").compactMap { part in
            Data(base64Encoded: part.replacing("\r\n", with: "")).map { String(decoding: $0, as: UTF8.self) }
        }
    }

    /// Without its style and its tags, each on a line of its own; nil for a text that is no page.
    private static func words(ofPage text: String) -> String? {
        guard text.hasPrefix("<!doctype html>") else { return nil }
        let body = text.firstRange(of: "</style>").map { text[$0.upperBound...] } ?? text[...]
        return body.split(separator: "<").map { part in
            part.firstIndex(of: ">").map { part[part.index(after: $0)...] } ?? part
        }.filter { !$0.isEmpty }.joined(separator: "\n")
    }

    /// The texts of a draft that waits.
    public static func texts(of draft: OutboxDraft) -> [String] {
        let load = (try? CanonicalJSON.encode(draft.data)).map(texts(ofMessage:)) ?? []
        return load + draft.attachments.flatMap { texts(ofFile: $0.bytes) }
    }

    /// Without Markdown's backslashes, and HTML's spellings.
    public static func plain(_ text: String) -> String {
        text.replacing("\\", with: "").replacing("&lt;", with: "<").replacing("&gt;", with: ">")
            .replacing("&quot;", with: "\"").replacing("&#39;", with: "'").replacing("&amp;", with: "&")
    }

    /// Every text within a JSON value; a loop, so that no depth is the input's to choose.
    private static func strings(in value: Any) -> [String] {
        var (texts, open) = ([String](), [value])
        while let next = open.popLast() {
            switch next {
            case let text as String: texts.append(text)
            case let list as [Any]: open += list
            case let object as [String: Any]: open += object.values
            default: break
            }
        }
        return texts
    }
}

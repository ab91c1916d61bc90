import Foundation

/// The body of a webhook's request: JSON alone, or `multipart/form-data` (RFC 7578) with `payload_json` and files.
struct MultipartBody {
    let contentType: String
    let bytes: Data
    /// Names of files that are over the limit.
    let leftOut: [String]

    /// Bytes of the files of one request together, and their number.
    static let fileBytes = DiscordPayload.attachmentBytes
    static let files = 10
    /// Characters of a thread's name.
    static let threadName = 100

    private struct Posted: Encodable {
        var payload: DiscordPayload
        var threadName: String?

        enum CodingKeys: String, CodingKey { case threadName = "thread_name" }

        func encode(to encoder: any Encoder) throws {
            try payload.encode(to: encoder)
            var values = encoder.container(keyedBy: CodingKeys.self)
            try values.encodeIfPresent(threadName, forKey: .threadName)
        }
    }

    init(json: Data) { (contentType, bytes, leftOut) = ("application/json", json, []) }

    /// - Parameter threadName: of a new thread.
    init(payload: DiscordPayload, threadName: String?, attachments: [OutboxAttachment]) throws {
        let json = try CanonicalJSON.encode(
            Posted(payload: payload, threadName: threadName.map { String($0.prefix(Self.threadName)) }))
        var (files, leftOut, size): ([OutboxAttachment], [String], Int) = ([], [], 0)
        for attachment in attachments {
            if files.count < Self.files, size + attachment.bytes.count <= Self.fileBytes {
                files.append(attachment)
                size += attachment.bytes.count
            } else {
                leftOut.append(attachment.name)
            }
        }
        self.leftOut = leftOut
        guard !files.isEmpty else {
            (contentType, bytes) = ("application/json", json)
            return
        }
        // Made of the contents: no file can hold its own digest by accident.
        let boundary = "appliance-" + OutboxMessage.sha256(json + files.reduce(Data()) { $0 + $1.bytes }).prefix(40)
        var body = Data()
        func part(_ disposition: String, _ type: String, _ content: Data) {
            body += Data("--\(boundary)\r\nContent-Disposition: form-data; \(disposition)\r\n".utf8)
            body += Data("Content-Type: \(type)\r\n\r\n".utf8) + content + Data("\r\n".utf8)
        }
        part("name=\"payload_json\"", "application/json", json)
        for (index, file) in files.enumerated() {
            part(
                "name=\"files[\(index)]\"; filename=\"\(Self.fileName(file.name))\"", "application/octet-stream",
                file.bytes)
        }
        body += Data("--\(boundary)--\r\n".utf8)
        (contentType, bytes) = ("multipart/form-data; boundary=\(boundary)", body)
    }

    /// Letters, digits, dot, dash and underscore; nothing that could end a header.
    static func fileName(_ name: String) -> String {
        let kept = name.utf8.prefix(200).map { byte -> Character in
            let isPlain = (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            return isPlain || byte == 0x2E || byte == 0x2D ? Character(Unicode.Scalar(byte)) : "_"
        }
        return kept.isEmpty ? "file" : String(kept)
    }
}

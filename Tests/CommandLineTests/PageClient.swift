import ApplianceTestSupport
import Foundation
import Testing

/// A browser without its eyes: sends what a browser sends, keeps the cookies that it is given.
struct PageClient {
    let port: Int
    var cookies: [String: String] = [:]
    var headers: [String: String] = [:]

    struct Answer {
        let status: Int
        let head: String
        let body: String

        init(_ text: String) {
            let parts = text.components(separatedBy: "\r\n\r\n")
            head = parts.first ?? ""
            body = parts.dropFirst().joined(separator: "\r\n\r\n")
            status = Int(head.dropFirst(9).prefix(3)) ?? 0
        }

        /// All values of a header.
        func values(_ name: String) -> [String] {
            head.components(separatedBy: "\r\n").filter { $0.lowercased().hasPrefix(name.lowercased() + ": ") }
                .map { String($0.dropFirst(name.count + 2)) }
        }

        /// The value of a hidden field: of the last form that has it, which is the page's own.
        func field(_ name: String) -> String? {
            body.components(separatedBy: "name=\"\(name)\" value=\"").dropFirst().last?
                .components(separatedBy: "\"").first
        }
    }

    init(port: Int, headers: [String: String] = [:]) { (self.port, self.headers) = (port, headers) }

    mutating func get(_ path: String, method: String = "GET") throws -> Answer { try send(method, path, nil) }

    mutating func post(_ path: String, _ form: [String: String], headers: [String: String] = [:]) throws -> Answer {
        let body = form.sorted { $0.key < $1.key }.map { "\(Self.encoded($0.key))=\(Self.encoded($0.value))" }
            .joined(separator: "&")
        return try send("POST", path, body, headers)
    }

    /// Logs in through the form, as a person does.
    mutating func logIn(_ token: String, name: String = "Kim Jiyoung", to place: String = "/") throws -> Answer {
        let form = try get("/login")
        let csrf = try #require(form.field("csrf"), "\(form.body)")
        return try post("/login", ["csrf": csrf, "name": name, "token": token, "to": place])
    }

    /// Opens a page and sends one of its forms with its token.
    mutating func act(_ page: String, _ path: String, _ form: [String: String]) throws -> Answer {
        let csrf = try #require(try get(page).field("csrf"))
        return try post(path, form.merging(["csrf": csrf]) { $1 })
    }

    mutating func send(
        _ method: String, _ path: String, _ body: String?, _ more: [String: String] = [:]
    ) throws -> Answer {
        var fields = ["Host": "127.0.0.1:\(port)", "Connection": "close"].merging(headers) { $1 }
        if !cookies.isEmpty {
            fields["Cookie"] = cookies.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(
                separator: "; ")
        }
        if let body {
            fields["Content-Type"] = "application/x-www-form-urlencoded"
            fields["Content-Length"] = "\(body.utf8.count)"
            fields["Origin"] = "http://127.0.0.1:\(port)"
        }
        fields.merge(more) { $1 }
        let head = fields.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\r\n" }
        let answer = Answer(
            try LoopbackClient.exchange(port: port, "\(method) \(path) HTTP/1.1\r\n\(head.joined())\r\n\(body ?? "")"))
        for cookie in answer.values("Set-Cookie") {
            let pair = cookie.split(separator: ";")[0].split(separator: "=", maxSplits: 1).map(String.init)
            cookies[pair[0]] = pair.count > 1 && !pair[1].isEmpty ? pair[1] : nil
        }
        return answer
    }

    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            byte < 0x80 && Character(Unicode.Scalar(byte)).isLetter || (0x30...0x39).contains(byte)
                ? String(Unicode.Scalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
}

/// A site with people: a viewer's and an operator's token.
enum PeopleSite {
    static let viewer = "a-viewers-token-0123456789"
    static let operatorToken = "an-operators-token-9876543210"

    static func make(_ extra: String = "", endpoint: String? = nil, before: String = "") throws -> SiteFixture {
        let site = try SiteFixture(
            endpoint: endpoint,
            extra: """
                \(before)
                [serve]
                viewer_token_file = "keys/viewer"
                operator_token_file = "keys/operator"
                pages_per_second = 100000
                \(extra)
                """)
        try secret(site, "home/keys/viewer", viewer)
        try secret(site, "home/keys/operator", operatorToken)
        return site
    }

    static func secret(_ site: SiteFixture, _ path: String, _ text: String) throws {
        try site.directory.write(path, text + "\n")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o600], ofItemAtPath: "\(site.directory.path)/\(path)")
    }

    /// A batch over one traceback; the group's id.
    static func batch(_ site: SiteFixture) async throws -> String {
        try site.directory.write("logs/worker.log", SiteFixture.traceback())
        let batch = try await site.run("batch")
        try #require(batch.status == 0, "\(batch.errors)")
        return try #require(try await site.counts().keys.first)
    }
}

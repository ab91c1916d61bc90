import ApplianceTestSupport
import Foundation
import Testing

/// A webhook behind TLS, with a certificate of an authority that nobody else knows.
final class TLSWebhook {
    let directory: TemporaryDirectory
    let port: Int
    private let process: Process

    /// - Parameter name: whom the certificate is made out to, as openssl writes it: `IP:127.0.0.1`.
    init(certifiedFor name: String) throws {
        directory = try TemporaryDirectory()
        let folder = directory.path
        try Self.run("openssl", Self.request(folder, "ca", "/CN=Test CA") + ["-x509", "-days", "2"])
        try Self.run("openssl", Self.request(folder, "server", "/CN=webhook"))
        try directory.write("extensions", "subjectAltName=\(name)\n")
        try Self.run(
            "openssl",
            [
                "x509", "-req", "-in", "\(folder)/server.pem", "-CA", "\(folder)/ca.pem", "-CAkey", "\(folder)/ca.key",
                "-CAcreateserial", "-days", "2", "-extfile", "\(folder)/extensions", "-out", "\(folder)/server.crt",
            ])
        try directory.write("server.py", Self.server)
        process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "\(folder)/server.py", folder]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        // The server says its port once it listens.
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        port = try #require(Int(line.trimmingCharacters(in: .whitespacesAndNewlines)))
    }

    func stop() {
        // A test's thread blocks other signals, and its children inherit that.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        directory.remove()
    }

    /// Paths that were posted to.
    var posts: [String] {
        ((try? directory.read("posts")) ?? "").split(separator: "\n").map(String.init)
    }

    private static func request(_ folder: String, _ name: String, _ subject: String) -> [String] {
        [
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
            "\(folder)/\(name).key", "-out", "\(folder)/\(name).pem", "-subj", subject,
        ]
    }

    private static func run(_ program: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(program) \(arguments.first ?? "")")
    }

    static let server = """
        import http.server, ssl, sys
        folder = sys.argv[1]
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                with open(folder + "/posts", "a") as posts:
                    posts.write(self.path + "\\n")
                body = b'{"id": "1"}'
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            def log_message(self, *arguments):
                pass
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder + "/server.crt", folder + "/server.key")
        server.socket = context.wrap_socket(server.socket, server_side=True)
        print(server.server_port, flush=True)
        server.serve_forever()
        """

    static let canRun: Bool = {
        let programs = ["openssl", "python3"]
        return programs.allSatisfy { FileManager.default.isExecutableFile(atPath: "/usr/bin/\($0)") }
    }()
}

@Suite("A relay speaks to the webhook's host and to nobody else")
struct RelayEgressTests {
    private func contacted(_ site: RelaySite) async throws -> (peers: Set<String>, outcome: ApplianceBinary.Outcome) {
        try await TracedProcess.contacts(of: site.binary.process(site.arguments + ["--once"]), in: site.directory)
    }

    private func trust(_ webhook: TLSWebhook, _ site: RelaySite) throws {
        let text = try site.directory.read("relay.toml")
        try site.directory.write("relay.toml", text + "\nca_file = \"\(webhook.directory.path)/ca.pem\"\n")
    }

    @Test("under strace, one address", .enabled(if: TracedProcess.isAvailable, "strace is not installed"))
    func plain() async throws {
        let receiver = try WebhookReceiver()
        defer { receiver.stop() }
        let site = try RelaySite(webhook: receiver.webhook)
        defer { site.directory.remove() }
        try site.deliver(3)
        let (peers, outcome) = try await contacted(site)
        #expect(outcome.status == 0 && receiver.contents.count == 3, "\(outcome.errors)")
        #expect(peers == ["127.0.0.1:\(receiver.server.port)"])
    }

    @Test(
        "TLS with an authority of one's own, under strace",
        .enabled(if: TracedProcess.isAvailable && TLSWebhook.canRun, "strace, openssl or python3 is not installed"))
    func tls() async throws {
        let webhook = try TLSWebhook(certifiedFor: "IP:127.0.0.1")
        defer { webhook.stop() }
        let site = try RelaySite(webhook: "https://127.0.0.1:\(webhook.port)/api/webhooks/1/secret-token-0123456789")
        defer { site.directory.remove() }
        try trust(webhook, site)
        try site.deliver(2)
        let (peers, outcome) = try await contacted(site)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(webhook.posts == Array(repeating: "/api/webhooks/1/secret-token-0123456789?wait=true", count: 2))
        #expect(peers == ["127.0.0.1:\(webhook.port)"])
        #expect(!outcome.errors.contains("secret-token") && !outcome.output.contains("secret-token"))
    }

    @Test(
        "a certificate of an unknown authority, or of another name, gets no message",
        .enabled(if: TLSWebhook.canRun, "openssl or python3 is not installed"), arguments: [true, false])
    func untrusted(isKnown: Bool) async throws {
        let webhook = try TLSWebhook(certifiedFor: isKnown ? "DNS:other.example" : "IP:127.0.0.1")
        defer { webhook.stop() }
        let site = try RelaySite(
            webhook: "https://127.0.0.1:\(webhook.port)/api/webhooks/1/secret-token-0123456789", extra: "tries = 1")
        defer { site.directory.remove() }
        if isKnown { try trust(webhook, site) }
        try site.deliver(1)
        let outcome = try await site.run("--once")
        #expect(outcome.status == 69, "\(outcome.status) \(outcome.errors)")
        #expect(webhook.posts.isEmpty && !outcome.errors.contains("secret-token"))
    }
}

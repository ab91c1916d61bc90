import ApplianceTestSupport
import Foundation
import Glibc
import Testing

/// A proxy that ends TLS before the doors, with the configuration that docs/doors.md gives.
enum DoorProxy: String, CaseIterable, CustomTestStringConvertible {
    case nginx, caddy

    var testDescription: String { rawValue }

    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    var program: String { Self.root.appending(path: ".build/clients/bin/\(rawValue)").path }

    static let areAvailable =
        allCases.allSatisfy { FileManager.default.isExecutableFile(atPath: $0.program) }
        && ["curl", "openssl"].allSatisfy { FileManager.default.isExecutableFile(atPath: "/usr/bin/\($0)") }

    /// The block of the document, with this test's port, certificate and server in place of those that it names.
    private func documented(port: Int, server: Int, in directory: TemporaryDirectory) throws -> String {
        let page = try String(contentsOf: Self.root.appending(path: "docs/doors.md"), encoding: .utf8)
        let parts = page.components(separatedBy: "```\(self == .nginx ? "nginx" : "caddyfile")\n")
        var text = try #require(parts.dropFirst().first?.components(separatedBy: "```").first)
        for (written, here) in [
            ("listen 443 ssl;", "listen 127.0.0.1:\(port) ssl;"), ("errors.example {", "errors.example:\(port) {"),
            ("/etc/ssl/private/errors.example.key", "\(directory.path)/key.pem"),
            ("/etc/ssl/errors.example.pem", "\(directory.path)/certificate.pem"),
            ("127.0.0.1:8321", "127.0.0.1:\(server)"),
        ] where text.contains(written) {
            text = text.replacing(written, with: here)
        }
        #expect(text.contains("127.0.0.1:\(server)") && text.contains("\(directory.path)/key.pem"), "\(text)")
        return text
    }

    /// Starts it in the background: it listens when this returns.
    func start(port: Int, server: Int, in directory: TemporaryDirectory) async throws {
        let block = try documented(port: port, server: server, in: directory)
        let folder = directory.path
        let process = Process()
        // Foundation waits for whoever holds a descriptor that it made: what stays in the background must not have it.
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.environment = [
            "PATH": "/usr/bin:/bin", "HOME": folder, "XDG_DATA_HOME": folder, "XDG_CONFIG_HOME": folder,
        ]
        let words: [String]
        switch self {
        case .nginx:
            let places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map { "\($0)_temp_path \(folder)/\($0);" }
            try directory.write(
                "nginx.conf",
                """
                \(getuid() == 0 ? "user root;" : "")
                pid \(folder)/pid;
                error_log \(folder)/error.log;
                events {}
                http {
                access_log off;
                \(places.joined(separator: "\n"))
                \(block)
                }
                """)
            words = ["-p", folder, "-e", "\(folder)/error.log", "-c", "\(folder)/nginx.conf"]
        case .caddy:
            try directory.write("Caddyfile", "{\nadmin off\nauto_https disable_redirects\n}\n\(block)")
            words = [
                "start", "--config", "\(folder)/Caddyfile", "--adapter", "caddyfile", "--pidfile", "\(folder)/pid",
            ]
        }
        let alone =
            "for fd in /proc/self/fd/*; do fd=${fd##*/}; [ $fd -le 2 ] || eval \"exec $fd>&-\"; done; exec \"$@\""
        process.arguments = ["-c", alone, "proxy", program] + words
        let outcome = try await ApplianceBinary.finish(process)
        try #require(outcome.status == 0, "\(outcome.output) \(outcome.errors)")
    }

    func stop(in directory: TemporaryDirectory) {
        guard let text = try? directory.read("pid"),
            let pid = pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines))
        else { return }
        kill(pid, SIGTERM)
    }
}

@Suite(
    "A proxy as documented ends TLS before the doors", .serialized,
    .enabled(if: DoorProxy.areAvailable, "deploy/clients.sh puts nginx and Caddy there"))
struct ProxyTests {
    /// A port that was free a moment ago.
    private static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 ? getsockname(descriptor, $0, &length) : -1
            }
        }
        try #require(code == 0)
        return Int(UInt16(bigEndian: address.sin_port))
    }

    @Test(
        "doors are reached by their name and nothing else is; who the client is cannot be made up",
        arguments: DoorProxy.allCases)
    func documented(proxy: DoorProxy) async throws {
        let site = try SiteFixture(
            extra: """
                [serve]
                hosts = ["errors.example"]
                proxies = ["127.0.0.1"]
                token_file = "keys/token"
                requests_per_second = 2
                """)
        defer { site.remove() }
        try site.directory.write("home/keys/token", DoorTests.token + "\n")
        let certificate = Process()
        certificate.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        certificate.arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj",
            "/CN=errors.example", "-addext", "subjectAltName=DNS:errors.example", "-keyout",
            "\(site.directory.path)/key.pem", "-out", "\(site.directory.path)/certificate.pem",
        ]
        let made = try await ApplianceBinary.finish(certificate)
        try #require(made.status == 0, "\(made.errors)")
        let server = try ServeTests.Running(site)
        let port = try Self.freePort()
        try await proxy.start(port: port, server: server.port, in: site.directory)
        defer { proxy.stop(in: site.directory) }
        func ask(_ path: String, _ arguments: String...) async throws -> (status: String, answer: String) {
            let curl = Process()
            curl.executableURL = URL(fileURLWithPath: "/usr/bin/curl")
            curl.arguments =
                [
                    "--silent", "--show-error", "--include", "--http1.1", "--header", "Expect:", "--noproxy", "*",
                    "--cacert",
                    "\(site.directory.path)/certificate.pem", "--resolve", "errors.example:\(port):127.0.0.1",
                ] + arguments + ["https://errors.example:\(port)\(path)"]
            let outcome = try await ApplianceBinary.finish(curl)
            #expect(outcome.status == 0, "\(outcome.errors)")
            return (String(outcome.output.dropFirst(9).prefix(3)), outcome.output)
        }
        // More than a proxy takes unless it is told to.
        let long = DoorTests.patrol.replacing("no user", with: String(repeating: "x", count: 3_000_000))
        try site.directory.write("event.json", DoorTests.patrol)
        try site.directory.write("long.json", long)
        let token = "Authorization: Bearer \(DoorTests.token)"
        let pushed = try await ask("/v1/events", "-H", token, "--data-binary", "@\(site.directory.path)/event.json")
        #expect(pushed.status == "200" && pushed.answer.contains("\"processed\":1"), "\(pushed.answer)")
        let large = try await ask("/v1/events", "-H", token, "--data-binary", "@\(site.directory.path)/long.json")
        #expect(large.status == "200", "\(large.answer.prefix(500))")
        #expect(try await ask("/v1/events", "--data-binary", "{}").status == "401")
        for path in ["/", "/metrics", "/ready", "/groups", "/report.json", "/login"] {
            let closed = try await ask(path)
            #expect(closed.status == "404" && !closed.answer.contains("appliance_"), "\(path): \(closed.answer)")
        }
        // Four at once and two a second for an address, whatever else it claims to be.
        let requests = (0..<12).map { number in
            """
            url = "https://errors.example:\(port)/v1/events"
            resolve = "errors.example:\(port):127.0.0.1"
            cacert = "\(site.directory.path)/certificate.pem"
            noproxy = "*"
            http1.1
            header = "\(token)"
            header = "X-Forwarded-For: 198.51.100.\(number)"
            data-binary = "@\(site.directory.path)/event.json"
            output = "/dev/null"
            write-out = "%{http_code} %header{retry-after}\\n"
            """
        }
        try site.directory.write("requests", requests.joined(separator: "\nnext\n"))
        let burst = Process()
        burst.executableURL = URL(fileURLWithPath: "/usr/bin/curl")
        burst.arguments = ["--silent", "--config", "\(site.directory.path)/requests"]
        let answers = try await ApplianceBinary.finish(burst).output.split(separator: "\n")
        #expect(answers.count == 12 && answers.contains("429 1"), "\(answers)")
        #expect(try server.stop().status == 0)
    }
}

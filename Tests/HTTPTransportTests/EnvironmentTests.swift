import ApplianceTestSupport
import Glibc
import Testing

@testable import HTTPTransport

@Suite("The environment cannot lead a request elsewhere", .timeLimit(.minutes(1)))
struct EnvironmentTests {
    @Test("proxies in the environment are ignored")
    func proxies() async {
        // In a process of its own: the environment is shared by all tests of this one.
        await #expect(processExitsWith: .success) {
            let ok = Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".utf8)
            let proxy = try ScriptedServer(answering: [.send(ok)])
            let server = try ScriptedServer(answering: [.send(ok)])
            for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
                setenv(name, proxy.url, 1)
            }
            let response = try await HTTPClient(try Endpoint(server.url)).send(HTTPRequest(path: "/"), limit: 2)
            #expect(response.body == Array("ok".utf8))
            #expect(server.acceptedCount == 1)
            #expect(proxy.acceptedCount == 0)
        }
    }
}

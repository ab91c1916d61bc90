import ApplianceTestSupport
import Foundation
import Testing

@Suite(
    "What is served is what /openapi.json says", .serialized,
    .enabled(if: DoorClients.hasSchemathesis, "deploy/clients.sh puts schemathesis there"))
struct SchemaTests {
    /// Requests a door and phase; the long form tries more.
    static let examples = ProcessInfo.processInfo.environment["APPLIANCE_SOAK"] != nil ? "100" : "2"

    @Test("the document is valid OpenAPI, and schemathesis finds no answer that it does not tell of")
    func schema() async throws {
        let site = try DoorTests.site()
        defer { site.remove() }
        let server = try ServeTests.Running(site)
        let outcome = try await DoorClients.run(
            "door_schema.py", ["\(server.port)", DoorTests.token, DoorTests.key, Self.examples])
        #expect(outcome.status == 0, "\(outcome.output) \(outcome.errors)")
        #expect(outcome.output.contains("11 paths"))
        #expect(try LoopbackClient.get(port: server.port, "/health").hasPrefix("HTTP/1.1 200"))
        #expect(try server.stop().status == 0)
    }
}

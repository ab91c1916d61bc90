import Events
import Testing

@testable import GitMirror

@Suite("Events find their mirror")
struct RouterTests {
    static let orders = MirrorSettings(
        name: "orders", path: "/m/orders.git", urls: ["https://git.acme.example/shop/orders.git"],
        services: ["orders-api"])
    static let billing = MirrorSettings(
        name: "billing", path: "/m/billing.git", urls: ["git@git.acme.example:shop/billing"],
        services: ["Billing", "orders-API"])
    let router = MirrorRouter([orders, billing], default: "billing")

    @Test(
        "whatever the spelling of the address",
        arguments: [
            ("git@git.acme.example:shop/orders.git", "orders"),
            ("ssh://git@git.acme.example:2222/shop/orders", "orders"),
            ("https://user:token@GIT.acme.example/Shop/Orders/", "orders"), ("git.acme.example/shop/orders", "orders"),
            ("https://git.acme.example/shop/orders.git?ref=main#x", "orders"),
            ("  https://git.acme.example/shop/billing.git/ \n", "billing"),
            ("https://elsewhere.example/shop/orders", "billing"), ("", "billing"), ("://", "billing"),
            ("@:", "billing"),
        ])
    func byURL(url: String, name: String) {
        var event = ErrorEvent(id: "1", time: Timestamp(nanoseconds: 0), message: "x")
        event.repositoryURL = url
        #expect(router.mirror(for: event)?.name == name)
        event.repositoryURL = nil
        event.tags = ["vcs.repository.url": url]
        #expect(router.mirror(for: event)?.name == name)
    }

    @Test("service exactly, then in any case, then the default")
    func byService() {
        var event = ErrorEvent(id: "1", time: Timestamp(nanoseconds: 0), message: "x")
        for (service, name) in [
            ("orders-api", "orders"), ("orders-API", "billing"), ("BILLING", "billing"), ("Orders-Api", "orders"),
            ("other", "billing"),
        ] {
            event.service = service
            #expect(router.mirror(for: event)?.name == name)
        }
        #expect(MirrorRouter([Self.orders]).mirror(for: ErrorEvent(id: "1", time: event.time, message: "x")) == nil)
        #expect(MirrorRouter.repositoryKey("/srv/git/x.git") == "/srv/git/x")
        #expect(MirrorRouter.repositoryKey(String(repeating: "a", count: 3000)) == nil)
    }
}

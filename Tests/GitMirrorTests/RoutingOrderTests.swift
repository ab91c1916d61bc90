import Events
import Testing

@testable import GitMirror

@Suite("The order in which an event finds its repository")
struct RoutingOrderTests {
    private static func mirror(_ name: String, services: [String] = [], part: String? = nil) -> MirrorSettings {
        MirrorSettings(
            name: part ?? name, path: "/m/\(name)", urls: ["https://git.acme.example/\(name).git"], services: services,
            subdirectory: part)
    }

    private let router = MirrorRouter(
        [
            mirror("own"), mirror("git"), mirror("vcs"), mirror("repository"), mirror("repo"), mirror("mapped"),
            mirror("default"), mirror("served", services: ["svc-served"]),
            mirror("mono", services: ["cart"], part: "services/cart"),
            mirror("mono", services: ["stock"], part: "services/stock"), mirror("mono", part: "all"),
        ],
        services: ServiceMap(
            [("svc-mapped", "git@git.acme.example:mapped.git"), ("SVC-served", "https://nowhere.example/x")],
            otherwise: "https://git.acme.example/default"))

    private func route(_ url: String?, _ tags: [String: String] = [:], service: String? = nil) -> String? {
        var event = ErrorEvent(id: "1", time: Timestamp(nanoseconds: 0), message: "x")
        event.repositoryURL = url.map { "ssh://git@git.acme.example:22/\($0)" }
        event.tags = tags.mapValues { "https://u:p@GIT.acme.example/\($0)/" }
        event.service = service
        return router.mirror(for: event)?.name
    }

    @Test("the event's own, then git, vcs, repository, repo, then the map, the mirror's services, the default")
    func order() {
        let tags = [
            "git.repository.url": "git", "vcs.repository.url": "vcs", "repository.url": "repository",
            "repo.url": "repo",
        ]
        #expect(route("own", tags, service: "svc-mapped") == "own")
        var left = tags
        for name in ["git", "vcs", "repository", "repo"] {
            #expect(route(nil, left, service: "svc-mapped") == name)
            left = left.filter { $0.value != name }
        }
        #expect(route(nil, ["repositoryUrl": "vcs"], service: "svc-mapped") == "vcs")
        #expect(route(nil, service: "svc-mapped") == "mapped" && route(nil, service: "SVC-MAPPED") == "mapped")
        // Mapped to a repository that no mirror holds: the mirror that names the service.
        #expect(route(nil, service: "svc-served") == "served" && route(nil, service: "Svc-Served") == "served")
        #expect(route(nil, service: "unknown") == "default" && route(nil) == "default")
        #expect(route("not-mirrored", service: "svc-mapped") == "mapped")
    }

    @Test("of a repository that is mirrored in parts, the service's part")
    func parts() {
        #expect(
            route("mono", service: "cart") == "services/cart" && route("mono", service: "STOCK") == "services/stock")
        #expect(route("mono", service: "other") == "all" && route("mono") == "all")
        #expect(route(nil, service: "cart") == "services/cart")
    }
}

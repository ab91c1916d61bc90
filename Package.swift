// swift-tools-version: 6.2
import PackageDescription

/// Our own targets: Swift 6 language mode with complete concurrency checking; a warning is an error.
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")

/// One room of the design (docs/architecture.md): what it may import is what it names here.
func room(
    _ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = [], resources: [Resource] = []
) -> Target {
    .target(name: name, dependencies: dependencies, exclude: exclude, resources: resources, swiftSettings: strict)
}

/// The tests of one room, with their own fixtures beside them.
func tests(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: "\(name)Tests",
        dependencies: [.target(name: name), "ApplianceTestSupport"] + (name == "Events" ? [] : ["Events"])
            + dependencies,
        exclude: (fixtures.contains(name) ? ["Fixtures"] : []) + (scripts[name] ?? []),
        swiftSettings: strict)
}

/// Rooms whose tests read files from a `Fixtures` folder beside them (found by path, not bundled).
let fixtures: Set<String> = ["Delivery", "Intake"]

/// What else of tests is not Swift: scripts that they run, messages of services.
let scripts: [String: [String]] = ["Intake": ["ServiceFixtures", "payloads.py"]]

/// What the pages for people are made of, carried in the program.
let pageFiles =
    [
        "layout", "overview", "groups", "rows", "group", "evidence", "deeds", "models", "outbox", "message", "login",
        "note",
    ].map { "\($0).mustache" } + ["page.css", "page.js"]

let package = Package(
    name: "appliance",
    products: [.executable(name: "appliance", targets: ["appliance"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
        .systemLibrary(name: "CPCRE2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CCurlShim", dependencies: ["CCurl"]),
        .target(name: "CScan"),

        room("Events"),
        room("HTTPTransport", ["Events", "CCurl", "CCurlShim"]),
        room(
            "Intake",
            [
                "Events", "HTTPTransport", "CScan", "CZlib", crypto,
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            exclude: ["Formats/OTLP/telemetry.proto"]),
        room("Grouping", ["Events", "CPCRE2", "CScan", crypto]),
        room("GitMirror", ["Events", .product(name: "Subprocess", package: "swift-subprocess")]),
        room("History", ["Events", "CLZ4", crypto, .product(name: "GRDB", package: "GRDB.swift")]),
        room(
            "Diagnosing",
            ["Events", "HTTPTransport", crypto, .product(name: "Mustache", package: "swift-mustache")]),
        room("Delivery", ["Events", "HTTPTransport", crypto]),
        room("Fixing", ["Events", "GitMirror", .product(name: "Subprocess", package: "swift-subprocess")]),
        room(
            "Pipeline",
            [
                "Events", "HTTPTransport", "Intake", "Grouping", "GitMirror", "History", "Diagnosing", "Delivery",
                "Fixing",
                .product(name: "TOMLKit", package: "TOMLKit"),
            ],
            // What `init` writes: the repository's own prompts and models.conf, through symbolic links.
            resources: ["diagnose.md", "repair.md", "fix.md", "models.conf"].map { .embedInCode("Defaults/\($0)") }),
        room(
            "Server",
            [
                "Events", "Delivery", "Pipeline", crypto,
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"), .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
            ],
            resources: pageFiles.map { .embedInCode("Page/Files/\($0)") }
                + [.embedInCode("Resources/openapi.json")]),
        .executableTarget(
            name: "appliance",
            dependencies: [
                "Events", "Delivery", "Pipeline", "Server",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),

        .target(
            name: "ApplianceTestSupport", dependencies: ["Events"], path: "Tests/ApplianceTestSupport",
            swiftSettings: strict),
        tests("Events"),
        tests("HTTPTransport"),
        tests("Intake", ["CZlib"]),
        tests("Grouping", ["CScan"]),
        tests("GitMirror"),
        tests("History", [.product(name: "GRDB", package: "GRDB.swift")]),
        tests("Diagnosing", ["HTTPTransport"]),
        tests("Delivery"),
        tests("Fixing", ["GitMirror"]),
        tests("Pipeline", ["Delivery", "History", "Diagnosing", "GitMirror", "Grouping", "Intake"]),
        tests("Server", ["Delivery", "Pipeline"]),
        .testTarget(
            name: "CommandLineTests",
            dependencies: ["appliance", "Delivery", "Events", "ApplianceTestSupport", crypto],
            exclude: ["Clients"],
            swiftSettings: strict),
        .testTarget(
            name: "DeployTests", dependencies: ["appliance", "ApplianceTestSupport"], exclude: ["checks"],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)

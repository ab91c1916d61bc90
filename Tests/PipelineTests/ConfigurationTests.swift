import ApplianceTestSupport
import Delivery
import Diagnosing
import Events
import Foundation
import GitMirror
import Grouping
import Intake
import Testing

@testable import Pipeline

@Suite("Configuration names everything that is wrong, at once")
struct ConfigurationTests {
    private func load(
        _ main: String?, models: String? = nil, environment: [String: String] = [:]
    ) throws -> Configuration {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        if let main { try directory.write("appliance.toml", main) }
        if let models { try directory.write("models.conf", models) }
        return try Configuration.load(
            home: Home(path: directory.path), option: directory.path, environment: environment)
    }

    private func problems(
        _ main: String, models: String? = nil, environment: [String: String] = [:]
    ) -> [String] {
        do {
            _ = try load(main, models: models, environment: environment)
            return []
        } catch ConfigurationError.problems(let problems) {
            return problems.map(\.description)
        } catch {
            return ["\(error)"]
        }
    }

    @Test("a complete file is read")
    func complete() throws {
        let main = """
            [report]
            site = "dc-seoul-2"
            time_zone = "Asia/Seoul"
            [[source]]
            name = "orders"
            paths = ["logs/*.log", "-"]
            service = "orders-api"
            slower_than = "2s"
            error_codes = ["AI_*"]
            [[mirror]]
            name = "orders"
            path = "/srv/orders.git"
            services = ["orders-api"]
            [context]
            lines = 5
            [[grouping.rule]]
            message = "*x*"
            key = ["one"]
            [budget]
            time = "30m"
            [alerts]
            mention = "<@&12345>"
            at_once_from = "critical"
            reminders = ["10m", "1d"]
            [history]
            cache_eviction = "fifo"
            """
        let models = """
            [endpoint]
            url = "http://127.0.0.1:11434"
            [models.diagnose]
            name = "qwen"
            num_ctx = 4096
            think = "off"
            first_token_timeout = "90s"
            """
        let configuration = try load(main, models: models)
        #expect(configuration.report.site == "dc-seoul-2")
        #expect(configuration.timeZone.identifier == "Asia/Seoul")
        let source = try #require(configuration.sources.first)
        #expect(source.paths.first?.hasPrefix("/") == true && source.paths.last == "-")
        #expect(source.paths.first?.hasSuffix("/logs/*.log") == true)
        #expect(source.triggers.slowerThan == .seconds(2) && source.triggers.codes == ["AI_*"])
        #expect(configuration.mirrors.first?.services == ["orders-api"])
        #expect(configuration.context.linesAround == 5)
        #expect(configuration.grouping.rules.first?.key == ["one"])
        #expect(configuration.budget.time == .minutes(30))
        #expect(configuration.alerts.mention == .role("12345"))
        #expect(configuration.alerts.atOnceFrom == .critical)
        #expect(configuration.alerts.reminders == [.minutes(10), .days(1)])
        #expect(configuration.cache.eviction == .fifo)
        let model = try #require(configuration.models["diagnose"])
        #expect(model.contextTokens == 4096 && model.think == .off && model.timeouts.firstToken == .seconds(90))
    }

    @Test("no file at all means defaults")
    func defaults() throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let configuration = try Configuration.load(home: Home(path: directory.path), option: nil, environment: [:])
        #expect(configuration.sources.isEmpty && configuration.models.isEmpty && configuration.files.isEmpty)
    }

    @Test("every problem is told with file, line and key")
    func everyProblem() {
        let main = """
            [report]
            site = ""
            time_zone = "Mars/Olympus"
            [contxt]
            [context]
            lines = "many"
            max_locatons = 3
            max_locations = 900
            [[source]]
            name = "a"
            [[source]]
            name = "a"
            paths = ["x"]
            colour = "red"
            [alerts]
            mention = "@someone"
            """
        let models = """
            [models.diagnose]
            num_ctxt = 4096
            name = "m"
            num_predict = 9000
            [models.poet]
            name = "p"
            """
        let expected = [
            "appliance.toml:2: site in [report] is \"\"; expected text that is not empty",
            "appliance.toml:3: time_zone in [report] is \"Mars/Olympus\"; expected a time zone such as \"Asia/Seoul\" or \"UTC\"",
            "appliance.toml:14: unknown key \"colour\" in [[source]]",
            "appliance.toml:7: unknown key \"max_locatons\" in [context]; did you mean \"max_locations\"?",
            "appliance.toml:6: lines in [context] is \"many\"; expected a whole number",
            "appliance.toml:8: max_locations in [context] is 900; expected a value from 1 to 20",
            "appliance.toml:16: mention in [alerts] is \"@someone\"; expected \"@here\", \"@everyone\", \"<@&ID>\", \"<@ID>\" or \"\"",
            "appliance.toml:4: unknown section or key \"contxt\"; did you mean \"context\"?",
            "models.conf:2: unknown key \"num_ctxt\" in [models.diagnose]; did you mean \"num_ctx\"?",
            "models.conf:5: [models.poet] is no role: name one with role = (triage, diagnose, fix, embed)",
        ]
        let found = problems(main, models: models)
        #expect(Array(found.prefix(expected.count)) == expected)
        let rest = found.dropFirst(expected.count).joined(separator: "\n")
        #expect(rest.contains("two [[source]] are named \"a\""))
        #expect(rest.contains("source \"a\" has no paths"))
        #expect(rest.contains("num_predict (9000) leaves no room"))
    }

    @Test("text that is not TOML is told with its line")
    func syntax() throws {
        let found = problems("[report]\nsite = \n")
        #expect(found.count == 1)
        #expect(try #require(found.first).hasPrefix("appliance.toml:2: not valid TOML"))
    }

    @Test(
        "a table where a value belongs, and the other way round, is told",
        arguments: [
            ("report = 3", "[report] is a table"), ("[source]\nname = \"x\"", "[[source]] is a list of tables"),
            ("[report.site]\nx = 1", "site in [report] is a table"),
            ("[grouping]\nrles = 1", "unknown key \"rles\" in [grouping]"),
            ("[report]\nsite = 2020-01-01", "is a date or time"),
        ])
    func shapes(text: String, words: String) {
        #expect(problems(text).contains { $0.contains(words) })
    }

    @Test("every key can come from the environment, lists separated by commas")
    func environment() throws {
        let configuration = try load(
            "[report]\nsite = \"file\"",
            environment: [
                "APPLIANCE_REPORT_SITE": "env", "APPLIANCE_CONTEXT_LINES": "3", "APPLIANCE_SOURCE_0_NAME": "s",
                "APPLIANCE_SOURCE_0_PATHS": "/a, /b", "APPLIANCE_EXPORT_CODE": "true",
                "APPLIANCE_ALERTS_BREAK_THROUGH": "4.5",
            ])
        #expect(configuration.report.site == "env" && configuration.context.linesAround == 3)
        #expect(configuration.sources.first?.paths == ["/a", "/b"])
        #expect(configuration.export.code && configuration.alerts.breakThrough == 4.5)
    }

    @Test("a bad variable is named by its name")
    func badEnvironment() {
        let found = problems("", environment: ["APPLIANCE_CONTEXT_LINES": "x", "APPLIANCE_EXPORT_CODE": "perhaps"])
        #expect(
            found == [
                "APPLIANCE_CONTEXT_LINES: lines in [context] is \"x\"; expected a whole number",
                "APPLIANCE_EXPORT_CODE: code in [export] is \"perhaps\"; expected true or false",
            ])
    }

    @Test("Patrol's names are aliases")
    func patrol() throws {
        let mirrors = ["x/y", "h/a", "h/b", "own/c"].map { key in
            "[[mirror]]\nname = \"\(key)\"\npath = \"/m\"\nurls = [\"https://\(key)\"]\n"
        }
        let configuration = try load(
            mirrors.joined(),
            environment: [
                "CACHE_MAX_SIZE": "1000", "CACHE_EVICTION_POLICY": "LRU", "CACHE_TTL": "86400",
                "DEFAULT_REPOSITORY_URL": "https://x/y",
                "REPOSITORY_URL_MAP": #"{"b": "https://h/b", "A": "https://h/a"}"#,
                "CODE_CONTEXT_LINES": "7", "MAX_CODE_LOCATIONS": "2", "MAX_REPOSITORY_CONTEXT_CHARS": "9000",
            ])
        #expect(configuration.cache.maxEntries == 1000 && configuration.cache.ttl == .days(1))
        #expect(configuration.cache.eviction == .lru)
        #expect(configuration.context.linesAround == 7 && configuration.context.maxLocations == 2)
        #expect(configuration.context.maxCharacters == 9000)
        var event = ErrorEvent(id: "", time: Timestamp(nanoseconds: 0), message: "x")
        let router = configuration.makeRouter()
        #expect(router.mirror(for: event)?.name == "x/y")
        event.service = "a"
        #expect(router.mirror(for: event)?.name == "h/a")
        event.service = "b"
        #expect(router.mirror(for: event)?.name == "h/b")
        event.repositoryURL = "git@own:c.git"
        #expect(router.mirror(for: event)?.name == "own/c")
    }

    @Test("names of hosted services are ignored, and said to be")
    func hosted() throws {
        let configuration = try load("", environment: ["OPENAI_API_KEY": "k", "GITHUB_TOKEN": "t"])
        #expect(configuration.warnings.count == 2)
        #expect(configuration.warnings.allSatisfy { $0.hasSuffix("nothing is sent to a hosted service") })
    }

    @Test("the environment chooses the endpoint only where models.conf allows it")
    func endpoint() throws {
        let variables = ["OLLAMA_HOST": "10.0.0.9:1", "APPLIANCE_ENDPOINT_URL": "http://10.0.0.8:1"]
        let fixed = try load("", models: "[endpoint]\nurl = \"http://127.0.0.1:2\"", environment: variables)
        #expect(fixed.endpoint.url == "http://127.0.0.1:2")
        #expect(fixed.warnings.contains { $0.contains("allow_env_endpoint") })
        let models = "[endpoint]\nallow_env_endpoint = true"
        #expect(try load("", models: models, environment: variables).endpoint.url == "http://10.0.0.8:1")
        let host = ["OLLAMA_HOST": "10.0.0.9:1"]
        #expect(try load("", models: models, environment: host).endpoint.url == "http://10.0.0.9:1")
        let opening = ["APPLIANCE_ENDPOINT_ALLOW_ENV_ENDPOINT": "true", "APPLIANCE_ENDPOINT_URL": "http://10.0.0.8:1"]
        #expect(try load("", models: nil, environment: opening).endpoint.url == "http://127.0.0.1:11434")
    }

    @Test("a missing or unreadable file is an error with a remedy")
    func missing() throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let home = Home(path: directory.path)
        #expect(throws: ConfigurationError.self) {
            try Configuration.load(home: home, option: "\(directory.path)/none", environment: [:])
        }
        #expect(throws: ConfigurationError.self) {
            try Configuration.load(home: home, option: directory.path, environment: [:])
        }
        try directory.write("appliance.toml", Data([0x5B, 0xFF, 0xFE]))
        #expect(
            throws: ConfigurationError.unreadable(path: "\(directory.path)/appliance.toml", reason: "not UTF-8 text")
        ) {
            try Configuration.load(home: home, option: nil, environment: [:])
        }
        try directory.write("appliance.toml", Data(repeating: 0x23, count: (1 << 20) + 1))
        #expect(
            throws: ConfigurationError.unreadable(path: "\(directory.path)/appliance.toml", reason: "larger than 1 MB")
        ) {
            try Configuration.load(home: home, option: nil, environment: [:])
        }
    }

    @Test("the reference in docs is the one that the keys make")
    func reference() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let page = try String(contentsOf: root.appending(path: "docs/configuration.md"), encoding: .utf8)
        #expect(page.hasSuffix(ConfigurationTemplate.reference), "appliance config reference makes it anew")
    }

    @Test("what init writes is read back as the defaults, and with every comment sign removed it is still valid")
    func template() throws {
        let text = ConfigurationTemplate.main
        let defaults = try load(text)
        #expect(defaults.sources.isEmpty && defaults.context == ContextSettings() && defaults.alerts == AlertSettings())
        let opened = text.split(separator: "\n", omittingEmptySubsequences: false).map { line -> Substring in
            line.wholeMatch(of: /# \[\[.*|# [a-z_]+ = .+/) != nil ? line.dropFirst(2) : line
        }
        let configuration = try load(opened.joined(separator: "\n"))
        #expect(
            configuration.sources.count == 1 && configuration.mirrors.count == 1
                && configuration.grouping.rules.count == 1)
        #expect(
            configuration.budget == Configuration.BudgetSettings()
                && configuration.cache == Configuration.CacheSettings())
        #expect(ConfigurationTemplate.reference.contains("| `num_ctx` | `8192` |"))
    }
}

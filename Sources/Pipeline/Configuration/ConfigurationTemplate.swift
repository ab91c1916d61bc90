import Delivery
import Diagnosing
import Events
import GitMirror
import Grouping
import Intake

/// The text that `init` writes: each key with its meaning and its default, commented out.
public enum ConfigurationTemplate {
    /// appliance.toml with everything at its default.
    public static var main: String {
        let defaults = Configuration(home: Home(path: "/"), files: [], prompts: "")
        var text = """
            # appliance.toml: what is read, what is looked up, what is kept, what may leave.
            # A line that begins with # shows a key's default. Every key can be given as APPLIANCE_SECTION_KEY too
            # (APPLIANCE_REPORT_SITE, APPLIANCE_SOURCE_0_PATHS). Relative paths are relative to this file.
            # Check with: appliance config check


            """
        text += section("report", ConfigurationKeys.report, defaults.report)
        text += example("source", ConfigurationKeys.source, SourceSettings(name: "app", paths: ["/var/log/app/*.log*"]))
        text += example("mirror", ConfigurationKeys.mirror, MirrorSettings(name: "app", path: "/srv/mirrors/app.git"))
        text += section("context", ConfigurationKeys.context, defaults.context)
        text += section("prometheus", ConfigurationKeys.prometheus, defaults.prometheus)
        var query = MetricQuery()
        (query.name, query.query) = (
            "requests in flight", "sum(http_requests_in_flight{service=\"$service\"}) by (instance)"
        )
        text += example("prometheus.query", ConfigurationKeys.metricQuery, query)
        text += section("routing", ConfigurationKeys.routing, defaults.routing)
        text += section("redaction", ConfigurationKeys.redaction, defaults.redaction)
        text += example(
            "redaction.pattern", ConfigurationKeys.redactionPattern, RedactionPattern(name: "acme-key", prefix: "ACME-")
        )
        text += section("grouping", ConfigurationKeys.grouping, defaults.grouping)
        text += example(
            "grouping.rule", ConfigurationKeys.groupingRule,
            GroupingRule(message: "*maintenance*", key: ["maintenance"]))
        text += section("budget", ConfigurationKeys.budget, defaults.budget)
        text += section("history", ConfigurationKeys.history, defaults.cache)
        text += section("retention", ConfigurationKeys.retention, defaults.retention)
        text += section("alerts", ConfigurationKeys.alerts, defaults.alerts)
        text += example(
            "maintenance", ConfigurationKeys.maintenance,
            Maintenance(
                service: "billing", start: Timestamp(seconds: 1_796_083_200), end: Timestamp(seconds: 1_796_090_400)))
        text += section("export", ConfigurationKeys.export, defaults.export)
        text += section("outbox", ConfigurationKeys.outbox, defaults.outbox)
        text += section("issues", ConfigurationKeys.issues, defaults.issues)
        text += section("serve", ConfigurationKeys.serve, defaults.serve)
        text += example(
            "serve.project", ConfigurationKeys.serveProject,
            ServeSettings.Project(name: "app", keyFile: "keys/app.dsn-key"))
        text += section("watch", ConfigurationKeys.watch, defaults.watch)
        text += section("schedule", ConfigurationKeys.schedule, defaults.schedule)
        text += section("fixing", ConfigurationKeys.fixing, defaults.fixing)
        text += section("diagnosis", ConfigurationKeys.diagnosis, defaults.diagnosing)
        text += section("prompts", ConfigurationKeys.prompts, PromptSettings())
        return text
    }

    /// The reference for docs/configuration.md: every section, key, default and meaning.
    public static var reference: String {
        let defaults = Configuration(home: Home(path: "/"), files: [], prompts: "")
        var text = "## appliance.toml\n\n"
        text += table("[report]", ConfigurationKeys.report, defaults.report)
        text += table("[[source]]", ConfigurationKeys.source, SourceSettings(name: "", paths: []))
        text += table("[[mirror]]", ConfigurationKeys.mirror, MirrorSettings(name: "", path: ""))
        text += table("[context]", ConfigurationKeys.context, defaults.context)
        text += table("[prometheus]", ConfigurationKeys.prometheus, defaults.prometheus)
        text += table("[[prometheus.query]]", ConfigurationKeys.metricQuery, MetricQuery())
        text += table("[routing]", ConfigurationKeys.routing, defaults.routing)
        text += table("[redaction]", ConfigurationKeys.redaction, defaults.redaction)
        text += table("[[redaction.pattern]]", ConfigurationKeys.redactionPattern, RedactionPattern(name: ""))
        text += table("[grouping]", ConfigurationKeys.grouping, defaults.grouping)
        text += table("[[grouping.rule]]", ConfigurationKeys.groupingRule, GroupingRule())
        text += table("[budget]", ConfigurationKeys.budget, defaults.budget)
        text += table("[history]", ConfigurationKeys.history, defaults.cache)
        text += table("[retention]", ConfigurationKeys.retention, defaults.retention)
        text += table("[alerts]", ConfigurationKeys.alerts, defaults.alerts)
        text += table("[[maintenance]]", ConfigurationKeys.maintenance, Configuration.noMaintenance)
        text += table("[export]", ConfigurationKeys.export, defaults.export)
        text += table("[outbox]", ConfigurationKeys.outbox, defaults.outbox)
        text += table("[issues]", ConfigurationKeys.issues, defaults.issues)
        text += table("[serve]", ConfigurationKeys.serve, defaults.serve)
        text += table(
            "[[serve.project]]", ConfigurationKeys.serveProject, ServeSettings.Project(name: "", keyFile: ""))
        text += table("[watch]", ConfigurationKeys.watch, defaults.watch)
        text += table("[schedule]", ConfigurationKeys.schedule, defaults.schedule)
        text += table("[fixing]", ConfigurationKeys.fixing, defaults.fixing)
        text += table("[diagnosis]", ConfigurationKeys.diagnosis, defaults.diagnosing)
        text += table("[prompts]", ConfigurationKeys.prompts, PromptSettings())
        text += "## models.conf\n\n"
        text += table("[endpoint]", ConfigurationKeys.endpoint, defaults.endpoint)
        text += table("[models.diagnose]", ConfigurationKeys.model, ModelSettings(name: ""))
        text += RelayFile.reference
        return text
    }

    private static func section<Root>(_ name: String, _ keys: [ConfigurationKey<Root>], _ root: Root) -> String {
        var text = "[\(name)]\n"
        for key in keys { text += "# \(key.about)\n# \(key.name) = \(key.shown(root) ?? "\"\"")\n" }
        return text + "\n"
    }

    private static func example<Root>(_ name: String, _ keys: [ConfigurationKey<Root>], _ root: Root) -> String {
        var text = "# [[\(name)]]\n"
        for key in keys { text += "# # \(key.about)\n# \(key.name) = \(key.shown(root) ?? "\"\"")\n" }
        return text + "\n"
    }

    static func table<Root>(_ title: String, _ keys: [ConfigurationKey<Root>], _ root: Root) -> String {
        var text = "### `\(title)`\n\n| key | default | meaning |\n|---|---|---|\n"
        for key in keys {
            let shown = key.shown(root).map { "`\($0)`" } ?? "–"
            text += "| `\(key.name)` | \(shown) | \(key.about.replacing("|", with: "\\|")) |\n"
        }
        return text + "\n"
    }
}

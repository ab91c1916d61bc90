import Delivery
import Diagnosing
import Events
import GitMirror
import Grouping
import Intake

/// The tables of keys: name, place, meaning, bounds. `init`, the reference and the environment follow them.
enum ConfigurationKeys {
    static let report: [ConfigurationKey<Configuration.ReportSettings>] = [
        .init("site", \.site, "Name of this site, at the head of every report and message.", check: notEmpty),
        .init("time_zone", \.timeZone, "Zone of the times in reports (IANA name); empty takes the system's.") {
            knownTimeZone($0)
        },
        .init(
            "language", \.language, "Of the report's own words: en or ko; texts of logs and models stay as they are."),
    ]

    static let source: [ConfigurationKey<SourceSettings>] = [
        .init("name", \.name, "Name of the source, in reports and cursors.", check: notEmpty),
        .init(
            "kind", \.kind,
            "Where it comes from: files, stdin, spool, journald, loki, sentry, clickhouse (SigNoz's tables)."),
        .init(
            "paths", \.paths,
            "files: files, folders and globs, \"-\" is standard input; rotated and .gz files are recognised. spool: the folder. journald: journal files or folders, if not the host's own."
        ),
        .init("service", \.service, "Service of events that name none."),
        .init(
            "format", \.format,
            "What it holds: \(IngestPreview.formats.joined(separator: ", ")); without it, recognised file by file."),
        .init(
            "encoding", \.encoding,
            "Encoding of the lines (iconv's name), or \"auto\": UTF-8, UTF-16, CP949, Shift_JIS, GB18030, Latin-1."
        ) { knownEncoding($0) },
        .init("time_zone", \.timeZone, "Zone of times that are written without one (IANA name); UTC without it.") {
            knownTimeZone($0)
        },
        .init("release", \.release, "Release of events that name none."),
        .init("environment", \.environment, "Environment of events that name none."),
        .init("repository_url", \.repositoryURL, "Key of the mirror for events that name none; never fetched."),
        .init("level", \.triggers.level, "Records of this level or worse count as errors."),
        .init("slower_than", \.triggers.slowerThan, "Longer durations count as errors, whatever the level."),
        .init("traces", \.triggers.traces, "Records with a stack trace count as errors, whatever the level."),
        .init("error_codes", \.triggers.codes, "Error codes that count as errors, whatever the level."),
        .init(
            "burst_over", \.triggers.burst,
            "More events than this of a group or of a service (warnings and worse) within burst_window are a burst, which makes a group more severe; \"\" for never.",
            check: { $0.map { $0 >= 1 } ?? true ? nil : "at least 1" }),
        .init(
            "burst_window", \.triggers.burstWindow, "Length of a burst, in whole minutes.",
            check: within(.minutes(1) ... .hours(1))),
        .init(
            "lines_before", \.linesBefore,
            "Lines before an error that are kept with it, those of the same request or trace first; of the others, those since the tenth error before it.",
            check: within(0...IntakeLimits.linesBefore)),
        .init("initial", \.initial, "How far back its first run reads; appliance batch --backfill reads the rest."),
        .init("baseline", \.baseline, "For so long from its first run on, nothing of it is called new."),
        .init(
            "settle", \.settle, "What is younger may not be whole: it is left to the next run (spool, remote engines).",
            check: within(.zero ... .hours(24))),
        .init("units", \.journal.units, "journald: only these units."),
        .init("matches", \.journal.matches, "journald: \"FIELD=value\" matches, as journalctl takes them.") {
            $0.allSatisfy { $0.contains("=") && !$0.hasPrefix("-") } ? nil : "\"FIELD=value\" matches"
        },
        .init("journalctl", \.journal.program, "journald: the program to run.", check: notEmpty),
        .init(
            "url", \.remote.url,
            "Remote engines: http(s)://ADDRESS:PORT or unix:/PATH. An IP address, or localhost; only ever read."),
        .init(
            "addresses", \.remote.addresses, "For a host name: the addresses that it may have. It is never looked up."),
        .init("ca_file", \.remote.caFile, "Certificates to trust for https."),
        .init("token_file", \.remote.tokenFile, "File with a bearer token, or with the user's password."),
        .init("user", \.remote.user, "User of the engine."),
        .init("tenant", \.remote.tenant, "loki: X-Scope-OrgID."),
        .init("query", \.remote.query, "loki: LogQL that selects lines. sentry: a search among issues."),
        .init("organization", \.remote.organization, "sentry: slug of the organization."),
        .init("projects", \.remote.projects, "sentry: slugs of projects; all without them."),
        .init(
            "traces_database", \.remote.tracesDatabase, "clickhouse: database of the traces.", check: databaseName),
        .init("logs_database", \.remote.logsDatabase, "clickhouse: database of the logs.", check: databaseName),
        .init(
            "page", \.remote.page, "Remote engines: entries or groups that are asked for at once.",
            check: within(10...1_000_000)),
        .init(
            "request_timeout", \.remote.requestTimeout, "Remote engines: longest wait for an answer.",
            check: within(.seconds(1) ... .hours(1))),
        .init(
            "retry_for", \.remote.retryFor, "Remote engines: how long a failing request is repeated.",
            check: within(.zero ... .hours(1))),
    ]

    static let mirror: [ConfigurationKey<MirrorSettings>] = [
        .init("name", \.name, "Name of the mirror, in reports.", check: notEmpty),
        .init(
            "path", \.path, "A bare repository, a work tree, a folder of these, or unpacked source; only ever read.",
            check: notEmpty),
        .init("urls", \.urls, "The URLs by which events name it; keys, never fetched."),
        .init("services", \.services, "The services whose code it holds."),
        .init("branch", \.branch, "Branch that is deployed; without it, the repository's HEAD."),
        .init("source_roots", \.sourceRoots, "Directories that packages and modules begin in."),
        .init("subdirectory", \.subdirectory, "Directory of the service in a monorepo."),
        .init(
            "test_command", \.testCommand,
            "Runs the repository's own tests on a fix draft, in the sandbox: \"pytest -q\"."),
        .init("max_age", \.maxAge, "A mirror whose last fetch, or else newest commit, is older is called stale."),
    ]

    static let context: [ConfigurationKey<ContextSettings>] = [
        .init("lines", \.linesAround, "Lines of code on both sides of a failing line.", check: within(0...200)),
        .init("max_locations", \.maxLocations, "Places of code for one group.", check: within(1...20)),
        .init("max_characters", \.maxCharacters, "Characters of code for one group.", check: within(200...200_000)),
        .init("show_authors", \.showAuthors, "Name the authors of suspect commits."),
        .init(
            "git_timeout", \.gitTimeout, "Longest time of one git command.", check: within(.seconds(1) ... .minutes(10))
        ),
    ]

    static let routing: [ConfigurationKey<Configuration.RoutingSettings>] = [
        .init("repository_urls", \.repositoryURLs, "\"service=URL\" pairs, for events that name no repository.") {
            $0.allSatisfy { $0.contains("=") } ? nil : "pairs of \"service=URL\""
        },
        .init("default_repository_url", \.defaultRepositoryURL, "The URL for all other events."),
    ]

    static let redaction: [ConfigurationKey<RedactionSettings>] = [
        .init("emails", \.emails, "Mask e-mail addresses."),
        .init("ip_addresses", \.ipAddresses, "Mask IP addresses."),
        .init("home_directories", \.homeDirectories, "Mask user names in home directories."),
        .init("phone_numbers", \.phoneNumbers, "Mask phone numbers."),
        .init("resident_numbers", \.residentNumbers, "Mask Korean resident registration numbers."),
        .init("cards", \.cards, "Mask payment cards."),
        .init(
            "identity_numbers", \.identityNumbers,
            "Mask numbers of passports, driving licences and bank accounts, where a name says what they are."),
        .init("allow", \.allow, "Texts that are never masked, exactly as written."),
    ]

    static let grouping: [ConfigurationKey<GroupingSettings>] = [
        .init("in_app", \.inApp, "Beginnings of modules or paths that are your own, whatever else is known of them."),
        .init("libraries", \.libraries, "Beginnings of modules or paths that are libraries."),
        .init(
            "join_alike", \.joinsAlike, "Groups whose messages turn out to be alike become one; old ids go on working."),
    ]

    static let redactionPattern: [ConfigurationKey<RedactionPattern>] = [
        .init("name", \.name, "The placeholder's type: <name:3fa2c1>.") {
            (1...24).contains($0.utf8.count) && $0.allSatisfy { "abcdefghijklmnopqrstuvwxyz0123456789-".contains($0) }
                ? nil : "1 to 24 of a-z, 0-9 and -"
        },
        .init("prefix", \.prefix, "Masks this text, in any case, and what follows it without a space.") {
            ($0?.utf8.count ?? 3) >= 3 ? nil : "text of 3 bytes or more"
        },
        .init("min_length", \.minLength, "Bytes that must follow the prefix.", check: within(0...512)),
        .init(
            "expression", \.expression,
            "Or: masks what this expression matches (Perl's syntax), or its group named \"secret\"."
        ) { $0.flatMap(problem(ofExpression:)) },
    ]

    static let groupingRule: [ConfigurationKey<GroupingRule>] = [
        .init(
            "type", \.type,
            "Exception type; * and ? stand for any text and any character, re:… is a regular expression.",
            check: usablePattern),
        .init("message", \.message, "Message, likewise.", check: usablePattern),
        .init("path", \.path, "File or module of any frame, likewise.", check: usablePattern),
        .init("service", \.service, "Service, likewise.", check: usablePattern),
        .init(
            "key", \.key,
            "Events that match are one group of this key; {{ default }}, {{ type }} … stand for their own."),
        .init(
            "split_by", \.splitBy,
            "Or: tell the usual groups apart by service, environment, code, target, message, type."),
    ]

    static let budget: [ConfigurationKey<Configuration.BudgetSettings>] = [
        .init(
            "time", \.time, "Longest time that a batch spends on diagnoses.", check: within(.seconds(0) ... .days(7))),
        .init("tokens", \.tokens, "Most tokens that a batch spends.", check: within(0...1_000_000_000)),
        .init("groups", \.groups, "Most groups that a batch diagnoses.", check: within(0...1_000_000)),
    ]

    static let history: [ConfigurationKey<Configuration.CacheSettings>] = [
        .init("cache_ttl", \.ttl, "A diagnosis is reused for so long, if nothing changed. Patrol's preset: \"1d\"."),
        .init(
            "cache_max_entries", \.maxEntries, "Diagnoses kept for reuse. Patrol's preset: 1000.",
            check: within(0...10_000_000)),
        .init("cache_eviction", \.eviction, "Which diagnosis is given up first: lru or fifo."),
    ]

    static let retention: [ConfigurationKey<Configuration.RetentionSettings>] = [
        .init(
            "reports", \.reports, "Report files are removed after so long.", check: within(.days(1) ... .days(36500))),
        .init(
            "details", \.details,
            "Samples beyond a group's first and latest, and raw answers, likewise; history prune removes more.",
            check: within(.days(2) ... .days(36500))),
        .init(
            "min_free", \.minFree,
            "Below so much free space of the home, reading pauses with its cursors kept; alerts still go out."),
    ]

    static let alerts: [ConfigurationKey<AlertSettings>] = [
        .init("at_once_from", \.atOnceFrom, "Groups of this severity or worse are told at once: info … critical."),
        .init("mention", \.mention, "Mention in critical messages: \"@here\", \"@everyone\", \"<@&ID>\", or empty."),
        .init("quiet_time", \.quietTime, "A group is not told again before.", check: within(.seconds(0) ... .days(30))),
        .init(
            "break_through", \.breakThrough, "Growth by this factor is told whatever else holds.",
            check: within(2...1e6)),
        .init("reminders", \.reminders, "Waiting time before the first, second … reminder; the last one repeats."),
        .init(
            "storm_from", \.stormFrom, "More alerts than this within storm_window become one message.",
            check: within(1...1_000_000)),
        .init("storm_window", \.stormWindow, "Time that a storm is counted in.", check: within(.zero ... .days(1))),
        .init("gather_from", \.gatherFrom, "Less severe groups than at_once_from are gathered from this severity on."),
        .init(
            "gather_every", \.gatherEvery, "Between two messages of gathered groups.", check: within(.zero ... .days(7))
        ),
        .init("quiet_hours", \.quietHours, "\"22:00-07:00\" in the site's zone: only what is severe is told at once."),
        .init("quiet_below", \.quietBelow, "Groups below this severity are quiet in these hours."),
        .init(
            "heartbeat_every", \.heartbeatEvery, "Between two signs of life for the relay.",
            check: within(.minutes(1) ... .days(7))),
        .init("cpu_model", \.tellsOfCPU, "Tell when the model runs on the CPU, wholly or in part."),
    ]

    static let maintenance: [ConfigurationKey<Maintenance>] = [
        .init("service", \.service, "Whose alerts are held; \"*\" for all.", check: notEmpty),
        .init("start", \.start, "From then on: \"2026-12-01T02:00:00+09:00\"."),
        .init("end", \.end, "Until then."),
        .init("reason", \.reason, "Why; the report says so."),
    ]

    static let export: [ConfigurationKey<Configuration.ExportSettings>] = [
        .init("code", \.code, "Source lines and diffs may leave the site in messages."),
        .init("samples", \.samples, "Sample messages (redacted) may leave the site in messages."),
        .init(
            "approval", \.approval,
            "required: messages wait for appliance outbox approve, and get their number only then; else none."),
    ]

    static let outbox: [ConfigurationKey<Configuration.OutboxSettings>] = [
        .init(
            "ack", \.ack,
            "relay: a message is sent when its ack comes back; none: nothing comes back, and what is shipped is sent."),
        .init("relay_key", \.relayKey, "The relay's public key (the line of its relay.pub), for acks.") {
            $0.map { VerifyingKey($0) == nil } ?? false ? "a line such as \"ed25519:…\"" : nil
        },
        .init("forms", \.messages.forms, "Forms that messages are made in: discord (always), slack, json, mail."),
        .init("mail_from", \.messages.mailFrom, "Sender of mails.") {
            $0.map { !MessageSettings.isAddress($0) } ?? false ? "an address such as \"appliance@example.org\"" : nil
        },
        .init("mail_to", \.messages.mailTo, "Recipients of mails.") {
            $0.allSatisfy(MessageSettings.isAddress) ? nil : "addresses such as \"ops@example.org\""
        },
        .init(
            "full_from", \.fullFrom,
            "With so many messages in outbox/new it is full: all but critical alerts are gathered until it is carried out.",
            check: within(10...1_000_000)),
    ]

    static let issues: [ConfigurationKey<Configuration.IssueSettings>] = [
        .init("enabled", \.enabled, "Draft issues, as messages that no webhook takes."),
        .init("at_least", \.atLeast, "For groups of this severity or worse."),
    ]

    static let serve: [ConfigurationKey<ServeSettings>] = [
        .init(
            "listen", \.listen,
            "ADDRESS:PORT of page, doors and health checks; a loopback address, unless proxies are named."
        ) {
            ServeSettings.split($0) ?? ServeSettings.splitAny($0) == nil
                ? "a loopback address and a port, such as \"127.0.0.1:8321\"" : nil
        },
        .init(
            "proxies", \.proxies,
            "Addresses of proxies that end TLS before it; they alone are answered beside loopback, and say who the client is and whether it speaks TLS."
        ) {
            $0.allSatisfy(ServeSettings.isAddress) ? nil : "IP addresses"
        },
        .init("hosts", \.hosts, "Names that requests may call this host by, beside loopback addresses and localhost."),
        .init(
            "token_file", \.tokenFile,
            "File with the bearer token of /v1/logs, /v1/traces and /v1/events; without it they are closed."),
        .init(
            "sentry_secret_file", \.sentrySecretFile,
            "File with the secret that Sentry signs webhooks with; without it /api/webhook/sentry is closed."),
        .init(
            "viewer_token_file", \.viewerTokenFile,
            "File (mode 0600) with the token of people who see the pages. With it or the next, nobody sees them without a login."
        ),
        .init(
            "operator_token_file", \.operatorTokenFile,
            "File (mode 0600) with the token of people who also resolve, mute, judge and approve; without it nobody does, on the pages."
        ),
        .init(
            "session_length", \.sessionLength, "How long a login holds.", check: within(.seconds(1) ... .days(7))),
        .init("max_body", \.maxBody, "Largest message, as sent and decompressed.") {
            (1000...32_000_000).contains($0.bytes) ? nil : "from 1KB to 32MB"
        },
        .init(
            "requests_per_second", \.requestsPerSecond, "Messages that one address may send in a second, on average.",
            check: within(1...100_000)),
        .init(
            "pages_per_second", \.pagesPerSecond,
            "Pages, reports and scrapes that one address may ask for in a second, on average.",
            check: within(1...100_000)),
        .init(
            "metrics_token_file", \.metricsTokenFile,
            "File with the bearer token of /metrics; without it, only a loopback address serves them."),
        .init(
            "analyses_at_once", \.analysesAtOnce, "Questions to /v1/analyze that are answered at once.",
            check: within(0...16)),
        .init(
            "analysis_time", \.analysisTime, "After so long the built-in triage answers such a question.",
            check: within(.seconds(1) ... .minutes(10))),
    ]

    static let serveProject: [ConfigurationKey<ServeSettings.Project>] = [
        .init("name", \.name, "In the DSN that SDKs are given: http://KEY@HOST:PORT/NAME. Letters, digits, - and _.") {
            $0.isEmpty || $0 == "webhook" || !$0.utf8.allSatisfy(ServeSettings.isNameByte)
                ? "a name of letters, digits, - and _, and not \"webhook\"" : nil
        },
        .init("key_file", \.keyFile, "File with the key in the DSN.", check: notEmpty),
        .init("service", \.service, "The service of events that name none, if not the project's name."),
    ]

    static let prompts: [ConfigurationKey<PromptSettings>] = [
        .init("directory", \.directory, "Where the prompt files lie, if not beside this file in prompts/.")
    ]

    static let endpoint: [ConfigurationKey<Configuration.EndpointSettings>] = [
        .init(
            "url", \.url, "Ollama: http(s)://ADDRESS:PORT or unix:/PATH. An IP address, or localhost.", check: notEmpty),
        .init("addresses", \.addresses, "For a host name: the addresses that it may have. It is never looked up."),
        .init("ca_file", \.caFile, "Certificates to trust for https."),
        .init("token_file", \.tokenFile, "File with a bearer token."),
        .init(
            "allow_env_endpoint", \.allowEnvEndpoint, "Let APPLIANCE_ENDPOINT_URL and OLLAMA_HOST choose the endpoint."),
    ]

    static let model: [ConfigurationKey<ModelSettings>] = [
        .init("name", \.name, "Name of the model, as the server lists it.", check: notEmpty),
        .init(
            "role", \.role, "What it is asked for: triage, diagnose, fix or embed; the table's name where that is one."),
        .init("size", \.size, "small, medium or large: which cases it is asked about first (triage: small)."),
        .init(
            "detail", \.detail,
            "How much it is shown and asked to write: short, full, or auto, which is short where the name ends in at most 4b."
        ),
        .init("digest", \.digest, "Digest that the model must have; another one is refused."),
        .init(
            "num_ctx", \.contextTokens, "Tokens of prompt and answer together; always sent.",
            check: within(512...1_048_576)),
        .init("num_predict", \.maxAnswerTokens, "Most tokens of an answer.", check: within(64...65_536)),
        .init("temperature", \.temperature, "0 for the same answer again.", check: within(0...2)),
        .init("seed", \.seed, "Seed of the sampling."),
        .init(
            "options", \.options, "Further options of the server: [\"num_thread=8\", \"top_k=20\"].",
            check: { ModelSettings.problem(options: $0) }),
        .init(
            "keep_alive", \.keepAlive, "How long the server keeps the model loaded: \"30m\", \"-1\".", check: notEmpty),
        .init("think", \.think, "Thinking: unset, off, low, medium, high or on."),
        .init("connect_timeout", \.timeouts.connect, "Longest wait for a connection."),
        .init("load_timeout", \.timeouts.load, "Added to the next where the model may have to be loaded first."),
        .init("first_token_timeout", \.timeouts.firstToken, "Longest wait for the first token: queue, load, prompt."),
        .init("stall_timeout", \.timeouts.stall, "Longest wait between two pieces of an answer."),
        .init("total_timeout", \.timeouts.total, "Longest time of one answer altogether."),
    ]

    static let diagnosis: [ConfigurationKey<DiagnosingSettings>] = [
        .init("language", \.language, "Language of the model's prose (IETF tag)."),
        .init("min_confidence", \.minConfidence, "Below this the appliance abstains.", check: within(0...100)),
        .init(
            "escalate_below", \.escalateBelow, "Below this confidence a larger model is asked as well.",
            check: within(0...100)),
    ]

    /// Patrol's names for keys of ours.
    static let aliases: [(patrol: String, ours: String)] = [
        ("CACHE_MAX_SIZE", "APPLIANCE_HISTORY_CACHE_MAX_ENTRIES"),
        ("CACHE_EVICTION_POLICY", "APPLIANCE_HISTORY_CACHE_EVICTION"),
        ("CACHE_TTL", "APPLIANCE_HISTORY_CACHE_TTL"),
        ("DEFAULT_REPOSITORY_URL", "APPLIANCE_ROUTING_DEFAULT_REPOSITORY_URL"),
        ("REPOSITORY_URL_MAP", "APPLIANCE_ROUTING_REPOSITORY_URLS"),
        ("CODE_CONTEXT_LINES", "APPLIANCE_CONTEXT_LINES"),
        ("MAX_CODE_LOCATIONS", "APPLIANCE_CONTEXT_MAX_LOCATIONS"),
        ("MAX_REPOSITORY_CONTEXT_CHARS", "APPLIANCE_CONTEXT_MAX_CHARACTERS"),
    ]
}

private func databaseName(_ name: String) -> String? {
    let isName =
        !name.isEmpty
        && name.utf8.allSatisfy {
            $0 == 0x5F || $0 < 0x80 && Character(Unicode.Scalar($0)).isLetter || (0x30...0x39).contains($0)
        }
    return isName && !["system", "information_schema"].contains(name.lowercased()) ? nil : "letters, digits and _"
}

/// What is wrong with the pattern of a grouping rule.
private func usablePattern(_ text: String?) -> String? {
    text.flatMap { GroupingPattern($0).problem }.map { "a pattern: this one \($0)" }
}

/// `[prompts]` of appliance.toml.
struct PromptSettings: Sendable {
    var directory: String?
}

extension ModelSettings.Role: ConfigurationWord {}
extension ModelSettings.Size: ConfigurationWord {}
extension ModelSettings.Detail: ConfigurationWord {}

extension ModelSettings.Think: ConfigurationWord, CaseIterable {
    public static let allCases: [Self] = [.unset, .off, .low, .medium, .high, .on]
}

extension Severity: ConfigurationWord {}
extension SourceSettings.Kind: ConfigurationWord {}
extension LogLevel: ConfigurationWord {}
extension SourceSettings.Format: ConfigurationWord {}

extension Triggers {
    /// The duration trigger, with its unit in the type.
    var slowerThan: Duration? {
        get { durationMilliseconds.map { .milliseconds(Int64($0)) } }
        set { durationMilliseconds = newValue.map { $0.inSeconds * 1000 } }
    }
}

extension Timestamp: ConfigurationValue {
    init(raw: RawValue) throws(ValueProblem) {
        guard let time = Timestamp(rfc3339: try String(raw: raw)) else {
            throw ValueProblem(expected: "a time such as \"2026-12-01T02:00:00+09:00\"")
        }
        self = time
    }

    var toml: String? { rfc3339.toml }
}

extension QuietHours: ConfigurationValue {
    init(raw: RawValue) throws(ValueProblem) {
        guard let hours = QuietHours(try String(raw: raw)) else {
            throw ValueProblem(expected: "hours such as \"22:00-07:00\"")
        }
        self = hours
    }

    var toml: String? { text.toml }
}

extension Mention: ConfigurationValue {
    init(raw: RawValue) throws(ValueProblem) {
        guard let mention = Mention(try String(raw: raw)) else {
            throw ValueProblem(expected: "\"@here\", \"@everyone\", \"<@&ID>\", \"<@ID>\" or \"\"")
        }
        self = mention
    }

    var toml: String? { text.toml }
}

import Delivery
import Diagnosing
import Events
import Fixing
import Foundation
import GitMirror
import Grouping
import Intake

/// Everything that an operator decides, read once, resolved and checked. Immutable from then on.
public struct Configuration: Sendable {
    public var home: Home
    /// The files it came from, for `doctor`.
    public var files: [String]
    public var report = ReportSettings()
    public var sources: [SourceSettings] = []
    /// The mirrors, those of folders one by one.
    public var mirrors: [MirrorSettings] = []
    /// What is configured of the folders of mirrors.
    public var mirrorFolders: [MirrorSettings] = []
    /// Where metrics around an error are read.
    public var prometheus = PrometheusSettings()
    public var context = ContextSettings()
    public var routing = RoutingSettings()
    public var grouping = GroupingSettings()
    public var redaction = RedactionSettings()
    public var budget = BudgetSettings()
    public var cache = CacheSettings()
    public var retention = RetentionSettings()
    public var alerts = AlertSettings()
    public var maintenance: [Maintenance] = []
    public var export = ExportSettings()
    public var outbox = OutboxSettings()
    public var issues = IssueSettings()
    public var serve = ServeSettings()
    public var watch = WatchSettings()
    public var schedule = ScheduleSettings()
    public var fixing = FixingSettings()
    public var endpoint = EndpointSettings()
    /// Role (`diagnose`) → model.
    public var models: [String: ModelSettings] = [:]
    public var diagnosing = DiagnosingSettings()
    /// Directory of the prompt files.
    public var prompts: String
    /// What is odd but no error: said once at the start.
    public var warnings: [String] = []

    /// Name, time zone and language of the site, as reports show them.
    public struct ReportSettings: Sendable, Hashable {
        public var site = "this site"
        /// IANA name; empty takes the system's.
        public var timeZone = ""
        public var language = ReportLanguage.english
    }

    /// How a group's repository is found when the event names none.
    public struct RoutingSettings: Sendable, Hashable {
        /// `service=URL` pairs.
        public var repositoryURLs: [String] = []
        public var defaultRepositoryURL: String?
    }

    /// What one batch may spend.
    public struct BudgetSettings: Sendable, Hashable {
        public var time = Duration.hours(2)
        public var tokens = 2_000_000
        public var groups = 500
    }

    /// When a diagnosis is used again.
    public struct CacheSettings: Sendable, Hashable {
        public var ttl = Duration.days(30)
        public var maxEntries = 100_000
        public var eviction = Eviction.lru

        public enum Eviction: String, Sendable, CaseIterable { case lru, fifo }
    }

    /// How long what is written is kept. Groups, their totals, diagnoses and resolutions are never aged out by this.
    public struct RetentionSettings: Sendable, Hashable {
        public var reports = Duration.days(400)
        public var details = Duration.days(400)
        public var minFree = ByteCount(bytes: 500_000_000)
    }

    /// What may leave the site in messages.
    public struct ExportSettings: Sendable, Hashable {
        public var code = false
        public var samples = false
        public var approval = Approval.notNeeded

        public enum Approval: String, Sendable, CaseIterable {
            case notNeeded = "none"
            case required
        }
    }

    /// What a table of the configuration begins as.
    static let noMaintenance = Maintenance(service: "", start: Timestamp(nanoseconds: 0), end: nil)

    /// Drafts of issues.
    public struct IssueSettings: Sendable, Hashable {
        public var enabled = true
        /// Groups below it get none.
        public var atLeast = Severity.high
    }

    /// How the far side answers.
    public struct OutboxSettings: Sendable, Hashable {
        public var ack = AckMode.relay
        /// The relay's public key, as relay.pub has it.
        public var relayKey: String?
        /// The forms that messages are made in.
        public var messages = MessageSettings()
        /// Messages in `outbox/new` from which on it counts as full.
        public var fullFrom = 2000

        public enum AckMode: String, Sendable, CaseIterable {
            /// A message is sent when its ack comes back.
            case relay
            /// Nothing comes back: what is shipped counts as sent.
            case never = "none"
        }
    }

    /// The one place that prompts go to.
    public struct EndpointSettings: Sendable, Hashable {
        public var url = "http://127.0.0.1:11434"
        public var addresses: [String] = []
        public var caFile: String?
        public var tokenFile: String?
        public var allowEnvEndpoint = false
    }
}

extension Configuration.CacheSettings.Eviction: ConfigurationWord {}
extension Configuration.ExportSettings.Approval: ConfigurationWord {}
extension Configuration.OutboxSettings.AckMode: ConfigurationWord {}
extension ReportLanguage: ConfigurationWord {}
extension MessageForm: ConfigurationWord {}
extension FixingSettings.BundleKind: ConfigurationWord {}
extension ChangeKind: ConfigurationWord {}

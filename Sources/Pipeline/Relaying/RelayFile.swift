import Delivery
import Events
import Foundation

/// `relay.toml`, as it is written: the settings of the connected side.
struct RelayFile: Sendable {
    var relay = Main()
    var sites: [Site] = []
    var channels: [Channel] = []

    struct Main: Sendable {
        var spool = ""
        var state: String?
        var acks: String?
        var interval = Duration.seconds(10)
        var firstRetry = Duration.seconds(1)
        var tries = 6
        var longestWait = Duration.minutes(15)
    }

    struct Site: Sendable {
        var name = ""
        var keyFiles: [String] = []
        var first = 1
        var silenceAfter: Duration? = .hours(26)
    }

    struct Channel: Sendable {
        var name = ""
        var webhookFile = ""
        var form = MessageForm.discord
        var mailDrop: String?
        var caFile: String?
        var isForum = false
        var sites: [String] = []
        var kinds: [Kind] = []
        var atLeast = Severity.info
        var takesNotices = true
    }

    /// The kinds of messages that a webhook takes, by the words of the configuration.
    enum Kind: String, CaseIterable, Sendable, ConfigurationWord {
        case alert, storm, warnings, digest, notice
        case fixNotice = "fix-notice"

        var inEnvelope: OutboxDraft.Kind {
            switch self {
            case .alert: .alert
            case .storm: .storm
            case .warnings: .warnings
            case .digest: .digest
            case .notice: .notice
            case .fixNotice: .fixNotice
            }
        }
    }

    static let mainKeys: [ConfigurationKey<Main>] = [
        .init(
            "spool", \.spool, "Directory that messages arrive in, or that has one directory a site.", check: notEmpty),
        .init("state", \.state, "Directory of the ledger and the relay's key; relay/ in the home without it."),
        .init("acks", \.acks, "Directory for acks, to be carried back; acks/ in the state's directory without it."),
        .init(
            "interval", \.interval, "Between two looks at the spool.", check: within(.milliseconds(100) ... .hours(24))),
        .init(
            "first_retry", \.firstRetry, "Wait before the second try of a message; it doubles from try to try.",
            check: within(.milliseconds(1) ... .minutes(10))),
        .init("tries", \.tries, "Tries of one message in one look.", check: within(1...20)),
        .init(
            "longest_wait", \.longestWait, "Limits of the webhook that last longer are left to a later look.",
            check: within(.seconds(1) ... .hours(24))),
    ]

    static let siteKeys: [ConfigurationKey<Site>] = [
        .init("name", \.name, "The relay's name for the site: letters, digits, dots, dashes.", check: fileName),
        .init("key_files", \.keyFiles, "Copies of its keys/site.pub; two while a key is being replaced.") {
            $0.isEmpty ? "at least one file" : nil
        },
        .init("first", \.first, "First number that is expected of it.", check: within(1...999_999_999_999)),
        .init("silence_after", \.silenceAfter, "Silence that is told to its channels; \"\" for never."),
    ]

    static let channelKeys: [ConfigurationKey<Channel>] = [
        .init("name", \.name, "Name of the channel, in the ledger and in acks.", check: fileName),
        .init(
            "webhook_file", \.webhookFile, "File (mode 0600) with the webhook's URL and nothing else.", check: notEmpty
        ),
        .init("form", \.form, "What it takes: discord, slack, json (one's own), or mail (files in mail_drop)."),
        .init("mail_drop", \.mailDrop, "Directory that mails are put into as .eml files, for a mail server to take."),
        .init("ca_file", \.caFile, "Certificates to trust instead of the system's."),
        .init("forum", \.isForum, "A forum channel: each group gets a thread of its own."),
        .init("sites", \.sites, "Only these sites; all without it."),
        .init("kinds", \.kinds, "Only these: alert, storm, warnings, digest, notice, fix-notice; all without it."),
        .init("at_least", \.atLeast, "Only messages that tell of this severity or worse."),
        .init("notices", \.takesNotices, "Takes what the relay itself has to say: that a site is silent."),
    ]

    private static func fileName(_ text: String) -> String? {
        let isPlain = text.utf8.allSatisfy {
            $0 &- 0x30 < 10 || ($0 | 0x20) &- 0x61 < 26 || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F
        }
        return isPlain && (1...64).contains(text.utf8.count) && !text.hasPrefix(".")
            ? nil : "1 to 64 letters, digits, dots and dashes"
    }
}

extension RelayFile {
    /// - Throws: ``ConfigurationError/problems(_:)`` with everything that is wrong, at once.
    init(_ file: TOMLFile) throws(ConfigurationError) {
        var decoder = ConfigurationDecoder(file: file, environment: [:])
        decoder.section("relay", Self.mainKeys, into: &relay)
        sites = decoder.list("site", Self.siteKeys, from: Site())
        channels = decoder.list("channel", Self.channelKeys, from: Channel())
        decoder.finish()
        var problems = decoder.problems
        func problem(_ message: String) {
            problems.append(ConfigurationProblem(place: file.place, line: nil, message: message))
        }
        if relay.spool.isEmpty { problem("[relay] names no spool") }
        if sites.isEmpty { problem("no [[site]]: nobody's messages would be believed") }
        if channels.isEmpty { problem("no [[channel]]: there is nowhere to post to") }
        for (kind, names) in [("site", sites.map(\.name)), ("channel", channels.map(\.name))] {
            for name in Set(names).sorted() where names.count(where: { $0 == name }) > 1 {
                problem("two [[\(kind)]] are named \"\(name)\"")
            }
        }
        let known = Set(sites.map(\.name))
        for channel in channels {
            if channel.form == .mail {
                if channel.mailDrop == nil { problem("[[channel]] \"\(channel.name)\" names no mail_drop") }
            } else if channel.webhookFile.isEmpty {
                problem("[[channel]] \"\(channel.name)\" names no webhook_file")
            }
            for name in channel.sites where !known.contains(name) {
                problem("[[channel]] \"\(channel.name)\" names the site \"\(name)\", which no [[site]] is")
            }
        }
        for site in sites where site.keyFiles.isEmpty { problem("[[site]] \"\(site.name)\" names no key_files") }
        guard problems.isEmpty else { throw .problems(problems) }
    }

    /// What `appliance relay --example` prints.
    static var example: String {
        var text = "# The relay's settings. Paths are relative to this file.\n\n"
        var main = Main()
        main.spool = "/srv/spool"
        text += Self.section("[relay]", mainKeys, main)
        text += Self.section("[[site]]", siteKeys, Site(name: "dc-seoul-2", keyFiles: ["dc-seoul-2.pub"]))
        text += Self.section("[[channel]]", channelKeys, Channel(name: "ops", webhookFile: "ops.webhook"))
        return text
    }

    /// The reference for docs/configuration.md.
    static var reference: String {
        "## relay.toml\n\n" + ConfigurationTemplate.table("[relay]", mainKeys, Main())
            + ConfigurationTemplate.table("[[site]]", siteKeys, Site())
            + ConfigurationTemplate.table("[[channel]]", channelKeys, Channel())
    }

    private static func section<Root>(_ title: String, _ keys: [ConfigurationKey<Root>], _ root: Root) -> String {
        var text = "\(title)\n"
        for key in keys {
            let shown = key.shown(root)
            let isNeeded = ["spool", "name", "key_files", "webhook_file"].contains(key.name)
            text += "# \(key.about)\n\(isNeeded ? "" : "# ")\(key.name) = \(shown ?? "\"\"")\n"
        }
        return text + "\n"
    }
}

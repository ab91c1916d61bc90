import Events

@testable import Grouping

let redactionKey: [UInt8] = Array(0..<32)

/// Made once: building the tables takes longer than most texts.
let byDefault: Redactor? = try? makeRedactor(settings: .init(), key: redactionKey)

/// A finder of all that can be looked for.
let everythingFinder = SecretFinder(
    settings: RedactionSettings(ipAddresses: true, homeDirectories: true), operatorPatterns: .none)

func redact(_ text: String, _ settings: RedactionSettings = .init()) throws -> Redacted {
    if settings == .init(), let byDefault { return byDefault(text) }
    return try makeRedactor(settings: settings, key: redactionKey)(text)
}

/// The text with placeholders reduced to their type.
func shape(_ text: String, _ settings: RedactionSettings = .init()) throws -> String {
    MessageTemplate.unmarked(try redact(text, settings).text)
}

/// Values are put together here, so that no scanner takes this file for a leak.
func secret(_ parts: String...) -> String { parts.joined() }

import Crypto
import Delivery
import Mustache

/// Templates, style and script, as the program carries them.
enum PageFiles {
    static let templates: [String: [UInt8]] = [
        "layout": PackageResources.layout_mustache, "overview": PackageResources.overview_mustache,
        "groups": PackageResources.groups_mustache, "rows": PackageResources.rows_mustache,
        "group": PackageResources.group_mustache, "evidence": PackageResources.evidence_mustache,
        "deeds": PackageResources.deeds_mustache, "models": PackageResources.models_mustache,
        "outbox": PackageResources.outbox_mustache, "message": PackageResources.message_mustache,
        "login": PackageResources.login_mustache, "note": PackageResources.note_mustache,
    ]

    static let style = String(decoding: PackageResources.page_css, as: UTF8.self) + HTMLCharts.style + "\n"
    static let script = String(decoding: PackageResources.page_js, as: UTF8.self)

    /// Of style and script: part of their addresses, so that browsers keep them until they change.
    static let version = SHA256.hash(data: Array((style + script).utf8)).prefix(6).map { byte in
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }.joined()

    static func library() throws -> MustacheLibrary {
        MustacheLibrary(
            templates: try templates.mapValues { try MustacheTemplate(string: String(decoding: $0, as: UTF8.self)) })
    }
}

import Crypto
import Events

/// What two cases must have in common for one diagnosis to serve both.
enum CacheKey {
    /// SHA-256, hexadecimal, of the parts with their lengths, so that no two lists of parts run together.
    static func of(
        _ file: CaseFile, promptSHA256: String, rules: HouseRules = HouseRules(), model: ModelSettings, digest: String?,
        language: String
    ) -> String {
        var parts = [
            "diagnosis/2", file.facts.group.fingerprint.hex, promptSHA256, model.name, digest ?? "", language,
            "\(model.contextTokens) \(model.maxAnswerTokens) \(model.temperature) \(model.seed) \(model.think.rawValue)",
        ]
        if !model.options.isEmpty { parts += model.options }
        if model.isBrief { parts.append("brief") }
        if rules != HouseRules() { parts += [rules.site, rules.service] }
        // A new release may have brought another cause, and a person's word changes what a model is told.
        if let newest = file.facts.releases.max(by: { ($0.first, $0.release) < ($1.first, $1.release) }) {
            parts += ["release", newest.release]
        }
        for judged in file.judged {
            parts += ["judged", judged.verdict.rawValue, judged.rootCause ?? "", judged.correction ?? ""]
        }
        for excerpt in file.code.excerpts {
            parts += [excerpt.file, excerpt.blob ?? excerpt.lines.joined(separator: "\n")]
            parts.append(excerpt.marked.map(String.init).joined(separator: " "))
        }
        return of(parts)
    }

    /// A key of keys: what several models in turn make of a case.
    static func of(_ parts: [String]) -> String {
        var hash = SHA256()
        for part in parts {
            hash.update(data: Array("\(part.utf8.count):".utf8))
            hash.update(data: Array(part.utf8))
        }
        return hash.finalize().hexadecimal
    }
}

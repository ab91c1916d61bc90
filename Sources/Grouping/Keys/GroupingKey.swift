import Crypto
import Events

/// The key of a group: the rule that made it and its parts, in order.
struct GroupingKey: Hashable {
    var rule: GroupingResult.Rule
    var parts: [String]

    /// SHA-256 over the version, the rule and the parts, each with its length before it.
    func fingerprint(version: Int) -> Fingerprint {
        var bytes = Array("appliance grouping \(version) \(rule.rawValue)\n".utf8)
        for part in parts {
            bytes += "\(part.utf8.count):".utf8
            bytes += part.utf8
            bytes.append(0x0A)
        }
        return Fingerprint(digest: SHA256.hash(data: bytes))
    }
}

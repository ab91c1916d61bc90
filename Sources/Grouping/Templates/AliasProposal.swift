import Events

/// Two groups whose messages are one template.
public struct AliasProposal: Sendable, Hashable {
    public var group: Fingerprint
    /// The group that `group` is to be an old name of.
    public var canonical: Fingerprint
    /// What their messages have in common, `<*>` for what varies.
    public var template: String

    /// Constant words that a template must have before groups are joined by it.
    private static let minWords = 3

    /// Finds groups whose messages differ only in what varies, also where only all of them together show that it does.
    ///
    /// Fingerprints never depend on it: the same groups give the same proposals, in whatever order they were seen. Of
    /// groups that are alike the one seen first keeps its name, and a name that stands for others goes on doing so.
    public static func among(_ groups: [MessageGroup]) -> [AliasProposal] {
        var families: [[String]: [MessageGroup]] = [:]
        for group in groups.sorted(by: { $0.fingerprint < $1.fingerprint }) {
            guard group.rule == .template || group.rule == .typeAndTemplate,
                let message = group.parts.last, message.hasPrefix(Self.messageMark)
            else { continue }
            families[[group.rule.rawValue] + group.parts.dropLast(), default: []].append(group)
        }
        return families.values.filter { $0.count > 1 }.flatMap(proposals)
            .sorted { ($0.canonical, $0.group) < ($1.canonical, $1.group) }
    }

    private static let messageMark = "message: "

    /// - Parameter family: groups that have all but their messages in common, in order of fingerprint.
    private static func proposals(_ family: [MessageGroup]) -> [AliasProposal] {
        var miner = TemplateMiner()
        for group in family { miner.add(String((group.parts.last ?? "").dropFirst(messageMark.count))) }
        let mined = miner.finish()
        var alike: [String: [MessageGroup]] = [:]
        for (line, group) in family.enumerated() { alike[mined.template(ofLine: line), default: []].append(group) }
        return alike.flatMap { template, groups -> [AliasProposal] in
            let words = template.split(separator: " ").count(where: { $0 != "<*>" })
            guard words >= minWords, let first = groups.min(by: isEarlier) else { return [] }
            return Set(groups.map(\.canonical)).subtracting([first.canonical]).map {
                AliasProposal(group: $0, canonical: first.canonical, template: template)
            }
        }
    }

    /// A group that others were joined to comes before those that stand for themselves alone.
    private static func isEarlier(_ left: MessageGroup, _ right: MessageGroup) -> Bool {
        (left.firstSeen, left.canonical) < (right.firstSeen, right.canonical)
    }
}

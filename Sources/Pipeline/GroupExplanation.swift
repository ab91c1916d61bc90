import Events
import Grouping

/// Why the events of a group are one, for `show --why`.
public struct GroupExplanation: Sendable {
    private let group: ErrorGroup
    private let operatorRule: (number: Int, rule: GroupingRule)?
    private let otherNames: [Fingerprint]

    init(group: ErrorGroup, operatorRule: (number: Int, rule: GroupingRule)?, otherNames: [Fingerprint]) {
        (self.group, self.operatorRule, self.otherNames) = (group, operatorRule, otherNames)
    }

    /// One line a fact, each beginning with its name.
    public var lines: [String] {
        var lines = ["rule   \(group.rule.rawValue): \(group.rule.words)"]
        if let operatorRule {
            lines.append("rule   number \(operatorRule.number) of [[grouping.rule]]: \(operatorRule.rule.words)")
        } else if group.rule == .operatorRule {
            lines.append("rule   no [[grouping.rule]] of today matches its latest sample")
        }
        lines += group.parts.map { "part   \($0)" }
        lines += otherNames.map { "alias  \($0): joined, its messages are alike or an older version named it" }
        return lines
    }

    public var version: Int { group.groupingVersion }
}

extension GroupingResult.Rule {
    fileprivate var words: String {
        switch self {
        case .operatorRule: "a rule of appliance.toml"
        case .ownFingerprint: "the event's own fingerprint"
        case .frames: "exception types and where they come from, or what a failed test found"
        case .codeAndTarget: "error code and the module that spoke"
        case .typeAndTemplate: "exception type and masked message"
        case .template: "masked message"
        }
    }
}

extension GroupingRule {
    fileprivate var words: String {
        let patterns = [("type", type), ("message", message), ("path", path), ("service", service)]
        return patterns.compactMap { name, pattern in pattern.map { "\(name) = \"\($0)\"" } }.joined(separator: ", ")
    }
}

import Events

/// Groups that no model has diagnosed for the same reason.
struct UndiagnosedGroups: Sendable, Hashable {
    /// Untrusted where it quotes an endpoint or an answer.
    var reason: String
    /// Whether a later run diagnoses them.
    var isQueued: Bool
    /// In the report's order.
    var groups: [String]

    private static let shown = 10

    /// "12 groups, G-9c07a1b2, G-41f2aa00 and 10 more".
    func names(in say: ReportLanguage) -> String {
        let names = groups.prefix(Self.shown).joined(separator: ", ") + say.rest(groups.count - Self.shown)
        return groups.count > 1 ? "\(say.counted(groups.count, .group)): \(names)" : names
    }

    func ending(in say: ReportLanguage) -> String {
        isQueued ? say(". Queued for the next run.", ". 다음 실행에서 진단합니다.") : ""
    }
}

extension Report {
    /// The reasons in the order in which the report first meets them.
    func undiagnosed(in say: ReportLanguage) -> [UndiagnosedGroups] {
        var found: [UndiagnosedGroups] = []
        for group in groups where !group.isDiagnosed {
            let (reason, isQueued) = Self.reason(group, in: say)
            if let index = found.firstIndex(where: { $0.reason == reason }) {
                found[index].groups.append(group.id)
            } else {
                found.append(UndiagnosedGroups(reason: reason, isQueued: isQueued, groups: [group.id]))
            }
        }
        return found
    }

    private static func reason(_ group: ReportGroup, in say: ReportLanguage) -> (String, Bool) {
        guard case .builtIn(let reason) = group.diagnosis?.provenance.author else {
            return (say("nothing was said about it yet", "아직 아무 진단도 없음"), false)
        }
        return (
            "\(ReportWords.because(reason, in: say)); \(say("built-in triage above", "위에 내장 분류"))", reason.isQueued
        )
    }
}

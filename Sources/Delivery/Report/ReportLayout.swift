import Events

/// What a report is asked to hold, and how it is laid out.
public struct ReportLayout: Sendable, Hashable, Codable {
    /// What its sections are.
    public enum Sections: String, Sendable, Hashable, Codable, CaseIterable { case severity, service, release }

    /// Only groups seen in this service.
    public var service: String?
    /// Only groups of this severity or worse.
    public var atLeast: Severity?
    public var groupBy: Sections
    public var language: ReportLanguage

    public init(
        service: String? = nil, atLeast: Severity? = nil, groupBy: Sections = .severity,
        language: ReportLanguage = .english
    ) {
        (self.service, self.atLeast, self.groupBy, self.language) = (service, atLeast, groupBy, language)
    }

    /// Whether some groups of the window are left out on demand.
    public var isFiltered: Bool { service != nil || atLeast != nil }
}

/// Groups that stand under one heading.
struct ReportSection: Sendable, Hashable {
    enum Heading: Sendable, Hashable {
        case severity(Severity)
        /// Untrusted; nil for groups that name none.
        case service(String?)
        case release(String?)
    }

    var heading: Heading
    /// In the report's order.
    var groups: [ReportGroup]
    /// Further ones that are only counted.
    var untold = 0

    var worst: Severity { groups.map(\.severity).max() ?? .info }
    var events: Int { Counts(of: groups.map(\.facts)).events }

    /// The service's or release's name.
    var name: String? {
        switch heading {
        case .severity(let severity): severity.rawValue
        case .service(let name), .release(let name): name
        }
    }
}

extension Report {
    /// By severity, the worst first; by service or release, the one with the worst group first, then the most events.
    ///
    /// A group stands once: with the service that has it most, with the release that it was seen in last.
    var sections: [ReportSection] {
        switch layout.groupBy {
        case .severity:
            return Severity.allCases.reversed().compactMap { severity in
                let members = groups.filter { $0.severity == severity }
                let untold = untold?.severities[severity] ?? 0
                return members.isEmpty && untold == 0
                    ? nil : ReportSection(heading: .severity(severity), groups: members, untold: untold)
            }
        case .service: return sections { .service($0.service) }
        case .release: return sections { .release($0.facts.latestRelease) }
        }
    }

    private func sections(_ heading: (ReportGroup) -> ReportSection.Heading) -> [ReportSection] {
        Dictionary(grouping: groups, by: heading).map { ReportSection(heading: $0.key, groups: $0.value) }
            .sorted { left, right in
                if left.worst != right.worst { return left.worst > right.worst }
                if left.events != right.events { return left.events > right.events }
                // Those without a name come last.
                return (left.name == nil ? 1 : 0, left.name ?? "") < (right.name == nil ? 1 : 0, right.name ?? "")
            }
    }
}

extension GroupFacts {
    var latestRelease: String? { releases.max { ($0.last, $0.release) < ($1.last, $1.release) }?.release }
}

import Events

extension DiscordMessages {
    /// Tells those who were told of a group that a person found another cause than its diagnosis did.
    ///
    /// - Parameter cause: the person's words.
    public func correction(_ group: ReportGroup, cause: String, at time: Timestamp) -> DiscordPayload {
        let refuted = group.diagnosis.map { "\nNot: \(prose.prose($0.rootCause, limit: 300))" } ?? ""
        let embed = DiscordPayload.Embed(
            title: "\(group.id) \(prose.prose(group.facts.group.title, limit: Share.title - 20))",
            description: "Root cause, as a person says: \(prose.prose(cause, limit: 600))\(refuted)",
            color: Self.color(.info), fields: [],
            footer: .init(text: "site \(VisibleText.verbatim(site, width: 100))"), timestamp: time.rfc3339)
        return DiscordPayload(
            content: "\(group.id): its diagnosis was corrected", embeds: [embed], allowedMentions: .init(.none))
    }
}

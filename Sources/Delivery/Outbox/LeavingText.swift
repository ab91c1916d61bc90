import Events

/// Values whose every text can be looked at or changed before it leaves.
protocol LeavingText {
    func mapTexts(_ change: (String) -> String) -> Self
}

extension LeavingText {
    /// With masked values reduced to their types.
    var withoutHashes: Self { mapTexts(MaskedText.withoutHashes) }
}

extension DiscordPayload: LeavingText {
    func mapTexts(_ change: (String) -> String) -> DiscordPayload {
        var copy = self
        copy.content = content.map(change)
        copy.embeds = embeds.map { embed in
            var new = embed
            (new.title, new.description) = (change(embed.title), embed.description.map(change))
            new.footer = embed.footer.map { Footer(text: change($0.text)) }
            new.fields = embed.fields.map { Field(name: change($0.name), value: change($0.value), inline: $0.inline) }
            return new
        }
        return copy
    }
}

extension IssueDraft: LeavingText {
    func mapTexts(_ change: (String) -> String) -> IssueDraft {
        var copy = self
        (copy.title, copy.body, copy.comment) = (change(title), change(body), comment.map(change))
        return copy
    }
}

extension SlackPayload: LeavingText {
    func mapTexts(_ change: (String) -> String) -> SlackPayload {
        func changed(_ text: Text) -> Text { Text(type: text.type, text: change(text.text), emoji: text.emoji) }
        var copy = self
        copy.text = change(text)
        copy.blocks = blocks.map { block in
            Block(
                type: block.type, text: block.text.map(changed), fields: block.fields?.map(changed),
                elements: block.elements?.map(changed))
        }
        return copy
    }
}

extension GenericPayload: LeavingText {
    func mapTexts(_ change: (String) -> String) -> GenericPayload {
        var copy = self
        (copy.headline, copy.lines) = (change(headline), lines.map(change))
        copy.groups = groups.map { group in
            var new = group
            (new.title, new.service, new.suspect) = (
                change(group.title), group.service.map(change), group.suspect.map(change)
            )
            (new.rootCause, new.impact) = (group.rootCause.map(change), group.impact.map(change))
            new.actions = group.actions.map(change)
            return new
        }
        return copy
    }
}

extension MessageForms: LeavingText {
    func mapTexts(_ change: (String) -> String) -> MessageForms {
        MessageForms(slack: slack?.mapTexts(change), json: json?.mapTexts(change))
    }
}

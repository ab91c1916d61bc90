import Intake

extension Configuration {
    /// What the HTTP door accepted, as a source.
    var inbox: SourceSettings { .inbox(home.inbox) }

    /// What a run reads: the configured sources, and the inbox where anything lies in it.
    var readSources: [SourceSettings] { sources + (inbox.hasSomething ? [inbox] : []) }
}

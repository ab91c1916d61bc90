import Events
import Pipeline

extension PrometheusText {
    /// What the home tells of itself: numbers of every process that works on it.
    mutating func add(_ home: HomeFigures) {
        gauge(
            "appliance_history_readable", "1 where the history could be read; without it its numbers are missing.",
            home.isHistoryReadable ? 1 : 0)
        gauge(
            "appliance_home_free_bytes", "Free space of the home's file system.", home.homeFreeBytes.map { Double($0) })
        gauge("appliance_inbox_bytes", "Pushed events that no run has read yet.", home.inboxBytes.map { Double($0) })
        gauge("appliance_outbox_messages", "Messages that wait to leave.", home.outboxMessages.map { Double($0) })
        gauge(
            "appliance_outbox_oldest_age_seconds", "Age of the message that waits longest; 0 when none does.",
            home.outboxOldestAge.map { $0 / .seconds(1) })
        guard home.isHistoryReadable else { return }
        gauge("appliance_queued_diagnoses", "Groups that wait for the model.", Double(home.queuedDiagnoses))
        if let last = home.lastBatch {
            gauge("appliance_last_batch_timestamp_seconds", "End of the last nightly run, Unix time.", last.seconds)
        }
        counter("appliance_events_total", ["source"], "Error events read.", home.events)
        add(
            MetricFamily("appliance_new_groups_total", .counter, [], "Groups seen for the first time."),
            [([], MetricValue(sum: home.newGroups))])
        counter(
            "appliance_source_reads_total", ["source", "outcome"], "Times that a source was asked.", home.sourceReads)
        counter(
            "appliance_parse_failures_total", ["source"], "Lines or records that no reader understood.",
            home.parseFailures)
        counter("appliance_masked_values_total", ["kind"], "Secrets masked before anything was stored.", home.masked)
        counter(
            "appliance_cache_lookups_total", ["outcome"], "Groups looked up among earlier diagnoses.", home.cacheLookups
        )
        counter("appliance_model_calls_total", ["model", "outcome"], "Questions to the model.", home.modelCalls)
        counter(
            "appliance_model_tokens_total", ["model", "kind"], "Tokens, as the server counts them.", home.modelTokens)
        let bounds = HomeFigures.secondsBounds
        add(
            MetricFamily(
                "appliance_model_call_duration_seconds", .histogram(bounds), ["model"],
                "From the question to the whole answer."),
            home.answers.map { answers in
                (
                    [answers.model],
                    MetricValue(sum: answers.seconds, counts: answers.within.map { Int64(min($0, 9e18)) })
                )
            })
    }

    /// - Parameter value: nil for what cannot be told: then it is absent, not zero.
    private mutating func gauge(_ name: String, _ help: String, _ value: Double?) {
        guard let value else { return }
        add(MetricFamily(name, .gauge, [], help), [([], MetricValue(sum: value))])
    }

    private mutating func counter(
        _ name: String, _ labels: [String], _ help: String, _ samples: [HomeFigures.Sample]
    ) {
        add(
            MetricFamily(name, .counter, labels, help),
            samples.map { ($0.labels, MetricValue(sum: $0.value)) })
    }
}

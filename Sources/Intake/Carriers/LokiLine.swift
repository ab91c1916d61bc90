import Events

/// A line that Loki stored, with its labels: as `logcli --output=jsonl` prints it, or out of a reply of its API.
enum LokiLine {
    /// `{"labels": {…}, "line": "…", "timestamp": "…"}`.
    static func parse(_ line: String, _ times: LogTime) -> CarriedLine? {
        guard line[...].contains("\"line\""), line[...].contains("\"timestamp\""), let entry = JSONTree.parse(line),
            case .string(let text) = entry["line"], let time = entry["timestamp"].string,
            entry.members.allSatisfy({ ["labels", "line", "timestamp", "metadata"].contains($0.name) })
        else { return nil }
        return carried(text: text, time: times.field(.text(time)), labels: entry["labels"], metadata: entry["metadata"])
    }

    static func carried(text: String, time: Timestamp?, labels: JSONValue, metadata: JSONValue) -> CarriedLine {
        var facts = LineFacts()
        (facts.time, facts.hasExactTime) = (time, time != nil)
        let known = { (names: [String]) -> String? in
            (metadata[names].text ?? labels[names].text).map { clip($0, to: LineFacts.valueLength) }
        }
        facts.level = known(["detected_level", "level", "severity", "severity_text"]).flatMap { LogLevel(word: $0) }
        facts.service = known([
            "service_name", "service", "app_kubernetes_io_name", "app", "container", "container_name", "job",
        ])
        facts.host = known(["host", "hostname", "host_name", "node_name", "node", "instance"])
        facts.environment = known(["deployment_environment", "environment", "env"])
        facts.release = known(["service_version", "version"])
        facts.traceID = known(["trace_id", "traceID", "traceid"])
        facts.spanID = known(["span_id", "spanID", "spanid"])
        var hasher = Hasher()
        for label in labels.members.sorted(by: { $0.name < $1.name }) {
            hasher.combine(label.name)
            hasher.combine(label.value.text)
            facts.tag(clip(label.name, to: 64), label.value.text)
        }
        return CarriedLine(text: text, facts: facts, stream: hasher.finalize())
    }
}

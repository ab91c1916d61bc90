import Events

/// A record of Docker's json-file driver: `{"log": "…\n", "stream": "stderr", "time": "…"}`.
///
/// The program's line ends only where `log` ends in a newline; longer ones come in pieces
/// (https://docs.docker.com/engine/logging/drivers/json-file/). Collectors add `kubernetes` or `attrs` beside them.
enum DockerLine {
    static func parse(_ line: String, _ times: LogTime) -> CarriedLine? {
        guard line[...].contains("\"log\""), let record = JSONTree.parse(line), case .string(var text) = record["log"],
            isRecord(record)
        else { return nil }
        let isWhole = text.utf8.last == 0x0A
        if isWhole { text.removeLast() }
        var carried = CarriedLine(text: text, isPartial: !isWhole && record["kubernetes"].isNull)
        // Docker itself writes both; what else puts lines into `log` may leave their ends out.
        carried.mayBeWhole = record["stream"].isNull && record["time"].isNull
        var hasher = Hasher()
        hasher.combine(record["stream"].string)
        carried.facts.time = record[["time", "@timestamp"]].string.flatMap { times.field(.text($0)) }
        carried.facts.hasExactTime = carried.facts.time != nil
        readKubernetes(record["kubernetes"], &carried.facts)
        for attribute in record["attrs"].members.prefix(LineFacts.tagCount) {
            carried.facts.tag(attribute.name, attribute.value.text)
        }
        carried.facts.service = carried.facts.service ?? composeService(record["attrs"])
        carried.facts.tag("stream", record["stream"].string)
        hasher.combine(carried.facts.tags["k8s.pod"])
        hasher.combine(carried.facts.service)
        carried.stream = hasher.finalize()
        return carried
    }

    /// `log` alone is a name that programs use too: nothing but Docker's own members may stand beside it.
    private static func isRecord(_ record: JSONValue) -> Bool {
        switch record["stream"].string {
        case "stdout", "stderr": return true
        default: break
        }
        return record.members.allSatisfy { ["log", "time", "attrs", "stream", "partial_message"].contains($0.name) }
            && record["stream"].isNull
    }

    private static func composeService(_ attributes: JSONValue) -> String? {
        attributes[["com.docker.compose.service", "com.docker.swarm.service.name", "service", "tag"]].string
            .map { clip($0, to: LineFacts.valueLength) }
    }

    /// What the Kubernetes filters of fluentd and Fluent Bit add.
    private static func readKubernetes(_ value: JSONValue, _ facts: inout LineFacts) {
        guard value.isObject else { return }
        facts.tag("k8s.pod", value["pod_name"].string)
        facts.tag("k8s.namespace", value["namespace_name"].string)
        let labels = value["labels"]
        let name =
            labels[["app.kubernetes.io/name", "app_kubernetes_io/name", "k8s-app", "app"]].string
            ?? value["container_name"].string
        facts.service = name.map { clip($0, to: LineFacts.valueLength) }
        facts.host = value["host"].string.map { clip($0, to: LineFacts.valueLength) }
    }
}

/// A line that the Container Runtime Interface writes: `2026-11-21T03:04:05.123Z stderr P text`.
///
/// `P` pieces go on in the stream's next line, up to an `F`
/// (https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md).
enum ContainerLine {
    static func parse(_ line: Substring, _ times: LogTime) -> CarriedLine? {
        guard let clock = line.split(at: " "), clock.before.utf8.count >= 20,
            let stream = clock.after.split(at: " "), stream.before == "stdout" || stream.before == "stderr",
            let tag = stream.after.utf8.first, tag == 0x50 || tag == 0x46
        else { return nil }
        let rest = stream.after.dropFirst()
        // Further tags may follow, behind colons.
        guard rest.isEmpty || rest.utf8.first == 0x20 || rest.utf8.first == 0x3A,
            let time = times.field(.text(String(clock.before)))
        else { return nil }
        let text = rest.utf8.firstIndex(of: 0x20).map { rest[rest.utf8.index(after: $0)...] } ?? ""
        var carried = CarriedLine(text: String(text), isPartial: tag == 0x50)
        carried.facts.time = time
        carried.facts.hasExactTime = true
        carried.facts.tag("stream", String(stream.before))
        carried.stream = stream.before == "stdout" ? 1 : 2
        return carried
    }
}

import Events

extension EvidenceNumbering {
    var linesBeforeCandidate: EvidenceCandidate? {
        let lines = file.sample.linesBefore.suffix(EvidenceLimits.linesBefore)
            .map { UntrustedText.line($0, limit: EvidenceLimits.lineBytes) }
        guard !lines.isEmpty else { return nil }
        let counts = [EvidenceLimits.linesBefore, 8, 3]
        let forms = zip(counts, EvidenceWorth.linesBefore).map { count, worth in
            EvidenceCandidate.Form(
                text: lines.suffix(count).joined(separator: "\n"), worth: worth,
                leavesOut: count < lines.count ? "\(lines.count - count) of \(lines.count) lines before the error" : nil
            )
        }
        return EvidenceCandidate(
            id: "L1", kind: .linesBefore,
            forms: forms + [.init(text: "", worth: 100, leavesOut: "the lines before the error [L1]")])
    }

    var breadcrumbsCandidate: EvidenceCandidate? {
        let rows = file.sample.breadcrumbs.suffix(EvidenceLimits.breadcrumbs).map { crumb in
            [crumb.time.map(FactWords.minute) ?? "", crumb.category ?? "", crumb.message].map(JSONText.string)
        }
        guard !rows.isEmpty else { return nil }
        let columns = ["time", "category", "message"]
        let forms: [EvidenceCandidate.Form] = [
            .init(text: EvidenceTable.text("steps", columns, rows), worth: EvidenceWorth.breadcrumbs[0]),
            .init(
                text: EvidenceTable.text("steps", columns, rows.suffix(3)), worth: EvidenceWorth.breadcrumbs[1],
                leavesOut: rows.count > 3 ? "\(rows.count - 3) of \(rows.count) breadcrumbs" : nil),
            .init(text: "", worth: 100, leavesOut: "the breadcrumbs [B1]"),
        ]
        return EvidenceCandidate(id: "B1", kind: .breadcrumbs, forms: forms)
    }

    var requestCandidate: EvidenceCandidate? {
        let sample = file.sample
        let request = sample.request.map { request in
            [request.method, request.url, request.status.map { "answered \($0)" }].compactMap(\.self)
                .joined(separator: " ")
        }
        let known: [(String, String?)] = [
            ("request", request),
            ("release", sample.release), ("revision", sample.revision), ("environment", sample.environment),
            ("host", sample.host), ("logger", sample.target),
            ("duration", sample.durationMilliseconds.map { "\($0) ms" }),
        ]
        let lines = known.compactMap { name, value in value.map { Self.pair(name, $0) } }
        let tags = sample.tags.sorted { $0.key < $1.key }.prefix(EvidenceLimits.tags).map {
            Self.pair($0.key, $0.value)
        }
        guard !lines.isEmpty || !tags.isEmpty else { return nil }
        let forms: [EvidenceCandidate.Form] = [
            .init(text: (lines + tags).joined(separator: "\n"), worth: EvidenceWorth.request[0]),
            .init(text: lines.joined(separator: "\n"), worth: EvidenceWorth.request[1], leavesOut: "tags of [R1]"),
            .init(text: "", worth: 100, leavesOut: "where it ran [R1]"),
        ]
        return EvidenceCandidate(id: "R1", kind: .request, forms: forms)
    }

    var parentSpansCandidate: EvidenceCandidate? {
        let rows = file.sample.parentSpans.suffix(EvidenceLimits.spans).map { span in
            [
                JSONText.string(span.name), .string(span.service ?? ""),
                span.durationMilliseconds.flatMap(FactWords.milliseconds).map(JSONText.number) ?? .null,
            ]
        }
        guard !rows.isEmpty else { return nil }
        let columns = ["operation", "service", "milliseconds"]
        return EvidenceCandidate(
            id: "P1", kind: .parentSpans,
            forms: [
                .init(text: EvidenceTable.text("around", columns, rows), worth: EvidenceWorth.parentSpans[0]),
                .init(
                    text: EvidenceTable.text("around", columns, rows.suffix(2)), worth: EvidenceWorth.parentSpans[1],
                    leavesOut: rows.count > 2 ? "\(rows.count - 2) of \(rows.count) operations around" : nil),
                .init(text: "", worth: 100, leavesOut: "the operations around [P1]"),
            ])
    }

    var neighboursCandidate: EvidenceCandidate? {
        guard let service = file.service, !service.isEmpty else { return nil }
        let most = EvidenceLimits.tableRows
        let sides = [("calls this service", service.callers), ("is called by it", service.callees)]
        let rows = sides.flatMap { side, tallies in
            tallies.prefix(most).map { [JSONText.string($0.value), .string(side), .number("\($0.count)")] }
        }
        return EvidenceCandidate(
            id: "D1", kind: .neighbours,
            forms: [
                .init(
                    text: EvidenceTable.text("neighbours", ["service", "how", "seen"], rows),
                    worth: EvidenceWorth.neighbours),
                .init(text: "", worth: 100, leavesOut: "neighbouring services [D1]"),
            ])
    }

    private static func pair(_ name: String, _ value: String) -> String {
        let limit = EvidenceLimits.valueBytes
        return "\(UntrustedText.line(name, limit: limit)): \(UntrustedText.line(value, limit: limit))"
    }

    var metricsCandidate: EvidenceCandidate? {
        let rows = file.metrics.prefix(EvidenceLimits.spans).map { jump in
            [
                JSONText.string(jump.name), .string(jump.labels), .string(FactWords.quantity(jump.before)),
                .string(FactWords.quantity(jump.around)), .string(FactWords.minute(jump.at)),
            ]
        }
        guard !rows.isEmpty else { return nil }
        let columns = ["metric", "of", "before", "then", "at"]
        return EvidenceCandidate(
            id: "M1", kind: .metrics,
            forms: [
                .init(text: EvidenceTable.text("metrics", columns, rows), worth: EvidenceWorth.metrics[0]),
                .init(
                    text: EvidenceTable.text("metrics", columns, rows.prefix(2)), worth: EvidenceWorth.metrics[1],
                    leavesOut: rows.count > 2 ? "\(rows.count - 2) of \(rows.count) metrics that jumped" : nil),
                .init(text: "", worth: 100, leavesOut: "metrics that jumped [M1]"),
            ])
    }

    var findingsCandidate: EvidenceCandidate? {
        guard let findings = CaseFindings(file, frames: self) else { return nil }
        return EvidenceCandidate(
            id: "F2", kind: .findings,
            forms: [
                .init(text: findings.text { "S\($0 + 1)" }, worth: EvidenceWorth.findings[0]),
                .init(
                    text: findings.short, worth: EvidenceWorth.findings[1],
                    leavesOut: "what the line was before, of [F2]"),
                .init(text: "", worth: 100, leavesOut: "what code tells of the failing line [F2]"),
            ])
    }

    var factsCandidate: EvidenceCandidate? {
        var short = FactWords.summary(of: file.facts)
        if let match = TriageMatch.first(for: file.sample, in: TriageRule.all) {
            short += "\nwhat errors of this kind (\(match.rule.name)) usually mean: \(match.rule.cause)"
        }
        let tables = FactWords.tables(of: file.facts)
        let forms: [EvidenceCandidate.Form] = [
            .init(text: ([short] + tables).joined(separator: "\n"), worth: EvidenceWorth.facts[0]),
            .init(text: short, worth: EvidenceWorth.facts[1], leavesOut: "hosts and releases of [F1]"),
            .init(text: "", worth: 100, leavesOut: "the group's facts [F1]"),
        ]
        return EvidenceCandidate(id: "F1", kind: .facts, forms: forms)
    }
}

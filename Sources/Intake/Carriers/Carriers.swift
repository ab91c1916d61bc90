import CScan
import Events

/// Takes lines out of their carriers, whichever they are, one inside another.
struct Carriers: Sendable {
    var times: LogTime
    /// What the source's settings say that every line is; nil chooses line by line.
    var format: SourceSettings.Format?
    /// Facts that the file's name tells (Kubernetes writes pod and container into it).
    var file = LineFacts()

    /// Carriers within carriers that are opened: Loki's line of a container's line of a syslog message.
    private static let depth = 3

    init(times: LogTime, format: SourceSettings.Format?, path: String? = nil) {
        (self.times, self.format) = (times, format)
        if let path { file = PodPath.facts(of: path) }
    }

    /// Names that the objects of carriers have at their top, as `FieldName` spells them.
    static let names = ["log", "line", "realtimetimestamp", "bootid", "cursor"]
    private static let keys = NeedleSet(
        ["\"log\"", "\"line\"", "\"__REALTIME_TIMESTAMP\"", "\"_BOOT_ID\"", "\"__CURSOR\""].map(Needle.literal))

    /// A quick look at a line's bytes: false where nothing can carry it.
    func mayCarry(_ line: UnsafeRawBufferPointer) -> Bool {
        guard let first = line.first, let base = line.baseAddress else { return false }
        let has = { (word: StaticString) in scan_find(base, line.count, word.utf8Start, word.utf8CodeUnitCount) >= 0 }
        switch first {
        case 0x7B:
            var cursor = NeedleSet.start
            return Self.keys.map { $0.next(in: line, from: &cursor) != nil } ?? true
        case 0x3C, 0x1E: return true
        case 0x5B: return line.starts(with: "[pod/".utf8)
        default:
            guard first.isDigit else { return first.isLetter }
            return StampedLine.mayBegin(line) || LogcatLine.mayBegin(line) || has(" stdout ") || has(" stderr ")
                || has("]: ") || has("  | ")
        }
    }

    /// - Returns: nil for a line that nothing carries.
    func unwrap(_ line: String) -> CarriedLine? {
        (format == nil ? any(line) : forced(line)).map(inside)
    }

    /// Opens what a carried line carries itself.
    func inside(_ line: CarriedLine) -> CarriedLine {
        var carried = line
        for _ in 1..<Self.depth {
            guard !carried.text.utf8.contains(0x0A), let inner = any(carried.text) else { break }
            let outer = carried
            carried = inner
            carried.facts = inner.facts.inside(outer.facts)
            var hasher = Hasher()
            hasher.combine(outer.stream)
            hasher.combine(inner.stream)
            carried.stream = hasher.finalize()
            carried.isPartial = inner.isPartial || outer.isPartial
        }
        carried.facts = carried.facts.inside(file)
        return carried
    }

    /// As the source's settings say.
    private func forced(_ line: String) -> CarriedLine? {
        switch format {
        case .docker:
            DockerLine.parse(line, times) ?? ComposeLine.parse(line[...], times) ?? StampedLine.parse(line[...], times)
        case .cri: ContainerLine.parse(line[...], times)
        case .journald: JournalLine.parse(json: line)
        case .syslog: SyslogMessage.parse(line[...], times)
        case .loki: LokiLine.parse(line, times)
        default: nil
        }
    }

    private func any(_ line: String) -> CarriedLine? {
        let text = line[...]
        guard let first = text.utf8.first else { return nil }
        switch first {
        case 0x7B:
            return DockerLine.parse(line, times) ?? JournalLine.parse(json: line) ?? LokiLine.parse(line, times)
        case 0x3C: return SyslogMessage.parse(text, times)
        case 0x5B: return PodLine.parse(text, times)
        default:
            if let line = first.isDigit ? stamped(text) : LogcatLine.parse(text, times) { return line }
            if SyslogMessage.mayBegin(text), let line = SyslogMessage.parse(text, times) { return line }
            return ComposeLine.parse(text, times)
        }
    }

    /// Behind a time.
    private func stamped(_ text: Substring) -> CarriedLine? {
        if let line = ContainerLine.parse(text, times) ?? StampedLine.parse(text, times) { return line }
        let mayBe = Array(text.utf8.prefix(48)).withUnsafeBytes(LogcatLine.mayBegin)
        return mayBe ? LogcatLine.parse(text, times) : nil
    }
}

/// Carriers that many events refer to.
final class LineOpener: Sendable {
    let carriers: Carriers

    init(_ carriers: Carriers) { self.carriers = carriers }
}

/// Pod, namespace and container from the path of a Kubernetes log.
///
/// `/var/log/pods/NAMESPACE_POD_UID/CONTAINER/0.log` (kubelet), and its link
/// `/var/log/containers/POD_NAMESPACE_CONTAINER-ID.log`.
enum PodPath {
    static func facts(of path: String) -> LineFacts {
        var facts = LineFacts()
        let parts = path.split(separator: "/")
        if let pods = parts.lastIndex(of: "pods"), parts.count - pods >= 4 {
            let names = parts[pods + 1].split(separator: "_")
            guard names.count == 3 else { return facts }
            facts.tag("k8s.namespace", String(names[0]))
            facts.tag("k8s.pod", String(names[1]))
            facts.service = clip(String(parts[pods + 2]), to: LineFacts.valueLength)
        } else if parts.dropLast().last == "containers", let file = parts.last, file.hasSuffix(".log") {
            let names = file.dropLast(4).split(separator: "_")
            guard names.count == 3, let dash = names[2].split(atLast: 0x2D), dash.after.utf8.count == 64 else {
                return facts
            }
            facts.tag("k8s.pod", String(names[0]))
            facts.tag("k8s.namespace", String(names[1]))
            facts.service = clip(String(dash.before), to: LineFacts.valueLength)
        }
        return facts
    }
}

import Events

/// What came with a release.
extension MirrorSession {
    /// Two releases: the commits between them came with the second.
    struct ReleaseSpan: Sendable {
        var before: ObjectName
        var first: ObjectName
        var names: String
        /// The second is known to be the first with the error.
        var isFirstKnown: Bool
    }

    /// How far back the release before is looked for; most lie within the first.
    private static let releaseReach = [600, 6000]

    /// The first release seen with the error, else the event's own, and the one of the same kind before it.
    func releaseSpan(
        _ event: ErrorEvent, _ releases: [ReleaseWindow], _ notes: inout [String]
    ) async -> ReleaseSpan? {
        let earliest = releases.min { ($0.first, $0.release) < ($1.first, $1.release) }?.release
        guard let release = earliest ?? event.release, let tag = refs.tag(ofRelease: release) else { return nil }
        do throws(MirrorError) {
            guard let first = try await reader.header(tag.object.hex + "^{commit}")?.name else { return nil }
            let tagged = try await taggedCommits()
            let series = ReleaseSeries.name(of: tag.name)
            for reach in Self.releaseReach {
                let output = try await cached(
                    ["rev-list", "--first-parent", "-n\(reach)", first.hex], limit: Self.maxLogBytes)
                let lines = output.split(separator: 0x0A)
                for line in lines.dropFirst() {
                    let name = String(decoding: line, as: UTF8.self)
                    // A monorepo's other services have releases of their own between two of this one's.
                    let own = (tagged[name] ?? []).filter { ReleaseSeries.name(of: $0) == series }
                    guard let commit = ObjectName(name), let before = own.min() else { continue }
                    return ReleaseSpan(
                        before: commit, first: first, names: "\(before) and \(tag.name)", isFirstKnown: earliest != nil)
                }
                if lines.count < reach { break }
            }
        } catch {
            notes.append("releases not compared: \(error.description)")
        }
        return nil
    }

    /// Names of the commits that came with a release.
    func commits(in span: ReleaseSpan) async throws(MirrorError) -> Set<String> {
        let output = try await cached(
            ["rev-list", "-n\(Self.spanCommits)", "\(span.before.hex)..\(span.first.hex)"], limit: Self.maxLogBytes)
        return Set(output.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) })
    }
}

/// Releases that follow each other: `orders-1.0` and `orders-1.1`, not `billing-1.1`.
enum ReleaseSeries {
    /// What stands before the version; `v` and nothing are one.
    static func name(of tag: String) -> String {
        let bytes = Array(tag.utf8)
        var start = 0
        while start < bytes.count {
            let previous = start > 0 ? bytes[start - 1] : UInt8(ascii: "-")
            let isApart = previous != 0x2E && !(previous &- 0x30 < 10) && !((previous | 0x20) &- 0x61 < 26)
            if bytes[start] &- 0x30 < 10, isApart || Self.isMark(bytes, before: start) { break }
            start += 1
        }
        if start > 0, start < bytes.count, isMark(bytes, before: start) { start -= 1 }
        return String(decoding: bytes[..<start], as: UTF8.self)
    }

    /// Whether a `v` that stands by itself is right before a place.
    private static func isMark(_ bytes: [UInt8], before place: Int) -> Bool {
        guard place > 0, bytes[place - 1] | 0x20 == UInt8(ascii: "v") else { return false }
        return place == 1 || !((bytes[place - 2] | 0x20) &- 0x61 < 26)
    }
}

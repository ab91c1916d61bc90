import Events

/// Which commit was running when the event happened.
extension MirrorSession {
    struct Revision: Sendable {
        var commit: ObjectName
        var basis: CodeContext.RevisionBasis
        var notes: [String]
    }

    /// The event's commit, else its release's tag, else the newest commit before it on the branch.
    func revision(for event: ErrorEvent) async throws(MirrorError) -> Revision {
        var notes: [String] = []
        if let named = event.revision, !named.isEmpty {
            if let commit = try await commit(abbreviated: named) {
                return Revision(commit: commit, basis: .eventCommit, notes: [])
            }
            if let object = refs.tags[named] ?? refs.branches[named],
                let commit = try await reader.header(object.hex + "^{commit}")
            {
                return Revision(commit: commit.name, basis: .eventCommit, notes: [])
            }
            notes.append("the event's commit \(Self.quoted(named)) is not in the mirror")
        }
        if let release = event.release, !release.isEmpty {
            if let tag = refs.tag(ofRelease: release),
                let header = try await reader.header(tag.object.hex + "^{commit}")
            {
                return Revision(commit: header.name, basis: .releaseTag, notes: notes)
            }
            let last = release.split(separator: "@").last.map(String.init) ?? release
            if let commit = try await commit(abbreviated: last) {
                return Revision(commit: commit, basis: .eventCommit, notes: notes)
            }
            notes.append("release \(Self.quoted(release)) has no tag in the mirror")
        }
        var newest = try await branchRevision(before: event.time)
        newest.notes = notes + newest.notes
        return newest
    }

    private func commit(abbreviated text: String) async throws(MirrorError) -> ObjectName? {
        let text = text.lowercased()
        guard ObjectName.isAbbreviation(text) else { return nil }
        return try await reader.header(text + "^{commit}")?.name
    }

    private func branchRevision(before time: Timestamp) async throws(MirrorError) -> Revision {
        guard let tip = refs.tip(configured: settings.branch) else {
            let wanted = settings.branch.map { "branch \($0)" } ?? "a branch that HEAD, main or master names"
            throw .notRepository(path: settings.path, reason: "it lacks \(wanted)")
        }
        guard let tipTime = try await commitTime(tip.commit) else {
            throw .object(name: tip.commit.hex, problem: "is missing from the mirror, or is no commit")
        }
        guard time.nanoseconds > 0 else {
            return Revision(
                commit: tip.commit, basis: .branchHead, notes: ["the event has no time: the branch's head is shown"])
        }
        if tipTime <= time {
            return Revision(commit: tip.commit, basis: .branchBeforeEvent, notes: staleness(tipTime, time))
        }
        let seconds = time.nanoseconds / 1_000_000_000
        let output = try await cached(
            ["rev-list", "-n1", "--first-parent", "--min-age=\(seconds)", tip.commit.hex], limit: 4096)
        let line = RepositoryLayout.firstLine(output) ?? ""
        if let commit = ObjectName(line) { return Revision(commit: commit, basis: .branchBeforeEvent, notes: []) }
        return Revision(
            commit: tip.commit, basis: .branchHead,
            notes: ["no commit of the branch is older than the event: the branch's head is shown"])
    }

    private func staleness(_ tipTime: Timestamp, _ time: Timestamp) -> [String] {
        let age = tipTime.duration(to: time)
        guard age > settings.maxAge else { return [] }
        return ["the mirror's newest commit is \(Int(age.inSeconds / 86400)) days older than the event"]
    }

    /// The committer's time in a commit object.
    func commitTime(_ commit: ObjectName) async throws(MirrorError) -> Timestamp? {
        let found = try await reader.contents(commit.hex, type: "commit", limit: Self.maxCommitBytes)
        guard let found else { return nil }
        for line in found.bytes.split(separator: 0x0A, maxSplits: 200) {
            let text = String(decoding: line.prefix(2000), as: UTF8.self)
            guard text.hasPrefix("committer "), let words = text.split(separator: ">").last?.split(separator: " "),
                let seconds = words.first.flatMap({ Int64($0) })
            else { continue }
            return CommitFacts(name: "", seconds: seconds, author: "", subject: "").time
        }
        return nil
    }

    static let maxCommitBytes = 1 << 20

    /// Event text in a note: short, on one line.
    static func quoted(_ text: String) -> String {
        let cleaned = text.prefix(80).map { $0.isNewline || $0.unicodeScalars.contains { $0.value < 0x20 } ? " " : $0 }
        return "\"\(String(cleaned))\""
    }
}

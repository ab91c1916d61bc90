import Events
import GitMirror
import History

/// Finds out what became of the drafts that are still open: from the mirrors, and from what people said.
struct DraftFates {
    let site: Site
    let now: Timestamp

    /// Older drafts are left as they are.
    static let horizon = Duration.days(365)

    /// - Returns: what could not be found out, in words.
    func update() async throws -> [String] {
        var problems: [String] = []
        for record in try site.history.fixDrafts(since: now.advanced(by: .zero - Self.horizon))
        where record.fate == .open {
            do {
                let fate = try await fate(of: record)
                guard fate != .open else { continue }
                try site.history.setFate(fate, of: record.fingerprint, base: record.draft.base, at: now)
            } catch let error as MirrorError {
                problems.append("mirror \(record.draft.mirror): \(error)")
            }
        }
        return Array(Set(problems)).sorted()
    }

    private func fate(of record: FixDraftRecord) async throws -> DraftFate {
        if let (at, verdict) = try site.history.latestVerdict(of: record.fingerprint), verdict == .wrong,
            at >= record.at
        {
            return .refused
        }
        let draft = record.draft
        guard let mirror = site.configuration.mirrors.first(where: { $0.name == draft.mirror }) else { return .open }
        let session = try await site.mirrors.session(mirror)
        guard let head = try await session.branchHead(), head != draft.base,
            let repository = try await session.draft(at: head)
        else { return .open }
        let standing: DraftStanding
        do {
            standing = try await repository.standing(of: Array(draft.patch.utf8), commit: draft.commit, head: head)
        } catch {
            await repository.close()
            throw error
        }
        await repository.close()
        return switch standing {
        case .arrived: .merged
        case .applies: .open
        case .overtaken: .changed
        }
    }
}

import Events
import GRDB

extension HistoryStore {
    /// Groups less alike than this are not worth a reader's time.
    public static let leastLikeness = 0.2
    /// How much likeness a known remedy makes up for.
    static let resolvedAdvantage = 0.05
    /// Groups looked at for each that is wanted: some fall away, and a resolved one may overtake.
    private static let lookedAt = 4

    /// The groups of the past most like a key, the most alike first; among nearly equal ones those whose remedy
    /// is known come first.
    ///
    /// - Parameters:
    ///   - least: groups less alike than this are left out.
    ///   - vector: where the embedding model whose vectors are kept puts the key; nil takes that of `excluding`. With
    ///     neither, words and frames alone are compared.
    public func similar(
        to key: SearchKey, excluding: Fingerprint? = nil, limit: Int, least: Double = leastLikeness,
        vector: QuantizedVector? = nil
    ) throws(HistoryError) -> [SimilarGroup] {
        try read { db in
            let reader = try GroupReader(db)
            let own = try excluding.flatMap { try Self.findGroupID($0, db) }
            let excluded = own.map(reader.aliases.canonical(of:))
            let place = try vector ?? own.flatMap { try Self.vector(of: $0, db) }
            let matches = try SearchIndexReader(db, rarity).search(
                SearchTokens(key), limit: max(1, min(limit, 1000)) * Self.lookedAt
            ) { candidates in
                try place.flatMap { try Nearness(to: $0, asked: candidates, excluding: own, db) }
            }
            var (found, seen) = ([SimilarGroup](), Set<Int64>())
            let codec = try codec(db)
            for match in matches where match.likeness.score >= least {
                let id = reader.aliases.canonical(of: match.document)
                guard id != excluded, seen.insert(id).inserted, let group = try reader.group(id) else { continue }
                found.append(try Self.similar(group, match.likeness, reader.aliases.members(of: id), codec, db))
            }
            func rank(_ group: SimilarGroup) -> Double {
                group.score + (group.resolution == nil ? 0 : resolvedAdvantage)
            }
            let resolvedAdvantage = Self.resolvedAdvantage
            found.sort { rank($0) != rank($1) ? rank($0) > rank($1) : $0.fingerprint < $1.fingerprint }
            return Array(found.prefix(max(0, limit)))
        }
    }

    private static func similar(
        _ group: ErrorGroup, _ likeness: Likeness, _ members: [Int64], _ codec: RecordCodec, _ db: Database
    ) throws -> SimilarGroup {
        let latest = try latest(of: members, codec, db)?.diagnosis
        let word = try Decisions.currentVerdict(of: members, in: db)
        // A word about an earlier diagnosis says nothing of the one that was made since.
        let isOfLatest = latest.map { (word?.at ?? .min) >= $0.provenance.at.nanoseconds } ?? true
        return SimilarGroup(
            fingerprint: group.fingerprint, title: group.title, template: group.template, score: likeness.score,
            reason: likeness.reason, firstSeen: group.firstSeen, lastSeen: group.lastSeen, total: group.total,
            resolution: group.resolution, rootCause: latest?.rootCause, verdict: isOfLatest ? word?.verdict : nil,
            correction: word?.cause)
    }
}

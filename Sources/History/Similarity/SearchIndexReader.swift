import Foundation
import GRDB

/// Finds the documents most like a query: those that share the rarest terms with it, compared as a whole.
struct SearchIndexReader {
    /// Documents compared as a whole.
    private static let candidates = 128
    /// Postings read for a query, rarest terms first; the rarest are read whatever they hold.
    private static let postingBudget = 400_000
    private static let termsAlwaysRead = 3
    /// Terms are read until the rest of them holds no more than this share of the query's weight.
    private static let restShare: Float = 0.1

    struct Match: Sendable {
        var document: Int64
        var likeness: Likeness
    }

    private let db: Database
    private let rarity: TermRarity
    private let layout: SearchIndexLayout

    init(_ db: Database, _ memory: RarityMemory) throws {
        self.db = db
        rarity = try memory.rarity(db)
        layout = try SearchIndexLayout(db)
    }

    /// How near documents are to the query in another way, for those that share words and frames with it; it may add more.
    typealias NearnessOf = (_ candidates: [Int64]) throws -> Nearness?

    /// The best first; equal scores by document number.
    func search(_ query: SearchTokens, limit: Int, nearness: NearnessOf = { _ in nil }) throws -> [Match] {
        guard layout.lastDocument > 0, limit > 0, !query.isEmpty else { return [] }
        var comparison = Comparison(query, rarity)
        var chosen = try candidates(query, max(Self.candidates, limit))
        let nearness = try nearness(chosen)
        if let nearness {
            let known = Set(chosen)
            chosen += nearness.groups.filter { !known.contains($0) }
        }
        let statement = try db.cachedStatement(sql: "SELECT tokens FROM search_document WHERE id = ?")
        var documents: [Int64] = []
        for document in chosen {
            let rows = try Row.fetchCursor(statement, arguments: [document])
            guard let row = try rows.next() else { continue }
            let isRead = try row.withUnsafeData(atIndex: 0) { data in
                data?.withUnsafeBytes { comparison.add($0) } ?? false
            }
            if isRead { documents.append(document) }
        }
        var matches = zip(documents, comparison.likenesses()).map { document, likeness in
            Match(document: document, likeness: likeness.raised(by: nearness?(document)))
        }
        matches.sort {
            $0.likeness.score != $1.likeness.score
                ? $0.likeness.score > $1.likeness.score : $0.document < $1.document
        }
        return Array(matches.prefix(limit))
    }

    /// Documents that share the most weight with the query, as far as the budget goes.
    private func candidates(_ query: SearchTokens, _ limit: Int) throws -> [Int64] {
        let weights = Comparison.termWeights(of: query, rarity)
        let terms = weights.map { (term: $0.key, weight: $0.value, documents: rarity.documents(with: $0.key)) }
            .filter { $0.documents > 0 }.sorted { ($0.documents, $0.term) < ($1.documents, $1.term) }
        var shared = SharedWeights(documents: layout.lastDocument)
        var rest = terms.reduce(0) { $0 + $1.weight }
        let least = rest * Self.restShare
        var postings = 0
        var read: [(term: UInt32, weight: Float)] = []
        let statement = try db.cachedStatement(
            sql: "SELECT packed FROM search_posting WHERE segment = ? AND term = ?")
        for (place, item) in terms.enumerated() where place < Self.termsAlwaysRead || rest > least {
            if place >= Self.termsAlwaysRead, postings + item.documents > Self.postingBudget { break }
            postings += item.documents
            rest -= item.weight
            read.append((item.term, item.weight))
            for segment in layout.segments {
                let rows = try Row.fetchCursor(statement, arguments: [segment.id, Int64(item.term)])
                guard let row = try rows.next() else { continue }
                try row.withUnsafeData(atIndex: 0) { data in
                    data?.withUnsafeBytes { shared.add($0, item.weight) }
                }
            }
        }
        // In the same order and no further: whether a document is in a segment yet changes nothing.
        try SearchIndexLayout.forEachDocument(after: layout.covered, upTo: layout.lastDocument, db) {
            document, tokens in
            let held = Set(tokens.terms)
            for item in read where held.contains(item.term) {
                shared.add(UInt32(truncatingIfNeeded: document), item.weight)
            }
        }
        return shared.highest(limit)
    }
}

/// What each document has in common with the query, added up term by term.
struct SharedWeights {
    private var weights: [Float]
    private var touched: [UInt32] = []

    init(documents: Int64) {
        // The numbers of documents are ours; a damaged file is not let to ask for all memory.
        weights = [Float](repeating: 0, count: Int(min(documents, 1 << 28)) + 1)
    }

    mutating func add(_ packed: UnsafeRawBufferPointer, _ weight: Float) {
        PostingList.forEach(packed) { add($0, weight) }
    }

    @inline(__always)
    mutating func add(_ document: UInt32, _ weight: Float) {
        // A damaged block may name documents that are not there.
        guard document < weights.count else { return }
        if weights[Int(document)] == 0 { touched.append(document) }
        weights[Int(document)] += weight
    }

    /// The heaviest, equal ones by number.
    func highest(_ limit: Int) -> [Int64] {
        var best: [(document: UInt32, weight: Float)] = []
        best.reserveCapacity(limit + 1)
        for document in touched {
            let weight = weights[Int(document)]
            if best.count == limit, let last = best.last {
                if last.weight > weight || last.weight == weight && last.document < document { continue }
            }
            var (low, high) = (0, best.count)
            while low < high {
                let middle = (low + high) / 2
                let isBefore =
                    best[middle].weight > weight
                    || best[middle].weight == weight && best[middle].document < document
                if isBefore { low = middle + 1 } else { high = middle }
            }
            best.insert((document, weight), at: low)
            if best.count > limit { best.removeLast() }
        }
        return best.map { Int64($0.document) }
    }
}

import Foundation
import GRDB

/// Finds the documents most like a query: candidates from the postings of its rarest terms, then each compared
/// as a whole.
struct SearchIndexReader {
    /// Documents compared as a whole.
    private static let candidates = 128
    /// Postings read for a query, rarest terms first; the rarest are read whatever they hold.
    private static let postingBudget = 200_000
    private static let termsAlwaysRead = 3

    struct Match: Sendable {
        var document: Int64
        var likeness: Likeness
    }

    private let db: Database
    /// Numbers run from 1 to this.
    private let lastDocument: Int64

    init(_ db: Database) throws {
        self.db = db
        lastDocument = try Int64.fetchOne(db.cachedStatement(sql: "SELECT max(id) FROM search_document")) ?? 0
    }

    /// The best first; equal scores by document number.
    func search(_ query: SearchTokens, limit: Int) throws -> [Match] {
        guard lastDocument > 0, limit > 0 else { return [] }
        var weights = try TermWeights(db, documents: lastDocument)
        let terms = try query.terms.map { (term: $0, documents: try weights.documents(with: $0)) }
            .filter { $0.documents > 0 }.sorted { ($0.documents, $0.term) < ($1.documents, $1.term) }
        let found = try candidates(terms, &weights)
        let scorer = try LikenessScorer(query, &weights)
        var matches: [Match] = []
        let statement = try db.cachedStatement(sql: "SELECT tokens FROM search_document WHERE id = ?")
        for document in found {
            let row = try Row.fetchOne(statement, arguments: [document])
            guard
                let tokens = try row?.withUnsafeData(
                    atIndex: 0, { data in data?.withUnsafeBytes { SearchTokens(encoded: $0) } })
            else { continue }
            matches.append(Match(document: document, likeness: try scorer.compare(tokens, &weights)))
        }
        matches.sort {
            $0.likeness.score != $1.likeness.score
                ? $0.likeness.score > $1.likeness.score : $0.document < $1.document
        }
        return Array(matches.prefix(limit))
    }

    /// Documents that share the most weight with the query, as far as the budget goes.
    private func candidates(
        _ terms: [(term: UInt32, documents: Int)], _ weights: inout TermWeights
    ) throws -> [Int64] {
        var shared = [Float](repeating: 0, count: Int(lastDocument) + 1)
        var touched: [Int64] = []
        var postings = 0
        let statement = try db.cachedStatement(sql: "SELECT block, packed FROM search_posting WHERE term = ?")
        for (place, item) in terms.enumerated() {
            if place >= Self.termsAlwaysRead, postings + item.documents > Self.postingBudget { break }
            postings += item.documents
            let weight = Float(try weights.weight(of: item.term))
            let rows = try Row.fetchCursor(statement, arguments: [Int64(item.term)])
            while let row = try rows.next() {
                let base = (row[0] as Int64) << SearchIndexWriter.blockBits
                try row.withUnsafeData(atIndex: 1) { data in
                    data?.withUnsafeBytes { Self.add($0, base: base, weight, to: &shared, &touched) }
                }
            }
        }
        return Self.highest(Self.candidates, of: shared, among: touched)
    }

    private static func add(
        _ packed: UnsafeRawBufferPointer, base: Int64, _ weight: Float, to shared: inout [Float],
        _ touched: inout [Int64]
    ) {
        shared.withUnsafeMutableBufferPointer { shared in
            for index in 0..<packed.count / 2 {
                let rest = UInt16(littleEndian: packed.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
                let document = base + Int64(rest)
                // A damaged block may name documents that are not there.
                guard document >= 0, document < shared.count else { continue }
                if shared[Int(document)] == 0 { touched.append(document) }
                shared[Int(document)] += weight
            }
        }
    }

    private static func highest(_ limit: Int, of shared: [Float], among touched: [Int64]) -> [Int64] {
        var best: [(document: Int64, weight: Float)] = []
        best.reserveCapacity(limit + 1)
        for document in touched {
            let weight = shared[Int(document)]
            if best.count == limit, let last = best.last, last.weight >= weight { continue }
            var (low, high) = (0, best.count)
            while low < high {
                let middle = (low + high) / 2
                if best[middle].weight >= weight { low = middle + 1 } else { high = middle }
            }
            best.insert((document, weight), at: low)
            if best.count > limit { best.removeLast() }
        }
        return best.map(\.document)
    }
}

/// How telling a term is: the rarer in the history, the more.
struct TermWeights {
    private let statement: Statement
    private let total: Double
    private var known: [UInt32: Int] = [:]

    init(_ db: Database, documents: Int64) throws {
        statement = try db.cachedStatement(sql: "SELECT documents FROM search_term WHERE term = ?")
        total = Double(documents)
    }

    mutating func documents(with term: UInt32) throws -> Int {
        if let count = known[term] { return count }
        let count = try Int.fetchOne(statement, arguments: [Int64(term)]) ?? 0
        known[term] = count
        return count
    }

    /// Inverse document frequency, smoothed: a term that is everywhere still weighs a little.
    mutating func weight(of term: UInt32) throws -> Double {
        log(1 + total / (Double(try documents(with: term)) + 0.5))
    }
}

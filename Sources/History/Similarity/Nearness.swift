import Foundation
import GRDB

/// How near the groups of the past are to a query in the space of an embedding model, as far as they stand out.
///
/// Models differ in what a cosine means: one gives 0.2 to texts that have nothing in common, another 0.85. What is
/// usual between the query and all the others is therefore taken for nothing at all, and 1 for the same.
struct Nearness {
    /// Groups that are compared as a whole because of their vector alone.
    static let nearest = 32
    /// With fewer vectors nobody knows what is usual.
    static let leastVectors = 16
    /// The likeness of what shares no word and is the same to the model.
    static let share = 0.5

    /// The nearest, the nearest first.
    let groups: [Int64]
    private let cosines: [Int64: Float]
    private let usual: Float

    /// Reads all vectors, a row at a time: exact, and in as much memory as one of them takes.
    ///
    /// - Parameters:
    ///   - asked: further groups whose nearness is wanted.
    ///   - excluded: the query's own.
    /// - Returns: nil where there are too few vectors.
    init?(to query: QuantizedVector, asked: [Int64], excluding excluded: Int64?, _ db: Database) throws {
        let wanted = Set(asked)
        var (cosines, best): ([Int64: Float], [(group: Int64, cosine: Float)]) = ([:], [])
        var (count, sum, squares) = (0, 0.0, 0.0)
        let rows = try Row.fetchCursor(
            db.cachedStatement(sql: "SELECT group_id, length, vector FROM embedding ORDER BY group_id"))
        while let row = try rows.next() {
            let (group, length) = (row[0] as Int64, row[1] as Double)
            let cosine = try row.withUnsafeData(atIndex: 2) { data in
                data?.withUnsafeBytes { query.cosine(to: $0, length: Float(length)) } ?? nil
            }
            guard group != excluded, let cosine else { continue }
            count += 1
            sum += Double(cosine)
            squares += Double(cosine) * Double(cosine)
            if wanted.contains(group) { cosines[group] = cosine }
            guard best.count < Self.nearest || cosine > best[best.count - 1].cosine else { continue }
            let place = best.firstIndex { $0.cosine < cosine } ?? best.count
            best.insert((group, cosine), at: place)
            if best.count > Self.nearest { best.removeLast() }
        }
        guard count >= Self.leastVectors else { return nil }
        let mean = sum / Double(count)
        usual = Float(mean + max(0, squares / Double(count) - mean * mean).squareRoot())
        for item in best { cosines[item.group] = item.cosine }
        (groups, self.cosines) = (best.map(\.group), cosines)
    }

    /// 0, as near as most are, or farther; to 1, the same. nil for a group that was not asked for, or has no vector.
    func callAsFunction(_ group: Int64) -> Double? {
        guard let cosine = cosines[group] else { return nil }
        guard usual < 1 else { return 0 }
        return Double(max(0, min(1, (cosine - usual) / (1 - usual))))
    }
}

import Events

/// Which groups are diagnosed first, and when a diagnosis no longer fits.
enum DiagnosisOrder {
    /// A group is diagnosed again when its rate has grown by this factor.
    static let outgrownFactor = 10.0

    static func comesFirst(_ left: GroupFacts, _ right: GroupFacts) -> Bool {
        let (a, b) = (rank(left), rank(right))
        if a != b { return a < b }
        if left.count != right.count { return left.count > right.count }
        return left.group.fingerprint < right.group.fingerprint
    }

    private static func rank(_ facts: GroupFacts) -> Int {
        let trend =
            switch facts.trend {
            case .back: 0
            case .new: 1
            case .worse: 2
            case .ongoing: 3
            }
        return trend * 10 - (facts.group.level == .fatal ? 5 : 0)
    }

    static func hasOutgrown(_ diagnosis: Diagnosis, _ facts: GroupFacts) -> Bool {
        guard let growth = facts.growth, diagnosis.provenance.at < facts.window.start else { return false }
        return growth >= outgrownFactor
    }

    /// A group, and what its prompt has in common with others: the model, then the prompt's beginning.
    struct Place {
        var facts: GroupFacts
        var model: String
        var service: String
        var release: String
        var file: String
    }

    /// Keeps what is worse and newer first, and among equals brings together what shares a model and a prefix, in
    /// the order of the first of each: a server then loads a model once, and reads a shared beginning once.
    static func together(_ places: [Place]) -> [Place] {
        var firsts: [[String]: Int] = [:]
        let keys = places.enumerated().map { index, place in
            var key = ["\(rank(place.facts))"]
            return [place.model, place.service, place.release, place.file].map { part in
                key.append(part)
                let first = firsts[key] ?? index
                firsts[key] = first
                return first
            }
        }
        let ranks = places.map { rank($0.facts) }
        return places.indices.sorted { left, right in
            if ranks[left] != ranks[right] { return ranks[left] < ranks[right] }
            for (a, b) in zip(keys[left], keys[right]) where a != b { return a < b }
            return left < right
        }.map { places[$0] }
    }
}

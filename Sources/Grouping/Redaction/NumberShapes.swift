import CScan

/// Numbers that are worth a closer look, by the shape of their digits: cards, phones, residents.
///
/// Digits are so common in logs that a search for bit patterns finds these faster than the automaton does.
struct NumberShapes: Sendable {
    /// For each of the shapes of `scan_shapes.h`, in its order, its bytes and what it may be; nil for what is not asked for.
    private let meanings: [(length: Int, trigger: SecretTrigger)?]

    init(_ settings: RedactionSettings) {
        let digits: SecretTrigger? =
            settings.cards || settings.residentNumbers || settings.phoneNumbers ? .digits : nil
        let phone: SecretTrigger? = settings.phoneNumbers ? .phone : nil
        let card: SecretTrigger? = settings.cards ? .cardGroups : nil
        let shapes: [(Int, SecretTrigger?)] = [
            (6, digits), (7, phone), (6, phone), (10, card), (10, card), (12, card), (9, phone), (9, phone),
            (5, .facebookToken),
        ]
        meanings = shapes.map { length, trigger in trigger.map { (length, $0) } }
    }

    func search(_ bytes: Bytes) -> Search { Search(meanings: meanings, bytes: bytes) }

    /// Goes through one text; finds in the order of ends.
    struct Search {
        fileprivate let meanings: [(length: Int, trigger: SecretTrigger)?]
        fileprivate let bytes: Bytes
        private var state = scan_shapes()
        /// Shapes that end at `end` and were not told yet; `end` is 0 when there are no more.
        private var pending: UInt32 = 0
        private var end = 0

        fileprivate init(meanings: [(length: Int, trigger: SecretTrigger)?], bytes: Bytes) {
            (self.meanings, self.bytes) = (meanings, bytes)
            advance()
        }

        /// The next number that ends before a place.
        @inline(__always)
        mutating func next(before limit: Int) -> (trigger: SecretTrigger, range: Range<Int>)? {
            end > 0 && end < limit ? take(limit) : nil
        }

        private mutating func take(_ limit: Int) -> (trigger: SecretTrigger, range: Range<Int>)? {
            while end > 0, end < limit {
                let shape = pending.trailingZeroBitCount
                let place = end
                pending &= pending - 1
                if pending == 0 { advance() }
                if let meaning = meanings[shape] { return (meaning.trigger, place - meaning.length..<place) }
            }
            return nil
        }

        private mutating func advance() {
            guard let start = bytes.baseAddress else { return }
            end = scan_shapes_next(&state, start, bytes.count, &pending)
        }
    }
}

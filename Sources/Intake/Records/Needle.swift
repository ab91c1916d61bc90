import CScan
import Synchronization

/// A short pattern that makes a place of a file a candidate: a byte class for each place.
///
/// Written as text: `[a-z_]` is a class, `\` takes the next character as it is; of words letters fit in either case.
struct Needle {
    private(set) var places: [scan_class] = []

    /// A word in any case.
    static func word(_ text: String) -> Needle { Needle(text, ignoresCase: true) }

    /// The bytes of a word in some encoding; letters of ASCII in any case.
    static func word(bytes: [UInt8]) -> Needle {
        var needle = Needle()
        for byte in bytes { needle.places.append(scan_class(byte.isLetter ? [byte, byte ^ 0x20] : [byte])) }
        return needle
    }

    /// Bytes as they are; nothing in them has a meaning of its own.
    static func literal(_ text: String) -> Needle {
        var needle = Needle()
        for byte in text.utf8 { needle.places.append(scan_class([byte])) }
        return needle
    }

    private init() {}

    init(_ pattern: String, ignoresCase: Bool = false) {
        var bytes = Array(pattern.utf8)[...]
        while let byte = bytes.popFirst() {
            var members: [UInt8] = []
            if byte == UInt8(ascii: "[") {
                while let member = bytes.popFirst(), member != UInt8(ascii: "]") {
                    guard bytes.first == UInt8(ascii: "-"), let last = bytes.dropFirst().first,
                        last != UInt8(ascii: "]"), last >= member
                    else {
                        members.append(member == UInt8(ascii: "\\") ? bytes.popFirst() ?? member : member)
                        continue
                    }
                    members += Array(member...last)
                    bytes = bytes.dropFirst(2)
                }
            } else {
                members = [byte == UInt8(ascii: "\\") ? bytes.popFirst() ?? byte : byte]
            }
            if ignoresCase { members += members.filter(\.isLetter).map { $0 ^ 0x20 } }
            places.append(scan_class(members))
        }
    }
}

extension Needle {
    /// Whether the needle lies at a place: what a search finds, by definition.
    func lies(at start: Int, in bytes: [UInt8]) -> Bool {
        guard start + places.count <= bytes.count else { return false }
        return zip(places, bytes[start...]).allSatisfy { $0.holds($1) }
    }
}

extension scan_class {
    func holds(_ byte: UInt8) -> Bool {
        withUnsafeBytes(of: bits) { $0.load(fromByteOffset: Int(byte >> 6) * 8, as: UInt64.self) } >> UInt64(byte & 63)
            & 1 == 1
    }

    init(_ members: [UInt8]) {
        var words: [UInt64] = [0, 0, 0, 0]
        for member in members { words[Int(member >> 6)] |= 1 << UInt64(member & 63) }
        self.init(bits: (words[0], words[1], words[2], words[3]))
    }
}

/// Needles that are looked for in one pass.
///
/// Unsafe to share only while needles are added, which the initializer alone does, and while the search is planned,
/// which waits for its first use: it takes some 20 ms, and many a file is judged without.
final class NeedleSet: @unchecked Sendable {
    private let set: OpaquePointer
    private let isPlanned = Atomic(false)
    private let planning = Mutex(())

    /// - Parameter processor: the best instructions that may be used, as `scan_set_limit` numbers them.
    /// - Returns: nil when there are more needles than the scanner takes, or one that it does not take.
    init?(_ needles: [Needle], processor: Int32 = .max) {
        guard let set = scan_set_create() else { return nil }
        self.set = set
        scan_set_limit(set, processor)
        for needle in needles where scan_set_add(set, needle.places, needle.places.count) < 0 { return nil }
    }

    private func plan() {
        planning.withLock { _ in
            if isPlanned.load(ordering: .acquiring) { return }
            scan_set_prepare(set)
            isPlanned.store(true, ordering: .releasing)
        }
    }

    deinit { scan_set_free(set) }

    /// The beginning of a search.
    static let start = scan_cursor(place: 0, tried: -1)

    func next(in bytes: UnsafeRawBufferPointer, from cursor: inout scan_cursor) -> (position: Int, needle: Int)? {
        guard let base = bytes.baseAddress else { return nil }
        if !isPlanned.load(ordering: .acquiring) { plan() }
        let found = scan_set_next(set, base, bytes.count, &cursor)
        return found.position < 0 ? nil : (found.position, Int(found.pattern))
    }
}

import CPCRE2
import Synchronization

/// An operator's regular expression: compiled once by PCRE2's JIT, and unable to hang or to exhaust memory.
///
/// Perl's syntax on UTF-8, with ASCII classes (`\w` is `[A-Za-z0-9_]`; a pattern that begins with `(*UCP)` takes
/// Unicode's). Every search stops at a number of steps, a depth and an amount of memory, and looks at
/// `maxTextBytes` of a text; a search that was stopped says so, and says nothing else. Safe to share between tasks.
public struct BoundedPattern: Sendable {
    /// Longest pattern, in bytes.
    public static let maxPatternBytes = 4096
    /// What one search looks at: a search that starts anew at every byte costs at most this times `stepLimit`.
    public static let maxTextBytes = 4096
    /// Steps (PCRE2's "match limit") from one start.
    static let stepLimit: UInt32 = 10_000
    /// Nested steps where there is no JIT (PCRE2's "depth limit").
    static let depthLimit: UInt32 = 1_000
    /// Memory of one search where there is no JIT, in KiB; with it, its stack has this limit.
    static let heapLimit: UInt32 = 1_024
    /// Parentheses within parentheses.
    static let nestLimit: UInt32 = 32

    /// The pattern as it was written.
    public let source: String
    public let ignoresCase: Bool
    private let code: PatternCode

    /// Compiles a pattern.
    ///
    /// - Throws: ``PatternError``: what does not compile, and where.
    public init(_ source: String, ignoringCase ignoresCase: Bool = false) throws(PatternError) {
        (self.source, self.ignoresCase) = (source, ignoresCase)
        guard !source.isEmpty else { throw PatternError(reason: "is empty", offset: 0) }
        code = try PatternCode(source, ignoresCase: ignoresCase)
    }

    /// The first match within the first `maxTextBytes` of a text.
    public func search(_ text: String) -> PatternAnswer {
        var text = text
        return text.withUTF8 { bytes in
            search(UnsafeBufferPointer(rebasing: bytes.prefix(Self.maxTextBytes)), from: 0)
        }
    }

    /// The first match that starts at `from` or later; what lies before it can be looked back at.
    ///
    /// - Precondition: `bytes` are `maxTextBytes` or fewer; longer ones are not looked at.
    func search(_ bytes: Bytes, from: Int) -> PatternAnswer {
        guard bytes.count <= Self.maxTextBytes else { return .gaveUp }
        return code.search(bytes, from: from)
    }

    /// Whether the pattern can match where nothing stands.
    public var matchesEmptyText: Bool { code.matchesEmptyText }

    /// The numbers of the groups that have names.
    public var groupNames: [String: Int] { code.groupNames }
}

extension BoundedPattern: Hashable {
    public static func == (left: BoundedPattern, right: BoundedPattern) -> Bool {
        left.source == right.source && left.ignoresCase == right.ignoresCase
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(source)
        hasher.combine(ignoresCase)
    }
}

/// What came of a search.
public enum PatternAnswer: Sendable, Equatable {
    case match(PatternMatch)
    case none
    /// A limit was reached first: the text may match or not.
    case gaveUp
}

/// Where a pattern matched: bytes of the text in UTF-8.
public struct PatternMatch: Sendable, Equatable {
    /// The whole match, then each group; nil for a group that took no part.
    public var groups: [Range<Int>?]

    public init(groups: [Range<Int>?]) { self.groups = groups }

    public var range: Range<Int> { groups.first.flatMap(\.self) ?? 0..<0 }

    /// The text of a group; nil for one that took no part or does not exist.
    public func text(_ group: Int, in text: String) -> String? {
        guard groups.indices.contains(group), let range = groups[group] else { return nil }
        return String(decoding: text.utf8.dropFirst(range.lowerBound).prefix(range.count), as: UTF8.self)
    }
}

/// Why a pattern cannot be used, in PCRE2's words.
public struct PatternError: Error, Sendable, Equatable, CustomStringConvertible {
    public var reason: String
    /// Byte of the pattern where it was noticed.
    public var offset: Int

    public var description: String { offset > 0 ? "\(reason) at byte \(offset)" : reason }
}

/// The only type that calls PCRE2; its pointers never leave it.
///
/// Compiled code is read-only, and each search takes a scratch of its own: that makes it Sendable.
private final class PatternCode: @unchecked Sendable {
    private let code: OpaquePointer
    private let limits: OpaquePointer
    /// Scratches that are free; as many as searches ever ran at once.
    private let scratches = Mutex<[Scratch]>([])

    init(_ source: String, ignoresCase: Bool) throws(PatternError) {
        guard let compiling = pcre2_compile_context_create_8(nil), let limits = pcre2_match_context_create_8(nil) else {
            throw PatternError(reason: "no memory", offset: 0)
        }
        defer { pcre2_compile_context_free_8(compiling) }
        pcre2_set_max_pattern_length_8(compiling, BoundedPattern.maxPatternBytes)
        pcre2_set_parens_nest_limit_8(compiling, BoundedPattern.nestLimit)
        let options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C | (ignoresCase ? PCRE2_CASELESS : 0)
        var (failure, offset) = (Int32(0), 0)
        let bytes = Array(source.utf8)
        guard let code = pcre2_compile_8(bytes, bytes.count, options, &failure, &offset, compiling) else {
            pcre2_match_context_free_8(limits)
            throw PatternError(reason: Self.words(failure), offset: offset)
        }
        // Without JIT (an architecture, a hardened kernel) the interpreter answers, within the same limits.
        _ = pcre2_jit_compile_8(code, PCRE2_JIT_COMPLETE)
        pcre2_set_match_limit_8(limits, BoundedPattern.stepLimit)
        pcre2_set_depth_limit_8(limits, BoundedPattern.depthLimit)
        pcre2_set_heap_limit_8(limits, BoundedPattern.heapLimit)
        (self.code, self.limits) = (code, limits)
    }

    deinit {
        for scratch in scratches.withLock({ $0 }) { scratch.free() }
        pcre2_match_context_free_8(limits)
        pcre2_code_free_8(code)
    }

    func search(_ bytes: Bytes, from: Int) -> PatternAnswer {
        guard from >= 0, from <= bytes.count else { return .none }
        guard let scratch = scratches.withLock({ $0.popLast() }) ?? Scratch(code, limits) else { return .gaveUp }
        defer { scratches.withLock { $0.append(scratch) } }
        // PCRE2 wants a pointer even to no bytes.
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1) { empty in
            empty.initialize(repeating: 0)
            let subject = bytes.baseAddress ?? UnsafePointer(empty.baseAddress)
            let result = pcre2_match_8(code, subject, bytes.count, from, 0, scratch.found, scratch.limits)
            switch result {
            case PCRE2_ERROR_NOMATCH: return .none
            case 1...: return .match(PatternMatch(groups: scratch.groups))
            default: return .gaveUp
            }
        }
    }

    var matchesEmptyText: Bool {
        var answer: UInt32 = 0
        pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_MATCHEMPTY), &answer)
        return answer != 0
    }

    var groupNames: [String: Int] {
        var (count, size) = (UInt32(0), UInt32(0))
        var table: UnsafePointer<UInt8>?
        pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_NAMECOUNT), &count)
        pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_NAMEENTRYSIZE), &size)
        pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_NAMETABLE), &table)
        guard let table else { return [:] }
        var names: [String: Int] = [:]
        for place in 0..<Int(count) {
            // Each entry is the group's number in two bytes, and its name, ended by a zero.
            let entry = table + place * Int(size)
            names[String(cString: entry + 2)] = Int(entry[0]) << 8 | Int(entry[1])
        }
        return names
    }

    private static func words(_ failure: Int32) -> String {
        var buffer = [UInt8](repeating: 0, count: 256)
        let length = pcre2_get_error_message_8(failure, &buffer, buffer.count)
        return length > 0 ? String(decoding: buffer.prefix(Int(length)), as: UTF8.self) : "error \(failure)"
    }

    /// What one search writes into.
    private struct Scratch: @unchecked Sendable {
        let found: OpaquePointer
        let limits: OpaquePointer
        private let stack: OpaquePointer?

        init?(_ code: OpaquePointer, _ shared: OpaquePointer) {
            guard let found = pcre2_match_data_create_from_pattern_8(code, nil) else { return nil }
            guard let limits = pcre2_match_context_copy_8(shared) else {
                pcre2_match_data_free_8(found)
                return nil
            }
            // Without a stack of its own JIT code uses 32 KiB of the thread's.
            stack = pcre2_jit_stack_create_8(32 * 1024, Int(BoundedPattern.heapLimit) * 1024, nil)
            if let stack { pcre2_jit_stack_assign_8(limits, nil, UnsafeMutableRawPointer(stack)) }
            (self.found, self.limits) = (found, limits)
        }

        func free() {
            pcre2_match_data_free_8(found)
            pcre2_match_context_free_8(limits)
            pcre2_jit_stack_free_8(stack)
        }

        var groups: [Range<Int>?] {
            guard let offsets = pcre2_get_ovector_pointer_8(found) else { return [] }
            return (0..<Int(pcre2_get_ovector_count_8(found))).map { group in
                // A group that took no part has PCRE2_UNSET, -1; \K in a look-around can put the end before the start.
                let (start, end) = (offsets[2 * group], offsets[2 * group + 1])
                return start < 0 || start > end ? nil : start..<end
            }
        }
    }
}

import Foundation
import Synchronization

/// The processes that descend from one, as /proc(5) tells.
enum ProcessTree {
    /// Processes looked at, at most.
    static let maxProcesses = 65_536

    /// Bytes of memory that the descendants have for themselves (resident, not shared with a file).
    static func memory(of root: pid_t) -> Int {
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        return descendants(of: root).reduce(0) { sum, process in
            let words = contents("/proc/\(process)/statm").split(separator: 0x20).prefix(3).map { Int(ascii: $0) ?? 0 }
            guard words.count == 3 else { return sum }
            return sum + max(0, words[1] - words[2]) * page
        }
    }

    /// Kills the process and all that descend from it. Its end ends its namespace; this is for what has none yet.
    static func kill(_ root: pid_t) {
        let below = descendants(of: root)
        Foundation.kill(root, SIGKILL)
        for process in below { Foundation.kill(process, SIGKILL) }
    }

    private static func descendants(of root: pid_t) -> [pid_t] {
        guard let folder = opendir("/proc") else { return [] }
        defer { closedir(folder) }
        var children: [pid_t: [pid_t]] = [:]
        var seen = 0
        while seen < maxProcesses, let entry = readdir(folder) {
            seen += 1
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            guard let process = Int(ascii: name[...]).flatMap({ pid_t(exactly: $0) }),
                let parent = parent(of: process)
            else { continue }
            children[parent, default: []].append(process)
        }
        var (found, pending): ([pid_t], [pid_t]) = ([], [root])
        while let next = pending.popLast() {
            let below = children.removeValue(forKey: next) ?? []
            found += below
            pending += below
        }
        return found
    }

    /// The fourth field of stat; the second is a name in parentheses, and may hold anything.
    private static func parent(of process: pid_t) -> pid_t? {
        let stat = contents("/proc/\(process)/stat")
        guard let end = stat.lastIndex(of: 0x29) else { return nil }
        let words = stat[(end + 1)...].split(separator: 0x20)
        return words.count > 1 ? Int(ascii: words[1]).flatMap { pid_t(exactly: $0) } : nil
    }

    private static func contents(_ path: String) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = read(descriptor, &buffer, buffer.count)
        return Array(buffer.prefix(max(0, count)))
    }
}

extension Int {
    /// Decimal digits, perhaps with a line end; nil for anything else.
    init?(ascii digits: ArraySlice<UInt8>) {
        let digits = digits.last == 0x0A ? digits.dropLast() : digits
        guard !digits.isEmpty, digits.count <= 18 else { return nil }
        self = 0
        for digit in digits {
            guard digit &- 0x30 < 10 else { return nil }
            self = self * 10 + Int(digit &- 0x30)
        }
    }
}

/// The end of an output, and how long all of it was.
final class OutputTail: Sendable {
    private let limit: Int
    private let state = Mutex((bytes: [UInt8](), total: 0))

    init(limit: Int) { self.limit = limit }

    var bytes: [UInt8] { state.withLock { Array($0.bytes.suffix(limit)) } }

    /// - Returns: bytes seen so far.
    func append(_ chunk: UnsafeRawBufferPointer) -> Int {
        state.withLock { state in
            state.bytes += chunk
            state.total += chunk.count
            if state.bytes.count > limit * 4 { state.bytes = Array(state.bytes.suffix(limit)) }
            return state.total
        }
    }
}

import Foundation

/// The most memory that this process had resident.
enum PeakMemory {
    /// - Returns: VmHWM of /proc/self/status, see proc(5); 0 where there is none.
    static func bytes() -> Int {
        guard let status = FileManager.default.contents(atPath: "/proc/self/status") else { return 0 }
        let line = String(decoding: status, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        let number = line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first
        return (number.flatMap { Int($0) } ?? 0) * 1024
    }
}

import Foundation
import HTTPTransport

/// What the kernel shows of this host's processes (proc(5)); those of other users are shown to root alone.
enum ProcessTable {
    private static let longestText = 16 << 20
    /// Of processes, and of one process' open files.
    private static let mostEntries = 65_536

    static func numbers() -> [Int32] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.prefix(mostEntries).compactMap { Int32($0) }
    }

    static func isOurs(_ process: Int32) -> Bool { text("/proc/\(process)/comm") == "appliance\n" }

    /// The home that a process of ours was told to work in; nil where this user may not see it.
    static func home(of process: Int32) -> String? {
        guard let line = text("/proc/\(process)/cmdline"), let variables = text("/proc/\(process)/environ") else {
            return nil
        }
        let words = line.split(separator: "\0").map(String.init)
        let option =
            words.firstIndex(of: "--home").flatMap { $0 + 1 < words.count ? words[$0 + 1] : nil }
            ?? words.first { $0.hasPrefix("--home=") }.map { String($0.dropFirst("--home=".count)) }
        var environment: [String: String] = [:]
        for variable in variables.split(separator: "\0") {
            let parts = variable.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { environment[String(parts[0])] = String(parts[1]) }
        }
        let path = Home.find(option: option, environment: environment).path
        return resolved(path.hasPrefix("/") ? path : "/proc/\(process)/cwd/\(path)")
    }

    /// The path without links; nil where nothing is there.
    static func resolved(_ path: String) -> String? {
        guard let found = realpath(path, nil) else { return nil }
        defer { free(found) }
        return String(cString: found)
    }

    /// What each descriptor leads to: a path, or `socket:[INODE]`; nil where this user may not see them.
    static func openFiles(of process: Int32) -> [String]? {
        let folder = "/proc/\(process)/fd"
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return nil }
        return names.prefix(mostEntries).compactMap {
            try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")
        }
    }

    /// The kernel hands such files out a page at a time: one short read is not their end.
    static func text(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var (bytes, page) = ([UInt8](), [UInt8](repeating: 0, count: 64 << 10))
        while bytes.count < longestText {
            let count = page.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += page[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// What one process is connected to.
struct Sockets {
    /// `ADDRESS:PORT` of each peer that it went to itself, by TCP or UDP.
    var outgoing: [String] = []
    /// Connections that came to a port that it listens on.
    var incoming = 0

    /// - Returns: nil where this user may not see them.
    init?(of process: Int32) {
        guard let files = ProcessTable.openFiles(of: process) else { return nil }
        let inodes = Set(
            files.compactMap { file in
                file.hasPrefix("socket:[") ? UInt64(file.dropFirst("socket:[".count).dropLast()) : nil
            })
        let tables = ["tcp", "tcp6", "udp", "udp6"].map { ($0, ProcessTable.text("/proc/\(process)/net/\($0)") ?? "") }
        let doors = Set(
            tables.prefix(2).flatMap { HostConnection.listening($0.1) }.filter { inodes.contains($0.inode) }.map(
                \.localPort))
        for (kind, table) in tables {
            for connection in HostConnection.parse(table) where inodes.contains(connection.inode) {
                if kind.hasPrefix("tcp"), doors.contains(connection.localPort) {
                    incoming += 1
                } else {
                    outgoing.append(connection.remote)
                }
            }
        }
    }
}

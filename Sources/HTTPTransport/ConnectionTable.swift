/// A TCP connection of this host, as the kernel tells it.
public struct HostConnection: Sendable, Hashable {
    /// `ADDRESS:PORT` of the other end, IPv6 in brackets.
    public var remote: String
    public var inode: UInt64

    /// Reads `/proc/PID/net/tcp` or `tcp6` (proc_pid_net(5)): the connections that are open or being opened.
    ///
    /// Lines that are none are passed over, and no more than ``mostLines`` are looked at.
    public static func parse(_ table: String) -> [HostConnection] {
        table.split(separator: "\n").prefix(mostLines).compactMap { line in
            let fields = line.split(separator: " ", omittingEmptySubsequences: true)
            // sl, local, remote, state, queues, timer, retransmissions, user, time-out, inode.
            guard fields.count >= 10, open.contains(String(fields[3])), let inode = UInt64(fields[9]),
                let remote = address(fields[2])
            else { return nil }
            return HostConnection(remote: remote, inode: inode)
        }
    }

    static let mostLines = 65_536
    /// ESTABLISHED and SYN_SENT of the kernel's tcp_states.h.
    private static let open: Set<String> = ["01", "02"]

    /// `0100007F:1F90`: words of 32 bits in the host's order (little-endian), the port in the network's.
    private static func address(_ text: Substring) -> String? {
        let parts = text.split(separator: ":")
        guard parts.count == 2, parts[0].utf8.count == 8 || parts[0].utf8.count == 32,
            let port = UInt16(parts[1], radix: 16)
        else { return nil }
        var bytes: [UInt8] = []
        var rest = parts[0]
        while !rest.isEmpty {
            guard let word = UInt32(rest.prefix(8), radix: 16) else { return nil }
            withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) }
            rest = rest.dropFirst(8)
        }
        return IPAddress(bytes: bytes).map { "\($0.inURL):\(port)" }
    }
}

extension Endpoint {
    /// Every `ADDRESS:PORT` that a client of this endpoint may be connected to; none for a unix socket.
    public var peers: [String] {
        guard case .network(_, let port, let addresses) = place else { return [] }
        return addresses.map { "\($0.inURL):\(port)" }
    }
}

/// A connection of this host, as the kernel tells it.
public struct HostConnection: Sendable, Hashable {
    /// `ADDRESS:PORT` of the other end, IPv6 in brackets.
    public var remote: String
    /// Its port on this host.
    public var localPort: UInt16
    public var inode: UInt64

    /// Reads `/proc/PID/net/tcp`, `udp`, `tcp6` or `udp6` (proc_pid_net(5)): what is open or being opened.
    ///
    /// Lines that are none are passed over, and no more than ``mostLines`` are looked at.
    public static func parse(_ table: String) -> [HostConnection] { lines(table, in: open) }

    /// The same of `tcp` and `tcp6`: the ports that are listened on; who is connected to one of these came in.
    public static func listening(_ table: String) -> [HostConnection] { lines(table, in: ["0A"]) }

    private static func lines(_ table: String, in states: Set<String>) -> [HostConnection] {
        table.split(separator: "\n").prefix(mostLines).compactMap { line in
            let fields = line.split(separator: " ", omittingEmptySubsequences: true)
            // sl, local, remote, state, queues, timer, retransmissions, user, time-out, inode.
            guard fields.count >= 10, states.contains(String(fields[3])), let inode = UInt64(fields[9]),
                let remote = address(fields[2]), let port = UInt16(fields[1].suffix(4), radix: 16)
            else { return nil }
            return HostConnection(remote: remote, localPort: port, inode: inode)
        }
    }

    static let mostLines = 65_536
    /// ESTABLISHED (of UDP: connected) and SYN_SENT of the kernel's tcp_states.h; LISTEN is 0A.
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

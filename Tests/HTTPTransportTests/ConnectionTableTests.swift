import Testing

@testable import HTTPTransport

@Suite("The kernel's table of connections")
struct ConnectionTableTests {
    static let head =
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"

    private func line(_ remote: String, state: String = "01", inode: String = "4242") -> String {
        "   0: 0100007F:9C40 \(remote) \(state) 00000000:00000000 00:00000000 00000000  1000        0 \(inode) 1 0\n"
    }

    @Test(
        "addresses in the host's order, ports in the network's",
        arguments: [
            ("0100007F:2CAA", "127.0.0.1:11434"),
            ("0500000A:01BB", "10.0.0.5:443"),
            ("000000FD00000000000000000A000000:1F90", "[fd00::a]:8080"),
            ("0000000000000000FFFF00000100007F:2CAA", "127.0.0.1:11434"),
        ])
    func addresses(field: String, remote: String) {
        let connections = HostConnection.parse(Self.head + line(field))
        #expect(connections == [HostConnection(remote: remote, localPort: 40000, inode: 4242)])
    }

    @Test("a socket that listens, or has ended, is connected to nobody", arguments: ["0A", "06", "07", "08"])
    func states(state: String) {
        #expect(HostConnection.parse(Self.head + line("0100007F:2CAA", state: state)).isEmpty)
    }

    @Test("a socket that listens is told apart, with its port")
    func listening() {
        let table = Self.head + line("00000000:0000", state: "0A") + line("0100007F:2CAA")
        #expect(HostConnection.listening(table).map(\.localPort) == [40000])
        #expect(HostConnection.parse(table).map(\.remote) == ["127.0.0.1:11434"])
    }

    @Test("one that is being opened counts")
    func opening() {
        #expect(HostConnection.parse(line("0100007F:2CAA", state: "02")).count == 1)
    }

    @Test(
        "what is no line is passed over",
        arguments: ["", "x", "0: 1 2 01", "0: a b 01 c d e f g h", "   0: 0100007F:9C40 GGGGGGGG:2CAA 01 0 0 0 0 0 1"])
    func malformed(text: String) { #expect(HostConnection.parse(text).isEmpty) }

    @Test("an endpoint's peers are its addresses, and a socket has none")
    func peers() throws {
        #expect(try Endpoint("http://127.0.0.1:11434").peers == ["127.0.0.1:11434"])
        #expect(try Endpoint("https://[fd00::a]").peers == ["[fd00::a]:443"])
        #expect(try Endpoint("http://localhost:1").peers == ["127.0.0.1:1", "[::1]:1"])
        #expect(try Endpoint("unix:/run/ollama.sock").peers.isEmpty)
    }
}

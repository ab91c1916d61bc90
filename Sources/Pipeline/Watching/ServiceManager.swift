import Glibc

/// Tells systemd how the process is, as sd_notify(3) describes: one datagram to the socket that the environment names.
///
/// Without a service manager nothing is sent.
struct ServiceManager: Sendable {
    private let path: String?
    /// How often the watchdog wants a sign, halved as sd_watchdog_enabled(3) advises; nil without one.
    let watchdog: Duration?

    init(environment: [String: String]) {
        path = environment["NOTIFY_SOCKET"].flatMap { $0.hasPrefix("/") || $0.hasPrefix("@") ? $0 : nil }
        let isOurs = environment["WATCHDOG_PID"].map { $0 == "\(getpid())" } ?? true
        watchdog =
            isOurs ? environment["WATCHDOG_USEC"].flatMap(Int64.init).map { .microseconds(max($0, 2) / 2) } : nil
    }

    enum State: String {
        case ready = "READY=1"
        case stopping = "STOPPING=1"
        case alive = "WATCHDOG=1"
    }

    /// Nothing depends on its arrival: whoever listens notices what does not come.
    func tell(_ state: State, status: String? = nil) {
        guard let path else { return }
        let text = Array((status.map { "\(state.rawValue)\nSTATUS=\($0)" } ?? state.rawValue).utf8)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
        // A name in the abstract namespace is written with an @.
        if bytes.first == 0x40 { bytes[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        let socket = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { return }
        defer { close(socket) }
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                _ = sendto(socket, text, text.count, Int32(MSG_NOSIGNAL), address, length)
            }
        }
    }
}

import Glibc
import Synchronization

/// A server on the loopback interface, or on a unix socket, that does to its clients exactly what a script says.
///
/// It knows nothing of HTTP but where a request ends: scripts send raw bytes, so that they can break every rule.
/// Each connection has a thread of its own; nothing sleeps, every wait is on a socket or a signal of the test.
public final class ScriptedServer: Sendable {
    public enum Place: Sendable {
        /// An IP literal; the port is the kernel's choice.
        case ip(String)
        case unix(path: String)
    }

    public enum Step: Sendable {
        /// Reads one request: head, and as many bytes as its Content-Length says.
        case readRequest
        case send([UInt8])
        /// Sends what the function makes of the last request that was read.
        case respond(@Sendable ([UInt8]) -> [UInt8])
        /// Sends each piece in a packet of its own, one after another.
        case sendPieces([[UInt8]])
        /// Sends the bytes again and again until `total` bytes are sent or the peer goes away.
        case flood([UInt8], total: Int)
        /// Waits for one ``ScriptedServer/signal()``.
        case awaitSignal
        /// Keeps the connection until the peer closes it.
        case hang
        /// Ends the connection with RST instead of FIN.
        case reset
    }

    public enum Failure: Error, Equatable { case cannotListen(String, errno: Int32), invalidAddress(String) }

    /// 0 for a unix socket.
    public let port: UInt16
    /// What an endpoint's text says: `http://127.0.0.1:PORT`, or `unix:/path`.
    public let url: String
    private let listener: Descriptor
    private let stopping: Bell
    private let signals: Bell
    private let record = Mutex(Record())

    private struct Record {
        var accepted = 0
        var closedByPeer = 0
        var bytesSent = 0
        var requests: [[UInt8]] = []
        var waiters: [Waiter] = []

        /// Takes out those whose wait is over.
        mutating func served() -> [CheckedContinuation<Void, Never>] {
            let all = waiters
            waiters = all.filter { self[keyPath: $0.value] < $0.count }
            return all.filter { self[keyPath: $0.value] >= $0.count }.map(\.continuation)
        }

        var requestCount: Int { requests.count }
    }

    /// Waits until one of the counts has been reached.
    private struct Waiter: Sendable {
        let value: any KeyPath<Record, Int> & Sendable
        let count: Int
        let continuation: CheckedContinuation<Void, Never>
    }

    /// - Parameter scripts: one for each connection in the order of arrival; the last serves all further ones.
    public init(on place: Place = .ip("127.0.0.1"), _ scripts: [[Step]]) throws {
        let (listener, port) = try Self.listen(on: place)
        (self.listener, self.port) = (listener, port)
        url =
            switch place {
            case .ip(let address): "http://\(address.contains(":") ? "[\(address)]" : address):\(port)"
            case .unix(let path): "unix:\(path)"
            }
        (stopping, signals) = (try Bell(), try Bell())
        startThread { [self] in accept(scripts) }
    }

    /// Reads the request, then does what follows.
    public convenience init(on place: Place = .ip("127.0.0.1"), answering steps: [Step]) throws {
        try self.init(on: place, [[.readRequest] + steps])
    }

    public var acceptedCount: Int { record.withLock { $0.accepted } }
    /// Connections that the client closed while the script went on.
    public var closedByPeerCount: Int { record.withLock { $0.closedByPeer } }
    public var bytesSent: Int { record.withLock { $0.bytesSent } }
    public var requests: [[UInt8]] { record.withLock { $0.requests } }

    /// Lets one ``Step/awaitSignal`` go on.
    public func signal() { signals.ring() }

    /// Ends every connection and thread; to be called once, at the end of a test.
    public func stop() { stopping.ring() }

    /// Returns when that many connections have been closed by the client.
    public func waitForPeerClose(count: Int = 1) async { await wait(until: \.closedByPeer, count) }

    /// Returns when that many requests have been read.
    public func waitForRequest(count: Int = 1) async { await wait(until: \.requestCount, count) }

    private func wait(until value: any KeyPath<Record, Int> & Sendable, _ count: Int) async {
        await withCheckedContinuation { continuation in
            update { $0.waiters.append(Waiter(value: value, count: count, continuation: continuation)) }
        }
    }

    /// Changes the record, and lets those go on who waited for it.
    private func update(_ change: (inout Record) -> Void) {
        let served = record.withLock { record in
            change(&record)
            return record.served()
        }
        for continuation in served { continuation.resume() }
    }
}

// MARK: - Serving

extension ScriptedServer {
    private func accept(_ scripts: [[Step]]) {
        while wait(for: listener) {
            let connection = Descriptor(Glibc.accept(listener.number, nil, nil))
            guard connection.number >= 0 else { continue }
            _ = fcntl(connection.number, F_SETFD, FD_CLOEXEC)
            let index = record.withLock { record in
                record.accepted += 1
                return record.accepted - 1
            }
            let script = scripts.isEmpty ? [] : scripts[min(index, scripts.count - 1)]
            startThread { [self] in serve(connection, script) }
        }
    }

    private func serve(_ connection: Descriptor, _ script: [Step]) {
        var one: Int32 = 1
        setsockopt(connection.number, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        var last: [UInt8] = []
        for step in script where !perform(step, on: connection, &last) { break }
    }

    /// - Returns: false when the connection is over.
    private func perform(_ step: Step, on connection: Descriptor, _ last: inout [UInt8]) -> Bool {
        switch step {
        case .readRequest: readRequest(connection, &last)
        case .send(let bytes): send(bytes, on: connection)
        case .respond(let make): send(make(last), on: connection)
        case .sendPieces(let pieces): pieces.allSatisfy { send($0, on: connection) }
        case .flood(let bytes, let total): flood(bytes, total: total, on: connection)
        case .awaitSignal: awaitSignal(connection)
        case .hang: awaitPeerClose(connection)
        case .reset: reset(connection)
        }
    }

    private func readRequest(_ connection: Descriptor, _ last: inout [UInt8]) -> Bool {
        var request: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        var length: Int?
        while true {
            length = length ?? Self.requestLength(request)
            if let length, request.count >= length {
                update { $0.requests.append(request) }
                last = request
                return true
            }
            guard wait(for: connection) else { return false }
            let count = recv(connection.number, &buffer, buffer.count, 0)
            guard count > 0 else { return peerClosed() }
            request += buffer[..<count]
        }
    }

    private func send(_ bytes: [UInt8], on connection: Descriptor) -> Bool {
        var sent = 0
        while sent < bytes.count {
            guard wait(for: connection, events: POLLOUT) else { return false }
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.send(
                    connection.number, buffer.baseAddress.map { $0 + sent }, bytes.count - sent,
                    Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            }
            if count < 0 && errno == EAGAIN { continue }
            guard count > 0 else { return peerClosed() }
            sent += count
        }
        record.withLock { $0.bytesSent += sent }
        return true
    }

    private func flood(_ bytes: [UInt8], total: Int, on connection: Descriptor) -> Bool {
        var left = total
        while left > 0 {
            guard send(bytes, on: connection) else { return false }
            left -= bytes.count
        }
        return true
    }

    private func awaitSignal(_ connection: Descriptor) -> Bool {
        wait(for: signals.heard) && signals.silenceOne()
    }

    private func awaitPeerClose(_ connection: Descriptor) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while wait(for: connection) {
            if recv(connection.number, &buffer, buffer.count, 0) <= 0 { return peerClosed() }
        }
        return false
    }

    private func reset(_ connection: Descriptor) -> Bool {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(connection.number, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        return false
    }

    private func peerClosed() -> Bool {
        update { $0.closedByPeer += 1 }
        return false
    }

    /// - Returns: false when the server is being stopped.
    private func wait(for descriptor: Descriptor, events: Int32 = POLLIN) -> Bool {
        var polled = [
            pollfd(fd: stopping.heard.number, events: Int16(POLLIN), revents: 0),
            pollfd(fd: descriptor.number, events: Int16(events), revents: 0),
        ]
        while true {
            let count = poll(&polled, 2, -1)
            if count < 0 && errno == EINTR { continue }
            return count > 0 && polled[0].revents == 0
        }
    }

    /// Where the request ends; nil while its head is not complete.
    private static func requestLength(_ bytes: [UInt8]) -> Int? {
        guard let end = bytes.offset(ofFirst: "\r\n\r\n") else { return nil }
        // Only the head is text: what follows may be anything.
        let head = bytes[..<end].split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self).lowercased() }
        let field = head.first { $0.hasPrefix("content-length:") }
        let length = field.flatMap { Int($0.dropFirst("content-length:".count).filter(\.isNumber)) } ?? 0
        return end + 4 + length
    }
}

extension Array<UInt8> {
    /// The offset of the first occurrence, in bytes.
    fileprivate func offset(ofFirst pattern: String) -> Int? {
        let wanted = Array(pattern.utf8)
        guard count >= wanted.count else { return nil }
        return (0...count - wanted.count).first {
            self[$0] == wanted[0] && self[$0..<$0 + wanted.count].elementsEqual(wanted)
        }
    }
}

// MARK: - Sockets

/// A file descriptor, closed with its last owner.
private final class Descriptor: Sendable {
    let number: Int32

    init(_ number: Int32) { self.number = number }

    deinit { if number >= 0 { close(number) } }
}

/// A pipe whose bytes are signals: poll(2) can wait for it beside a socket.
private final class Bell: Sendable {
    let heard: Descriptor
    private let rung: Descriptor

    init() throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw ScriptedServer.Failure.cannotListen("pipe", errno: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        (heard, rung) = (Descriptor(ends[0]), Descriptor(ends[1]))
    }

    func ring() { write(rung.number, [1], 1) }

    func silenceOne() -> Bool {
        var byte: UInt8 = 0
        return read(heard.number, &byte, 1) == 1
    }
}

private func startThread(_ body: @escaping @Sendable () -> Void) {
    let boxed = Unmanaged.passRetained(Body(run: body))
    var thread = pthread_t()
    let code = pthread_create(
        &thread, nil,
        { context in
            if let context { Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run() }
            return nil
        }, boxed.toOpaque())
    precondition(code == 0, "no more threads")
    pthread_detach(thread)
}

private final class Body: Sendable {
    let run: @Sendable () -> Void

    init(run: @escaping @Sendable () -> Void) { self.run = run }
}

extension ScriptedServer {
    private static func listen(on place: Place) throws -> (Descriptor, UInt16) {
        switch place {
        case .ip(let text): try listen(ip: text)
        case .unix(let path): (try listen(unix: path), 0)
        }
    }

    private static func listen(ip text: String) throws -> (Descriptor, UInt16) {
        let isV6 = text.contains(":")
        let family = isV6 ? AF_INET6 : AF_INET
        let listener = Descriptor(socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0))
        var storage = sockaddr_storage()
        var length = socklen_t(isV6 ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size)
        let isLiteral = withUnsafeMutableBytes(of: &storage) { bytes in
            bytes.storeBytes(of: sa_family_t(family), as: sa_family_t.self)
            return bytes.baseAddress.map { inet_pton(family, text, $0 + (isV6 ? 8 : 4)) == 1 } ?? false
        }
        guard isLiteral else { throw Failure.invalidAddress(text) }
        let code = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener.number, address, length) == 0 && Glibc.listen(listener.number, 64) == 0
                    ? getsockname(listener.number, address, &length) : -1
            }
        }
        guard code == 0 else { throw Failure.cannotListen(text, errno: errno) }
        return (listener, withUnsafeBytes(of: storage) { UInt16($0[2]) << 8 | UInt16($0[3]) })
    }

    private static func listen(unix path: String) throws -> Descriptor {
        let listener = Descriptor(socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0))
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let capacity = MemoryLayout.size(ofValue: address.sun_path)
        guard path.utf8.count < capacity else { throw Failure.invalidAddress(path) }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener.number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard code == 0, Glibc.listen(listener.number, 64) == 0 else {
            throw Failure.cannotListen(path, errno: errno)
        }
        return listener
    }
}

import Foundation
import Glibc

/// Sends bytes to a port of this host and reads the answer until the other side closes: as raw as a test needs it.
public enum LoopbackClient {
    public struct CannotConnect: Error {
        public var errno: Int32

        public init(errno: Int32) { self.errno = errno }
    }

    /// - Parameter request: what is sent, byte by byte as written.
    public static func exchange(port: Int, _ request: String) throws -> String {
        try exchange(port: port, Array(request.utf8))
    }

    /// A POST of `body` on a connection that ends with the answer.
    public static func post(
        port: Int, _ path: String, _ body: [UInt8], headers: [String: String] = [:]
    ) throws -> String {
        let fields = headers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\r\n" }.joined()
        let head =
            "POST \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\(fields)"
            + "Content-Length: \(body.count)\r\n\r\n"
        return try exchange(port: port, Array(head.utf8) + body)
    }

    /// - Parameter request: what is sent, byte by byte.
    public static func exchange(port: Int, _ request: [UInt8]) throws -> String {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw CannotConnect(errno: errno) }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw CannotConnect(errno: errno) }
        var rest = request[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard sent > 0 else { break }
            rest = rest.dropFirst(sent)
        }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while case let count = buffer.withUnsafeMutableBytes({ recv(descriptor, $0.baseAddress, $0.count, 0) }),
            count > 0
        {
            answer += buffer[..<count]
        }
        return String(decoding: answer, as: UTF8.self)
    }

    /// A GET of `path` on a connection that ends with the answer.
    public static func get(port: Int, _ path: String, host: String = "127.0.0.1") throws -> String {
        try exchange(port: port, "GET \(path) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n")
    }
}

import HTTPTypes
import Hummingbird

/// Refuses requests that call this host by a name that it does not have, so that a web page elsewhere cannot reach the
/// server by pointing a name of its own at a loopback address (DNS rebinding).
struct HostGuard<Context: RequestContext>: RouterMiddleware {
    /// Names that the configuration adds.
    let names: [String]

    func handle(_ request: Request, context: Context, next: (Request, Context) async throws -> Response) async throws
        -> Response
    {
        guard let authority = request.head.authority, isOurs(Self.name(authority)) else {
            return .text("421 this server does not have that name\n", status: .misdirectedRequest)
        }
        return try await next(request, context)
    }

    private func isOurs(_ name: Substring) -> Bool {
        if name == "localhost" || name == "[::1]" { return true }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        if parts.count == 4, parts[0] == "127", parts.allSatisfy({ UInt8($0) != nil }) { return true }
        return names.contains { $0.lowercased() == name.lowercased() }
    }

    /// The authority without its port.
    private static func name(_ authority: String) -> Substring {
        guard let colon = authority.lastIndex(of: ":"), authority[colon...].dropFirst().utf8.allSatisfy(isDigit) else {
            return authority[...]
        }
        return authority[..<colon]
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}

/// A secret that goes into the Authorization header and nowhere else: whatever prints it prints a placeholder.
struct BearerToken: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let secret: String

    private static let maximumLength = 8192

    init(_ text: String) throws(EndpointError) {
        guard (1...Self.maximumLength).contains(text.utf8.count), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { throw .invalidToken }
        secret = text
    }

    /// The header's value; for the transport alone.
    var headerValue: String { "Bearer \(secret)" }

    var description: String { "<token>" }
    var debugDescription: String { description }
    var customMirror: Mirror { Mirror(self, children: []) }
}

import HTTPTypes
import Hummingbird

/// Whether a form was sent from a page of this server, as the browser says.
///
/// A browser names the page's origin with every POST (Fetch, 3.1) and how far it is with `Sec-Fetch-Site`; a program
/// that says neither has no cookie that somebody else could make it send.
enum SameOrigin {
    static func holds(_ request: Request) -> Bool {
        if let site = request.headers[.secFetchSite], site != "same-origin" { return false }
        guard let origin = request.headers[.origin] else { return true }
        guard let authority = request.head.authority, let scheme = origin.firstRange(of: "://") else { return false }
        return ["http", "https"].contains(origin[..<scheme.lowerBound])
            && origin[scheme.upperBound...].lowercased() == authority.lowercased()
    }
}

extension HTTPField.Name {
    static var secFetchSite: HTTPField.Name { known("Sec-Fetch-Site") }
    static var forwardedProto: HTTPField.Name { known("X-Forwarded-Proto") }
}

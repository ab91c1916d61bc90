import HTTPTypes
import Hummingbird
import Pipeline

/// A request, and the address that it came from.
struct DoorContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The address without its port; what has none is one client.
    let peer: String

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        peer = source.channel.remoteAddress?.ipAddress ?? ""
    }

    /// Who sends: the peer, or whom a trusted proxy names last.
    ///
    /// - Parameter proxies: addresses whose `X-Forwarded-For` is believed.
    func client(of request: Request, proxies: [String]) -> String {
        guard proxies.contains(peer), let list = request.headers[.forwardedFor],
            let last = list.split(separator: ",").last
        else { return peer }
        let name = last.drop { $0 == " " }
        return name.utf8.count <= Self.longest && ServeSettings.isAddress(String(name)) ? String(name) : peer
    }

    /// Bytes of an IP address in text.
    private static let longest = 45

    var isFromThisHost: Bool { peer.hasPrefix("127.") || peer == "::1" || peer.isEmpty }
}

extension HTTPField.Name {
    static var forwardedFor: HTTPField.Name { known("X-Forwarded-For") }
}

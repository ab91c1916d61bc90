import Hummingbird

/// A request, and the address that it came from.
struct DoorContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The address without its port; what has none is one client.
    let client: String

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        client = source.channel.remoteAddress?.ipAddress ?? ""
    }
}

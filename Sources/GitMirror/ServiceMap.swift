/// The repositories of services that their events do not name.
public struct ServiceMap: Sendable, Hashable {
    /// For services that are not listed.
    public var otherwise: String?
    private var exact: [String: String] = [:]
    private var folded: [String: String] = [:]

    /// - Parameter pairs: service and address; of two of one service the first counts.
    public init(_ pairs: [(service: String, url: String)] = [], otherwise: String? = nil) {
        self.otherwise = otherwise
        for (service, url) in pairs {
            exact[service] = exact[service] ?? url
            folded[service.lowercased()] = folded[service.lowercased()] ?? url
        }
    }

    /// Exactly as written, else in any case.
    public func url(ofService service: String) -> String? { exact[service] ?? folded[service.lowercased()] }
}

/// What the people of a site add to every prompt in their own words: conventions, owners, what is known to be harmless.
///
/// They are the operator's, not a log's: they stand outside the evidence, before everything that varies.
public struct HouseRules: Sendable, Hashable {
    /// Of `house-rules.txt` in the directory of prompts.
    public var site: String
    /// Of the same file in the service's folder.
    public var service: String

    /// Longer rules would leave no room for evidence.
    static let maximumBytes = 4096

    public init(site: String = "", service: String = "") { (self.site, self.service) = (site, service) }
}

import Events
import Intake

extension ConfigurationKeys {
    static let prometheus: [ConfigurationKey<PrometheusSettings>] = [
        .init("url", \.remote.url, "Prometheus, where metrics around an error are read: http(s)://ADDRESS:PORT."),
        .init(
            "addresses", \.remote.addresses, "For a host name: the addresses that it may have. It is never looked up."),
        .init("ca_file", \.remote.caFile, "Certificates to trust for https."),
        .init("token_file", \.remote.tokenFile, "File with a bearer token, or with the user's password."),
        .init("user", \.remote.user, "User of the server."),
        .init(
            "timeout", \.remote.requestTimeout, "The longest that one query may take.",
            check: within(.seconds(1) ... .minutes(5))),
    ]

    static let metricQuery: [ConfigurationKey<MetricQuery>] = [
        .init("name", \.name, "What the metric is, in a few words.", check: notEmpty),
        .init(
            "query", \.query, "PromQL. $service, $host and $environment stand for those of the error.", check: notEmpty),
        .init(
            "before", \.before, "The time before the error that is compared with.",
            check: within(.minutes(20) ... .days(1))),
        .init("step", \.step, "The time between two values.", check: within(.seconds(1) ... .hours(1))),
        .init(
            "factor", \.factor, "A value that grew or shrank so many times has jumped.", check: within(1.1...1000)),
    ]
}

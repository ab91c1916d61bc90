/// Names that a secret is assigned to, found anywhere in the name (`MY_DB_PASSWORD`, `x-api-key`).
enum SecretNames {
    /// How much must speak for a value before it is masked.
    enum Kind: UInt8, Sendable {
        /// The name says that the value is secret (`password`): any value is masked.
        case password
        /// The name says that the value is probably secret (`token`, `api_key`): short or plain words stay.
        case key
        /// The name of a service that gives out keys: only a value of random letters and digits is masked.
        case service
    }

    static let all: [(name: String, kind: Kind)] =
        passwords.map { ($0, .password) } + keys.map { ($0, .key) } + services.map { ($0, .service) }

    private static let passwords = [
        "password", "passwd", "passwort", "passphrase", "pwd", "비밀번호", "암호", "contrasena", "mot_de_passe",
        "contribsys__com",
    ]

    private static let keys = [
        "secret", "token", "apikey", "api_key", "api-key", "api key", "accesskey", "access_key", "access-key",
        "accountkey", "account_key", "sharedaccesskey", "authkey", "auth_key", "auth-key", "private_key", "privatekey",
        "private-key", "credential", "client_srt", "encryption_key", "encryption-key", "signing_key", "signing-key",
        "license_key", "licensekey", "license-key", "access_id", "accessid", "jsessionid", "phpsessid",
        "csrf",
        "_auth", "connectionstring", "passkey", "bearer", "webhook", "oauth", "userpass", "x-auth",
    ]

    /// Services whose keys have no prefix of their own.
    private static let services = [
        "adafruit", "adobe", "airtable", "algolia", "alibaba", "asana", "atlassian", "authress", "beamer", "bitbucket",
        "bittrex", "cisco", "clojars", "cloudflare", "codecov", "cohere", "co_api", "coinbase", "confluence",
        "confluent",
        "contentful", "datadog", "defined", "discord", "droneci", "dropbox", "dynatrace", "easypost", "etsy",
        "facebook",
        "fastly", "finicity", "finnhub", "flickr", "freshbooks", "gitter", "gocardless", "hashicorp", "heroku",
        "hubspot",
        "intercom", "artifactory", "jfrog", "bintray", "xray", "jira", "kraken", "kucoin", "launchdarkly", "linear",
        "linkedin", "linked_in", "linked-in", "lob", "looker", "mailchimp", "mailgun", "mapbox", "mattermost", "meraki",
        "messagebird",
        "netlify", "newrelic", "new-relic", "new_relic", "nytimes", "newyorktimes", "okta", "plaid", "privateai",
        "private-ai", "private_ai", "rapidapi", "sendbird", "sentry", "shippo", "snyk", "sonar", "splunk", "square",
        "squarespace",
        "sumo", "telegr", "travis", "trello", "twilio", "twitch", "twitter", "typeform", "vault", "yandex", "zendesk",
        "maxmind", "pagerduty", "opsgenie",
    ]
}

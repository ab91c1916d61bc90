/// Names that a secret is assigned to, found anywhere in the name (`MY_DB_PASSWORD`, `x-api-key`).
enum SecretNames {
    /// How much must speak for a value before it is masked.
    enum Kind: UInt8, Sendable {
        /// The name says that the value is secret (`password`): any value is masked.
        case password
        /// The name says that the value is probably secret (`token`, `api_key`): short or plain words stay.
        case key
        /// The name says that the value is a generated secret (`client_secret`): only plain words stay.
        case definite
        /// The name of a service that gives out keys: only a value of random letters and digits is masked.
        case service
        /// A name that more often means something else (`key`, `auth`): only a long random value is masked.
        case weak
        /// A short number: a one-time password, a PIN, a card's check digits.
        case code
        /// The number of a passport, a driving licence, a bank account.
        case identity
    }

    struct Name: Sendable {
        var text: String
        var kind: Kind
        /// Whether it must be a word of its own (`pin`, `db_pin`, `dbPin`, but not `spinner`).
        var isWord = false
    }

    static let all: [Name] =
        passwords.map { Name(text: $0, kind: .password) }
        + passwordWords.map { Name(text: $0, kind: .password, isWord: true) }
        + definite.map { Name(text: $0, kind: .definite) }
        + keys.map { Name(text: $0, kind: .key) } + keyWords.map { Name(text: $0, kind: .key, isWord: true) }
        + weakWords.map { Name(text: $0, kind: .weak, isWord: true) }
        + codes.map { Name(text: $0, kind: .code, isWord: true) }
        + identities.map { Name(text: $0, kind: .identity) } + services.map { Name(text: $0, kind: .service) }

    private static let passwords = [
        "password", "passwd", "passwort", "passphrase", "pwd", "비밀번호", "암호", "contrasena", "mot_de_passe",
        "contribsys__com", "passcode", "identified by", "senha",
    ]

    private static let passwordWords = [
        "pass", "passw", "pswd", "psw", "pw", "bindpw", "rootpw", "userpw", "requirepass", "masterauth", "storepass",
        "keypass", "passin", "passout",
    ]

    private static let keys = [
        "secret", "token", "apikey", "api_key", "api-key", "api key", "accesskey", "access_key", "access-key",
        "accountkey", "account_key", "sharedaccesskey", "authkey", "auth_key", "auth-key", "private_key", "privatekey",
        "private-key", "credential", "client_srt", "encryption_key", "encryption-key", "encryptionkey", "signing_key",
        "signing-key", "signingkey", "license_key", "licensekey", "license-key", "access_id", "accessid", "jsessionid",
        "phpsessid", "csrf", "_auth", "connectionstring", "passkey", "bearer", "webhook", "oauth", "userpass", "x-auth",
        "master_key", "masterkey", "master-key", "admin_key", "admin-key", "adminkey", "app_key", "appkey", "app-key",
        "service_key", "servicekey", "service-key", "subscription-key", "subscription_key", "subscriptionkey",
        "preshared", "hmac_key", "hmackey", "hmac-key", "aes_key", "aeskey", "unseal key", "storage_key",
        "shared_key", "sharedkey", "session_key", "sessionkey", "connect.sid", "consumer_key", "consumerkey",
        "rest_api", "function_key", "secure_key", "deploy_key", "ssh_key",
        "key-data", "code_verifier", "client_assertion", "samlresponse", "xsrf", "aspnetcore.",
        "imp_key", "apigw",
    ]

    private static let definite = [
        "client_secret", "clientsecret", "client-secret", "secret_key", "secretkey", "secret-key", "app_secret",
        "appsecret", "app-secret", "api_secret", "apisecret", "api-secret",
    ]

    /// Names of keys that must be words of their own.
    private static let keyWords = [
        "sid", "jwt", "salt", "creds", "cred", "sessid", "ticket", "pat", "psk", "hmac", "signature",
    ]

    private static let weakWords = [
        "key", "auth", "session", "code", "sessionid", "session_id", "session-id", "session id",
    ]

    private static let codes = [
        "otp", "pin", "cvc", "cvv", "cvv2", "cvc2", "totp", "mfa_code", "mfa code", "verification code",
        "verification_code", "one-time code", "인증번호", "보안코드", "확인코드",
    ]

    private static let identities = [
        "passport", "여권번호", "운전면허", "면허번호", "계좌번호", "계좌", "account_no", "accountno", "account_number",
        "accountnumber", "account number", "bankaccount", "bank_account", "외국인등록번호", "iban",
    ]

    /// Services whose keys have no prefix of their own.
    private static let services = [
        "adafruit", "adobe", "airtable", "algolia", "alibaba", "asana", "atlassian", "authress", "beamer", "bitbucket",
        "bittrex", "cisco", "clojars", "cloudflare", "codecov", "cohere", "co_api", "coinbase", "confluence",
        "confluent", "contentful", "datadog", "defined", "discord", "droneci", "dropbox", "dynatrace", "easypost",
        "etsy", "facebook", "fastly", "finicity", "finnhub", "flickr", "freshbooks", "gitter", "gocardless",
        "hashicorp", "heroku", "hubspot", "intercom", "artifactory", "jfrog", "bintray", "xray", "jira", "kraken",
        "kucoin", "launchdarkly", "linear", "linkedin", "linked_in", "linked-in", "lob", "looker", "mailchimp",
        "mailgun", "mapbox", "mattermost", "meraki", "messagebird", "message_bird", "message-bird", "netlify",
        "newrelic", "new-relic", "new_relic", "nytimes", "newyorktimes", "new-york-times", "okta", "plaid",
        "privateai", "private-ai", "private_ai", "rapidapi", "sendbird", "sentry", "shippo", "snyk", "sonar",
        "sourcegraph", "splunk", "square", "squarespace", "sumo", "telegr", "travis", "trello", "twilio", "twitch",
        "twitter", "typeform", "vault", "yandex", "zendesk", "maxmind", "pagerduty", "opsgenie", "dnkey",
        // Korean services.
        "kakao", "naver", "ncloud", "ncp_", "toss", "nhn", "nicepay", "iamport", "portone", "solapi", "coolsms",
        "upbit", "bithumb", "korbit", "kcp_", "inicis", "payple", "aligo",
    ]
}

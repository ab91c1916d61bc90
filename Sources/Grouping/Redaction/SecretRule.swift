/// Bytes that a token may be made of.
enum TokenAlphabet {
    case digits, hex, alphanumeric
    /// Letters, digits, `_` and `-`.
    case url
    /// `url` with `.`, `=`, `~` and `%`.
    case wide
    /// `wide` with `+` and `/`.
    case base64

    @inline(__always)
    func contains(_ byte: UInt8) -> Bool {
        switch self {
        case .digits: byte.isDigit
        case .hex: byte.isHexDigit
        case .alphanumeric: byte.isAlphanumeric
        case .url: byte.isAlphanumeric || byte == 0x5F || byte == 0x2D
        case .wide:
            byte.isAlphanumeric || byte == 0x5F || byte == 0x2D || byte == 0x2E || byte == 0x3D || byte == 0x7E
                || byte == 0x25
        case .base64: Self.wide.contains(byte) || byte == 0x2B || byte == 0x2F
        }
    }
}

/// A token that shows by its prefix what it is.
struct TokenRule: Sendable {
    /// The placeholder's type.
    let name: String
    let prefix: String
    let alphabet: TokenAlphabet
    /// Bytes after the prefix.
    let length: ClosedRange<Int>
    /// Whether the prefix is compared with regard to case.
    var isExact = true
    /// Least Shannon entropy of what follows the prefix, in bits a byte: look-alikes such as `xxxx` have less.
    var minEntropy = 2.6
    /// Whether digits and letters must both be in it.
    var isMixed = false

    init(
        _ name: String, _ prefix: String, _ alphabet: TokenAlphabet, _ length: ClosedRange<Int>, isExact: Bool = true,
        minEntropy: Double = 2.6, isMixed: Bool = false
    ) {
        (self.name, self.prefix, self.alphabet, self.length) = (name, prefix, alphabet, length)
        (self.isExact, self.minEntropy, self.isMixed) = (isExact, minEntropy, isMixed)
    }
}

/// Prefixes as the providers document them.
enum TokenRules {
    static let all: [TokenRule] = cloud + forges + chat + payment + models + services

    private static let cloud: [TokenRule] =
        ["AKIA", "ASIA", "ABIA", "ACCA", "A3TX"].map { TokenRule("aws-key", $0, .alphanumeric, 16...16) } + [
            TokenRule("aws-key", "ABSK", .base64, 100...300),
            TokenRule("aws-key", "bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t", .base64, 0...2048, minEntropy: 0),
            TokenRule("aws-mws", "amzn.mws.", .url, 32...40),
            TokenRule("gcp-key", "AIza", .url, 35...35, minEntropy: 3.6),
            TokenRule("gcp-token", "ya29.", .wide, 20...1024),
            TokenRule("gcp-secret", "GOCSPX-", .url, 20...40),
            TokenRule("alibaba-key", "LTAI", .alphanumeric, 16...24),
            TokenRule("digitalocean-token", "doo_v1_", .hex, 64...64),
            TokenRule("digitalocean-token", "dop_v1_", .hex, 64...64),
            TokenRule("digitalocean-token", "dor_v1_", .hex, 64...64),
            TokenRule("flyio-token", "FlyV1 ", .base64, 40...2048),
            TokenRule("flyio-token", "fo1_", .url, 43...43),
            TokenRule("flyio-token", "fm1r_", .base64, 40...2048),
            TokenRule("flyio-token", "fm1a_", .base64, 40...2048),
            TokenRule("flyio-token", "fm2_", .base64, 40...2048),
            TokenRule("azure-signature", "sig=", .base64, 43...120, minEntropy: 3.5),
            TokenRule("heroku-key", "HRKU-AA", .url, 50...70),
            TokenRule("databricks-token", "dapi", .hex, 32...34),
            TokenRule("scalingo-token", "tk-us-", .url, 40...60),
            TokenRule("openshift-token", "sha256~", .url, 43...43, minEntropy: 3.5),
            TokenRule("planetscale-token", "pscale_tkn_", .wide, 32...64),
            TokenRule("planetscale-token", "pscale_oauth_", .wide, 32...64),
            TokenRule("planetscale-token", "pscale_pw_", .wide, 32...64),
            TokenRule("vault-token", "hvs.", .url, 24...300),
            TokenRule("vault-token", "hvb.", .url, 24...300),
            TokenRule("pulumi-token", "pul-", .hex, 40...40),
            TokenRule("doppler-token", "dp.pt.", .alphanumeric, 40...44),
            TokenRule("doppler-token", "dp.st.", .wide, 40...60),
            TokenRule("prefect-key", "pnu_", .alphanumeric, 36...36),
            TokenRule("infracost-key", "ico-", .alphanumeric, 32...32, minEntropy: 3.9),
            TokenRule("dynatrace-token", "dt0c01.", .wide, 60...100),
            TokenRule("harness-key", "pat.", .wide, 50...80),
            TokenRule("harness-key", "sat.", .wide, 50...80),
            TokenRule("cloudflare-key", "v1.0-", .url, 60...180),
            TokenRule("octopus-key", "API-", .alphanumeric, 26...26, minEntropy: 3.6),
            TokenRule("artifactory-key", "AKCp", .alphanumeric, 60...80, minEntropy: 3.5),
            TokenRule("artifactory-key", "cmVmd", .alphanumeric, 55...65, minEntropy: 3.5),
            TokenRule("clickhouse-key", "4b1d", .alphanumeric, 38...38, minEntropy: 3),
        ]

    private static let forges: [TokenRule] =
        ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"].map { TokenRule("github-token", $0, .alphanumeric, 36...255) }
        + [TokenRule("github-token", "github_pat_", .url, 60...100)]
        + [
            "glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-", "glimt-", "glagent-", "glsoat-", "glffct-",
            "gloas-",
            "_gitlab_session=", "GR1348941", "glwt-",
        ].map { TokenRule("gitlab-token", $0, .wide, 18...300) } + [
            TokenRule("bitbucket-token", "ATBB", .alphanumeric, 28...36),
            TokenRule("atlassian-token", "ATATT3", .wide, 100...250),
            TokenRule("npm-token", "npm_", .alphanumeric, 36...36),
            TokenRule("pypi-token", "pypi-AgE", .url, 50...1024),
            TokenRule("rubygems-key", "rubygems_", .hex, 48...48),
            TokenRule("clojars-token", "CLOJARS_", .alphanumeric, 60...60),
            TokenRule("docker-token", "dckr_pat_", .url, 20...60),
            TokenRule("docker-token", "dckr_oat_", .url, 20...60),
            TokenRule("nuget-key", "oy2", .alphanumeric, 43...43, minEntropy: 3.3),
            TokenRule("linear-key", "lin_api_", .alphanumeric, 40...40),
            TokenRule("sourcegraph-token", "sgp_", .url, 40...80),
            TokenRule("postman-key", "PMAK-", .url, 59...59),
            TokenRule("sonar-token", "squ_", .alphanumeric, 40...40),
            TokenRule("sonar-token", "sqp_", .alphanumeric, 40...40),
            TokenRule("sonar-token", "sqa_", .alphanumeric, 40...40),
        ]

    private static let chat: [TokenRule] =
        ["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxo-", "xoxe-", "xoxe.", "xoxd-", "xoxc-", "xapp-"].map {
            TokenRule("slack-token", $0, .wide, 14...400, isExact: false, minEntropy: 2.9, isMixed: true)
        } + [
            TokenRule("slack-webhook", "hooks.slack.com/", .base64, 30...120),
            TokenRule("discord-webhook", "discord.com/api/webhooks/", .base64, 40...120),
            TokenRule("discord-webhook", "discordapp.com/api/webhooks/", .base64, 40...120),
            TokenRule("teams-webhook", "webhook.office.com/", .base64, 60...300),
            TokenRule("intra42-secret", "s-s4t2ud-", .hex, 64...64),
            TokenRule("intra42-secret", "s-s4t2af-", .hex, 64...64),
        ]

    private static let payment: [TokenRule] =
        ["sk_live_", "sk_test_", "sk_prod_", "rk_live_", "rk_test_", "rk_prod_", "whsec_", "pk_live_"].map {
            TokenRule("stripe-key", $0, .alphanumeric, 10...250)
        } + [
            TokenRule("square-token", "sq0atp-", .url, 22...60),
            TokenRule("square-token", "sq0csp-", .url, 22...60),
            TokenRule("square-token", "EAAA", .wide, 22...64, minEntropy: 3.8),
            TokenRule("shopify-token", "shpat_", .hex, 32...32),
            TokenRule("shopify-token", "shpca_", .hex, 32...32),
            TokenRule("shopify-token", "shppa_", .hex, 32...32),
            TokenRule("shopify-token", "shpss_", .hex, 32...32),
            TokenRule("flutterwave-key", "FLWSECK_TEST-", .url, 12...40),
            TokenRule("flutterwave-key", "FLWSECK-", .url, 12...40),
            TokenRule("flutterwave-key", "FLWPUBK_TEST-", .url, 30...40),
            TokenRule("easypost-key", "EZAK", .alphanumeric, 54...54, minEntropy: 3),
            TokenRule("easypost-key", "EZTK", .alphanumeric, 54...54, minEntropy: 3),
            TokenRule("shippo-token", "shippo_live_", .hex, 40...40),
            TokenRule("shippo-token", "shippo_test_", .hex, 40...40),
            TokenRule("duffel-token", "duffel_live_", .wide, 43...43),
            TokenRule("duffel-token", "duffel_test_", .wide, 43...43),
            TokenRule("plaid-token", "access-production-", .url, 36...36),
            TokenRule("plaid-token", "access-sandbox-", .url, 36...36),
            TokenRule("plaid-token", "access-development-", .url, 36...36),
            TokenRule("lob-key", "live_pub_", .hex, 31...31),
            TokenRule("lob-key", "test_pub_", .hex, 31...31),
        ]

    private static let models: [TokenRule] = [
        TokenRule("anthropic-key", "sk-ant-", .url, 90...120, minEntropy: 4.6),
        TokenRule("openai-key", "sk-proj-", .url, 40...200),
        TokenRule("openai-key", "sk-svcacct-", .url, 40...200),
        TokenRule("openai-key", "sk-admin-", .url, 40...200),
        TokenRule("openrouter-key", "sk-or-v1-", .hex, 64...64),
        TokenRule("openai-key", "sk-", .alphanumeric, 40...64, minEntropy: 3.5),
        TokenRule("huggingface-token", "hf_", .alphanumeric, 34...40, minEntropy: 3.3),
        TokenRule("huggingface-token", "api_org_", .alphanumeric, 34...34, minEntropy: 3.3),
        TokenRule("perplexity-key", "pplx-", .alphanumeric, 48...48),
        TokenRule("groq-key", "gsk_", .alphanumeric, 40...60),
        TokenRule("replicate-token", "r8_", .alphanumeric, 37...40),
        TokenRule("xai-key", "xai-", .alphanumeric, 60...90),
    ]

    private static let services: [TokenRule] = [
        TokenRule("grafana-token", "glc_", .base64, 32...400, minEntropy: 3),
        TokenRule("grafana-token", "glsa_", .url, 41...41, minEntropy: 3),
        TokenRule("grafana-token", "eyJrIjoi", .base64, 60...400),
        TokenRule("adobe-secret", "p8e-", .alphanumeric, 32...32),
        TokenRule("mailgun-key", "key-", .hex, 32...32, minEntropy: 3),
        TokenRule("dropbox-token", "sl.", .wide, 130...1400, minEntropy: 4),
        TokenRule("yandex-key", "AQVN", .url, 35...38, minEntropy: 3.5),
        TokenRule("lob-key", "live_", .hex, 35...35, minEntropy: 3),
        TokenRule("lob-key", "test_", .hex, 35...35, minEntropy: 3),
        TokenRule("freemius-key", "sk_", .wide, 29...29, minEntropy: 3.5),
        TokenRule("newrelic-key", "NRAK-", .alphanumeric, 27...27),
        TokenRule("newrelic-key", "NRJS-", .alphanumeric, 19...19),
        TokenRule("newrelic-key", "NRII-", .wide, 32...32),
        TokenRule("notion-token", "ntn_", .alphanumeric, 46...46, minEntropy: 4),
        TokenRule("readme-key", "rdme_", .alphanumeric, 70...70),
        TokenRule("sendgrid-key", "SG.", .wide, 60...70),
        TokenRule("sendinblue-key", "xkeysib-", .url, 81...81),
        TokenRule("sentry-token", "sntrys_", .base64, 60...400),
        TokenRule("sentry-token", "sntryu_", .hex, 64...64),
        TokenRule("settlemint-token", "sm_aat_", .alphanumeric, 16...16),
        TokenRule("settlemint-token", "sm_pat_", .alphanumeric, 16...16),
        TokenRule("settlemint-token", "sm_sat_", .alphanumeric, 16...16),
        TokenRule("twilio-key", "SK", .hex, 32...32, minEntropy: 3),
        TokenRule("typeform-token", "tfp_", .wide, 59...59),
        TokenRule("mailgun-key", "pubkey-", .hex, 32...32),
        TokenRule("airtable-token", "pat", .wide, 79...79),
        TokenRule("frameio-token", "fio-u-", .wide, 64...64),
        TokenRule("defined-token", "dnkey-", .url, 26...100),
        TokenRule("endor-key", "endr+", .url, 16...16),
        TokenRule("age-key", "AGE-SECRET-KEY-1", .alphanumeric, 58...58),
        TokenRule("contentful-token", "CFPAT-", .url, 43...43),
        TokenRule("mapbox-token", "pk.eyJ", .wide, 60...300),
        TokenRule("mapbox-token", "sk.eyJ", .wide, 60...300),
        TokenRule("facebook-token", "EAAM", .alphanumeric, 80...400),
        TokenRule("facebook-token", "EAAC", .alphanumeric, 80...400),
    ]
}

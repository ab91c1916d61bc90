/// Prefixes of platforms that developers build on: their documentation of keys, like the others'.
extension TokenRules {
    static let platforms: [TokenRule] = sessions + hosting + payments + language + messaging

    /// Temporary credentials: the first bytes of a fixed structure in base64.
    private static let sessions: [TokenRule] = [
        TokenRule("aws-token", "IQoJb3JpZ2lu", .base64, 100...2048),
        TokenRule("aws-token", "FwoGZXIvYXdz", .base64, 100...2048),
        TokenRule("gcp-token", "4/0A", .url, 60...120, minEntropy: 3.6),
        TokenRule("okta-token", "SSWS ", .url, 40...44, minEntropy: 3.5),
        TokenRule("django-key", "django-insecure-", .printable, 30...60),
        TokenRule("wallet-key", "xprv", .alphanumeric, 107...107),
    ]

    private static let hosting: [TokenRule] =
        ["vcp_", "vci_", "vca_", "vcr_", "vck_"].map { TokenRule("vercel-token", $0, .alphanumeric, 50...70) }
        + ["hcaik_", "hcbik_", "hcamk_", "hcxik_", "hcxmk_", "hcalk_"].map {
            TokenRule("honeycomb-key", $0, .alphanumeric, 50...70)
        } + [
            TokenRule("neon-key", "napi_", .alphanumeric, 60...70),
            TokenRule("mongodb-key", "mdb_sa_sk_", .url, 30...60),
            TokenRule("buildkite-token", "bkua_", .hex, 40...40),
            TokenRule("circleci-token", "CCIPAT_", .url, 50...80),
            TokenRule("circleci-token", "CCIPRJ_", .url, 50...80),
            TokenRule("packagist-token", "packagist_", .url, 50...80, isMixed: true),
            TokenRule("deno-token", "ddp_", .alphanumeric, 36...36),
            TokenRule("e2b-key", "e2b_", .hex, 40...40),
            TokenRule("apify-token", "apify_api_", .alphanumeric, 30...46),
            TokenRule("gitlab-token", "glrtr-", .wide, 18...300),
            TokenRule("doppler-token", "dp.audit.", .wide, 40...60),
            TokenRule("doppler-token", "dp.scim.", .wide, 40...60),
            TokenRule("launchdarkly-key", "sdk-", .url, 36...36, minEntropy: 3, isMixed: true),
            TokenRule("launchdarkly-key", "mob-", .url, 36...36, minEntropy: 3, isMixed: true),
            TokenRule("statsig-key", "secret-", .alphanumeric, 40...50, minEntropy: 4, isMixed: true, minDigits: 2),
            TokenRule("inngest-key", "signkey-prod-", .hex, 64...64),
            TokenRule("inngest-key", "signkey-test-", .hex, 64...64),
            TokenRule("trigger-key", "tr_prod_", .alphanumeric, 20...24, minEntropy: 3.3),
            TokenRule("trigger-key", "tr_dev_", .alphanumeric, 20...24, minEntropy: 3.3),
            TokenRule("unkey-key", "unkey_", .alphanumeric, 16...30, minEntropy: 3, isMixed: true, minDigits: 1),
            TokenRule("rootly-token", "rootly_", .hex, 64...64),
        ]

    private static let payments: [TokenRule] = [
        TokenRule("razorpay-key", "rzp_live_", .alphanumeric, 14...14),
        TokenRule("razorpay-key", "rzp_test_", .alphanumeric, 14...14),
        TokenRule("xendit-key", "xnd_production_", .alphanumeric, 40...80),
        TokenRule("xendit-key", "xnd_development_", .alphanumeric, 40...80),
        TokenRule("midtrans-key", "Mid-server-", .url, 20...32),
        TokenRule("paddle-key", "pdl_live_apikey_", .url, 40...60),
        TokenRule("paddle-key", "pdl_sdbx_apikey_", .url, 40...60),
        TokenRule("polar-token", "polar_oat_", .alphanumeric, 40...50),
        TokenRule("mollie-key", "live_", .alphanumeric, 30...30, minEntropy: 3.5, isMixed: true, minDigits: 2),
        TokenRule("mollie-key", "test_", .alphanumeric, 30...30, minEntropy: 3.5, isMixed: true, minDigits: 2),
    ]

    /// Keys of language models and of what is built around them.
    private static let language: [TokenRule] = [
        TokenRule("model-key", "sk-", .alphanumeric, 32...39, minEntropy: 3, isMixed: true),
        TokenRule("elevenlabs-key", "sk_", .hex, 48...48),
        TokenRule("fireworks-key", "fw_", .alphanumeric, 22...26, minEntropy: 3.5, isMixed: true, minDigits: 2),
        TokenRule("voyage-key", "pa-", .url, 43...43, minEntropy: 4, isMixed: true, minDigits: 2),
        TokenRule("firecrawl-key", "fc-", .hex, 32...32, minEntropy: 3),
        TokenRule("wandb-key", "wandb_v1_", .wide, 40...120),
    ]

    private static let messaging: [TokenRule] = [
        TokenRule("facebook-token", "EAA", .alphanumeric, 100...400, minEntropy: 4),
        TokenRule("instagram-token", "IGQV", .wide, 100...300),
        TokenRule("instagram-token", "IGAA", .wide, 100...300),
        TokenRule("linkedin-secret", "WPL_AP1.", .wide, 16...40),
        TokenRule("twitter-token", "AAAAAAAAAAAAAAAAAAAAA", .wide, 60...200, minEntropy: 3.5),
        TokenRule("hubspot-token", "pat-na2-", .url, 36...36),
        TokenRule("hubspot-token", "pat-ap1-", .url, 36...36),
        TokenRule("notion-token", "secret_", .alphanumeric, 43...43, minEntropy: 4, isMixed: true, minDigits: 2),
        TokenRule("intercom-token", "dG9rO", .base64, 50...80, minEntropy: 4),
        TokenRule("clickup-token", "pk_", .url, 38...42, minEntropy: 3.5, isMixed: true),
        TokenRule("mandrill-key", "md-", .url, 22...22, minEntropy: 3.8, isMixed: true, minDigits: 2),
        TokenRule("webhook", "hooks.zapier.com/hooks/catch/", .webhook, 10...40),
        TokenRule("webhook", "open.feishu.cn/open-apis/bot/v2/hook/", .url, 36...36),
        TokenRule("webhook", "open.larksuite.com/open-apis/bot/v2/hook/", .url, 36...36),
        TokenRule("webhook", "webhook/send?key=", .url, 36...36),
    ]
}

#!/usr/bin/env python3
"""Makes a labelled set of secrets and look-alikes for `appliance evaluate redact`.

    redaction_corpus.py [--seed N] [--each 3] > FILE.jsonl
    redaction_score.py FILE.jsonl -- appliance evaluate redact

Token formats follow the providers' public documentation, contexts follow the tools that write them. Every
value is drawn at random from the seed: nothing here was ever live. A line is {"id", "rule", "label", "text"} and, for a
secret, "secret"; the label is "secret" or "negative". Secrets and look-alikes were written before the redactor was
run on them (those from "aws-session" on after a first run), and a family that fails stays in.
"""
import argparse
import base64
import json
import random
import string
import urllib.parse

parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("--seed", type=int, default=20261121)
parser.add_argument("--each", type=int, default=3, help="texts of each family")
arguments = parser.parse_args()
rng = random.Random(arguments.seed)

ALNUM = string.ascii_letters + string.digits
LOWER = string.ascii_lowercase + string.digits
UPPER = string.ascii_uppercase + string.digits
HEX = "0123456789abcdef"
URL = ALNUM + "-_"
B64 = ALNUM + "+/"
DIGITS = string.digits
WORDS = "amber birch cobalt delta ember falcon granite harbor indigo jasper kestrel lagoon meadow nectar orchid".split()


def draw(alphabet, length):
    return "".join(rng.choice(alphabet) for _ in range(length))


def b64(length, pad=""):
    return draw(B64, length) + pad


def uuid():
    return "-".join(draw(HEX, n) for n in (8, 4, 4, 4, 12))


def password():
    """What people and password managers choose."""
    kind = rng.randrange(6)
    if kind == 0:
        return rng.choice(WORDS) + draw(DIGITS, rng.randint(1, 4)) + rng.choice(["", "!", "#", "@"])
    if kind == 1:
        return rng.choice(WORDS).title() + rng.choice("!#$*_-.") + draw(DIGITS, 3)
    if kind == 2:
        return draw(ALNUM, rng.randint(8, 20))
    if kind == 3:
        return draw(ALNUM + "!#$%^*_-.", 14) + draw(ALNUM, 2)
    if kind == 4:
        return "-".join(rng.sample(WORDS, 3))
    return rng.choice(WORDS) + rng.choice(WORDS).title() + draw(DIGITS, 2)


def plain_password():
    """Without punctuation that some syntax would end at."""
    return rng.choice(WORDS).title() + draw(ALNUM, rng.randint(4, 10)) + draw(DIGITS, 1)


def b64text(text):
    return base64.b64encode(text.encode()).decode()


def jwt():
    head = b64text('{"alg":"RS256","typ":"JWT","kid":"%s"}' % draw(HEX, 8)).rstrip("=")
    body = b64text('{"sub":"%s","iat":17%s,"roles":["a"]}' % (draw(DIGITS, 10), draw(DIGITS, 8))).rstrip("=")
    return f"{head}.{body}.{draw(URL, 43)}"


def pem_body(lines=6, width=64):
    return "\n".join([b64(width) for _ in range(lines)] + [b64(rng.randint(20, 60))])


def luhn(prefix, length):
    digits = prefix + draw(DIGITS, length - len(prefix) - 1)
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return digits + str(-total % 10)


def resident(checked):
    year, month, day = rng.randint(50, 99), rng.randint(1, 12), rng.randint(1, 28)
    digits = f"{year:02}{month:02}{day:02}{rng.randint(1, 2)}{draw(DIGITS, 5)}"
    if checked:
        total = sum(int(d) * w for d, w in zip(digits, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]))
        return digits + str((11 - total % 11) % 10)
    young = f"2{rng.randint(1, 5)}{month:02}{day:02}{rng.randint(3, 4)}{draw(DIGITS, 6)}"
    return young


# Tokens that show by themselves what they are: name -> value.
TOKENS = {
    "aws-access-key": lambda: rng.choice(["AKIA", "ASIA"]) + draw(string.ascii_uppercase + "234567", 16),
    "gcp-api-key": lambda: "AIzaSy" + draw(URL, 33),
    "gcp-oauth": lambda: "ya29.a0" + draw(URL, 150),
    "gcp-refresh": lambda: "1//0" + draw(ALNUM, 1) + draw(URL, 90),
    "gcp-client-secret": lambda: "GOCSPX-" + draw(URL, 28),
    "azure-client-secret": lambda: draw(ALNUM, 3) + "8Q~" + draw(ALNUM + "_.-", 34),
    "azure-devops": lambda: draw(ALNUM, 76) + "AZDO" + draw(ALNUM, 4),
    "azure-storage": lambda: "AccountKey=" + b64(86, "=="),
    "azure-eventhub": lambda: "SharedAccessKey=" + b64(43, "="),
    "github-pat": lambda: rng.choice(["ghp_", "gho_", "ghu_", "ghs_"]) + draw(ALNUM, 36),
    "github-fine": lambda: "github_pat_" + draw(ALNUM, 22) + "_" + draw(ALNUM, 59),
    "gitlab-pat": lambda: rng.choice(["glpat-", "gldt-", "glrt-", "glft-"]) + draw(URL, 20),
    "gitlab-routable": lambda: "glpat-" + draw(URL, 27) + ".01." + draw(LOWER, 9),
    "bitbucket-app": lambda: "ATBB" + draw(ALNUM, 32),
    "atlassian": lambda: "ATATT3xFfGF0" + draw(URL, 170) + "=" + draw(UPPER, 8),
    "slack-bot": lambda: f"xoxb-{draw(DIGITS, 12)}-{draw(DIGITS, 13)}-{draw(ALNUM, 24)}",
    "slack-user": lambda: f"xoxp-{draw(DIGITS, 12)}-{draw(DIGITS, 12)}-{draw(DIGITS, 13)}-{draw(HEX, 32)}",
    "slack-app": lambda: f"xapp-1-A{draw(UPPER, 10)}-{draw(DIGITS, 13)}-{draw(HEX, 64)}",
    "slack-hook": lambda: f"https://hooks.slack.com/services/T{draw(UPPER, 10)}/B{draw(UPPER, 10)}/{draw(ALNUM, 24)}",
    "discord-hook": lambda: f"https://discord.com/api/webhooks/{draw(DIGITS, 19)}/{draw(URL, 68)}",
    "discord-bot": lambda: b64text(draw(DIGITS, 18)) + "." + draw(URL, 6) + "." + draw(URL, 38),
    "teams-hook": lambda: f"https://acme.webhook.office.com/webhookb2/{uuid()}@{uuid()}/IncomingWebhook/{draw(HEX, 32)}/{uuid()}",
    "stripe": lambda: rng.choice(["sk_live_", "rk_live_", "sk_test_"]) + draw(ALNUM, rng.choice([24, 99])),
    "stripe-hook": lambda: "whsec_" + draw(ALNUM, 32),
    "twilio-key": lambda: "SK" + draw(HEX, 32),
    "sendgrid": lambda: "SG." + draw(URL, 22) + "." + draw(URL, 43),
    "mailgun": lambda: "key-" + draw(HEX, 32),
    "mailchimp": lambda: draw(HEX, 32) + "-us" + str(rng.randint(1, 21)),
    "brevo": lambda: "xkeysib-" + draw(HEX, 64) + "-" + draw(ALNUM, 16),
    "npm": lambda: "npm_" + draw(ALNUM, 36),
    "pypi": lambda: "pypi-AgEIcHlwaS5vcmc" + draw(URL, 160),
    "rubygems": lambda: "rubygems_" + draw(HEX, 48),
    "crates": lambda: "cio" + draw(ALNUM, 32),
    "docker-pat": lambda: "dckr_pat_" + draw(URL, 27),
    "digitalocean": lambda: "dop_v1_" + draw(HEX, 64),
    "vault": lambda: "hvs." + draw(URL, 95),
    "vault-short": lambda: "hvs." + draw(ALNUM, 24),
    "vault-batch": lambda: "hvb." + draw(URL, 150),
    "terraform": lambda: draw(ALNUM, 14) + ".atlasv1." + draw(ALNUM, 67),
    "consul-acl-header": lambda: "X-Consul-Token: " + uuid(),
    "databricks": lambda: "dapi" + draw(HEX, 32),
    "heroku": lambda: "HRKU-AA" + draw(URL, 58),
    "telegram": lambda: draw(DIGITS, 10) + ":AA" + draw(URL, 33),
    "openai": lambda: "sk-proj-" + draw(URL, 74) + "T3BlbkFJ" + draw(URL, 74),
    "openai-old": lambda: "sk-" + draw(ALNUM, 20) + "T3BlbkFJ" + draw(ALNUM, 20),
    "anthropic": lambda: "sk-ant-api03-" + draw(URL, 93) + "AA",
    "huggingface": lambda: "hf_" + draw(string.ascii_letters, 34),
    "groq": lambda: "gsk_" + draw(ALNUM, 52),
    "replicate": lambda: "r8_" + draw(ALNUM, 37),
    "perplexity": lambda: "pplx-" + draw(ALNUM, 48),
    "langsmith": lambda: "lsv2_pt_" + draw(HEX, 32) + "_" + draw(HEX, 10),
    "pinecone": lambda: "pcsk_" + draw(ALNUM, 6) + "_" + draw(ALNUM, 63),
    "toss": lambda: rng.choice(["live_sk_", "test_sk_", "live_gsk_", "test_gsk_"]) + draw(ALNUM, 28),
    "shopify": lambda: "shpat_" + draw(HEX, 32),
    "square": lambda: "EAAA" + draw(URL, 60),
    "square-oauth": lambda: "sq0csp-" + draw(URL, 43),
    "paypal-braintree": lambda: f"access_token$production${draw(LOWER, 16)}${draw(HEX, 32)}",
    "newrelic": lambda: "NRAK-" + draw(UPPER, 27),
    "newrelic-license": lambda: draw(HEX, 36) + "NRAL",
    "grafana": lambda: "glsa_" + draw(ALNUM, 32) + "_" + draw(HEX, 8),
    "sentry": lambda: "sntryu_" + draw(HEX, 64),
    "sentry-org": lambda: "sntrys_" + b64(90) + "_" + b64(43),
    "linear": lambda: "lin_api_" + draw(ALNUM, 40),
    "notion": lambda: "ntn_" + draw(DIGITS, 11) + draw(ALNUM, 35),
    "figma": lambda: "figd_" + draw(URL, 40),
    "airtable": lambda: "pat" + draw(ALNUM, 14) + "." + draw(HEX, 64),
    "dropbox": lambda: "sl." + draw(URL, 140),
    "cloudflare-ca": lambda: "v1.0-" + draw(HEX, 24) + "-" + draw(HEX, 146),
    "pulumi": lambda: "pul-" + draw(HEX, 40),
    "doppler": lambda: "dp.pt." + draw(ALNUM, 43),
    "onepassword": lambda: "ops_eyJ" + draw(ALNUM, 260),
    "onepassword-key": lambda: "A3-" + "-".join(draw(UPPER, n) for n in (6, 6, 5, 5, 5, 5)),
    "tailscale": lambda: "tskey-auth-" + draw(ALNUM, 17) + "-" + draw(ALNUM, 32),
    "planetscale": lambda: "pscale_tkn_" + draw(URL, 43),
    "supabase": lambda: "sbp_" + draw(HEX, 40),
    "vercel-blob": lambda: "vercel_blob_rw_" + draw(ALNUM, 16) + "_" + draw(ALNUM, 30),
    "okta-ssws": lambda: "Authorization: SSWS 00" + draw(URL, 40),
    "facebook": lambda: "EAAC" + draw(ALNUM, 160),
    "facebook-app": lambda: draw("123456789", 1) + draw(DIGITS, 15) + "|" + draw(URL, 27),
    "line": lambda: b64(86) + draw(ALNUM, 76) + "dB04t89/1O/w1cDnyilFU=",
    "jwt": jwt,
    "age": lambda: "AGE-SECRET-KEY-1" + draw("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58),
    "authress": lambda: "sc_" + draw(LOWER, 12) + "." + draw(LOWER, 4) + ".acc-" + draw(LOWER, 16) + "." + draw(ALNUM, 48),
    "k8s-service-account": jwt,
    "openshift": lambda: "sha256~" + draw(URL, 43),
    "bcrypt": lambda: "$2b$12$" + draw(ALNUM + "./", 53),
    "shadow": lambda: "$6$" + draw(ALNUM + "./", 16) + "$" + draw(ALNUM + "./", 86),
    "apr1": lambda: "$apr1$" + draw(ALNUM + "./", 8) + "$" + draw(ALNUM + "./", 22),
    "argon2": lambda: "$argon2id$v=19$m=65536,t=3,p=4$" + b64(22) + "$" + b64(43),
    "ssha": lambda: "{SSHA}" + b64(32),
    "aws-session": lambda: "IQoJb3JpZ2luX2Vj" + draw(B64, 300),
    "azure-ai": lambda: draw(ALNUM, 52) + "JQQJ99" + draw(ALNUM, 26),
    "azure-storage-key": lambda: draw(B64, 76) + "+ASt" + draw(B64, 6) + "==",
    "azure-search": lambda: draw(ALNUM, 42) + "AzSe" + draw(ALNUM, 6),
    "fcm": lambda: "AAAA" + draw(URL, 7) + ":APA91b" + draw(URL, 134),
    "deepseek": lambda: "sk-" + draw(HEX, 32),
    "elevenlabs": lambda: "sk_" + draw(HEX, 48),
    "fireworks": lambda: "fw_" + draw(ALNUM, 24),
    "voyage": lambda: "pa-" + draw(URL, 43),
    "firecrawl": lambda: "fc-" + draw(HEX, 32),
    "apify": lambda: "apify_api_" + draw(ALNUM, 36),
    "honeycomb": lambda: "hcaik_" + draw(LOWER, 58),
    "neon": lambda: "napi_" + draw(LOWER, 64),
    "mongodb-atlas": lambda: "mdb_sa_sk_" + draw(URL, 40),
    "buildkite": lambda: "bkua_" + draw(HEX, 40),
    "circleci": lambda: "CCIPAT_" + draw(ALNUM, 22) + "_" + draw(HEX, 40),
    "vercel": lambda: "vcp_" + draw(ALNUM, 56),
    "deno": lambda: "ddp_" + draw(ALNUM, 36),
    "razorpay": lambda: "rzp_live_" + draw(ALNUM, 14),
    "xendit": lambda: "xnd_production_" + draw(ALNUM, 60),
    "midtrans": lambda: "Mid-server-" + draw(URL, 24),
    "mollie": lambda: "live_" + draw(ALNUM, 30),
    "clickup": lambda: "pk_" + draw(DIGITS, 8) + "_" + draw(UPPER, 32),
    "salesforce": lambda: "00D" + draw(ALNUM, 12) + "!AQ" + draw(ALNUM + "._", 93) + "x",
    "notion-old": lambda: "secret_" + draw(ALNUM, 43),
    "hubspot-na2": lambda: "pat-na2-" + uuid(),
    "launchdarkly": lambda: "sdk-" + uuid(),
    "facebook": lambda: "EAAG" + draw(ALNUM, 170),
    "zapier-hook": lambda: f"https://hooks.zapier.com/hooks/catch/{draw(DIGITS, 7)}/{draw(LOWER, 7)}",
    "feishu-hook": lambda: f"https://open.feishu.cn/open-apis/bot/v2/hook/{uuid()}",
    "discord-bot-new": lambda: b64text(draw("123456789", 1) + draw(DIGITS, 17)) + ".G" + draw(URL, 5) + "." + draw(URL, 37) + "x",
    "werkzeug-hash": lambda: "pbkdf2:sha256:600000$" + draw(ALNUM, 16) + "$" + draw(HEX, 64),
    "scrypt-hash": lambda: "scrypt:32768:8:1$" + draw(ALNUM, 16) + "$" + draw(HEX, 128),
    "scram-hash": lambda: f"SCRAM-SHA-256$4096:{b64(22, '==')}${b64(43, '=')}:{b64(43, '=')}",
    "phpass-hash": lambda: "$P$B" + draw(ALNUM + "./", 30),
}

# Where such a token stands.
TOKEN_PLACES = [
    lambda v: f"2026-11-21T03:04:05Z ERROR auth: rejected {v}",
    lambda v: f"export SERVICE_TOKEN={v}",
    lambda v: f"token: \"{v}\"",
    lambda v: json.dumps({"level": "error", "msg": "login failed", "credentials": {"value": v}}),
    lambda v: json.dumps({"body": json.dumps({"access": v})}),
    lambda v: f"ValueError: invalid key '{v}' for project 12",
    lambda v: f"GET /v1/items?page=2&k={v} HTTP/1.1",
    lambda v: f"<property name=\"k\" value=\"{v}\"/>",
    lambda v: f"level=warn k={v} retry=3",
    lambda v: f"(see {v}, which expired)",
    lambda v: f"[{v}]",
    lambda v: f"thread 'main' panicked: Unauthorized(\"{v}\")",
    lambda v: f"\x1b[31mdenied\x1b[0m \x1b[1m{v}\x1b[0m",
    lambda v: f"last line of the file ends with {v}",
    lambda v: f"토큰 {v} 만료됨",
]

# Names that say a value is secret, with the value they have.
NAMED = {
    "aws-secret": ("aws_secret_access_key", lambda: b64(40)),
    "aws-session": ("AWS_SESSION_TOKEN", lambda: "IQoJb3JpZ2luX2Vj" + b64(300, "=")),
    "twilio-auth": ("TWILIO_AUTH_TOKEN", lambda: draw(HEX, 32)),
    "heroku-uuid": ("HEROKU_API_KEY", uuid),
    "kakao": ("KAKAO_REST_API_KEY", lambda: draw(HEX, 32)),
    "kakao-admin": ("kakao.admin-key", lambda: draw(HEX, 32)),
    "naver": ("NAVER_CLIENT_SECRET", lambda: draw(URL, 10)),
    "ncp": ("NCP_SECRET_KEY", lambda: draw(ALNUM, 40)),
    "nhn": ("nhn.secretKey", lambda: draw(ALNUM, 8)),
    "portone": ("imp_secret", lambda: draw(HEX, 80)),
    "kis": ("appsecret", lambda: b64(179, "=")),
    "datadog": ("DD_API_KEY", lambda: draw(HEX, 32)),
    "rails": ("secret_key_base", lambda: draw(HEX, 128)),
    "django": ("SECRET_KEY", lambda: "django-insecure-" + draw(LOWER + "!@$%^*(-_=+)", 34).replace("(", "k").replace(")", "m")),
    "laravel": ("APP_KEY", lambda: "base64:" + b64(43, "=")),
    "session-secret": ("SESSION_SECRET", lambda: draw(ALNUM, 32)),
    "jwt-secret": ("jwt.secret", lambda: draw(ALNUM, 24)),
    "hmac": ("hmac_key", lambda: draw(HEX, 64)),
    "encryption-key": ("ENCRYPTION_KEY", lambda: draw(HEX, 64)),
    "refresh-token": ("refresh_token", lambda: draw(URL, 48)),
    "access-token": ("accessToken", lambda: draw(URL, 40)),
    "client-secret": ("clientSecret", lambda: draw(URL, 36)),
    "api-key": ("x-api-key", lambda: draw(ALNUM, 32)),
    "api-key-uuid": ("api_key", uuid),
    "signing": ("signing_secret", lambda: draw(HEX, 32)),
    "webhook": ("WEBHOOK_SECRET", lambda: draw(ALNUM, 20)),
    "master-key": ("RAILS_MASTER_KEY", lambda: draw(HEX, 32)),
    "service-key": ("serviceKey", lambda: urllib.parse.quote(b64(86, "=="), safe="")),
    "wireguard": ("PrivateKey", lambda: b64(43, "=")),
    "preshared": ("PresharedKey", lambda: b64(43, "=")),
    "snmp": ("snmp_community_secret", plain_password),
    "ocp": ("Ocp-Apim-Subscription-Key", lambda: draw(HEX, 32)),
    "csrf": ("csrf_token", lambda: draw(ALNUM, 64)),
}

PASSWORD_NAMES = [
    "password", "DB_PASSWORD", "spring.datasource.password", "passwd", "user_password", "rootPassword", "keyStorePassword",
    "REDIS_PASS", "bindpw", "ldap.bind.password", "MYSQL_PWD", "PGPASSWORD", "passphrase", "ansible_become_pass",
    "smtp_pass", "admin-password", "encryptedPassword", "비밀번호", "login_pwd", "pass",
]

ASSIGNMENTS = [
    lambda n, v: f"{n}={v}",
    lambda n, v: f"export {n}=\"{v}\"",
    lambda n, v: f"{n}: {v}",
    lambda n, v: f"  {n}: '{v}'",
    lambda n, v: json.dumps({n: v}),
    lambda n, v: json.dumps({"request": json.dumps({"user": "kim", n: v})}),
    lambda n, v: f"{n} = \"{v}\"",
    lambda n, v: f"<{n}>{v}</{n}>",
    lambda n, v: f"'{n}' => '{v}',",
    lambda n, v: f"config: {{'host': 'db1', '{n}': '{v}', 'port': 5432}}",
    lambda n, v: f"level=error msg=\"connect failed\" {n}={v} host=db1",
    lambda n, v: f"User(name=kim, {n}={v}, active=true)",
    lambda n, v: f"Config {{ host: \"db1\", {n}: \"{v}\" }}",
    lambda n, v: json.dumps({"name": n, "value": v}),
    lambda n, v: json.dumps({"Env": ["PATH=/usr/bin", f"{n}={v}"]}),
    lambda n, v: f"<property name=\"{n}\" value=\"{v}\"/>",
    lambda n, v: f"[\"--{n}\", \"{v}\"]",
    lambda n, v: f"java -D{n}={v} -jar app.jar",
]


def form(name, value):
    return f"POST /login body: user=kim&{name}={urllib.parse.quote(value, safe='')}&next=%2F", urllib.parse.quote(value, safe="")


positives = []
negatives = []


def secret(rule, text, value):
    assert value in text, (rule, text, value)
    positives.append((rule, text, value))


def negative(rule, text):
    negatives.append((rule, text))


def in_place(place, value):
    """A place may escape the value; the escaped form is then what must not be left."""
    text = place(value)
    for form in (value, json.dumps(value)[1:-1], json.dumps(json.dumps(value)[1:-1])[1:-1]):
        if form in text:
            return text, form
    raise AssertionError(text)


for rule, make in TOKENS.items():
    for place in rng.sample(TOKEN_PLACES, arguments.each):
        text, value = in_place(place, make())
        secret(rule, text, value)

for rule, (name, make) in NAMED.items():
    for place in rng.sample(ASSIGNMENTS, arguments.each):
        value = make()
        text, value = in_place(lambda v: place(name, v), value)
        secret("named-" + rule, text, value)

for name in PASSWORD_NAMES:
    for place in rng.sample(ASSIGNMENTS, arguments.each):
        value = password() if "\"" in place("n", "v") or "'" in place("n", "v") else plain_password()
        text, value = in_place(lambda v: place(name, v), value)
        secret("password-assignment", text, value)
    text, value = form(name, password())
    secret("password-form", text, value)

# What one tool or protocol writes.
PLACES = {
    "url-postgres": (plain_password, lambda v: f"dial postgres://app:{v}@db1.internal:5432/orders?sslmode=disable: refused"),
    "url-mongo": (plain_password, lambda v: f"mongodb+srv://root:{v}@cluster0.abcde.mongodb.net/admin"),
    "url-redis": (plain_password, lambda v: f"redis://:{v}@10.0.0.4:6379/0 timed out"),
    "url-amqp": (plain_password, lambda v: f"amqps://svc:{v}@mq-1:5671/%2Fprod"),
    "url-git": (lambda: draw(ALNUM, 40), lambda v: f"fatal: Authentication failed for 'https://{v}@git.acme.io/x.git/'"),
    "url-git-x": (lambda: draw(ALNUM, 40), lambda v: f"git clone https://x-access-token:{v}@github.example/acme/x"),
    "url-encoded-password": (lambda: draw(ALNUM, 6) + "%40" + draw(ALNUM, 5), lambda v: f"mysql://root:{v}@db:3306/x"),
    "url-query": (lambda: draw(ALNUM, 32), lambda v: f"GET https://maps.example/v1?q=seoul&api_key={v}&l=ko 403"),
    "url-fragment": (lambda: draw(URL, 40), lambda v: f"redirect https://app.example/cb#access_token={v}&state=x"),
    "jdbc-mysql": (plain_password, lambda v: f"jdbc:mysql://db:3306/shop?user=app&password={v}&useSSL=false"),
    "jdbc-sqlserver": (plain_password, lambda v: f"jdbc:sqlserver://db:1433;databaseName=x;user=sa;password={v};encrypt=true"),
    "jdbc-oracle": (plain_password, lambda v: f"jdbc:oracle:thin:scott/{v}@//db:1521/ORCL"),
    "odbc": (plain_password, lambda v: f"Driver={{ODBC Driver 17}};Server=db;Uid=sa;Pwd={v};Encrypt=yes"),
    "ado": (plain_password, lambda v: f"Data Source=db;Initial Catalog=x;User ID=sa;Password={v};Pooling=true"),
    "mysql-p": (plain_password, lambda v: f"+ mysql -h db1 -u root -p{v} shop"),
    "mysqldump": (plain_password, lambda v: f"mysqldump --user=root --password={v} shop failed with 2"),
    "psql-dsn": (plain_password, lambda v: f"host=db1 port=5432 user=app password={v} dbname=x"),
    "sqlplus": (plain_password, lambda v: f"sqlplus scott/{v}@ORCL @load.sql"),
    "redis-cli": (plain_password, lambda v: f"redis-cli -h cache -a {v} ping"),
    "redis-requirepass": (plain_password, lambda v: f"requirepass {v}"),
    "sql-identified": (password, lambda v: f"ERROR 1396: CREATE USER 'app'@'%' IDENTIFIED BY '{v}'"),
    "sql-password": (password, lambda v: f"STATEMENT:  ALTER ROLE app WITH LOGIN PASSWORD '{v}';"),
    "sql-set": (password, lambda v: f"SET PASSWORD FOR 'app'@'%' = PASSWORD('{v}')"),
    "netrc": (plain_password, lambda v: f"machine git.acme.io login kim password {v}"),
    "pgpass": (plain_password, lambda v: f"db1.internal:5432:orders:app:{v}"),
    "sshpass": (plain_password, lambda v: f"+ sshpass -p {v} ssh deploy@10.0.0.9 uptime"),
    "mount": (plain_password, lambda v: f"mount -t cifs //nas/x /mnt -o username=kim,password={v},vers=3.0"),
    "openssl": (plain_password, lambda v: f"openssl pkcs12 -in a.p12 -passin pass:{v} -nodes"),
    "keytool": (plain_password, lambda v: f"keytool -list -keystore a.jks -storepass {v}"),
    "curl-u": (plain_password, lambda v: f"curl -sS -u kim:{v} https://repo.acme.io/a.zip"),
    "curl-user": (plain_password, lambda v: f"curl --user 'kim:{v}' https://repo.acme.io/a.zip"),
    "wget": (plain_password, lambda v: f"wget --http-user=kim --http-password={v} https://repo.acme.io"),
    "docker-login": (plain_password, lambda v: f"docker login -u kim -p {v} registry.acme.io"),
    "option-password": (plain_password, lambda v: f"run: app --user kim --password {v} --verbose"),
    "option-token": (lambda: draw(ALNUM, 40), lambda v: f"sonar-scanner --token {v} -X"),
    "kubectl-literal": (plain_password, lambda v: f"kubectl create secret generic db --from-literal=password={v}"),
    "helm-set": (plain_password, lambda v: f"helm upgrade db bitnami/postgresql --set auth.postgresPassword={v}"),
    "ldapsearch": (plain_password, lambda v: f"ldapsearch -x -D cn=admin,dc=acme -w {v} -b dc=acme"),
    "snmp": (plain_password, lambda v: f"snmpwalk -v3 -u ops -A {v} -l authNoPriv 10.0.0.1"),
    "smbclient": (plain_password, lambda v: f"smbclient //nas/x -U kim%{v} -c ls"),
    "docker-auth": (lambda: b64text("kim:" + draw(ALNUM, 16)), lambda v: json.dumps({"auths": {"registry.acme.io": {"auth": v}}})),
    "npmrc-token": (lambda: draw(ALNUM, 36), lambda v: f"//npm.acme.io/:_authToken={v}"),
    "npmrc-auth": (lambda: b64text("kim:" + draw(ALNUM, 16)), lambda v: f"_auth={v}"),
    "kubeconfig-key": (lambda: b64text("-----BEGIN RSA PRIVATE KEY-----\n" + pem_body(3)), lambda v: f"    client-key-data: {v}"),
    "kubeconfig-token": (lambda: draw(LOWER, 6) + "." + draw(LOWER, 16), lambda v: f"  user:\n    token: {v}\n"),
    "k8s-secret": (lambda: b64text(draw(ALNUM, 18)), lambda v: f"apiVersion: v1\nkind: Secret\ntype: Opaque\ndata:\n  db-key: {v}\n"),
    "gcp-account-json": (lambda: pem_body(4).replace("\n", "\\n"), lambda v: '{"type": "service_account", "private_key": "-----BEGIN PRIVATE KEY-----\\n' + v + '\\n-----END PRIVATE KEY-----\\n"}'),
    "gcp-key-id": (lambda: draw(HEX, 40), lambda v: json.dumps({"type": "service_account", "private_key_id": v})),
    "aws-presigned": (lambda: draw(HEX, 64), lambda v: f"GET https://b.s3.amazonaws.com/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=300&X-Amz-Signature={v} 403"),
    "aws-v2-signature": (lambda: urllib.parse.quote(b64(27, "="), safe=""), lambda v: f"https://b.s3.amazonaws.com/k?AWSAccessKeyId=AKIA{draw(UPPER, 16)}&Expires=1766&Signature={v}"),
    "aws4-header": (lambda: draw(HEX, 64), lambda v: f"Authorization: AWS4-HMAC-SHA256 Credential=AKIA{draw('ABCDEFGH234567', 16)}/20261121/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature={v}"),
    "gcs-signed": (lambda: draw(HEX, 256), lambda v: f"https://storage.googleapis.com/b/k?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Signature={v}"),
    "azure-sas": (lambda: urllib.parse.quote(b64(43, "="), safe=""), lambda v: f"https://acme.blob.core.windows.net/c/b?sv=2024-08-04&se=2026-12-01&sr=b&sp=r&sig={v}"),
    "azure-function": (lambda: draw(URL, 54) + "==", lambda v: f"POST https://acme.azurewebsites.net/api/run?code={v} 401"),
    "basic-header": (lambda: b64text("kim:" + draw(ALNUM, 12)), lambda v: f"Authorization: Basic {v}"),
    "bearer-header": (lambda: draw(URL, 44), lambda v: f"> Authorization: Bearer {v}\n> Accept: */*"),
    "bearer-opaque": (lambda: draw(ALNUM, 24), lambda v: f"{{'Authorization': 'Bearer {v}', 'Accept': '*/*'}}"),
    "go-header-map": (lambda: draw(URL, 40), lambda v: f"headers map[Accept:[*/*] Authorization:[Bearer {v}]]"),
    "java-header-map": (lambda: draw(URL, 40), lambda v: f"HttpHeaders {{Authorization=[Bearer {v}], Accept=[*/*]}}"),
    "proxy-header": (lambda: b64text("kim:" + draw(ALNUM, 12)), lambda v: f"Proxy-Authorization: Basic {v}"),
    "digest-header": (lambda: draw(HEX, 32), lambda v: f'Authorization: Digest username="kim", realm="acme", nonce="{draw(HEX, 16)}", uri="/", response="{v}"'),
    "negotiate-header": (lambda: "YII" + b64(400, "=="), lambda v: f"Authorization: Negotiate {v}"),
    "kakao-header": (lambda: draw(HEX, 32), lambda v: f"Authorization: KakaoAK {v}"),
    "naver-header": (lambda: draw(ALNUM, 10), lambda v: f"X-Naver-Client-Secret: {v}"),
    "ncp-header": (lambda: draw(ALNUM, 40), lambda v: f"X-NCP-APIGW-API-KEY: {v}"),
    "gitlab-header": (lambda: draw(ALNUM, 20), lambda v: f"PRIVATE-TOKEN: {v}"),
    "vault-header": (lambda: "s." + draw(ALNUM, 24), lambda v: f"X-Vault-Token: {v}"),
    "custom-auth-header": (lambda: draw(URL, 36), lambda v: f"curl -H 'X-Auth-Token: {v}' http://svc"),
    "cookie-header": (lambda: draw(ALNUM, 32), lambda v: f"Cookie: lang=ko; JSESSIONID={v}; theme=dark"),
    "set-cookie": (lambda: "s%3A" + draw(URL, 32) + "." + draw(ALNUM, 43), lambda v: f"Set-Cookie: connect.sid={v}; Path=/; HttpOnly"),
    "set-cookie-json": (lambda: draw(URL, 60), lambda v: json.dumps({"set-cookie": [f"session={v}; Path=/; Secure"]})),
    "cookie-python": (lambda: draw(LOWER, 32), lambda v: f"cookies={{'sessionid': '{v}', 'lang': 'ko'}}"),
    "cookie-aspnet": (lambda: "CfDJ8" + draw(URL, 140), lambda v: f"cookie: .AspNetCore.Session={v}"),
    "session-id": (lambda: draw(HEX, 32), lambda v: f"PHPSESSID={v} not found in store"),
    "saml": (lambda: "PHNhbWxwOlJlc3BvbnNl" + b64(300), lambda v: f"POST /acs SAMLResponse={v}&RelayState=x"),
    "oauth-code": (lambda: "4/0A" + draw(URL, 70), lambda v: f"GET /oauth/callback?code={v}&state=abc&scope=email 500"),
    "oauth-code-verifier": (lambda: draw(URL, 43), lambda v: f"code_verifier={v}&grant_type=authorization_code"),
    "client-assertion": (jwt, lambda v: f"client_assertion={v}&client_id=x"),
    "pem-rsa": (lambda: pem_body(8), lambda v: f"-----BEGIN RSA PRIVATE KEY-----\n{v}\n-----END RSA PRIVATE KEY-----"),
    "pem-openssh": (lambda: pem_body(6, 70), lambda v: f"key:\n-----BEGIN OPENSSH PRIVATE KEY-----\n{v}\n-----END OPENSSH PRIVATE KEY-----\nok"),
    "pem-encrypted": (lambda: pem_body(6), lambda v: f"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,{draw(UPPER[:6] + DIGITS, 32)}\n\n{v}\n-----END RSA PRIVATE KEY-----"),
    "pem-pgp": (lambda: pem_body(6), lambda v: f"-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: GnuPG v2\n\n{v}\n={b64(4)}\n-----END PGP PRIVATE KEY BLOCK-----"),
    "pem-cut": (lambda: pem_body(2), lambda v: f"-----BEGIN EC PRIVATE KEY-----\n{v}"),
    "pem-one-line": (lambda: pem_body(5).replace("\n", " "), lambda v: f"-----BEGIN PRIVATE KEY----- {v} -----END PRIVATE KEY-----"),
    "pem-escaped-twice": (lambda: pem_body(3).replace("\n", "\\\\n"), lambda v: '{"log": "{\\"k\\": \\"-----BEGIN PRIVATE KEY-----\\\\n' + v + '\\\\n-----END PRIVATE KEY-----\\"}"}'),
    "pem-base64": (lambda: b64text("-----BEGIN PRIVATE KEY-----\n" + pem_body(4)), lambda v: f"KEY={v}"),
    "putty": (lambda: pem_body(6), lambda v: f"PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: kim\nPublic-Lines: 2\nAAAAC3NzaC1lZDI1NTE5AAAAI{b64(39)}\n{b64(20)}\nPrivate-Lines: 7\n{v}\nPrivate-MAC: {draw(HEX, 64)}"),
    "jwk": (lambda: draw(URL, 43), lambda v: json.dumps({"kty": "EC", "crv": "P-256", "x": draw(URL, 43), "y": draw(URL, 43), "d": v})),
    "wordpress": (password, lambda v: f"define('DB_PASSWORD', '{v}');"),
    "wordpress-salt": (lambda: draw(ALNUM + "!@#^*-_", 64), lambda v: f"define( 'SECURE_AUTH_KEY', '{v}' );"),
    "nuget": (plain_password, lambda v: f'<add key="ClearTextPassword" value="{v}" />'),
    "maven": (plain_password, lambda v: f"<server><id>nexus</id><username>ci</username><password>{v}</password></server>"),
    "html-input": (plain_password, lambda v: f'<input type="password" name="pw" value="{v}">'),
    "go-struct": (plain_password, lambda v: f"config: {{User:kim Password:{v} Host:db1 Port:5432}}"),
    "ruby-hash": (password, lambda v: f'{{:user=>"kim", :password=>"{v}"}}'),
    "multipart": (plain_password, lambda v: f'Content-Disposition: form-data; name="password"\r\n\r\n{v}\r\n--x--'),
    "yaml-block": (plain_password, lambda v: f"password: >-\n  {v}\nuser: kim"),
    "prose-password": (plain_password, lambda v: f"login failed for kim with password '{v}'"),
    "prose-is": (plain_password, lambda v: f"your new password is {v}"),
    "prose-korean": (plain_password, lambda v: f"임시 비밀번호는 {v} 입니다"),
    "prompt": (plain_password, lambda v: f"Enter password for kim: {v}"),
    "otp": (lambda: draw(DIGITS, 6), lambda v: f"otp={v} rejected"),
    "otp-korean": (lambda: draw(DIGITS, 6), lambda v: f"[Web발신] 인증번호 [{v}]를 입력하세요"),
    "pin": (lambda: draw(DIGITS, 6), lambda v: json.dumps({"pin": v, "terminal": 4})),
    "cvc": (lambda: draw(DIGITS, 3), lambda v: json.dumps({"cardType": "VISA", "cvc": v})),
    "vault-unseal": (lambda: b64(43, "="), lambda v: f"Unseal Key 1: {v}"),
    "vault-legacy": (lambda: "s." + draw(ALNUM, 24), lambda v: f"Initial Root Token: {v}"),
    "kubeadm": (lambda: draw(LOWER, 6) + "." + draw(LOWER, 16), lambda v: f"kubeadm join 10.0.0.1:6443 --token {v} --discovery-token-unsafe-skip-ca-verification"),
    "swarm": (lambda: "SWMTKN-1-" + draw(LOWER, 50) + "-" + draw(LOWER, 25), lambda v: f"docker swarm join --token {v} 10.0.0.1:2377"),
    "sentry-dsn": (lambda: draw(HEX, 32), lambda v: f"SENTRY_DSN=https://{v}@o12345.ingest.sentry.io/678"),
    "ansi-inside": (lambda: draw(ALNUM, 16), lambda v: f"password=\x1b[33m{v}\x1b[0m"),
    "zero-width": (lambda: "ghp_" + draw(ALNUM, 10) + "\u200b" + draw(ALNUM, 26), lambda v: f"token {v} used"),
    "soft-hyphen": (lambda: draw(ALNUM, 8) + "\u00ad" + draw(ALNUM, 10), lambda v: f"password={v}"),
    "wrapped-jwt": (lambda: jwt()[:76] + "\n" + draw(URL, 76) + "\n" + draw(URL, 30), lambda v: f"token:\n{v}\nend"),
    "wrapped-base64": (lambda: b64(76) + "\n" + b64(76) + "\n" + b64(40, "=="), lambda v: f"client_secret:\n{v}\nend of file"),
    "log-prefixed-pem": (lambda: b64(64), lambda v: f"03:04:05 app | -----BEGIN PRIVATE KEY-----\n03:04:05 app | {v}\n03:04:05 app | {b64(64)}\n03:04:05 app | -----END PRIVATE KEY-----"),
    "email": (lambda: rng.choice(WORDS) + "." + rng.choice(WORDS) + "@" + rng.choice(WORDS) + rng.choice([".com", ".co.kr", ".io"]), lambda v: f"mail to {v} bounced"),
    "email-encoded": (lambda: rng.choice(WORDS) + draw(DIGITS, 2) + "%40" + rng.choice(WORDS) + ".com", lambda v: f"GET /u?email={v}&x=1"),
    "email-angle": (lambda: rng.choice(WORDS) + "@" + rng.choice(WORDS) + ".or.kr", lambda v: f"From: Kim <{v}>"),
    "mobile": (lambda: f"010-{draw(DIGITS, 4)}-{draw(DIGITS, 4)}", lambda v: f"sms to {v} failed"),
    "mobile-dots": (lambda: f"010.{draw(DIGITS, 4)}.{draw(DIGITS, 4)}", lambda v: f"연락처 {v}"),
    "mobile-plain": (lambda: f"010{draw(DIGITS, 8)}", lambda v: f"phone={v}"),
    "mobile-intl": (lambda: f"+82-10-{draw(DIGITS, 4)}-{draw(DIGITS, 4)}", lambda v: f"call {v}"),
    "mobile-e164": (lambda: f"+8210{draw(DIGITS, 8)}", lambda v: json.dumps({"to": v})),
    "landline": (lambda: f"02-{draw('123456789', 1)}{draw(DIGITS, 3)}-{draw(DIGITS, 4)}", lambda v: f"대표번호 {v}"),
    "resident": (lambda: (lambda r: r[:6] + "-" + r[6:])(resident(True)), lambda v: f"주민번호 {v} 확인"),
    "resident-new": (lambda: (lambda r: r[:6] + "-" + r[6:])(resident(False)), lambda v: f"user {v} registered"),
    "resident-plain": (lambda: resident(True), lambda v: f"rrn={v}"),
    "resident-plain-new": (lambda: resident(False), lambda v: f"주민등록번호={v}"),
    "card": (lambda: luhn("4", 16), lambda v: f"card {v} declined"),
    "card-groups": (lambda: (lambda c: " ".join(c[i:i + 4] for i in range(0, 16, 4)))(luhn("55", 16)), lambda v: f"card {v} declined"),
    "card-hyphens": (lambda: (lambda c: "-".join(c[i:i + 4] for i in range(0, 16, 4)))(luhn("9440", 16)), lambda v: f"카드번호: {v}"),
    "amex": (lambda: luhn("37", 15), lambda v: json.dumps({"pan": v})),
    "passport": (lambda: "M" + draw(DIGITS, 8), lambda v: f"여권번호: {v}"),
    "driver": (lambda: f"{rng.randint(11, 28)}-{draw(DIGITS, 2)}-{draw(DIGITS, 6)}-{draw(DIGITS, 2)}", lambda v: f"운전면허번호 {v}"),
    "account": (lambda: f"110-{draw(DIGITS, 3)}-{draw(DIGITS, 6)}", lambda v: f"계좌번호: {v}"),
}
for rule, (make, place) in PLACES.items():
    for _ in range(arguments.each):
        value = make()
        text = place(value)
        secret(rule, text, value)

# Ordinary things that look like secrets, or stand where secrets stand.
LOOKALIKES = {
    "git-sha": lambda: f"commit {draw(HEX, 40)} (HEAD -> main)",
    "git-short": lambda: f"deployed {draw(HEX, 10)} to prod",
    "sha256": lambda: f"digest mismatch: sha256:{draw(HEX, 64)}",
    "md5": lambda: f"md5sum {draw(HEX, 32)}  a.tar.gz",
    "sri": lambda: f'integrity="sha512-{b64(86, "==")}"',
    "uuid": lambda: f"request {uuid()} failed",
    "trace-id": lambda: f"traceparent: 00-{draw(HEX, 32)}-{draw(HEX, 16)}-01",
    "amzn-trace": lambda: f"X-Amzn-Trace-Id: Root=1-{draw(HEX, 8)}-{draw(HEX, 24)}",
    "etag": lambda: f'ETag: "{draw(HEX, 32)}"',
    "content-md5": lambda: f"Content-MD5: {b64(22, '==')}",
    "docker-image": lambda: f"pulling registry.acme.io/shop/api@sha256:{draw(HEX, 64)}",
    "container-id": lambda: f"container {draw(HEX, 12)} exited (137)",
    "pod": lambda: f"pod orders-api-{draw(LOWER, 10)}-{draw(LOWER, 5)} evicted",
    "arn": lambda: f"arn:aws:iam::{draw(DIGITS, 12)}:role/app-{rng.choice(WORDS)}",
    "sid": lambda: f"S-1-5-21-{draw(DIGITS, 10)}-{draw(DIGITS, 10)}-{draw(DIGITS, 10)}-1001",
    "public-key": lambda: f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{b64(43)} kim-laptop",
    "certificate": lambda: f"-----BEGIN CERTIFICATE-----\n{pem_body(3)}\n-----END CERTIFICATE-----",
    "public-pem": lambda: f"-----BEGIN PUBLIC KEY-----\n{pem_body(2)}\n-----END PUBLIC KEY-----",
    "data-uri": lambda: f"data:image/png;base64,iVBORw0KGgo{b64(80)}",
    "epoch-ms": lambda: f"t=17{draw(DIGITS, 11)} offset 4{draw(DIGITS, 12)}",
    "offsets": lambda: f"partition 3 offset {draw('123456789', 1)}{draw(DIGITS, 14)}",
    "order": lambda: f"order 2026{draw(DIGITS, 4)}-{draw(DIGITS, 7)} shipped".replace("-0", "-9"),
    "card-wrong": lambda: (lambda c: f"trace number {c[:-1]}{(int(c[-1]) + 1) % 10}")(luhn("4", 16)),
    "date-range": lambda: "from 2026-01-02 to 2026-11-21, 324-1234-99",
    "version": lambda: f"upgraded 1.{draw(DIGITS, 2)}.3-rc.4+build.{draw(DIGITS, 5)}",
    "java-object": lambda: f"lock held by com.acme.Pool@{draw(HEX, 7)}",
    "npm-package": lambda: f"resolved @acme/core@3.{draw('123456789', 1)}.0 from cache",
    "image-2x": lambda: "GET /img/logo@2x.png 404",
    "scp-path": lambda: "origin git@git.acme.internal:shop/api.git (fetch)",
    "mac": lambda: "eth0 " + ":".join(draw(HEX, 2) for _ in range(6)),
    "hexdump": lambda: "0000  " + " ".join(draw(HEX, 2) for _ in range(16)),
    "base64-word": lambda: "decoding chunk " + b64(12),
    "pwd-variable": lambda: f"PWD=/srv/{rng.choice(WORDS)}/current OLDPWD=/root",
    "password-reset": lambda: f"password_reset=true user={rng.choice(WORDS)}",
    "password-null": lambda: "user=kim password=null host=db1",
    "password-variable": lambda: "password: ${DB_PASSWORD}",
    "password-template": lambda: "password: {{ .Values.db.password }}",
    "password-percent": lambda: "password=%(db_password)s",
    "password-stars": lambda: "password=********",
    "password-brackets": lambda: '{"password": "[FILTERED]"}',
    "password-prose": lambda: f"password must contain at least {rng.randint(8, 16)} characters",
    "password-wrong": lambda: "password: incorrect",
    "password-expired": lambda: f"password expired {rng.randint(2, 90)} days ago for {rng.choice(WORDS)}",
    "password-policy": lambda: "Password policy: minimum length not met",
    "password-file": lambda: "password_file=/etc/acme/db.pass missing",
    "password-env": lambda: 'password = os.environ["DB_PASSWORD"]',
    "password-call": lambda: "password = getPassword(user)",
    "password-type": lambda: "field password: expected string, got null",
    "token-count": lambda: f"prompt_tokens={draw('123456789', 4)} completion_tokens={draw('123456789', 3)}",
    "token-type": lambda: '{"token_type":"Bearer","expires_in":3600}',
    "token-unexpected": lambda: "SyntaxError: Unexpected token } in JSON at position 184",
    "token-parser": lambda: "parse error: unexpected token: identifier near 'select'",
    "token-expired": lambda: "token: expired",
    "token-class": lambda: "at com.acme.auth.TokenAuthenticationFilter.doFilter(TokenAuthenticationFilter.java:88)",
    "token-url": lambda: "token_url=https://sso.acme.io/oauth2/token",
    "token-variable": lambda: "token: $GITHUB_TOKEN",
    "token-index": lambda: f"token index {draw(DIGITS, 4)} out of range",
    "secret-name": lambda: f"secretName: orders-{rng.choice(WORDS)}-tls",
    "secret-missing": lambda: f'secret "{rng.choice(WORDS)}-credentials" not found',
    "secret-ref": lambda: "secretKeyRef: name: db key: url",
    "api-key-missing": lambda: "api_key: required",
    "api-key-env": lambda: "apiKey: process.env.MAPS_API_KEY,",
    "api-version": lambda: "api_version=2024-06-01 region=ap-northeast-2",
    "primary-key": lambda: f"primary_key=order_{draw(DIGITS, 6)} duplicate",
    "partition-key": lambda: f"partitionKey={rng.choice(WORDS)}-{rng.choice(WORDS)} hot",
    "cache-key": lambda: f"cache key=user:{draw(DIGITS, 7)}:profile missed",
    "keyspace": lambda: "keyspace=orders replication=3",
    "foreign-key": lambda: 'violates foreign key constraint "orders_customer_id_fkey"',
    "keyboard": lambda: "KeyboardInterrupt in worker-4",
    "key-file": lambda: "ssl_key=/etc/ssl/private/server.key unreadable",
    "auth-missing": lambda: "Authorization header missing",
    "auth-bearer-placeholder": lambda: "Authorization: Bearer <token>",
    "auth-bearer-variable": lambda: 'curl -H "Authorization: Bearer $TOKEN" http://svc',
    "auth-basic-word": lambda: "WWW-Authenticate: Basic realm=\"acme\"",
    "auth-method": lambda: "authorization: denied by policy orders-read",
    "auth-true": lambda: "auth=true tls=true",
    "author": lambda: f"author={rng.choice(WORDS)} committed 3 files",
    "cookie-rejected": lambda: 'Cookie "lang" has been rejected for invalid domain.',
    "cookie-name": lambda: "cookie: missing",
    "session-count": lambda: f"sessions={draw('123456789', 3)} idle=12",
    "session-word": lambda: "session: closed by peer",
    "sk-css": lambda: "sk-button-primary-large sk-spinner-double-bounce",
    "npm-config": lambda: "npm_config_cache_directory_unwritable_by_user",
    "hf-function": lambda: "hf_hub_download_failed_with_retry_after_ms",
    "ghp-short": lambda: "ghp_example is not a token",
    "asia": lambda: "Asia/Seoul ASIA-NORTHEAST3 region",
    "s-method": lambda: "self.s.split_and_lower_case_all",
    "sl-host": lambda: "sl.example.com timed out",
    "sig-word": lambda: "sig=SIGTERM pid=4412",
    "class-path": lambda: "com.acme.orders.checkout.PaymentAuthorizationServiceImpl$$EnhancerBySpringCGLIB",
    "long-path": lambda: "/srv/apps/orders/releases/20261121030405/node_modules/express/lib/router/layer.js:95:5",
    "camel": lambda: "getUserAuthenticationTokenFromRequestHeaderOrCookie failed",
    "constant": lambda: "ERR_OSSL_EVP_UNSUPPORTED_ALGORITHM_PROVIDER",
    "sql": lambda: f"SELECT * FROM tokens WHERE user_id = {draw('123456789', 5)} AND revoked = 0",
    "metric": lambda: 'http_requests_total{code="500",handler="/api/token"} 3',
    "url-port": lambda: "http://orders.svc.cluster.local:8080/health?probe=ready",
    "url-at-path": lambda: "https://cdn.acme.io/npm/vue@3.4.21/dist/vue.js",
    "kafka": lambda: f"consumer group orders-7f{draw(HEX, 6)} rebalanced, generation 12",
    "ipv6": lambda: "listening on [2001:db8::1]:443",
    "isbn": lambda: "ISBN 978-89-6626-" + draw(DIGITS, 3) + "-1",
    "business-number": lambda: "사업자 220-81-62517",
    "korean-sentence": lambda: "비밀번호가 일치하지 않습니다",
    "korean-policy": lambda: "비밀번호: 8자 이상이어야 합니다",
    "code-error": lambda: "error code: E11000 duplicate key",
    "code-http": lambda: "exit code=137 signal=9",
    "state": lambda: "state=RUNNING code=200",
    "otp-app": lambda: "beam.smp OTP 26.2.5 started",
    "pin-word": lambda: "cpu pin=7 isolated",
    "pass-word": lambda: "tests: pass=1204 fail=3",
    "passed": lambda: "pass: all 12 checks",
    "signature-invalid": lambda: "signature=invalid alg=RS256",
    "nonce-number": lambda: "nonce too low: next nonce 8841",
    "password-question": lambda: "Forgot password? Click here",
    "args-p": lambda: "ssh -p 2222 deploy@bastion",
    "mkdir-p": lambda: "mkdir -p /var/lib/acme/data",
    "jdbc-plain": lambda: "jdbc:postgresql://db1:5432/orders?ssl=true",
    "dsn-plain": lambda: "host=db1 port=5432 user=app dbname=orders sslmode=require",
    "time-colon": lambda: "10:22:31:443 worker:3 queue:orders lag:12",
    "five-fields": lambda: "app:8080:orders:worker:idle",
    "license": lambda: "license: Apache-2.0",
    "credentials-word": lambda: "credentials: invalid",
    "bearer-word": lambda: "bearer authentication is required",
    "kind-secret": lambda: "kind: Secret not allowed in namespace default",
    "slug": lambda: f"/blog/how-to-rotate-{rng.choice(WORDS)}-secrets-2026",
    "feature-flag": lambda: "flag token-rotation-v2=enabled",
    "css-hash": lambda: f"main.{draw(HEX, 20)}.chunk.css 404",
    "snowflake": lambda: f"message {draw('123456789', 1)}{draw(DIGITS, 17)} edited",
    "build-id": lambda: f"build-id={draw(HEX, 40)}",
    "sdk-version": lambda: f"sdk-platform-tools-{draw(DIGITS, 2)}.0.1-linux-x86_64 installed",
    "live-view": lambda: "live_view_channel_reconnected_after_ms",
    "test-name": lambda: "test_orders_are_refused_when_the_stock_is_gone failed",
    "png-base64": lambda: "image: iVBORw0KGgoAAAANSUhEUgAA" + b64(120),
    "jpeg-base64": lambda: "thumb=/9j/4AAQSkZJRgABAQAA" + b64(100),
    "k8s-uid": lambda: f"pod uid {uuid()} on node ip-10-0-3-4",
    "nanoid": lambda: f"session opened for order {draw(URL, 21).replace('-', 'x')}",
    "object-id": lambda: f"document {draw(HEX, 24)} not found",
    "ulid": lambda: f"event 01{draw('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 24)} replayed",
    "scrypt-word": lambda: "scrypt: parameters too large",
    "hex-address": lambda: f"segfault at {draw(HEX, 16)} ip 00007f{draw(HEX, 10)}",
}
for rule, make in LOOKALIKES.items():
    for _ in range(arguments.each):
        negative(rule, make())

for number, (rule, text, value) in enumerate(positives):
    print(json.dumps({"id": f"s{number}", "rule": rule, "label": "secret", "text": text, "secret": value}, ensure_ascii=False))
for number, (rule, text) in enumerate(negatives):
    print(json.dumps({"id": f"n{number}", "rule": rule, "label": "negative", "text": text}, ensure_ascii=False))

/// Which paths a draft may change.
///
/// A path is told by its parts: folders, the file's name, its ending, and the words that these are made of
/// (`userAuthService` → user, auth, service). What git, a build or a pipeline would execute is never allowed.
struct PathRules: Sendable {
    let allowed: [String]
    let forbidden: [String]

    /// What is wrong with a path, in words; nil when it may be changed.
    func objection(to path: String) -> String? {
        let lowered = path.lowercased()
        let parts = lowered.split(separator: "/").map(String.init)
        guard let name = parts.last, !path.hasPrefix("/"), !parts.contains("..") else {
            return "it leads out of the repository"
        }
        for part in parts {
            if part.hasPrefix(".git") || Self.gitFolders.contains(part) { return "git or one of its hooks reads it" }
            if Self.pipelines.contains(where: { Glob.matches(part, $0) }) { return "it belongs to the CI" }
            if part.hasPrefix(".env") { return "it holds what a site keeps to itself" }
            if Self.tooling.contains(part) { return "a tool would execute it" }
        }
        if Self.locks.contains(where: { Glob.matches(name, $0) }) { return "it pins dependencies" }
        if Self.builds.contains(where: { Glob.matches(name, $0) }) { return "it belongs to the build" }
        if Self.schemas.contains(where: { Glob.matches(name, $0) }) { return "it is a schema" }
        if Self.vendored.contains(where: parts.dropLast().contains) { return "it is code of others" }
        if Self.binaries.contains(where: name.hasSuffix) { return "it is no source text" }
        let words = Set(path.split(separator: "/").flatMap { IdentifierWords.of($0) })
        if let word = words.intersection(Self.schemaWords).sorted().first { return "\"\(word)\" is about a schema" }
        if let topic = SensitiveTopic.of(words) { return "it is about \(topic)" }
        if forbidden.contains(where: { Glob.matches(path, $0) || Glob.matches(name, $0) }) {
            return "the configuration forbids it"
        }
        guard allowed.contains(where: { Glob.matches(path, $0) || Glob.matches(name, $0) }) else {
            return "the configuration does not allow it"
        }
        return nil
    }

    private static let gitFolders: Set<String> = [".husky", ".lefthook", "lefthook.yml", "lefthook.yaml", "githooks"]
    private static let tooling: Set<String> = [
        ".vscode", ".idea", ".devcontainer", ".cargo", ".mvn", ".npmrc", ".yarnrc", ".yarnrc.yml", ".envrc", ".bazelrc",
        ".pre-commit-config.yaml", ".pre-commit-hooks.yaml", ".swiftpm", ".bundle", ".yarn", ".ssh", ".aws", ".kube",
    ]
    private static let pipelines = [
        ".circleci", ".travis.yml", ".buildkite", ".woodpecker*", ".drone*", ".gitea", ".forgejo", ".teamcity",
        ".semaphore", "jenkinsfile*", "azure-pipelines*", "bitbucket-pipelines*", "appveyor.y*ml", "cloudbuild.y*ml",
        "buildspec.y*ml", ".ci", "ci", "pipelines", ".cirrus*", ".appveyor.y*ml", "concourse",
    ]
    private static let locks = [
        "*.lock", "*.lockfile", "*-lock.*", "*.lock.*", "npm-shrinkwrap.json", "go.sum", "go.work.sum",
        "package.resolved", "packages.lock.json", "cartfile.resolved", "gradle.lockfile", "mix.lock", "deno.lock",
        "*.sum", "verification-metadata.xml", "bun.lockb",
    ]
    private static let builds = [
        "makefile*", "gnumakefile", "*.mk", "*.mak", "cmakelists.txt", "*.cmake", "meson.build", "meson_options.txt",
        "configure", "configure.*", "*.am", "*.in", "justfile", "taskfile*", "rakefile*", "gulpfile*", "gruntfile*",
        "webpack*", "rollup*", "vite.config*", "babel.config*", "jest.config*", "vitest.config*", "*.config.js",
        "*.config.ts", "*.config.mjs", "*.config.cjs", "build.*", "settings.gradle*", "*.gradle", "*.gradle.kts",
        "gradle.properties", "gradlew*", "mvnw*", "pom.xml", "package.swift", "package@*.swift", "cargo.toml",
        "rust-toolchain*", "package.json", "deno.json*", "setup.py", "setup.cfg", "pyproject.toml", "tox.ini",
        "noxfile.py", "conftest.py", "pytest.ini", "requirements*.txt", "constraints*.txt", "pipfile",
        "environment.y*ml",
        "go.mod", "go.work", "gemfile*", "*.gemspec", "composer.json", "mix.exs", "rebar.config", "*.csproj",
        "*.fsproj",
        "*.vbproj", "*.vcxproj", "*.sln", "*.props", "*.targets", "nuget.config", "*.cabal", "stack.yaml", "build",
        "workspace*", "module.bazel", "*.bzl", "*.bazel", "dockerfile*", "containerfile*", "*.dockerfile",
        "docker-compose*", "compose.y*ml", "vagrantfile", "*.nix", "*.tf", "*.tfvars", "*.sh", "*.bash", "*.zsh",
        "*.fish", "*.ps1", "*.psm1", "*.bat", "*.cmd", "*.service", "*.timer", "crontab*", "procfile*",
        "sitecustomize.py",
        "usercustomize.py", "*.pth", "manifest.in", "*.xcconfig", "project.pbxproj", "podfile", "fastfile",
    ]
    private static let schemas = [
        "*.sql", "*.proto", "*.graphql", "*.gql", "*.avsc", "*.avdl", "*.thrift", "*.xsd", "*.prisma", "*.fbs", "*.rng",
        "openapi*", "swagger*",
    ]
    private static let schemaWords: Set<String> = [
        "migration", "migrations", "migrate", "alembic", "flyway", "liquibase", "schema", "schemas", "ddl",
    ]
    private static let vendored: Set<String> = [
        "vendor", "vendored", "third_party", "thirdparty", "node_modules", "pods", "carthage", "external", "dist",
        "target", ".build", "generated",
    ]
    private static let binaries = [
        ".png", ".jpg", ".jpeg", ".gif", ".webp", ".ico", ".pdf", ".zip", ".gz", ".tar", ".jar", ".war", ".class",
        ".so",
        ".dll", ".dylib", ".exe", ".bin", ".o", ".a", ".pyc", ".whl", ".wasm", ".ttf", ".woff", ".woff2", ".mp4", ".db",
        ".sqlite", ".p12", ".jks", ".pem", ".key", ".crt", ".der",
    ]
}

/// What a draft stays away from, wherever it is spoken of.
enum SensitiveTopic {
    /// The topic that some words belong to: "authentication".
    static func of(_ words: Set<String>) -> String? {
        topics.first { !$0.words.isDisjoint(with: words) }?.name
    }

    private static let topics: [(name: String, words: Set<String>)] = [
        (
            "authentication or authorization",
            [
                "auth", "authn", "authz", "authenticate", "authenticated", "authentication", "authenticator",
                "authorize",
                "authorized", "authorization", "login", "logon", "signin", "oauth", "oauth2", "oidc", "openid", "saml",
                "sso", "jwt", "ldap", "kerberos", "passwd", "password", "passwords", "credential", "credentials",
                "permission", "permissions", "acl", "rbac", "iam", "secret", "secrets", "apikey", "csrf", "admin",
                "superuser", "sudo", "impersonate", "mfa", "otp", "totp", "security",
            ]
        ),
        (
            "cryptography",
            [
                "crypto", "cryptography", "cipher", "ciphers", "encrypt", "encrypted", "encryption", "decrypt",
                "decrypted", "decryption", "tls", "ssl", "x509", "certificate", "certificates", "hmac", "keystore",
                "truststore", "kms", "vault", "signature", "signatures", "aes", "rsa", "ecdsa", "ed25519", "bcrypt",
                "scrypt", "argon2",
            ]
        ),
        (
            "payments",
            [
                "payment", "payments", "pay", "payer", "payee", "payout", "payouts", "payroll", "refund", "refunds",
                "charge", "charges", "chargeback", "stripe", "paypal", "braintree", "adyen", "wallet", "wallets",
                "creditcard", "iban", "settlement", "ledger",
            ]
        ),
    ]
}

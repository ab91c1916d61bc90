/// A stretch of text to be masked, and as what.
struct Secret: Equatable {
    /// The placeholder's type.
    var name: String
    var range: Range<Int>
}

/// What a pattern of the automaton stands for.
enum SecretTrigger: Sendable {
    /// A place in `TokenRules.all`.
    case token(Int)
    /// A name, and whether it must stand at the start of a word.
    case name(SecretNames.Kind, startsWord: Bool)
    /// A place in the settings' patterns.
    case custom(Int)
    case authorization, bearer, cookie, privateKey, urlAuthority, curlUser
    case webToken, encodedWebToken, azureSecret, telegramToken, terraformToken
    case email, digits, phone, cardGroups, address, home
}

/// Finds the secrets of a text. Built once for a configuration; pure.
struct SecretFinder: Sendable {
    private let automaton: SecretAutomaton
    private let triggers: [SecretTrigger]
    private let lengths: [Int]
    private let tokens: [TokenRule]
    private let settings: RedactionSettings
    private let allowed: Set<String>

    init(settings: RedactionSettings) {
        let tokens = TokenRules.all
        self.tokens = tokens
        var patterns = tokens.indices.map { (pattern: tokens[$0].prefix, trigger: SecretTrigger.token($0)) }
        patterns += SecretNames.all.map {
            ($0.name, .name($0.kind, startsWord: $0.kind == .service && $0.name.utf8.count <= 4))
        }
        patterns += settings.patterns.indices.map { (settings.patterns[$0].prefix, .custom($0)) }
        patterns += Self.structures(settings)
        self.settings = settings
        allowed = Set(settings.allow)
        triggers = patterns.map(\.trigger)
        lengths = patterns.map(\.pattern.utf8.count)
        // Within a long number each further digit would end the pattern of digits again.
        automaton = SecretAutomaton(
            patterns: patterns.map { Array($0.pattern.utf8) }, silent: Array("0\(Self.digits)".utf8))
    }

    private static let digits = "000000"

    /// Patterns that start a closer look. `0` stands for any digit.
    private static func structures(_ settings: RedactionSettings) -> [(pattern: String, trigger: SecretTrigger)] {
        var patterns: [(pattern: String, trigger: SecretTrigger)] = [
            ("authorization", .authorization), ("bearer ", .bearer), ("cookie", .cookie), ("-----begin", .privateKey),
            ("://", .urlAuthority), (" -u ", .curlUser), ("eyj", .webToken), ("zxlk", .encodedWebToken),
            ("0q~", .azureSecret), ("0:a", .telegramToken), (".atlasv1.", .terraformToken),
        ]
        if settings.emails { patterns.append(("@", .email)) }
        if settings.cards || settings.residentNumbers || settings.phoneNumbers { patterns.append((digits, .digits)) }
        if settings.cards {
            patterns += [("0000-0000-", .cardGroups), ("0000 0000 ", .cardGroups), ("0000 000000 ", .cardGroups)]
        }
        if settings.phoneNumbers {
            patterns += [("000-000", .phone), ("02-000", .phone), ("+82", .phone), ("000 0000 ", .phone)]
        }
        if settings.ipAddresses { patterns += [("0.0", .address), ("::", .address), ("0:", .address)] }
        if settings.homeDirectories {
            patterns += [("/home/", .home), ("/users/", .home), ("\\users\\", .home)]
        }
        return patterns
    }

    /// The secrets of a text, in order, without overlaps.
    func secrets(in bytes: Bytes) -> [Secret] {
        var found: [Secret] = []
        let reader = SecretReader(bytes)
        automaton.scan(bytes) { pattern, end in
            let (trigger, start) = (triggers[pattern], end - lengths[pattern])
            var from = 0
            if let last = found.last, start >= last.range.lowerBound, end <= last.range.upperBound {
                // What lies in a secret already is masked with it; but a token says better what it is, and a name
                // there may have its value beyond it.
                switch trigger {
                case .token(let rule):
                    guard let secret = reader.token(tokens[rule], from: start), secret.range == last.range else {
                        return
                    }
                    return found[found.count - 1].name = secret.name
                case .name: from = last.range.upperBound
                default: return
                }
            } else if case .email = trigger, found.last?.range.upperBound == start {
                return  // the host of a URL whose password is masked
            }
            guard let secret = read(trigger, reader, start: start, end: end, from: from), isToMask(secret, bytes)
            else { return }
            Self.add(secret, to: &found)
        }
        return found
    }

    private func isToMask(_ secret: Secret, _ bytes: Bytes) -> Bool {
        !secret.range.isEmpty && RedactionMark.enclosing(bytes, secret.range.lowerBound) == nil
            && (allowed.isEmpty || !allowed.contains(bytes.string(secret.range)))
    }

    /// Keeps the secrets in order; those that overlap become one, named after the longest.
    private static func add(_ secret: Secret, to found: inout [Secret]) {
        var merged = secret
        var place = found.count
        while place > 0, found[place - 1].range.lowerBound >= merged.range.upperBound { place -= 1 }
        while place > 0, found[place - 1].range.upperBound > merged.range.lowerBound {
            place -= 1
            let other = found.remove(at: place)
            let range =
                min(
                    other.range.lowerBound, merged.range.lowerBound)..<max(
                    other.range.upperBound, merged.range.upperBound)
            merged = Secret(name: other.range.count > merged.range.count ? other.name : merged.name, range: range)
        }
        found.insert(merged, at: place)
    }

    private func read(_ trigger: SecretTrigger, _ reader: SecretReader, start: Int, end: Int, from: Int) -> Secret? {
        switch trigger {
        case .token(let rule): reader.token(tokens[rule], from: start)
        case .name(let kind, let startsWord):
            startsWord && reader.bytes.at(start - 1).isLetter ? nil : reader.assignment(kind, nameEnd: end, from: from)
        case .custom(let pattern): reader.custom(settings.patterns[pattern], start: start, end: end)
        case .authorization: reader.authorization(nameEnd: end)
        case .bearer: reader.bearer(start: start, end: end)
        case .cookie: reader.cookie(nameEnd: end)
        case .privateKey: reader.privateKey(from: start, end: end)
        case .urlAuthority: reader.urlPassword(authority: end)
        case .curlUser: reader.curlUser(option: start, end: end)
        case .webToken: reader.webToken(from: start)
        case .encodedWebToken: reader.encodedWebToken(from: start)
        case .azureSecret: reader.azureSecret(mark: start)
        case .telegramToken: reader.telegramToken(colon: start + 1)
        case .terraformToken: reader.terraformToken(mark: start, end: end)
        case .email: reader.email(at: start)
        case .digits: reader.digitRun(from: start, settings)
        case .phone: reader.phone(near: start)
        case .cardGroups: settings.cards ? reader.cardGroups(from: start) : nil
        case .address: reader.address(near: start)
        case .home: reader.homeDirectory(end)
        }
    }
}

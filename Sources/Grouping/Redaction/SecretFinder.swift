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
    /// A place in `InfixRule.all`.
    case infix(Int)
    /// A place in `SecretNames.all`, and whether it must stand at the start of a word.
    case name(Int, startsWord: Bool)
    /// A place in the settings' patterns.
    case custom(Int)
    /// A place in `CommandRule.all`.
    case command(Int)
    case authorization, bearer, cookie, urlAuthority, oracle, passwordFile
    case webToken, encodedWebToken, azureSecret, telegramToken, terraformToken, facebookToken, discordToken
    case privateKey, headlessKey, putty, webKey, manifest
    case email, digits, phone, cardGroups, address, home
    /// What hides text from a byte scanner.
    case folded
}

/// Finds the secrets of a text. Built once for a configuration; pure.
struct SecretFinder: Sendable {
    private let automaton: SecretAutomaton
    private let shapes: NumberShapes
    private let triggers: [SecretTrigger]
    private let lengths: [Int]
    private let tokens = TokenRules.all
    private let names = SecretNames.all
    private let settings: RedactionSettings
    private let operatorPatterns: OperatorPatterns
    private let allowed: Set<String>

    init(settings: RedactionSettings, operatorPatterns: OperatorPatterns) {
        var patterns = TokenRules.all.enumerated().map { (pattern: $1.prefix, trigger: SecretTrigger.token($0)) }
        patterns += InfixRule.all.enumerated().map { ($1.mark, .infix($0)) }
        for (place, name) in SecretNames.all.enumerated() where name.kind != .identity || settings.identityNumbers {
            patterns.append((name.text, .name(place, startsWord: name.kind == .service && name.text.utf8.count <= 4)))
        }
        patterns += settings.patterns.enumerated().compactMap { place, pattern in
            pattern.prefix.map { ($0, .custom(place)) }
        }
        patterns += CommandRule.all.enumerated().map { ($1.command, .command($0)) }
        patterns += Self.structures + Self.people(settings)
        (self.settings, self.operatorPatterns) = (settings, operatorPatterns)
        allowed = Set(settings.allow)
        triggers = patterns.map(\.trigger)
        lengths = patterns.map(\.pattern.utf8.count)
        automaton = SecretAutomaton(patterns: patterns.map { Array($0.pattern.utf8) })
        shapes = NumberShapes(settings)
    }

    /// Patterns that start a closer look. `0` stands for any digit.
    private static let structures: [(pattern: String, trigger: SecretTrigger)] =
        [
            ("authorization", .authorization), ("bearer ", .bearer), ("cookie", .cookie), ("-----begin", .privateKey),
            ("---- begin", .privateKey), ("private-lines:", .putty), ("\"d\"", .webKey), ("\"d\\\"", .webKey),
            ("kind: secret", .manifest), ("://", .urlAuthority), ("sqlplus ", .oracle), ("oracle:thin:", .oracle),
            (":0000:", .passwordFile), (":00000:", .passwordFile), ("eyj", .webToken), ("zxlk", .encodedWebToken),
            ("0q~", .azureSecret), ("0:a", .telegramToken), (".atlasv1.", .terraformToken), (".g", .discordToken),
        ] + SecretReader.keyHeads.map { ($0, .headlessKey) } + FoldedText.marks.map { ($0, .folded) }

    private static func people(_ settings: RedactionSettings) -> [(pattern: String, trigger: SecretTrigger)] {
        var patterns: [(pattern: String, trigger: SecretTrigger)] = []
        if settings.emails { patterns.append(("@", .email)) }
        if settings.phoneNumbers { patterns.append(("+82", .phone)) }
        if settings.ipAddresses { patterns += [("0.0", .address), ("::", .address), ("0:", .address)] }
        if settings.homeDirectories {
            patterns += [("/home/", .home), ("/users/", .home), ("\\users\\", .home)]
        }
        return patterns
    }

    /// The secrets of a text, in order, without overlaps.
    func secrets(in bytes: Bytes) -> [Secret] {
        var found: [Secret] = []
        if let line = SecretReader(bytes).bareKeyLine() { found.append(line) }
        if scan(bytes, into: &found) {
            let folded = FoldedText(bytes)
            var hidden: [Secret] = []
            folded.bytes.withUnsafeBufferPointer { _ = scan($0, into: &hidden) }
            for secret in hidden {
                let original = Secret(name: secret.name, range: folded.origin(of: secret.range))
                if isToMask(original, bytes) { Self.add(original, to: &found) }
            }
        }
        for secret in operatorPatterns.secrets(in: bytes) where isToMask(secret, bytes) { Self.add(secret, to: &found) }
        return found
    }

    /// How far around a place its meaning can depend on it: the longest look of a reader.
    private static let reach = 2048
    /// What begins or ends so close to where a piece was cut out may be half of something.
    private static let margin = 128

    /// The secrets around some places of a text whose other secrets are known.
    func secrets(in bytes: Bytes, around places: [Range<Int>]) -> [Secret] {
        var pieces: [Range<Int>] = []
        for place in places {
            let piece = max(0, place.lowerBound - Self.reach)..<min(bytes.count, place.upperBound + Self.reach)
            if let last = pieces.last, last.upperBound >= piece.lowerBound {
                pieces[pieces.count - 1] = last.lowerBound..<piece.upperBound
            } else {
                pieces.append(piece)
            }
        }
        var found: [Secret] = []
        for piece in pieces {
            let lowest = piece.lowerBound == 0 ? 0 : piece.lowerBound + Self.margin
            let highest = piece.upperBound == bytes.count ? bytes.count : piece.upperBound - Self.margin
            for secret in secrets(in: UnsafeBufferPointer(rebasing: bytes[piece])) {
                let range = secret.range.lowerBound + piece.lowerBound..<secret.range.upperBound + piece.lowerBound
                guard range.lowerBound >= lowest, range.upperBound <= highest else { continue }
                found.append(Secret(name: secret.name, range: range))
            }
        }
        return found
    }

    /// - Returns: whether something in the text hides from such a scan.
    private func scan(_ bytes: Bytes, into found: inout [Secret]) -> Bool {
        var hasHidden = false
        let reader = SecretReader(bytes)
        var numbers = shapes.search(bytes)
        automaton.scan(bytes) { pattern, end in
            while let number = numbers.next(before: end) { look(number.trigger, reader, number.range, &found) }
            if case .folded = triggers[pattern] { return hasHidden = true }
            look(triggers[pattern], reader, end - lengths[pattern]..<end, &found)
        }
        while let number = numbers.next(before: .max) { look(number.trigger, reader, number.range, &found) }
        return hasHidden
    }

    /// Looks at what stands around a pattern that was found.
    private func look(_ trigger: SecretTrigger, _ reader: SecretReader, _ place: Range<Int>, _ found: inout [Secret]) {
        let (start, end) = (place.lowerBound, place.upperBound)
        var from = 0
        if let last = found.last, start >= last.range.lowerBound, end <= last.range.upperBound {
            // What lies in a secret already is masked with it; but a token says better what it is, and a name
            // there may have its value beyond it.
            switch trigger {
            case .token(let rule):
                guard start == last.range.lowerBound, let secret = reader.token(tokens[rule], from: start),
                    secret.range == last.range
                else { return }
                return found[found.count - 1].name = secret.name
            case .name: from = last.range.upperBound
            default: return
            }
        } else if case .email = trigger, found.last?.range.upperBound == start {
            return  // the host of a URL whose password is masked
        }
        if case .manifest = trigger {
            for secret in reader.manifestValues(end: end) where isToMask(secret, reader.bytes) {
                Self.add(secret, to: &found)
            }
            return
        }
        guard let secret = read(trigger, reader, start: start, end: end, from: from), isToMask(secret, reader.bytes)
        else { return }
        Self.add(secret, to: &found)
        if secret.name == TokenRules.awsKey, let own = reader.awsSecret(after: secret.range.upperBound),
            isToMask(own, reader.bytes)
        {
            Self.add(own, to: &found)
        }
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
        case .infix(let rule): reader.infixToken(InfixRule.all[rule], mark: start)
        case .name(let place, let startsWord):
            startsWord && !reader.isPlainWord(start..<end)
                ? nil : reader.assignment(names[place], start..<end, from: from)
        case .custom(let pattern): reader.custom(settings.patterns[pattern], start: start, end: end)
        case .command(let rule): reader.command(CommandRule.all[rule], end: end)
        case .authorization: reader.authorization(nameEnd: end)
        case .bearer: reader.bearer(start: start, end: end)
        case .cookie: reader.cookie(nameEnd: end)
        case .urlAuthority: reader.urlPassword(authority: end)
        case .oracle: reader.oracleLogin(end)
        case .passwordFile: reader.passwordFileLine(mark: start)
        case .webToken: reader.webToken(from: start)
        case .encodedWebToken: reader.encodedWebToken(from: start)
        case .azureSecret: reader.azureSecret(mark: start)
        case .telegramToken: reader.telegramToken(colon: start + 1)
        case .terraformToken: reader.terraformToken(mark: start, end: end)
        case .discordToken: reader.discordToken(dot: start)
        case .facebookToken: reader.facebookToken(bar: end - 1)
        case .privateKey: reader.privateKey(from: start, end: end)
        case .headlessKey: reader.isKeyHead(start) ? reader.headlessKey(from: start) : nil
        case .putty: reader.puttyKey(end: end)
        case .webKey: reader.webKey(end: end)
        case .email: reader.email(at: start)
        case .digits: reader.digitRun(from: start, settings)
        case .phone: reader.phone(near: start)
        case .cardGroups: settings.cards ? reader.cardGroups(from: start) : nil
        case .address: reader.address(near: start)
        case .home: reader.homeDirectory(end)
        case .manifest, .folded: nil
        }
    }
}

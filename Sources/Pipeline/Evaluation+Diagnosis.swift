import Diagnosing
import Events
import Foundation
import GitMirror
import Grouping

/// The measuring door of diagnoses: events and code to answers, each held against what was expected.
extension Evaluation {
    /// Which models and prompts are asked; empty lists take what is configured.
    public struct DiagnosisChoice: Sendable {
        public var models: [String]
        public var prompts: [String]
        public var triageOnly: Bool
        /// A file that keeps answers as they come: what is in it is counted, and not asked again.
        public var answers: String?
        /// Holds what is kept against the checks as they are now; the file stays as it is.
        public var rechecks: Bool

        public init(
            models: [String] = [], prompts: [String] = [], triageOnly: Bool = false, answers: String? = nil,
            rechecks: Bool = false
        ) {
            (self.models, self.prompts, self.triageOnly) = (models, prompts, triageOnly)
            (self.answers, self.rechecks) = (answers, rechecks)
        }
    }

    /// One way of diagnosing, over all rows.
    public struct DiagnosisFacts: Sendable, Encodable {
        public var model: String
        public var prompt: String
        public var rows = 0
        /// Rows whose root cause names what was expected, of those that expect something and withhold nothing.
        public var right = Share()
        /// The same of what the model itself wrote, whatever became of it.
        public var saidRight = Share()
        /// Of those with a confidence of 70 and more.
        public var rightAmongSure = Share()
        /// Right answers by level of confidence, the surest first; their least confidences are 70, 40 and 0.
        public var rightByLevel = [Share](repeating: Share(), count: Calibration.bounds.count)
        /// Rows for which the built-in triage answered, because no answer held or was sure enough.
        public var abstained = 0
        /// Abstained, or a confidence below 40, of the rows whose decisive evidence was withheld.
        public var humbleWhereWithheld = Share()
        /// Answers that a model gave and that passed the checks.
        public var answered = Share()
        public var promptTokens = 0
        public var answerTokens = 0
        public var secondsARow = 0.0
    }

    static let sure = 70
    static let humble = 40
    private static let diagnosisRowLimit = 16 << 20

    /// - Parameter emit: gets one JSON object a row and way, in order.
    public func diagnosis(
        file: String, _ choice: DiagnosisChoice, now: Timestamp, emit: (String) -> Void
    ) async throws -> [DiagnosisFacts] {
        var rows: [ContextRow] = []
        try LineFile.forEach(file, limit: Self.diagnosisRowLimit) { number, text in
            guard let row = ContextRow(line: text, file: file, now: now, needsMirror: false) else {
                throw LineFileError.notAContextRow(path: file, number: number)
            }
            rows.append(row)
        }
        var ways = try await self.ways(choice)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let builder = try RowCases(configuration)
        let kept = try KeptAnswers(path: choice.answers)
        for (number, row) in rows.enumerated() {
            try Task.checkCancellation()
            var caseFile: CaseFile?
            for index in ways.indices {
                let key = KeptAnswers.key(row.id, number, ways[index].name)
                let known = kept.answers[key].flatMap(DiagnosisAnswer.init(line:))
                if let answer = known, let text = kept.answers[key], !choice.rechecks {
                    ways[index].count(row.expected, answer)
                    emit(text)
                    continue
                }
                let file = if let caseFile { caseFile } else { await builder.caseFile(row, now: now) }
                caseFile = file
                var answer = await ways[index].diagnose(row, file, known: known, now: now)
                answer.row = choice.answers == nil ? nil : key
                try Task.checkCancellation()
                let text = String(decoding: try encoder.encode(answer), as: UTF8.self)
                emit(text)
                if answer.isFinal, known == nil { try kept.append(text) }
            }
        }
        await builder.pool.close()
        return ways.map(\.summary)
    }

    private func ways(_ choice: DiagnosisChoice) async throws -> [DiagnosisWay] {
        let configured = configuration.diagnosingModels.filter {
            choice.models.isEmpty || choice.models.contains($0.name)
        }
        if let unknown = choice.models.first(where: { name in !configured.contains { $0.name == name } }) {
            throw ChatFailure.modelMissing(unknown)
        }
        guard !choice.triageOnly, !configured.isEmpty else { return [DiagnosisWay(diagnoser: nil, prompt: "built-in")] }
        let client = OllamaClient(endpoint: try configuration.makeEndpoint())
        let installed = try await client.installedModels()
        let directories = choice.prompts.isEmpty ? [configuration.prompts] : choice.prompts
        let libraries = try directories.map { try PromptLibrary(directory: $0) }
        return try configured.flatMap { settings in
            guard let model = installed.first(where: { $0.matches(settings.name) }) else {
                throw ChatFailure.modelMissing(settings.name)
            }
            return try libraries.map { library in
                let prompt = try library.prompt(named: "diagnose")
                let diagnoser = Diagnoser(
                    prompt: prompt, repair: try library.prompt(named: "repair"), rules: library.rules(for: nil),
                    model: settings, digest: model.digest, settings: configuration.diagnosing, awaitsLoad: true
                ) { (request) throws(ChatFailure) in try await client.chat(request) }
                return DiagnosisWay(
                    diagnoser: diagnoser, prompt: "\(library.directory)/\(prompt.name)/\(prompt.version)")
            }
        }
    }
}

/// Rows made to cases: redacted, with code, without a history.
private struct RowCases {
    let configuration: Configuration
    let pool: MirrorPool
    private let redactor: Redactor
    private let grouper: Grouper

    init(_ configuration: Configuration) throws {
        self.configuration = configuration
        pool = MirrorPool(context: configuration.context)
        redactor = try configuration.makeRedactor()
        grouper = Grouper(settings: configuration.grouping)
    }

    func caseFile(_ row: ContextRow, now: Timestamp) async -> CaseFile {
        var ledger: [String: Int] = [:]
        let event = row.event.redacted(by: redactor, ledger: &ledger).withRevision()
        let window = TimeWindow(start: now.advanced(by: .zero - Batch.reportWindow), end: now)
        let facts = GroupFacts(alone: event, grouper.group(event), window: window)
        let code: CodeContext
        if row.hasMirror {
            let settings = row.settings(
                configured: configuration.mirrors, router: configuration.makeRouter())
            code = await pool.context(for: event.withLogSite(), in: settings, releases: row.releases)
                .redacted(by: redactor)
        } else {
            code = EventExcerpts.context(for: event, settings: configuration.context)
        }
        return CaseFile(facts: facts, sample: event, code: code, similar: [])
    }
}

/// One model with one prompt, and what came of it so far.
private struct DiagnosisWay {
    /// nil for the built-in triage.
    let diagnoser: Diagnoser?
    private var facts: Evaluation.DiagnosisFacts
    private var estimator = TokenEstimator()
    private var seconds = 0.0

    init(diagnoser: Diagnoser?, prompt: String) {
        self.diagnoser = diagnoser
        facts = Evaluation.DiagnosisFacts(model: diagnoser?.model.name ?? "built-in triage", prompt: prompt)
    }

    var summary: Evaluation.DiagnosisFacts {
        var facts = facts
        facts.secondsARow = facts.rows == 0 ? 0 : seconds / Double(facts.rows)
        return facts
    }

    /// What tells its answers from those of another way.
    var name: String { "\(facts.model) \(facts.prompt)" }

    /// - Parameter known: an answer of an earlier run, to be held against the checks again.
    mutating func diagnose(
        _ row: ContextRow, _ file: CaseFile, known: DiagnosisAnswer?, now: Timestamp
    ) async -> DiagnosisAnswer {
        var answer = DiagnosisAnswer(id: row.id, model: facts.model, prompt: facts.prompt)
        if let diagnoser {
            let chat = KeptChat(known?.rawAnswers ?? [])
            let outcome = await diagnoser.asking(chat.answer).diagnose(file, now: now, estimator: estimator)
            if known == nil { estimator = outcome.estimator }
            answer.diagnosis = outcome.diagnosis
            answer.rawAnswers = outcome.rawAnswers
            let asked = chat.asked
            answer.promptTokens = asked.reduce(known?.promptTokens ?? 0) { $0 + $1.promptTokens }
            answer.answerTokens = asked.reduce(known?.answerTokens ?? 0) { $0 + $1.answerTokens }
            answer.seconds = asked.reduce(known?.seconds ?? 0) { $0 + $1.time.inSeconds }
            answer.calls = outcome.calls.count
            answer.leftOut = outcome.leftOut
            answer.said = outcome.said
            if let names = row.expected?.names, row.expected?.withheld != true {
                answer.saidRight = RootCauseJudge.names(outcome.said ?? "", names)
            }
        } else {
            answer.diagnosis = BuiltInTriage().diagnose(file, reason: .noModel, now: now)
        }
        answer.right = count(row.expected, answer)
        return answer
    }

    /// - Returns: whether the answer is right; nil where nothing is expected.
    @discardableResult
    mutating func count(_ expected: ContextRow.Expected?, _ answer: DiagnosisAnswer) -> Bool? {
        guard let diagnosis = answer.diagnosis else { return nil }
        facts.rows += 1
        facts.promptTokens += answer.promptTokens
        facts.answerTokens += answer.answerTokens
        seconds += answer.seconds
        let isModel = if case .model = diagnosis.provenance.author { true } else { false }
        facts.answered.add(isModel)
        let hasAbstained = diagnoser != nil && !isModel
        facts.abstained += hasAbstained ? 1 : 0
        if expected?.withheld == true {
            facts.humbleWhereWithheld.add(hasAbstained || diagnosis.confidence < Evaluation.humble)
            return nil
        }
        guard let names = expected?.names, !names.isEmpty else { return nil }
        let isRight = (isModel || diagnoser == nil) && RootCauseJudge.names(diagnosis.rootCause, names)
        facts.right.add(isRight)
        if let said = answer.saidRight { facts.saidRight.add(said) }
        if diagnosis.confidence >= Evaluation.sure { facts.rightAmongSure.add(isRight) }
        if !hasAbstained { facts.rightByLevel[Calibration.index(of: diagnosis.confidence)].add(isRight) }
        return isRight
    }
}

/// Whether a root cause names what it must.
enum RootCauseJudge {
    /// - Parameter names: each must stand in the text, in any case; `a|b` where one of several will do.
    static func names(_ rootCause: String, _ names: [String]) -> Bool {
        let text = rootCause.lowercased()
        return names.allSatisfy { name in
            name.lowercased().split(separator: "|").contains { text.contains($0) }
        }
    }
}

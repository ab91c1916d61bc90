import Diagnosing
import Events
import Grouping
import History

/// Asks the embedding model where the groups lie that have no vector yet, the latest seen first.
///
/// A request of texts is one step: what it brought is kept before the next one, so that a run that is stopped goes on
/// from there.
struct EmbeddingStage {
    let site: Site
    let now: Timestamp
    let progress: ProgressHandler
    /// Groups that are asked about; the rest waits for a later run.
    var most = Int.max

    /// Of a run's time, beside the diagnoses that it is there for.
    private static let shareOfTime = 0.1
    /// Groups looked up at once.
    private static let chunk = 64 * OllamaClient.mostTextsAtOnce

    private let clock = ContinuousClock()

    init(site: Site, now: Timestamp, progress: @escaping ProgressHandler) {
        (self.site, self.now, self.progress) = (site, now, progress)
    }

    func run(into record: inout BatchRecord) async throws {
        switch try await Embedder.open(site, now: now) {
        case .unwanted: return
        case .unavailable(let model, let words):
            var embedding = BatchRecord.Embedding(model: model)
            tell(words, model, &embedding, &record)
            record.diagnosing.embedding = embedding
        case .ready(let embedder):
            var embedding = BatchRecord.Embedding(model: embedder.model.name)
            do {
                try await embed(with: embedder, &embedding)
            } catch let failure as ChatFailure where failure != .cancelled {
                tell(failure.description, embedder.model.name, &embedding, &record)
            }
            try Task.checkCancellation()
            embedding.left = try site.history.groupsWithoutVector(of: embedder.model, limit: 0).all
            record.diagnosing.embedding = embedding
        }
    }

    private func tell(
        _ why: String, _ model: String, _ embedding: inout BatchRecord.Embedding, _ record: inout BatchRecord
    ) {
        let (name, words) = (site.textRedactor(model).text, site.textRedactor(why).text)
        embedding.problem = record.said(
            OwnWords(
                "similar errors are found by words and frames alone: the embedding model \(name) did not answer (\(words))",
                "유사 오류를 단어와 프레임만으로 찾음: 임베딩 모델 \(name)이(가) 응답하지 않음 (\(words))"))
        progress(.warning(embedding.problem ?? ""))
    }

    private func embed(with embedder: Embedder, _ embedding: inout BatchRecord.Embedding) async throws {
        let deadline = clock.now + site.configuration.budget.time * Self.shareOfTime
        while embedding.made < most, clock.now < deadline {
            let limit = min(Self.chunk, most - embedding.made)
            let groups = try site.history.groupsWithoutVector(of: embedder.model, limit: limit).groups
            let before = embedding.made
            for start in stride(from: 0, to: groups.count, by: OllamaClient.mostTextsAtOnce) {
                try Task.checkCancellation()
                guard clock.now < deadline else { return }
                let step = Array(groups[start..<min(groups.count, start + OllamaClient.mostTextsAtOnce)])
                try await embed(step, with: embedder, &embedding)
                progress(.detail("\(embedding.made) groups embedded by \(embedder.model.name)"))
            }
            // Nothing came of these: they would be asked about for ever.
            guard embedding.made > before else { return }
        }
    }

    private func embed(
        _ groups: [Fingerprint], with embedder: Embedder, _ embedding: inout BatchRecord.Embedding
    ) async throws {
        let texts = try groups.map { group in
            let sample = try site.history.samples(of: group, limit: 1).first
            return sample.map { EmbeddedText.text(of: site.grouper.searchKey(of: $0)) } ?? ""
        }
        let told = zip(groups, texts).filter { !$1.isEmpty }
        guard !told.isEmpty else { return }
        let answer = try await embedder.vectors(of: told.map(\.1), awaitsLoad: embedding.made == 0)
        let found = zip(told, answer.vectors).compactMap { told, vector in vector.map { (group: told.0, vector: $0) } }
        let kept = try site.history.saveVectors(found, of: embedder.model)
        embedding.made += kept
        embedding.tokens += answer.tokens
        // The next texts would fare no better.
        guard kept > 0 else {
            throw ChatFailure.malformed(
                "none of \(told.count) embeddings has a direction, and the size of those before")
        }
    }
}

import HTTPTransport

/// Where a model puts texts (`POST /api/embed`).
public struct EmbeddingAnswer: Sendable, Hashable {
    /// One a text, in their order, all of one size, each number finite.
    public var vectors: [[Float]]
    /// As the server counted; 0 where it does not tell.
    public var promptTokens: Int
}

extension OllamaClient {
    /// Texts of one request: few enough that a slow server answers within its time.
    public static let mostTextsAtOnce = 32
    /// 32 vectors of 4,096 numbers as JSON are some 2 MB.
    private static let maximumEmbeddingBytes = 16 << 20

    /// Asks where texts lie.
    ///
    /// `truncate` is true here, and only here: a text longer than the model's window is known by its beginning, and
    /// nothing is concluded from its end.
    /// - Parameters:
    ///   - texts: at most ``mostTextsAtOnce``.
    ///   - awaitsLoad: the server may have to load the model first.
    public func embed(
        _ texts: [String], model: ModelSettings, awaitsLoad: Bool
    ) async throws(ChatFailure) -> EmbeddingAnswer {
        let timeouts = model.timeouts
        let wait = awaitsLoad ? timeouts.firstToken + timeouts.load : timeouts.firstToken
        let request = HTTPRequest(
            .post, path: "/api/embed", headers: [HTTPHeader("Content-Type", "application/json")],
            body: model.embeddingBody(texts.prefix(Self.mostTextsAtOnce)),
            timeouts: HTTPTimeouts(
                connect: timeouts.connect, firstByte: wait, stall: timeouts.stall, total: timeouts.total))
        let response: HTTPResponse
        do {
            response = try await client.send(request, limit: Self.maximumEmbeddingBytes)
        } catch {
            throw ChatFailure(error)
        }
        guard response.status == 200 else {
            let body = Array(response.body.prefix(Self.maximumRefusalBytes))
            throw ServerWords.failure(status: response.status, body: body, model: model.name)
        }
        return try EmbeddingAnswer(response.body, texts: min(texts.count, Self.mostTextsAtOnce))
    }
}

extension EmbeddingAnswer {
    /// - Throws: `malformed` for a reply without exactly one vector a text, all of one size, every number finite.
    init(_ body: [UInt8], texts: Int) throws(ChatFailure) {
        guard let reply = JSONText(body), let lists = reply["embeddings"]?.elements else {
            throw .malformed("no `embeddings` in \(ServerWords.excerpt(body))")
        }
        guard lists.count == texts else { throw .malformed("\(lists.count) embeddings of \(texts) texts") }
        vectors = []
        for list in lists {
            let numbers = (list.elements ?? []).map { element -> Float in
                if case .number(let text) = element { Float(text) ?? .nan } else { .nan }
            }
            guard !numbers.isEmpty, numbers.count == vectors.first?.count ?? numbers.count,
                numbers.allSatisfy(\.isFinite)
            else { throw .malformed("an embedding that is no list of as many numbers as the others") }
            vectors.append(numbers)
        }
        promptTokens = max(0, reply["prompt_eval_count"]?.integer ?? 0)
    }
}

extension ModelSettings {
    /// The body of `POST /api/embed`: names sorted, the same bytes for the same texts.
    fileprivate func embeddingBody(_ texts: ArraySlice<String>) -> [UInt8] {
        let input = texts.map(JSONText.quoted).joined(separator: ",")
        let wanted = (["\"num_ctx\":\(contextTokens)"] + options.compactMap(Self.option)).joined(separator: ",")
        let fields = [
            "\"input\":[\(input)]", "\"keep_alive\":\(keepAliveJSON)", "\"model\":\(JSONText.quoted(name))",
            "\"options\":{\(wanted)}", "\"truncate\":true",
        ]
        return Array("{\(fields.joined(separator: ","))}".utf8)
    }

    /// Seconds, and -1 for ever, are numbers; a text must be a duration with its unit.
    var keepAliveJSON: String { Int(keepAlive).map(String.init) ?? JSONText.quoted(keepAlive) }
}

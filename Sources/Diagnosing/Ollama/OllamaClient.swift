import HTTPTransport

/// Ollama's API at one endpoint; any number of tasks may use one client.
public struct OllamaClient: Sendable {
    let client: HTTPClient

    /// Of a refusal's text.
    static let maximumRefusalBytes = 64 << 10
    /// A server that is alive lists its models at once, even while one of them answers.
    static let listPatience = Duration.seconds(20)
    /// Of a list of models: some 10,000.
    static let maximumListBytes = 8 << 20

    public init(endpoint: Endpoint) { self.init(client: HTTPClient(endpoint)) }

    public init(client: HTTPClient) { self.client = client }

    /// Asks for one answer and waits for its end.
    ///
    /// Cancelling the task closes the connection, which stops the generation.
    /// - Parameter onToken: called with the number of pieces so far, whenever one has come.
    public func chat(
        _ request: ChatRequest, onToken: (@Sendable (Int) -> Void)? = nil
    ) async throws(ChatFailure) -> ChatAnswer {
        let timeouts = request.model.timeouts
        let httpRequest = HTTPRequest(
            .post, path: "/api/chat", headers: [HTTPHeader("Content-Type", "application/json")],
            body: try request.json(),
            timeouts: HTTPTimeouts(
                connect: timeouts.connect,
                firstByte: request.awaitsLoad ? timeouts.firstToken + timeouts.load : timeouts.firstToken,
                stall: timeouts.stall, total: timeouts.total))
        do {
            let stream = try await client.stream(httpRequest)
            guard stream.head.status == 200 else {
                throw try await refusal(stream, model: request.model.name)
            }
            var decoder = ChatDecoder(model: request.model.name)
            while let piece = try await stream.next() {
                let before = decoder.pieces
                if let answer = try decoder.read(piece) { return answer }
                if decoder.pieces > before { onToken?(decoder.pieces) }
            }
            return try decoder.finish()
        } catch let error as TransportError {
            let failure = ChatFailure(error)
            if case .timedOut(.firstToken, let after) = failure, request.awaitsLoad, timeouts.load > .zero {
                throw .timedOut(.load, after: after)
            }
            throw failure
        } catch let failure as ChatFailure {
            throw failure
        } catch {
            throw .malformed("\(error)")
        }
    }

    /// The models that the server has (`GET /api/tags`), in its order.
    ///
    /// - Parameter timeouts: waiting for a list is bounded by `connect` and `stall`; no model is loaded for it.
    public func installedModels(
        timeouts: ModelSettings.Timeouts = ModelSettings.Timeouts()
    ) async throws(ChatFailure) -> [InstalledModel] {
        try Self.list(InstalledModel.init, in: try await get("/api/tags", timeouts))
    }

    /// The models that the server holds in memory (`GET /api/ps`).
    public func loadedModels() async throws(ChatFailure) -> [LoadedModel] {
        try Self.list(LoadedModel.init, in: try await get("/api/ps"))
    }

    /// The server's version (`GET /api/version`).
    public func version() async throws(ChatFailure) -> String {
        guard let version = try await get("/api/version")["version"]?.string else {
            throw .malformed("no `version` in the reply")
        }
        return ServerWords.bounded(version)
    }
}

extension OllamaClient {
    /// Reads as much of a refusal as is worth showing.
    func refusal(_ stream: HTTPStream, model: String) async throws(TransportError) -> ChatFailure {
        let status = stream.head.status
        if (300..<400).contains(status) {
            let target = ServerWords.bounded(stream.head["Location"] ?? "nowhere")
            return .refused(status: status, message: "redirects to \(target), which is never followed")
        }
        var body: [UInt8] = []
        while body.count < Self.maximumRefusalBytes, let piece = try await stream.next() { body += piece }
        return ServerWords.failure(status: status, body: Array(body.prefix(Self.maximumRefusalBytes)), model: model)
    }

    private func get(
        _ path: String, _ timeouts: ModelSettings.Timeouts = ModelSettings.Timeouts()
    ) async throws(ChatFailure) -> JSONText {
        let response: HTTPResponse
        do {
            response = try await client.send(
                HTTPRequest(
                    path: path,
                    timeouts: HTTPTimeouts(
                        connect: timeouts.connect, firstByte: min(timeouts.stall, Self.listPatience),
                        stall: timeouts.stall)), limit: Self.maximumListBytes)
        } catch {
            throw ChatFailure(error)
        }
        guard response.status == 200 else {
            let body = response.body.prefix(Self.maximumRefusalBytes)
            throw ServerWords.failure(status: response.status, body: Array(body), model: nil)
        }
        guard let object = JSONText(response.body), case .object = object else {
            throw .malformed("not a JSON object: \(ServerWords.excerpt(response.body))")
        }
        return object
    }

    private static func list<Model>(
        _ read: (JSONText) -> Model?, in object: JSONText
    ) throws(ChatFailure) -> [Model] {
        guard let elements = object["models"]?.elements else { throw .malformed("no `models` in the reply") }
        var models: [Model] = []
        for element in elements {
            guard let model = read(element) else { throw .malformed("a model without name or digest") }
            models.append(model)
        }
        return models
    }
}

extension ChatFailure {
    /// What a failure of the transport means for a chat.
    init(_ error: TransportError) {
        self =
            switch error {
            case .cancelled: .cancelled
            case .timedOut(.connect, let after): .timedOut(.connect, after: after)
            case .timedOut(.firstByte, let after): .timedOut(.firstToken, after: after)
            case .timedOut(.stall, let after): .timedOut(.stall, after: after)
            case .timedOut(.total, let after): .timedOut(.total, after: after)
            case .notHTTP, .tooLarge: .malformed(error.description)
            case .refusedByPolicy, .cannotConnect, .reset, .untrusted, .invalidRequest, .unreadable, .other:
                .unreachable(error)
            }
    }
}

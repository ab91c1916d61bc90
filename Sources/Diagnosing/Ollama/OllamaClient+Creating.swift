import HTTPTransport

/// What makes a model of files that were brought in: `HEAD` and `POST /api/blobs/sha256:…`, then `POST /api/create`.
///
/// Nothing is ever fetched by it: the request names blobs that the server has, and no model to begin from.
extension OllamaClient {
    /// The server writes a blob to its disk while it is sent, and hashes it at the end.
    static let blobTimeouts = HTTPTimeouts(
        connect: .seconds(5), firstByte: .seconds(600), stall: .seconds(60), total: .seconds(86_400))
    /// It says what it does, and is silent for as long as the disk takes.
    static let createTimeouts = HTTPTimeouts(
        connect: .seconds(5), firstByte: .seconds(600), stall: .seconds(1800), total: .seconds(86_400))
    static let longestStatus = 64 << 10
    static let longestProgress = 4 << 20

    /// Whether the server holds a blob of this sum.
    public func holds(blob sum: String) async throws(ChatFailure) -> Bool {
        do {
            let response = try await client.send(
                HTTPRequest(.head, path: "/api/blobs/sha256:\(sum)", timeouts: Self.blobTimeouts), limit: 0)
            switch response.status {
            case 200: return true
            case 404: return false
            default: throw ChatFailure.refused(status: response.status, message: "asked for a blob")
            }
        } catch let error as TransportError {
            throw ChatFailure(error)
        } catch let failure as ChatFailure {
            throw failure
        } catch {
            throw .malformed("\(error)")
        }
    }

    /// Hands a file over as a blob; the server refuses one that is not what its sum says.
    ///
    /// - Parameter onProgress: called with the bytes sent so far, from another thread.
    public func send(
        blob file: ModelFile, sum: String, onProgress: (@Sendable (Int) -> Void)? = nil
    ) async throws(ChatFailure) {
        let request = HTTPRequest(
            .post, path: "/api/blobs/sha256:\(sum)",
            headers: [HTTPHeader("Content-Type", "application/octet-stream")],
            upload: HTTPUpload(path: file.path, size: file.size, onProgress: onProgress), timeouts: Self.blobTimeouts)
        do {
            let stream = try await client.stream(request)
            guard stream.head.status == 201 || stream.head.status == 200 else {
                throw try await refusal(stream, model: "")
            }
        } catch let error as TransportError {
            throw ChatFailure(error)
        } catch let failure as ChatFailure {
            throw failure
        } catch {
            throw .malformed("\(error)")
        }
    }

    /// Makes a model of blobs that the server has.
    ///
    /// - Parameter onStatus: called with what the server says that it does.
    public func create(_ recipe: ModelRecipe, onStatus: (String) -> Void = { _ in }) async throws(ChatFailure) {
        let request = HTTPRequest(
            .post, path: "/api/create", headers: [HTTPHeader("Content-Type", "application/json")],
            body: Array(recipe.json.utf8), timeouts: Self.createTimeouts)
        do {
            let stream = try await client.stream(request)
            guard stream.head.status == 200 else { throw try await refusal(stream, model: recipe.name.description) }
            var (splitter, total, isDone) = (LineSplitter(maximumLength: Self.longestStatus), 0, false)
            while let piece = try await stream.next() {
                total += piece.count
                guard total <= Self.longestProgress, let lines = splitter.lines(completedBy: piece) else {
                    throw ChatFailure.malformed("what it says while creating is endless")
                }
                for line in lines { try Self.read(status: line, &isDone, onStatus) }
            }
            try Self.read(status: splitter.last(), &isDone, onStatus)
            // A clean end without a word of success is none: the disk may have been full.
            guard isDone else { throw ChatFailure.endedEarly(received: total) }
        } catch let error as TransportError {
            throw ChatFailure(error)
        } catch let failure as ChatFailure {
            throw failure
        } catch {
            throw .malformed("\(error)")
        }
    }

    private static func read(status line: [UInt8], _ isDone: inout Bool, _ onStatus: (String) -> Void) throws {
        if line.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) { return }
        guard let object = JSONText(line), case .object = object else {
            throw ChatFailure.malformed("not a JSON object: \(ServerWords.excerpt(line))")
        }
        // After the head has gone out, a failure comes under 200.
        if let error = object["error"] {
            throw ServerWords.failure(status: 200, error: error.string ?? "unreadable error", model: nil)
        }
        guard let status = object["status"]?.string else { throw ChatFailure.malformed("a line without `status`") }
        isDone = status == "success"
        onStatus(ServerWords.bounded(status))
    }
}

/// What `POST /api/create` is given.
public struct ModelRecipe: Sendable, Hashable {
    public var name: ModelName
    /// Names of files with the sums of their blobs.
    public var files: [String: String]
    public var adapters: [String: String] = [:]
    public var template: String?
    public var system: String?
    public var licenses: [String] = []
    /// A JSON object and a JSON array, as the model's own blobs hold them.
    public private(set) var parameters: String?
    public private(set) var messages: String?

    public init(name: ModelName, files: [String: String]) { (self.name, self.files) = (name, files) }

    /// - Returns: false where the text is no JSON object.
    public mutating func take(parameters text: String) -> Bool {
        guard let value = JSONText(Array(text.utf8)), case .object = value else { return false }
        parameters = text
        return true
    }

    /// - Returns: false where the text is no JSON array.
    public mutating func take(messages text: String) -> Bool {
        guard JSONText(Array(text.utf8))?.elements != nil else { return false }
        messages = text
        return true
    }

    var json: String {
        var fields = ["\"model\":\(JSONText.quoted(name.description))", "\"files\":\(Self.object(files))"]
        if !adapters.isEmpty { fields.append("\"adapters\":\(Self.object(adapters))") }
        if let template { fields.append("\"template\":\(JSONText.quoted(template))") }
        if let system { fields.append("\"system\":\(JSONText.quoted(system))") }
        if !licenses.isEmpty {
            fields.append("\"license\":[\(licenses.map(JSONText.quoted).joined(separator: ","))]")
        }
        if let parameters { fields.append("\"parameters\":\(parameters)") }
        if let messages { fields.append("\"messages\":\(messages)") }
        return "{\(fields.joined(separator: ","))}"
    }

    private static func object(_ sums: [String: String]) -> String {
        let pairs = sums.sorted { $0.key < $1.key }.map {
            "\(JSONText.quoted($0.key)):\(JSONText.quoted("sha256:\($0.value)"))"
        }
        return "{\(pairs.joined(separator: ","))}"
    }
}

import HTTPTypes
import Hummingbird

/// Why a message is not taken, before anything is made of it.
enum DoorRefusal: Error, Equatable {
    case closed(String)
    case notAllowed
    case tooMany
    /// The bodies in hand fill the memory that there is for them.
    case noMemory
    /// As many questions as are answered at once are being answered.
    case tooManyQuestions
    case tooLarge(limit: Int)
    case tooSlow
    case encoding(String)
    case contentType
}

extension DoorRefusal {
    var counted: DoorMetrics.Refusal {
        switch self {
        case .closed: .closed
        case .notAllowed: .unauthorized
        case .tooMany: .rate
        case .noMemory: .memory
        case .tooManyQuestions: .analyses
        case .tooLarge: .tooLarge
        case .tooSlow: .slow
        case .encoding: .encoding
        case .contentType: .contentType
        }
    }

    var response: Response {
        switch self {
        case .closed(let key): say("this door is closed: appliance.toml has no \(key)", .forbidden)
        case .notAllowed: unauthorized
        case .tooMany: say("too many messages from this address", .tooManyRequests, retryAfter: 1)
        case .noMemory: say("more is being sent than memory should hold", .tooManyRequests, retryAfter: 1)
        case .tooManyQuestions: say("other questions are being answered", .tooManyRequests, retryAfter: 5)
        case .tooLarge(let limit): say("more than \(limit) bytes; send smaller batches", .contentTooLarge)
        case .tooSlow: say("the message did not come to its end in time", .requestTimeout)
        case .encoding: say("only gzip and deflate are understood", .unsupportedMediaType)
        case .contentType: say("send application/json or application/x-protobuf", .unsupportedMediaType)
        }
    }

    private var unauthorized: Response {
        var response = say("the key, token or signature is missing or wrong", .unauthorized)
        response.headers[.wwwAuthenticate] = "Bearer"
        return response
    }

    private func say(_ words: String, _ status: HTTPResponse.Status, retryAfter: Int? = nil) -> Response {
        .json("{\"error\":\(DoorRoutes.quoted(words))}", status: status, retryAfter: retryAfter)
    }
}

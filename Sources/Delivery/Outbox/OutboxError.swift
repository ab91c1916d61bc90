import Events

/// Why a message could not be put into the outbox, or the outbox not be read.
public enum OutboxError: OperatorFacing, Equatable {
    /// The disk, a quota or a file size limit has no room.
    case full(path: String)
    case denied(path: String, reason: String)
    case failed(operation: String, path: String, reason: String)
    /// A message of that name is there with other bytes.
    case conflict(name: String)
    case tooLarge(name: String, bytes: Int, limit: Int)
    case badName(String)
    /// Not what this site signed; it is not carried out.
    case changed(name: String)
    /// A file that a message names is not there, or not as it was.
    case lostAttachment(name: String, of: String)
    /// It holds fields that are not among those that may leave.
    case unlisted(name: String, fields: [String])

    public var description: String {
        switch self {
        case .full(let path): "no space left to write \(path)"
        case .denied(let path, let reason): "not allowed to write or read \(path): \(reason)"
        case .failed(let operation, let path, let reason): "cannot \(operation) \(path): \(reason)"
        case .conflict(let name): "the outbox has a message \(name) with other bytes"
        case .tooLarge(let name, let bytes, let limit):
            "message \(name) has \(NumberText.grouped(bytes)) bytes; at most \(NumberText.grouped(limit)) are allowed"
        case .badName(let name): "not a message's file name: \(VisibleText.verbatim(name, width: 80))"
        case .changed(let name): "\(name) is not as this site signed it"
        case .lostAttachment(let name, let message):
            "\(VisibleText.verbatim(name, width: 80)) of \(message) is missing or was changed"
        case .unlisted(let name, let fields):
            "\(name) holds what is not on the list of what may leave: \(ExportFields.words(fields))"
        }
    }

    public var remedy: String? {
        switch self {
        case .full:
            "Free space on that file system, then run again: nothing is lost, and nothing goes out twice."
        case .denied(let path, _):
            "Give the user that runs appliance read and write access to \(path), then run again."
        case .failed: "See to the file system named here, then run again: nothing is lost."
        case .conflict(let name):
            "Run appliance outbox verify; keep a copy of \(name), move it out of the outbox, then run again."
        case .changed, .lostAttachment: "Run appliance outbox verify; put the file back from a backup of the home."
        case .tooLarge: "Lower what a report's message may carry in the configuration."
        case .unlisted:
            "A later version, or somebody with the site's key, wrote it: ship with that version, or forget what it says."
        case .badName: nil
        }
    }

    public var kind: FailureKind {
        switch self {
        case .full, .denied, .failed: .io
        case .conflict, .tooLarge, .changed, .lostAttachment, .unlisted: .data
        case .badName: .bug
        }
    }
}

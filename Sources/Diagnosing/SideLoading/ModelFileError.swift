import Events

/// Why a side-loaded model is not taken in.
public enum ModelFileError: OperatorFacing, Equatable {
    case unreadable(path: String, reason: String)
    case noModel(path: String, GGUFError)
    /// The folder does not hold one model.
    case noFolder(path: String, reason: String)
    case noList(path: String)
    /// The list has no line for the file.
    case unlisted(file: String, list: String)
    case otherSum(path: String, found: String, listed: String)
    case noName(String)
    case nameTaken(name: String, digest: String)

    public var description: String {
        switch self {
        case .unreadable(let path, let reason): "cannot read \(path): \(reason)"
        case .noModel(let path, let error): "\(path) is no model that can be taken in: \(error)"
        case .noFolder(let path, let reason): "\(path): \(reason)"
        case .noList(let path): "\(path) is no list of sums"
        case .unlisted(let file, let list): "\(list) does not name \(file)"
        case .otherSum(let path, let found, let listed):
            "\(path) is not what was sent: its sum is \(found.prefix(12))…, listed is \(listed.prefix(12))…"
        case .noName(let name): "\"\(UntrustedText.line(name, limit: 80))\" is no name of a model"
        case .nameTaken(let name, let digest): "the server has a model \(name) already (sha256 \(digest.prefix(12))…)"
        }
    }

    public var remedy: String? {
        switch self {
        case .unreadable: "Check the medium and the rights on the file."
        case .noModel(_, .cutShort): "Copy it again; a full medium cuts files short."
        case .noModel: "Bring the model as a GGUF file of version 2 or 3."
        case .noFolder: "Give a folder that deploy/models/carry wrote, or one with a single .gguf file."
        case .noList: "Write one where the file comes from: sha256sum FILE.gguf >FILE.gguf.sha256"
        case .unlisted: "Bring the list that belongs to the file, or name it with --carry-list."
        case .otherSum: "Do not use it. Copy it again, and ask who carried it."
        case .noName: "Give one with --name, such as qwen2.5-coder:7b."
        case .nameTaken: "Give another name with --name, or replace that model on purpose with --replace."
        }
    }

    public var kind: FailureKind {
        switch self {
        case .unreadable(_, let reason) where reason == "No such file or directory": .noInput
        case .unreadable: .io
        case .noFolder: .noInput
        case .noModel, .noList, .unlisted, .otherSum: .data
        case .noName, .nameTaken: .usage
        }
    }
}

import Events
import Glibc

/// Why a mirror cannot be read.
public enum MirrorError: OperatorFacing, Equatable {
    case missing(path: String)
    case notRepository(path: String, reason: String)
    /// Something in the repository could make git read outside of it, or run something.
    case unsafe(path: String, reason: String)
    case unsupported(path: String, feature: String)
    case noCommits(path: String)
    case gitMissing(searched: [String])
    case scratch(path: String, code: Int32)
    case timedOut(command: String, after: Duration)
    case outputTooLarge(command: String, limit: Int)
    case gitFailed(command: String, status: String, message: String)
    /// An object that the mirror should hold and does not, or that is not what its name promises.
    case object(name: String, problem: String)
    /// A bundle that is not taken in; the mirror is as it was.
    case badBundle(path: String, reason: String)
    case notWritten(path: String, code: Int32)
    case closed

    public var description: String {
        switch self {
        case .missing(let path): "no git mirror at \(path)"
        case .notRepository(let path, let reason): "\(path) is not a git repository: \(reason)"
        case .unsafe(let path, let reason): "mirror \(path) refused: \(reason)"
        case .unsupported(let path, let feature): "mirror \(path) uses \(feature), which is not read"
        case .noCommits(let path): "mirror \(path) has no commits"
        case .gitMissing(let searched): "git not found in \(searched.joined(separator: ", "))"
        case .scratch(let path, let code): "cannot make a private folder \(path) (errno \(code))"
        case .timedOut(let command, let limit): "git \(command) stopped after \(Int(limit.inSeconds)) s"
        case .outputTooLarge(let command, let limit): "git \(command) wrote more than \(limit) bytes"
        case .gitFailed(let command, let status, let message): "git \(command) failed (\(status)): \(message)"
        case .object(let name, let problem): "object \(name): \(problem)"
        case .badBundle(let path, let reason): "bundle \(path) was not taken in: \(reason)"
        case .notWritten(let path, let code): "cannot write \(path): \(String(cString: strerror(code)))"
        case .closed: "the mirror session was closed"
        }
    }

    public var remedy: String? {
        switch self {
        case .missing: "Mirror the repository there (git clone --mirror), or correct the mirror's path."
        case .notRepository: "Point the mirror's path at a bare repository or a work tree."
        case .unsafe: "Mirror the repository anew with git clone --mirror --no-local, without links or alternates."
        case .unsupported: "Mirror the repository with git clone --mirror --ref-format=files."
        case .noCommits: "Push or fetch into the mirror."
        case .gitMissing: "Install git."
        case .scratch: "Make the temporary folder writable, with free space."
        case .timedOut: "Raise context.git_timeout, or repack the mirror (git gc)."
        case .outputTooLarge: nil
        case .gitFailed, .object: "Check the mirror with git fsck, and mirror it anew if it is damaged."
        case .badBundle: "Make it anew on the staging host (deploy/mirror-sync), with all that came since the last one."
        case .notWritten:
            "Make it writable for this user, with free space; a .lock left by a killed git may be removed."
        case .closed: nil
        }
    }

    public var kind: FailureKind {
        switch self {
        case .missing: .noInput
        case .notRepository, .unsafe, .unsupported, .noCommits, .badBundle: .data
        case .gitMissing: .unavailable
        case .scratch, .notWritten: .io
        case .timedOut, .outputTooLarge, .gitFailed, .object: .data
        case .closed: .bug
        }
    }
}

import Events

/// What a command in the sandbox may use.
public struct SandboxLimits: Sendable, Hashable {
    /// By the wall clock, and a process may use as much of a CPU.
    public var time = Duration.minutes(10)
    /// Bytes of data that a process may have, and all processes together.
    public var memory = 2 << 30
    public var processes = 256
    /// Bytes of the work tree with what is built in it, and of its temporary files.
    public var disk = 2 << 30

    public init() {}

    /// Bytes of output that are read; a command that writes more is stopped.
    static let maxOutput = 64 << 20
    /// Of that, the end is kept.
    static let keptOutput = 64 << 10
    static let openFiles = 1024
}

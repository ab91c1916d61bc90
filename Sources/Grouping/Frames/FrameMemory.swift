import Events
import Synchronization

/// Remembers how frames are named: the same ones come in trace after trace.
///
/// Changes no result, only the time it takes: what is remembered is a pure function of the key and the settings.
final class FrameMemory: Sendable {
    struct Key: Hashable, Sendable {
        var module: String?
        var function: String?
        var file: String?
        var inApp: Bool?
        var language: Language?
    }

    /// Frames kept; then all are forgotten and the memory fills anew.
    static let maxFrames = 20_000

    private let frames = Mutex<[Key: NormalizedFrame?]>([:])

    func frame(for key: Key, else work: () -> NormalizedFrame?) -> NormalizedFrame? {
        if let known = frames.withLock({ $0[key] }) { return known }
        let result = work()
        frames.withLock { frames in
            if frames.count >= Self.maxFrames { frames.removeAll(keepingCapacity: true) }
            frames[key] = .some(result)
        }
        return result
    }
}

extension FrameNormalizer {
    /// ``normalize(_:in:)``, worked out once for a frame.
    func remembered(_ frame: StackFrame, in language: Language?) -> NormalizedFrame? {
        // Where nothing else names a frame, its source text does: that is not remembered.
        guard frame.context == nil else { return normalize(frame, in: language) }
        let key = FrameMemory.Key(
            module: frame.module, function: frame.function, file: frame.file, inApp: frame.inApp,
            language: language)
        return memory.frame(for: key) { normalize(frame, in: language) }
    }
}

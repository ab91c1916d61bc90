import CLZ4
import Synchronization

/// Compresses many records with one dictionary, thoroughly: records are written once and read often.
///
/// Making a stream and taking a dictionary of 64 KB in takes longer than compressing the record (`Benchmarks/README.md`). So
/// it is taken in once, and a copy of that state begins each record: the result is the same to the byte. May be used from
/// any task.
final class LZ4Packer: Sendable {
    /// Used by one task at a time.
    private struct Stream: @unchecked Sendable {
        let pointer: UnsafeMutablePointer<LZ4_streamHC_t>
    }

    /// A stream that has read the dictionary, and is only read from then on; it refers to the bytes by their place.
    private struct Loaded: @unchecked Sendable {
        let stream: Stream
        let bytes: UnsafeMutableBufferPointer<CChar>
    }

    private struct Streams: Sendable {
        var loaded: Loaded?
        /// In nobody's hands.
        var idle: [Stream] = []
    }

    private let dictionary: [UInt8]
    private let streams = Mutex(Streams())

    /// Of 12: what is gained beyond is not worth its time.
    private static let level: Int32 = 9

    /// - Parameter dictionary: empty for none.
    init(dictionary: [UInt8]) { self.dictionary = dictionary }

    deinit {
        streams.withLock { streams in
            for stream in streams.idle { stream.pointer.deallocate() }
            guard let loaded = streams.loaded else { return }
            loaded.stream.pointer.deallocate()
            loaded.bytes.deallocate()
        }
    }

    /// - Returns: nil when liblz4 refuses: input beyond its limit of 2 GB, or a stream (``make()``).
    func compress(_ raw: [UInt8]) -> [UInt8]? {
        // The block of nothing is one token.
        if raw.isEmpty { return [0] }
        let bound = LZ4_compressBound(Int32(clamping: raw.count))
        guard bound > 0, let stream = take() else { return nil }
        defer { streams.withLock { $0.idle.append(stream) } }
        let packed = [UInt8](unsafeUninitializedCapacity: Int(bound)) { target, count in
            let written = raw.withUnsafeBytes { source in
                target.withMemoryRebound(to: CChar.self) { target in
                    LZ4_compress_HC_continue(
                        stream.pointer, source.bindMemory(to: CChar.self).baseAddress, target.baseAddress,
                        Int32(source.count), bound)
                }
            }
            count = Int(max(0, written))
        }
        return packed.isEmpty ? nil : packed
    }

    /// A stream that has read the dictionary and nothing else.
    private func take() -> Stream? {
        let (idle, loaded) = streams.withLock { streams in
            if streams.loaded == nil, !dictionary.isEmpty { streams.loaded = load() }
            return (streams.idle.popLast(), streams.loaded)
        }
        guard let stream = idle ?? Self.make() else { return nil }
        if let loaded {
            stream.pointer.update(from: loaded.stream.pointer, count: 1)
        } else {
            LZ4_resetStreamHC_fast(stream.pointer, Self.level)
        }
        return stream
    }

    private func load() -> Loaded? {
        guard let stream = Self.make() else { return nil }
        let bytes = UnsafeMutableBufferPointer<CChar>.allocate(capacity: dictionary.count)
        _ = bytes.initialize(from: dictionary.lazy.map { CChar(bitPattern: $0) })
        LZ4_resetStreamHC_fast(stream.pointer, Self.level)
        _ = LZ4_loadDictHC(stream.pointer, bytes.baseAddress, Int32(clamping: bytes.count))
        return Loaded(stream: stream, bytes: bytes)
    }

    /// nil where the library that is loaded needs more for a stream than the one that this was built with: then a copy
    /// would not be whole.
    private static func make() -> Stream? {
        let pointer = UnsafeMutablePointer<LZ4_streamHC_t>.allocate(capacity: 1)
        guard LZ4_initStreamHC(pointer, MemoryLayout<LZ4_streamHC_t>.size) != nil else {
            pointer.deallocate()
            return nil
        }
        return Stream(pointer: pointer)
    }
}

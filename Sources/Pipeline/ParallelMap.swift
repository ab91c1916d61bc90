import Dispatch
import Foundation
import Synchronization

/// Works on many values at once, on all processors; the results come in the order of the values.
enum ParallelMap {
    /// - Parameter work: gets a value's place and the value, on any thread.
    /// - Throws: the error of the earliest piece that failed.
    static func map<Value: Sendable, Result: Sendable>(
        _ values: [Value], _ work: @Sendable (Int, Value) throws -> Result
    ) throws -> [Result] {
        let pieces = min(values.count, ProcessInfo.processInfo.activeProcessorCount * 4)
        guard pieces > 1 else { return try values.enumerated().map { try work($0, $1) } }
        let size = (values.count + pieces - 1) / pieces
        let results = Mutex([Int: Swift.Result<[Result], any Error>]())
        DispatchQueue.concurrentPerform(iterations: pieces) { piece in
            let range = min(values.count, piece * size)..<min(values.count, (piece + 1) * size)
            let done = Swift.Result { try range.map { try work($0, values[$0]) } }
            results.withLock { $0[piece] = done }
        }
        return try results.withLock { done in try (0..<pieces).flatMap { try done[$0]?.get() ?? [] } }
    }
}

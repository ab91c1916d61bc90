import Dispatch
import Foundation
import Synchronization

/// Works on many values at once, on all processors; the results come in the order of the values.
package enum ParallelMap {
    /// - Parameter work: gets a value's place and the value, on any thread.
    /// - Throws: the error of the earliest piece that failed.
    package static func map<Value: Sendable, Result: Sendable, Failure: Error>(
        _ values: [Value], _ work: @Sendable (Int, Value) throws(Failure) -> Result
    ) throws(Failure) -> [Result] {
        let pieces = min(values.count, ProcessInfo.processInfo.activeProcessorCount * 4)
        let size = pieces > 1 ? (values.count + pieces - 1) / pieces : values.count
        @Sendable func run(_ piece: Int) -> Swift.Result<[Result], Failure> {
            let range = min(values.count, piece * size)..<min(values.count, (piece + 1) * size)
            var results: [Result] = []
            results.reserveCapacity(range.count)
            for place in range {
                do throws(Failure) {
                    results.append(try work(place, values[place]))
                } catch {
                    return .failure(error)
                }
            }
            return .success(results)
        }
        guard pieces > 1 else { return try run(0).get() }
        let done = Mutex([Int: Swift.Result<[Result], Failure>]())
        DispatchQueue.concurrentPerform(iterations: pieces) { piece in
            let result = run(piece)
            done.withLock { $0[piece] = result }
        }
        let results = done.withLock { $0 }
        var all: [Result] = []
        all.reserveCapacity(values.count)
        for piece in 0..<pieces {
            if let result = results[piece] { all += try result.get() }
        }
        return all
    }
}

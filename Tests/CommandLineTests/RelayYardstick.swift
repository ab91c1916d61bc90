import ApplianceTestSupport
import Events
import Foundation
import Testing

/// What the receiver and the disk allow, measured beside a relay: the same payloads posted one by one by curl, and a line
/// brought to the disk for each.
enum RelayYardstick {
    private static let count = 1_000

    /// Messages a second.
    static func allowed(by receiver: WebhookReceiver, directory: TemporaryDirectory) async throws -> Double {
        let clock = ContinuousClock()
        let requests = (1...count).map { number in
            """
            url = "\(receiver.webhook)?wait=true"
            header = "Content-Type: application/json"
            data-binary = "{\\"content\\": \\"m\(number)\\", \\"embeds\\": []}"
            output = "/dev/null"
            """
        }
        let curl = Process()
        curl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        curl.arguments = ["curl", "--silent", "--fail", "--noproxy", "*", "--config", "-"]
        let input = Data(requests.joined(separator: "\nnext\nsilent\nfail\nnoproxy = \"*\"\n").utf8)
        let outcome = try await clock.timed { try await ApplianceBinary.finish(curl, input: input) }
        try #require(outcome.result.status == 0, "\(outcome.result.errors)")
        try #require(receiver.requestCount == count)
        receiver.forget()
        let lines = try directory.write("yardstick", "")
        let file = open(lines, O_WRONLY | O_APPEND)
        defer { close(file) }
        let disk = clock.measure {
            for number in 1...count {
                _ = "message \(number)\n".withCString { write(file, $0, strlen($0)) }
                fsync(file)
            }
        }
        return Double(count) / (outcome.seconds + disk.inSeconds)
    }

    /// 500 messages a second, or four fifths of what a machine that is busy with other things allows just now.
    static func floor(_ allowed: Double) -> Double { min(500, 0.8 * allowed) }
}

extension ContinuousClock {
    fileprivate func timed<Result>(_ work: () async throws -> Result) async rethrows -> (
        result: Result, seconds: Double
    ) {
        let start = now
        let result = try await work()
        return (result, start.duration(to: now).inSeconds)
    }
}

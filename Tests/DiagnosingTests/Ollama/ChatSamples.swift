import Diagnosing

extension ChatRequest {
    static let sampleSchema =
        #"{"type":"object","properties":{"z":{"type":"string","enum":["yes","no"]}},"required":["z"]}"#

    /// A request that needs nothing but a server.
    static let small = ChatRequest(
        model: ModelSettings(name: "small:1b"),
        messages: [ChatMessage(.system, "Answer in JSON."), ChatMessage(.user, "Is water wet?")], schema: sampleSchema)

    func with(timeouts: ModelSettings.Timeouts) -> ChatRequest {
        var request = self
        request.model.timeouts = timeouts
        return request
    }
}

/// SplitMix64 (https://prng.di.unimi.it/splitmix64.c): the same numbers from the same seed, on every machine.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

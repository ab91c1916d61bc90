import ApplianceTestSupport
import Foundation
import Testing

@testable import Diagnosing

@Suite("A GGUF file's header is read strictly, and to its end")
struct GGUFHeaderTests {
    private func header(_ bytes: [UInt8], of size: Int? = nil) throws -> GGUFHeader {
        try bytes.withUnsafeBytes { try GGUFHeader(prefix: $0, fileSize: size ?? bytes.count) }
    }

    @Test("what a whole file says of itself", arguments: [2, 3] as [UInt32])
    func whole(version: UInt32) throws {
        var fixture = GGUFFixture()
        fixture.version = version
        let bytes = fixture.bytes
        let found = try header(bytes)
        #expect(found.architecture == "qwen2" && found.name == "Tiny")
        #expect(found.version == Int(version) && found.tensorCount == 1 && found.contextTokens == 32768)
        #expect(found.bytesNeeded == bytes.count)
    }

    @Test("every file that was cut short is found, wherever it was cut")
    func cut() {
        let bytes = GGUFFixture().bytes
        for length in 0..<bytes.count {
            #expect(throws: GGUFError.self) { try header(Array(bytes[..<length])) }
        }
    }

    @Test("a beginning of a longer file asks for more, and never takes it for cut short")
    func prefixes() {
        let bytes = GGUFFixture().bytes
        let tensors = bytes.count - GGUFFixture().dataBytes
        for length in 0..<(tensors - 32) {
            #expect(throws: GGUFError.longer) { try header(Array(bytes[..<length]), of: bytes.count) }
        }
        #expect(throws: Never.self) { try header(Array(bytes[..<tensors]), of: bytes.count) }
    }

    static let spoilt: [(String, @Sendable (inout GGUFFixture) -> Void)] = [
        ("another magic number", { $0.magic = Array("GGML".utf8) }),
        ("version 1", { $0.version = 1 }),
        ("the other byte order", { $0.version = UInt32(3).byteSwapped }),
        ("no tensor", { $0.tensors = [] }),
        ("pairs without end", { $0.claimedPairs = .max }),
        ("tensors without end", { $0.claimedTensors = 1 << 63 }),
        ("more pairs than there are", { $0.claimedPairs = 60_000 }),
        ("no architecture", { $0.pairs.removeFirst() }),
        ("two architectures", { $0.pairs.append(.init("general.architecture", .text("llama"))) }),
        ("an empty architecture", { $0.pairs[0] = .init("general.architecture", .text("")) }),
        (
            "an architecture without end",
            { $0.pairs[0] = .init("general.architecture", .text(String(repeating: "a", count: 65))) }
        ),
        ("an alignment of 0", { $0.pairs[3] = .init("general.alignment", .word(0)) }),
        ("an alignment of 33", { $0.pairs[3] = .init("general.alignment", .word(33)) }),
        ("a value of no type", { $0.pairs.append(.init("x", .raw(type: 99, []))) }),
        ("a text without end", { $0.pairs.append(.init("x", .raw(type: 8, GGUFFixture.little(UInt64.max)))) }),
        (
            "an array without end",
            {
                $0.pairs.append(
                    .init("x", .raw(type: 9, GGUFFixture.little(UInt32(4)) + GGUFFixture.little(UInt64.max))))
            }
        ),
        ("arrays within arrays", { $0.pairs.append(.init("x", .raw(type: 9, nested(20)))) }),
        ("a tensor of no dimension", { $0.tensors[0].widths = [] }),
        ("a tensor of five dimensions", { $0.tensors[0].widths = [32, 1, 1, 1, 1] }),
        ("a tensor of width 0", { $0.tensors[0].widths = [32, 0] }),
        ("a tensor without end", { $0.tensors[0].widths = [1 << 40, 1 << 40] }),
        ("a tensor of half a block", { $0.tensors[0].widths = [31] }),
        ("a tensor between two places", { $0.tensors[0].offset = 1 }),
        ("a tensor that begins nowhere", { $0.tensors[0].offset = .max - 31 }),
        ("less data than its tensors need", { $0.dataBytes -= 1 }),
    ]

    /// An array of one array of one array … of nothing.
    static func nested(_ depth: Int) -> [UInt8] {
        (0..<depth).flatMap { _ in GGUFFixture.little(UInt32(9)) + GGUFFixture.little(UInt64(1)) }
            + GGUFFixture.little(UInt32(4)) + GGUFFixture.little(UInt64(0))
    }

    @Test("what no writer of models writes is refused", arguments: spoilt.indices)
    func refused(index: Int) {
        let (name, spoil) = Self.spoilt[index]
        var fixture = GGUFFixture()
        spoil(&fixture)
        let bytes = fixture.bytes
        #expect(throws: GGUFError.self, "\(name)") { try header(bytes) }
    }

    @Test("a tensor of a kind that is not known needs its beginning")
    func unknownKind() throws {
        var fixture = GGUFFixture()
        fixture.tensors[0].kind = 4711
        #expect(try header(fixture.bytes).bytesNeeded == fixture.bytes.count - fixture.dataBytes)
    }

    @Test("flipped bytes never trap")
    func flipped() {
        let bytes = GGUFFixture().bytes
        var random = SystemRandomNumberGenerator()
        for place in 0..<(bytes.count - GGUFFixture().dataBytes) {
            for value in [0, 1, 0x7F, 0x80, 0xFF, UInt8.random(in: 0...255, using: &random)] as [UInt8] {
                var spoilt = bytes
                spoilt[place] = value
                _ = try? header(spoilt)
            }
        }
    }

    static let realFolder = ProcessInfo.processInfo.environment["STANDIN_MODELS"]

    @Test("real models end where their files end", .enabled(if: realFolder != nil, "STANDIN_MODELS names no models"))
    func real() throws {
        let folder = try #require(Self.realFolder)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".gguf") }
        try #require(!names.isEmpty)
        for name in names {
            let file = try ModelFile(path: "\(folder)/\(name)")
            let found = try file.header()
            #expect(found.bytesNeeded == file.size, "\(name): \(found)")
            #expect((found.contextTokens ?? 0) > 0, "\(name)")
        }
    }
}

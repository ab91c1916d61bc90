import Events
import Foundation
import Testing

@testable import Intake

@Suite("Bytes become text, whatever encoding they are in")
struct EncodingTests {
    static func bytes(_ text: String, _ encoding: String) throws -> [UInt8] {
        let encoder = try #require(PairEncoder(encoding))
        return text.unicodeScalars.flatMap { encoder.encode(String(Character($0))) }
    }

    @Test(
        "the encoding is told by what the bytes would say",
        arguments: [
            ("CP949", "오류: 결제 서비스에 연결할 수 없습니다"), ("CP949", "ERROR 디스크 용량 부족"), ("CP949", "[심각] 메모리"),
            ("CP949", "사용자 인증에 실패했습니다 (코드 17)"), ("CP949", "뷁 똠방각하 펲시콜라를 주문했습니다"),
            ("CP932", "エラー: 注文を読み込めません"), ("CP932", "データベース接続に失敗しました"), ("CP932", "警告 タイムアウト"),
            ("CP932", "認証処理が異常終了しました"), ("GB18030", "错误: 无法连接数据库"), ("GB18030", "服务器响应超时"),
            ("GB18030", "你好"), ("GB18030", "用户登录失败，请重试"), ("GB18030", "警告 磁盘空间不足"),
            ("CP1252", "le fichier n'a pas été trouvé"), ("CP1252", "Gerät nicht verfügbar"),
            ("CP1252", "conexão não disponível"), ("CP1252", "El archivo está vacío"),
            ("CP1252", "Ærlig talt, ingen forbindelse"),
        ])
    func guesses(encoding: String, text: String) throws {
        let guess = try Self.bytes(text, encoding).withUnsafeBytes { TextEncoding.guess($0) }
        #expect(guess?.rawValue == encoding)
    }

    @Test("what says nothing in any encoding is not guessed at")
    func noGuess() {
        for bytes in [[0xFF, 0xFE, 0xFD], [0x80], [0xC3], [0xFF, 0xFF], [0x81, 0x8D]] as [[UInt8]] {
            #expect(bytes.withUnsafeBytes { TextEncoding.guess($0) } == nil)
        }
    }

    @Test("the rest of the file decides where a line alone says too little")
    func prior() throws {
        // Two common Chinese characters, or two rare Korean syllables.
        let bytes = try Self.bytes("你好", "GB18030")
        #expect(bytes.withUnsafeBytes { TextEncoding.guess($0) } == .gb18030)
        #expect(bytes.withUnsafeBytes { TextEncoding.guess($0, prior: .cp949) } == .cp949)
    }

    @Test(
        "a configured encoding holds, whatever the bytes look like",
        arguments: [
            ("EUC-KR", "CP949", "오류가 났습니다"), ("shift_jis", "CP932", "C:\\shop エラー"), ("gbk", "GB18030", "错误"),
            ("ISO-8859-1", "CP1252", "été"), ("KOI8-R", "KOI8-R", "ошибка"), ("windows-1251", "CP1251", "ошибка"),
        ])
    func configured(name: String, encoding: String, text: String) throws {
        let scratch = try Scratch()
        try scratch.write("app.log", Data(try Self.bytes("ERROR \(text)\n", encoding)))
        let source = SourceSettings(name: "s", paths: ["\(scratch.path)/app.log"], encoding: name)
        var intake = FileIntake(source: source, cursors: [], now: FileIntakeTests.now)
        let batch = try #require(try intake.next(limit: 10))
        #expect(batch.events.map(\.message) == [text])
        #expect(batch.statistics.encodings.values.reduce(0, +) >= 1)
        #expect(batch.statistics.unreadable.isEmpty)
    }

    @Test(
        "streams of two bytes a character, with and without a mark",
        arguments: ["UTF-16LE", "UTF-16BE"], [true, false])
    func wide(encoding: String, hasMark: Bool) throws {
        let text = (hasMark ? "\u{FEFF}" : "") + "2026-11-20 13:41:00 ERROR a 오류 😀\n2026-11-20 13:41:01 ERROR b\n"
        let scratch = try Scratch()
        let data = try #require(text.data(using: encoding == "UTF-16LE" ? .utf16LittleEndian : .utf16BigEndian))
        try scratch.write("app.log", data)
        var cursors: [FileCursor] = []
        let (events, statistics) = try FileIntakeTests.read(scratch, &cursors)
        #expect(events.map(\.message) == ["a 오류 😀", "b"])
        #expect(events.first?.tags["time.missing"] == nil)
        #expect(statistics.encodings == [encoding: 2])
        // What was read is not read again, and what is added is.
        let more = try #require(
            "2026-11-20 13:41:02 ERROR c\n".data(using: encoding == "UTF-16LE" ? .utf16LittleEndian : .utf16BigEndian))
        try scratch.write("app.log", data + more)
        #expect(try FileIntakeTests.read(scratch, &cursors).0.map(\.message) == ["c"])
    }

    @Test(
        "a character that a buffer's end cuts is whole",
        arguments: ["UTF-16LE", "CP949", "CP932", "GB18030", "UTF-32BE"])
    func cuts(encoding: String) throws {
        let text = "error 오류 ab\n"
        let kana = "error エラー ab\n"
        let whole = try Self.bytes(["CP932", "GB18030"].contains(encoding) ? kana : text, encoding)
        for size in 1...7 {
            let transcoder = try #require(StreamTranscoder(encoding))
            var decoded: [UInt8] = []
            for start in stride(from: 0, to: whole.count, by: size) {
                let part = Array(whole[start..<min(start + size, whole.count)])
                decoded += part.withUnsafeBytes { transcoder.decode($0) }
            }
            #expect(
                String(decoding: decoded, as: UTF8.self) == (["CP932", "GB18030"].contains(encoding) ? kana : text))
            #expect(!transcoder.isRepaired)
        }
    }

    @Test("a long file in two bytes a character loses nothing at any buffer's edge")
    func longWide() throws {
        let scratch = try Scratch()
        let text = (0..<6000).map { "2026-11-20 13:41:00 \($0 % 100 == 0 ? "ERROR" : "INFO") 줄 \($0) 😀\n" }.joined()
        try scratch.write("app.log", try #require(text.data(using: .utf16LittleEndian)))
        var cursors: [FileCursor] = []
        let (events, statistics) = try FileIntakeTests.read(scratch, &cursors)
        #expect(events.map(\.message) == (0..<60).map { "줄 \($0 * 100) 😀" })
        #expect(statistics.lines == 6000)
    }

    @Test("holes at a file's beginning, as truncation leaves them, are no encoding")
    func holes() throws {
        let zeros = [UInt8](repeating: 0, count: 64)
        #expect(zeros.withUnsafeBytes { StreamTranscoder.wideEncoding($0) } == nil)
        #expect([UInt8]().withUnsafeBytes { StreamTranscoder.wideEncoding($0) } == nil)
    }

    @Test(
        "names of encodings",
        arguments: [("auto", true), ("", true), ("CP949", true), ("utf-8", true), ("klingon", false)])
    func names(name: String, isKnown: Bool) { #expect(SourceSettings.isKnown(encoding: name) == isKnown) }

    @Test("any bytes at all, in any encoding, come out as text")
    func anything() throws {
        var numbers = SeededNumbers(state: 7)
        for _ in 0..<300 {
            let bytes = (0..<numbers.below(60)).map { _ in UInt8(numbers.below(256)) }
            for encoding in ["CP949", "CP932", "GB18030", "CP1252", "UTF-16LE", "UTF-32BE"] {
                let decoder = try #require(IconvDecoder(encoding))
                let decoded = bytes.withUnsafeBytes { decoder.decode($0) }
                #expect(decoded.unfinished < 8)
                #expect(String(validating: decoded.text, as: UTF8.self) != nil)
            }
            _ = bytes.withUnsafeBytes { TextEncoding.guess($0) }
        }
    }
}

/// The same numbers in every run.
struct SeededNumbers {
    var state: UInt64

    mutating func below(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(truncatingIfNeeded: state >> 33) % max(1, bound)
    }
}

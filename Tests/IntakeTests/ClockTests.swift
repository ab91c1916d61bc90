import Events
import Foundation
import Testing

@testable import Intake

@Suite("Clocks that jump, lie, or speak another language")
struct ClockTests {
    @Test(
        "days on which clocks are set, in the source's zone",
        arguments: [
            // Without a name, the hour that came twice is winter time's, and the one that never was is put behind the gap.
            ("America/New_York", "2026-11-01 00:59:59", "2026-11-01T04:59:59Z"),
            ("America/New_York", "2026-11-01 01:30:00", "2026-11-01T06:30:00Z"),
            ("America/New_York", "2026-11-01 01:30:00 EDT", "2026-11-01T05:30:00Z"),
            ("America/New_York", "2026-11-01 02:00:00", "2026-11-01T07:00:00Z"),
            ("America/New_York", "2026-03-08 01:59:59", "2026-03-08T06:59:59Z"),
            ("America/New_York", "2026-03-08 02:30:00", "2026-03-08T07:30:00Z"),
            ("America/New_York", "2026-03-08 03:00:00", "2026-03-08T07:00:00Z"),
            // Half an hour.
            ("Australia/Lord_Howe", "2026-04-05 01:29:59", "2026-04-04T14:29:59Z"),
            ("Australia/Lord_Howe", "2026-04-05 02:00:00", "2026-04-04T15:30:00Z"),
            ("Asia/Seoul", "2026-11-01 01:30:00", "2026-10-31T16:30:00Z"),
            ("Asia/Kolkata", "2026-11-01 01:30:00", "2026-10-31T20:00:00Z"),
            ("America/New_York", "Nov  1 00:30:00", "2026-11-01T04:30:00Z"),
            ("America/New_York", "[01-Nov-2026 00:30:00 Europe/Berlin]", "2026-10-31T23:30:00Z"),
        ])
    func daylightSaving(zone: String, text: String, expected: String) throws {
        let times = LogTime(zone: try #require(TimeZone(identifier: zone)), now: TraceTests.now)
        let start = text.hasPrefix("[") ? text.dropFirst() : text[...]
        #expect(times.prefix(of: start)?.time.rfc3339 == expected)
    }

    @Test(
        "dates of older formats",
        arguments: [
            ("21-Oct-2026 13:41:00.123 SEVERE x", "2026-10-21T13:41:00.123Z"),
            ("2026.10.21 13:41:00 x", "2026-10-21T13:41:00Z"), ("26/10/21 13:41:00 ERROR x", "2026-10-21T13:41:00Z"),
            ("10-21 13:41:00.123 x", "2026-10-21T13:41:00.123Z"), ("261021 134100 x", "2026-10-21T13:41:00Z"),
            ("21/10/2026 13:41:00 x", "2026-10-21T13:41:00Z"), ("10/21/2026 1:41:00 PM x", "2026-10-21T13:41:00Z"),
            ("10/21/2026 12:41:00 AM x", "2026-10-21T00:41:00Z"), ("03/04/2026 13:41:00 x", "2026-04-03T13:41:00Z"),
            ("1795000000 x", "2026-11-18T11:06:40Z"), ("1795000000123 x", "2026-11-18T11:06:40.123Z"),
            ("1795000000.5] x", "2026-11-18T11:06:40.500Z"), ("21.10.2026 13:41:00 x", "2026-10-21T13:41:00Z"),
            ("21.10.2026, 13:41:00.5 x", "2026-10-21T13:41:00.500Z"),
            ("21-Oct-2026::13:41:00.123456 ===", "2026-10-21T13:41:00.123456Z"),
        ])
    func olderDates(text: String, expected: String) {
        #expect(LogTime(now: TraceTests.now).prefix(of: text[...])?.time.rfc3339 == expected)
    }

    @Test(
        "months of other languages, in the forms of their countries",
        arguments: [
            ("oct. 21 13:41:00 hôte app: x", "2026-10-21T13:41:00Z"),
            ("août 2 13:41:00 hôte app: x", "2026-08-02T13:41:00Z"),
            ("févr. 21 13:41:00 x", "2026-02-21T13:41:00Z"), ("DÉC. 21 13:41:00 x", "2025-12-21T13:41:00Z"),
            ("Mär 21 13:41:00 wirt app: x", "2026-03-21T13:41:00Z"), ("Okt  2 13:41:00 x", "2026-10-02T13:41:00Z"),
            ("ene 21 13:41:00 x", "2026-01-21T13:41:00Z"), ("ago 21 13:41:00 x", "2026-08-21T13:41:00Z"),
            ("out 21 13:41:00 x", "2026-10-21T13:41:00Z"), ("gen 21 13:41:00 x", "2026-01-21T13:41:00Z"),
            ("21 oct. 2026 13:41:00 x", "2026-10-21T13:41:00Z"),
            ("21. Oktober 2026 13:41:00 x", "2026-10-21T13:41:00Z"),
            ("2 septiembre 2026, 13:41:00 x", "2026-09-02T13:41:00Z"),
            ("21 October 2026 13:41:00 +0200 x", "2026-10-21T11:41:00Z"),
            ("October 21, 2026 1:41:00 PM x", "2026-10-21T13:41:00Z"),
            ("oct. 21, 2026 1:41:00 PM x", "2026-10-21T13:41:00Z"),
            ("mer. oct. 21 13:41:00 2026 x", "2026-10-21T13:41:00Z"),
            ("21-Okt-2026 13:41:00 x", "2026-10-21T13:41:00Z"),
        ])
    func monthNames(text: String, expected: String) {
        #expect(LogTime(now: TraceTests.now).prefix(of: text[...])?.time.rfc3339 == expected)
    }

    @Test("syslog of other countries has host, program and level")
    func countries() throws {
        let text = """
            oct. 21 13:41:00 hote app[12]: ERREUR: connexion refusée
            Okt 21 13:41:00 wirt app[12]: FEHLER: Verbindung abgelehnt
            septiembre 21 13:41:00 anfitrion app[12]: GRAVE: conexión rechazada

            """
        for triggers in [Triggers.all, Triggers()] {
            let events = try CarrierFiles.read(text, triggers: triggers).events
            #expect(events.map(\.host) == ["hote", "wirt", "anfitrion"])
            #expect(events.map(\.service) == ["app", "app", "app"] && events.allSatisfy { $0.level == .error })
        }
    }

    @Test(
        "numbers that are no dates",
        arguments: [
            "12345678901 x", "2795000000 x", "99/99/99 13:41:00 x", "99/99/2026 13:41:00 x", "13-45 13:41:00 x",
            "269921 134100 x", "21-Foo-2026 13:41:00", "2026.13.01 13:41:00", "1795000000", "10.20.30.40 - - x",
        ])
    func noDates(text: String) { #expect(LogTime(now: TraceTests.now).prefix(of: text[...]) == nil) }

    @Test("implausible times are told with the host and how far its clock is off")
    func skew() throws {
        let scratch = try Scratch()
        try scratch.write(
            "app.log",
            """
            2030-01-01T00:00:00Z web-1 shop[1]: ERROR ahead
            2031-01-01T00:00:00Z web-1 shop[1]: ERROR further ahead
            1990-01-01T00:00:00Z ERROR behind
            2026-11-18T11:00:00Z web-2 shop[1]: ERROR right

            """)
        let source = SourceSettings(name: "s", paths: ["\(scratch.path)/app.log"])
        let now = try #require(Timestamp(rfc3339: "2026-11-18T11:06:40Z"))
        var intake = FileIntake(source: source, cursors: [], now: now)
        let batch = try #require(try intake.next(limit: 10))
        #expect(batch.events.map { $0.tags["time.implausible"] } == ["true", "true", "true", nil])
        #expect(batch.events.map { $0.receivedAt == now } == [true, true, true, false])
        let skews = batch.statistics.clockSkews
        #expect(skews.map(\.host) == ["web-1", "s"])
        #expect(skews.map(\.count) == [2, 1])
        #expect(skews[0].seconds > 4 * 365 * 86400 && skews[1].seconds < -36 * 365 * 86400)
        #expect(Set([batch.statistics]).count == 1)
    }

    @Test(
        "every word for errors of other languages is found and judged",
        arguments: LogLevel.errorBeginningsOfOtherLanguages)
    func levelWords(beginning: String) throws {
        let whole = [
            "치명": "치명적", "致命": "致命的", "schwerw": "schwerwiegend", "kriti": "kritisch", "crític": "crítico",
            "CRÍTIC": "CRÍTICO", "ошибк": "ошибка", "Ошибк": "Ошибка", "ОШИБК": "ОШИБКА", "критич": "критично",
            "Критич": "Критично", "КРИТИЧ": "КРИТИЧНО",
        ]
        let word = whole[beginning] ?? beginning
        #expect(try #require(LogLevel(word: word)) >= .error)
        let scratch = try Scratch()
        let ascii = word.utf8.allSatisfy { $0 < 0x80 } ? word.uppercased() : word
        try scratch.write("app.log", "2026-11-18 03:04:05 [정보] a\n2026-11-18 03:04:05 [\(ascii)] x\n")
        var cursors: [FileCursor] = []
        let events = try FileIntakeTests.read(scratch, &cursors).0
        #expect(events.map(\.message) == ["x"])
    }

    @Test("the words in the encodings of their countries are found too")
    func nativeEncodings() throws {
        for (encoding, words) in LogLevel.errorBeginningsByEncoding where encoding != "CP1252" {
            for word in words {
                let encoder = try #require(PairEncoder(encoding))
                let scratch = try Scratch()
                let whole = ["치명": "치명적", "致命": "致命的"][word] ?? word
                let name = encoding == "GB18030" ? word : whole
                try scratch.write(
                    "app.log", Data("2026-11-18 03:04:05 [".utf8) + Data(encoder.encode(name)) + Data("] x\n".utf8))
                let source = SourceSettings(name: "s", paths: ["\(scratch.path)/app.log"], encoding: encoding)
                var intake = FileIntake(source: source, cursors: [], now: FileIntakeTests.now)
                #expect(try intake.next(limit: 10)?.events.map(\.message) == ["x"], "\(encoding) \(word)")
            }
        }
    }
}

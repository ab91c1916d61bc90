import Events
import Testing

@testable import Delivery

@Suite("Numbers, times and stretches of time in words")
struct RenderingTests {
    @Test(
        "numbers",
        arguments: [
            (0, "0"), (999, "999"), (1000, "1,000"), (48_210, "48,210"), (1_204_377, "1,204,377"), (-1234, "-1,234"),
            (Int.min, "-9,223,372,036,854,775,808"),
        ])
    func grouped(value: Int, text: String) { #expect(NumberText.grouped(value) == text) }

    @Test("counts, factors, sizes and scores")
    func others() {
        #expect(NumberText.counted(1, "event") == "1 event")
        #expect(NumberText.counted(0, "event") == "0 events")
        #expect(NumberText.counted(2, "query", "queries") == "2 queries")
        #expect(
            [0.25, 2, 2.54, 9.96, 40.2, 1234, .infinity, .nan, -1].map(NumberText.factor)
                == ["0.3×", "2×", "2.5×", "10×", "40×", "1,234×", "?×", "?×", "?×"])
        #expect(
            [-5, 0, 999, 1000, 1536, 2_100_000_000, 999_999, 123_000_000].map(NumberText.bytes)
                == ["0 bytes", "0 bytes", "999 bytes", "1 kB", "1.5 kB", "2.1 GB", "1 MB", "123 MB"])
        #expect([0, 0.871, 1, 2, -1, .nan].map(NumberText.score) == ["0.00", "0.87", "1.00", "1.00", "0.00", "?"])
        #expect(NumberText.bytes(.max) == "9.2 EB")
    }

    @Test(
        "stretches of time",
        arguments: [
            (Duration.hours(24), "24 hours", "day before"), (.days(7), "7 days", "week before"),
            (.hours(1), "1 hour", "hour before"), (.minutes(90), "1 hour 30 minutes", "1 hour 30 minutes before"),
            (.days(2) + .seconds(5), "2 days", "2 days before"), (.zero, "0 seconds", "0 seconds before"),
            (.days(1) + .hours(6), "1 day 6 hours", "1 day 6 hours before"),
        ])
    func durations(duration: Duration, words: String, before: String) {
        #expect(DurationText.words(duration) == words)
        #expect(DurationText.before(duration) == before)
    }

    @Test(
        "how long something took",
        arguments: [
            (Duration.milliseconds(340), "0.3 s"), (.seconds(5), "5 s"), (.seconds(41), "41 s"),
            (.seconds(372), "6 min 12 s"), (.hours(30), "1 d 6 h"), (.zero, "0 s"), (.seconds(-3), "0 s"),
        ])
    func elapsed(duration: Duration, text: String) { #expect(DurationText.elapsed(duration) == text) }

    @Test("instants in the site's zone, with its summer time, whatever the machine's locale")
    func clock() {
        let seoul = SiteClock(identifier: "Asia/Seoul")
        #expect(seoul.long(Sample.end) == "Sat 21 Nov 2026 06:00")
        #expect(seoul.offsetName(at: Sample.end) == "UTC+9")
        #expect(seoul.precise(Sample.time("2026-11-20T20:59:12.345678Z")) == "2026-11-21 05:59:12.345")
        let berlin = SiteClock(identifier: "Europe/Berlin")
        #expect(berlin.offsetName(at: Sample.time("2026-07-01T00:00:00Z")) == "UTC+2")
        #expect(berlin.offsetName(at: Sample.end) == "UTC+1")
        #expect(SiteClock(identifier: "America/St_Johns").offsetName(at: Sample.end) == "UTC-3:30")
        #expect(SiteClock(identifier: "Nowhere/Here").identifier == "UTC")
        #expect(SiteClock(identifier: "GMT").identifier == "UTC")
        #expect(SiteClock(identifier: "GMT").offsetName(at: Sample.end) == "UTC")
        #expect(seoul.short(Sample.time("2025-12-31T15:30:00Z"), near: Sample.end) == "1 Jan 00:30")
        #expect(seoul.short(Sample.time("2025-12-31T14:30:00Z"), near: Sample.end) == "31 Dec 2025 23:30")
        #expect(seoul.day(Sample.time("2024-02-29T00:00:00Z"), near: Sample.end) == "29 Feb 2024")
        #expect(SiteClock(identifier: "UTC").long(Timestamp(nanoseconds: 0)) == "Thu 1 Jan 1970 00:00")
        #expect(SiteClock(identifier: "UTC").long(Timestamp(nanoseconds: -1)) == "Wed 31 Dec 1969 23:59")
        for edge in [Int64.min, .max] { #expect(!seoul.precise(Timestamp(nanoseconds: edge)).isEmpty) }
    }

    @Test(
        "sparklines",
        arguments: [
            ([], ""), ([0, 0], "▁▁"), ([5], "█"), ([1, 1000], "▂█"), ([0, 1, 2, 3, 4, 5, 6], "▁▃▄▅▆▇█"),
            ([-5, .max], "▁█"),
        ])
    func sparkline(series: [Int], text: String) { #expect(Sparkline(series).description == text) }

    @Test("a wide sparkline is narrowed, and nothing is lost")
    func narrowed() {
        let values = (0..<1440).map { $0 % 7 }
        let narrowed = Sparkline.narrowed(values)
        #expect(narrowed.count == Sparkline.maximumWidth)
        #expect(narrowed.reduce(0, +) == values.reduce(0, +))
        #expect(Sparkline.narrowed(Array(repeating: .max, count: 100)).allSatisfy { $0 == .max })
    }

    @Test("the language of a file is told by its extension")
    func languages() {
        #expect(SourceLanguage(file: "a/b.JAVA").name == "java")
        #expect(SourceLanguage(file: "x.py").comment == "#")
        #expect(SourceLanguage(file: "Makefile").name == "")
        #expect(SourceLanguage(file: "x.`` evil").name == "")
        #expect(SourceLanguage(file: "x.").name == "")
        #expect(SourceLanguage(file: "").name == "")
    }

    @Test("lines of code keep their spaces, and are cut where they are too wide")
    func verbatim() {
        #expect(VisibleText.verbatim("\tif x { // \u{202E}", width: 80) == "    if x { // ⟨U+202E⟩")
        #expect(VisibleText.verbatim("abcdef", width: 3) == "abc…")
        let (lines, more) = VisibleText.lines("a\r\nb\n\nc\nd\n", limit: 3, width: 10)
        #expect(lines == ["a", "b"] && more == 3)
    }
}

@Suite("The words of every state")
struct ReportWordsTests {
    @Test("why the built-in triage answered")
    func reasons() {
        #expect(ReportWords.because(.noModel) == "no model is configured")
        #expect(ReportWords.because(.budget) == "the run's budget was used up")
        #expect(ReportWords.because(.unavailable("x")).hasSuffix(": x"))
        #expect(ReportWords.because(.abstained("y")).hasSuffix(": y"))
        #expect(ReportWords.because(.invalidAnswer("z")).hasSuffix(": z"))
    }

    @Test("where code was read, or why there is none")
    func code() {
        #expect(ReportWords.code(.read(mirror: "m", revision: "r", basis: .eventCommit)) == nil)
        for state: CodeContext.State in [
            .read(mirror: "m", revision: "r", basis: .branchBeforeEvent),
            .read(mirror: "m", revision: "r", basis: .branchHead),
            .fromEvent, .notConfigured, .noFrames, .notFound(mirror: "m", revision: "r"),
            .unavailable(mirror: "m", reason: "r"),
        ] { #expect(ReportWords.code(state)?.isEmpty == false) }
    }

    @Test("how far citations hold")
    func citations() {
        var run = Sample.run
        #expect(ReportWords.citations(run) == "all 4 citations checked")
        run.citationsChecked = 1
        #expect(ReportWords.citations(run) == "its 1 citation checked")
        run.citationsDropped = 2
        #expect(ReportWords.citations(run) == "2 citations did not hold and were dropped")
        (run.citationsChecked, run.citationsDropped) = (0, 0)
        #expect(ReportWords.citations(run) == "no citations")
    }
}

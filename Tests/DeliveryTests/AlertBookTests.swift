import Events
import Foundation
import Testing

@testable import Delivery

@Suite("What the alert policy remembers of the site")
struct AlertBookTests {
    @Test(
        "a book of another version, or a damaged one, is not taken for one",
        arguments: [
            (#"{"recent":[],"gathered":[],"notices":{},"heard":{}}"#, true),
            (#"{"v":1,"recent":[],"gathered":[],"notices":{},"heard":{}}"#, true),
            (#"{"v":2,"recent":[],"gathered":[],"notices":{},"heard":{}}"#, false),
            (#"{"recent":[],"gathered":[]"#, false), ("", false), ("[]", false), (#"{"recent":"x"}"#, false),
        ])
    func versions(text: String, isRead: Bool) { #expect((AlertBook.read(Data(text.utf8)) != nil) == isRead) }

    @Test("what was kept quiet is kept once, over a restart, until it is told")
    func postponed() throws {
        var book = AlertBook()
        let (one, other) = (Sample.fingerprint("aa"), Sample.fingerprint("bb"))
        book.postpone(one, now: Sample.end)
        book.postpone(one, now: Sample.end.advanced(by: .hours(1)))
        book.postpone(other, now: Sample.end)
        let encoded = try JSONEncoder().encode(book)
        book = try #require(AlertBook.read(encoded))
        #expect(book.postponed.map(\.fingerprint) == [one, other] && book.postponed[0].since == Sample.end)
        book.forgetPostponed(one)
        #expect(book.postponed.map(\.fingerprint) == [other])
        book.forgetPostponed(other)
        #expect(book == AlertBook())
    }
}

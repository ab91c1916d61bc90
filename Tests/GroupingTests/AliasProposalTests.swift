import Events
import Testing

@testable import Grouping

@Suite("Groups whose messages are alike are proposed as one")
struct AliasProposalTests {
    static func groups(_ messages: [String], type: String? = nil) -> [MessageGroup] {
        messages.enumerated().map { place, message in
            var event = ErrorEvent(id: "", time: Timestamp(nanoseconds: 0), message: message)
            if let type { event.exceptions = [ExceptionInfo(type: type, message: message)] }
            let result = Grouper().group(event)
            return MessageGroup(
                fingerprint: result.fingerprint, canonical: result.fingerprint, rule: result.rule, parts: result.parts,
                firstSeen: Timestamp(nanoseconds: Int64(place)))
        }
    }

    static let users = ["kim", "lee", "park"].map { "mailbox of \($0) is over its limit" }

    @Test("a word that varies, in the name of the one seen first")
    func word() {
        let groups = Self.groups(Self.users)
        let proposals = AliasProposal.among(groups)
        #expect(proposals.count == 2)
        #expect(Set(proposals.map(\.canonical)) == [groups[0].fingerprint])
        #expect(Set(proposals.map(\.template)) == ["mailbox of <*> is over its limit"])
    }

    @Test("a number of values that varies")
    func counts() {
        let proposals = AliasProposal.among(
            Self.groups(["cannot ship the orders 17", "cannot ship the orders 17 18 (2)"]))
        #expect(proposals.count == 1)
    }

    @Test("the same in any order of the groups")
    func order() {
        let groups = Self.groups(
            Self.users + ["disk is full", "retry 3 of the 17 jobs", "retry [3, 4] of the 17 jobs"])
        let expected = AliasProposal.among(groups)
        for seed in 1...5 {
            var generator = SplitMix(state: UInt64(seed))
            #expect(AliasProposal.among(groups.shuffled(using: &generator)) == expected)
        }
    }

    @Test("a name that stands for others goes on doing so")
    func names() {
        var groups = Self.groups(Self.users + ["mailbox of choi is over its limit"])
        for place in 1...2 { groups[place].canonical = groups[0].fingerprint }
        #expect(AliasProposal.among(Array(groups.prefix(3))) == [])
        let proposals = AliasProposal.among(groups)
        #expect(proposals.map(\.group) == [groups[3].fingerprint])
        #expect(proposals.map(\.canonical) == [groups[0].fingerprint])
    }

    @Test(
        "what is not alike enough stays apart",
        arguments: [
            ["disk is full", "disk is broken"], ["open /a/b failed", "open /c/d/e failed"], ["", " ", "====="],
            ["VM started by the operator here", "VM stopped by the operator here", "VM paused by the operator here"],
        ])
    func apart(messages: [String]) { #expect(AliasProposal.among(Self.groups(messages)) == []) }

    @Test("other types and other rules are other errors")
    func types() {
        let mixed =
            Self.groups([Self.users[0]], type: "A") + Self.groups([Self.users[1]], type: "B")
            + Self.groups([Self.users[2]])
        #expect(AliasProposal.among(mixed) == [])
        let framed = Self.groups(Self.users).map { group in
            var group = group
            group.rule = .frames
            return group
        }
        #expect(AliasProposal.among(framed) == [])
    }
}

/// The language of a report's own words. Texts of logs, models, repositories and people stay as they are.
public enum ReportLanguage: String, Sendable, Hashable, Codable, CaseIterable {
    case english = "en"
    case korean = "ko"

    /// The phrase in this language: both stand side by side where they are said, so that none is forgotten.
    package func callAsFunction(_ english: @autoclosure () -> String, _ korean: @autoclosure () -> String) -> String {
        switch self {
        case .english: english()
        case .korean: korean()
        }
    }

    /// `3 events`, `이벤트 3건`.
    package func counted(_ count: Int, _ noun: CountedNoun) -> String {
        switch self {
        case .english: NumberText.counted(count, noun.english)
        case .korean: "\(noun.korean) \(NumberText.grouped(count))\(noun.counter)"
        }
    }

    /// `3 more groups`, `그룹 3개 더`.
    package func more(_ count: Int, _ noun: CountedNoun) -> String {
        switch self {
        case .english: NumberText.counted(count, "more \(noun.english)")
        case .korean: "\(counted(count, noun)) 더"
        }
    }

    /// ` and 3 more`, ` 외 3개`; nothing for none.
    func rest(_ count: Int) -> String {
        guard count > 0 else { return "" }
        return self(" and \(NumberText.grouped(count)) more", " 외 \(NumberText.grouped(count))개")
    }
}

/// What a report counts, with Korean's word for counting it.
package struct CountedNoun: Sendable {
    let english: String
    let korean: String
    let counter: String

    private init(_ english: String, _ korean: String, _ counter: String) {
        (self.english, self.korean, self.counter) = (english, korean, counter)
    }

    package static let event = CountedNoun("event", "이벤트", "건")
    package static let group = CountedNoun("group", "그룹", "개")
    package static let line = CountedNoun("line", "로그", "줄")
    package static let source = CountedNoun("source", "소스", "개")
    package static let service = CountedNoun("service", "서비스", "개")
    package static let host = CountedNoun("host", "호스트", "대")
    package static let section = CountedNoun("section", "구역", "개")
    package static let alert = CountedNoun("alert", "알림", "건")
    package static let fixDraft = CountedNoun("fix draft", "수정 초안", "건")
    package static let citation = CountedNoun("citation", "인용", "건")
    package static let failedRun = CountedNoun("failed run", "실패한 실행", "건")
    package static let notice = CountedNoun("notice", "주의", "건")
    package static let note = CountedNoun("note", "항목", "개")
    package static let reason = CountedNoun("reason", "이유", "가지")
    package static let model = CountedNoun("model", "모델", "개")
    package static let mutedGroup = CountedNoun("muted group", "음소거된 그룹", "개")
    package static let rule = CountedNoun("rule", "규칙", "개")
    package static let character = CountedNoun("character", "글자", "자")
    package static let frame = CountedNoun("frame", "프레임", "개")
    package static let exception = CountedNoun("exception", "예외", "개")
}

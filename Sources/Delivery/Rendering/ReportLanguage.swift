/// The language of a report's own words. Texts of logs, models, repositories and people stay as they are.
public enum ReportLanguage: String, Sendable, Hashable, Codable, CaseIterable {
    case english = "en"
    case korean = "ko"

    /// The phrase in this language: both stand side by side where they are said, so that none is forgotten.
    func callAsFunction(_ english: @autoclosure () -> String, _ korean: @autoclosure () -> String) -> String {
        switch self {
        case .english: english()
        case .korean: korean()
        }
    }

    /// `3 events`, `이벤트 3건`.
    func counted(_ count: Int, _ noun: CountedNoun) -> String {
        switch self {
        case .english: NumberText.counted(count, noun.english)
        case .korean: "\(noun.korean) \(NumberText.grouped(count))\(noun.counter)"
        }
    }

    /// `3 more groups`, `그룹 3개 더`.
    func more(_ count: Int, _ noun: CountedNoun) -> String {
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
struct CountedNoun: Sendable {
    let english: String
    let korean: String
    let counter: String

    private init(_ english: String, _ korean: String, _ counter: String) {
        (self.english, self.korean, self.counter) = (english, korean, counter)
    }

    static let event = CountedNoun("event", "이벤트", "건")
    static let group = CountedNoun("group", "그룹", "개")
    static let line = CountedNoun("line", "로그", "줄")
    static let source = CountedNoun("source", "소스", "개")
    static let service = CountedNoun("service", "서비스", "개")
    static let host = CountedNoun("host", "호스트", "대")
    static let section = CountedNoun("section", "구역", "개")
    static let alert = CountedNoun("alert", "알림", "건")
    static let fixDraft = CountedNoun("fix draft", "수정 초안", "건")
    static let citation = CountedNoun("citation", "인용", "건")
    static let failedRun = CountedNoun("failed run", "실패한 실행", "건")
    static let notice = CountedNoun("notice", "주의", "건")
    static let note = CountedNoun("note", "항목", "개")
    static let reason = CountedNoun("reason", "이유", "가지")
    static let model = CountedNoun("model", "모델", "개")
    static let mutedGroup = CountedNoun("muted group", "음소거된 그룹", "개")
    static let rule = CountedNoun("rule", "규칙", "개")
    static let character = CountedNoun("character", "글자", "자")
    static let frame = CountedNoun("frame", "프레임", "개")
    static let exception = CountedNoun("exception", "예외", "개")
}

import Events
import Intake

/// A sentence of the appliance's own, in the languages that a report can be in.
///
/// What another room or a server said stands in it as it was said.
struct OwnWords: Sendable, Hashable {
    let english: String
    let korean: String

    init(_ english: String, _ korean: String) { (self.english, self.korean) = (english, korean) }

    /// Words that are nobody's language, or another's.
    init(asSaid words: String) { (english, korean) = (words, words) }

    func map(_ change: (String) -> String) -> OwnWords { OwnWords(change(english), change(korean)) }
}

extension BatchRecord {
    /// Sentences of one run that are kept in a second language.
    private static let translations = 500

    /// Keeps a sentence's other languages beside the record.
    ///
    /// - Returns: the sentence in English: what the record's lists hold.
    mutating func said(_ words: OwnWords) -> String {
        guard words.korean != words.english, (korean?.count ?? 0) < Self.translations else { return words.english }
        korean = (korean ?? [:]).merging([words.english: words.korean]) { $1 }
        return words.english
    }

    mutating func fail(_ words: OwnWords) { failures.append(said(words)) }

    /// Takes over what another record says in other languages.
    mutating func takeLanguages(of other: BatchRecord) {
        guard let more = other.korean else { return }
        let merged = (korean ?? [:]).merging(more) { $1 }
        if merged.count <= Self.translations { korean = merged }
    }
}

extension IntakeProblem {
    /// ``explanation`` in both languages.
    var words: OwnWords { OwnWords(explanation, koreanExplanation) }

    private var koreanExplanation: String {
        switch reason {
        case .missing: "그런 파일이 없음"
        case .notPermitted: "읽을 권한이 없음"
        case .isDirectory: "디렉터리임: 안의 파일을 읽게 하려면 글롭이 아니라 그 이름을 쓸 것"
        case .notAFile: "일반 파일이 아님"
        case .corruptCompression: "압축 데이터가 깨졌거나 일찍 끝남. 그 앞의 이벤트는 보존됨"
        case .readFailed(let code): "읽기 실패 (errno \(code))"
        case .brokenJSON: "온전한 JSON 객체가 아닌 줄 \(count)개"
        case .lineTooLong: "1 MiB보다 길어 잘린 줄 \(count)개"
        case .notText: "알려진 인코딩의 텍스트가 아닌 줄 \(count)개. 바꾼 바이트는 표시됨"
        case .brokenMessage: "깨졌거나 일찍 끝난 메시지 \(count)개. 나머지는 읽음"
        case .documentTooLarge: "너무 커서 읽지 않은 문서 \(count)개"
        case .otherFormat: "설정한 형식이 아닌 레코드 \(count)개"
        case .tooManyFiles: "파일이 너무 많아 나머지는 읽지 않음"
        case .beingWritten: "아직 쓰는 중이거나 그런 이름이어서 다음 실행에 맡김"
        case .tooManyAtOnce: "한 시각의 항목이 서버가 한 번에 주는 수보다 많아 나머지는 읽지 않음"
        case .tooMany: "하나씩 세는 수보다 많은 이벤트. 나머지는 세지 않음"
        case .brokenReply: "서버가 보낼 형식이 아닌 항목 \(count)개"
        }
    }
}

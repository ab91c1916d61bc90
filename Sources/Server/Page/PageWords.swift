import Delivery

/// The words that templates say by name, in both languages; a test holds the templates to this table.
enum PageWords {
    static func all(in say: ReportLanguage) -> [String: String] { say == .korean ? korean : english }

    private static let english = table.mapValues(\.english)
    private static let korean = table.mapValues(\.korean)

    static let table = frame.merging(lists) { $1 }.merging(group) { $1 }.merging(deeds) { $1 }.merging(desks) { $1 }

    typealias Words = (english: String, korean: String)

    private static let frame: [String: Words] = [
        "skip": ("Skip to the content", "본문으로 건너뛰기"), "pages": ("Pages", "페이지"),
        "find": ("Search groups and history", "그룹과 이력 검색"), "findHint": ("Search", "검색"),
        "findButton": ("Search", "검색"), "login": ("Log in", "로그인"), "logout": ("Log out", "로그아웃"),
        "wholeReport": ("whole report", "전체 보고서"), "slashKey": ("goes to the search", "검색으로 이동"),
        "overview": ("Overview", "개요"), "groups": ("Groups", "그룹"), "models": ("Models", "모델"),
        "outbox": ("Outbox", "보낼 편지함"),
    ]

    private static let lists: [String: Words] = [
        "attention": ("Attention", "주의"), "totals": ("Totals", "합계"), "noErrors": ("No errors.", "오류가 없습니다."),
        "lookFirst": ("Look first", "먼저 볼 것"), "overTime": ("Events over time", "시간별 이벤트"),
        "topServices": ("Top services", "이벤트가 많은 서비스"), "notRead": ("What was not read", "읽지 못한 것"),
        "severity": ("Severity", "심각도"), "group": ("Group", "그룹"), "service": ("Service", "서비스"),
        "events": ("Events", "이벤트"), "course": ("Course", "추이"), "state": ("State", "상태"),
        "last": ("Last", "마지막"), "filters": ("Filters", "필터"), "window": ("Window", "기간"),
        "show": ("Show", "보기"), "clear": ("clear filters", "필터 지우기"), "paging": ("Further pages", "다른 쪽"),
        "previous": ("‹ Previous", "‹ 이전"), "next": ("Next ›", "다음 ›"),
        "nothingPast": ("Nothing in the history is like it.", "이력에 비슷한 것이 없습니다."),
    ]

    private static let group: [String: Words] = [
        "diagnosis": ("Diagnosis", "진단"), "rootCause": ("Root cause", "원인"), "impact": ("Impact", "영향"),
        "doNow": ("Do now", "지금 할 일"), "analysis": ("Analysis", "분석"),
        "alternatives": ("Other causes that were weighed", "검토한 다른 원인"),
        "proposedFix": ("Proposed fix of", "제안된 수정:"),
        "fixCaution": (
            "A model proposed it and nothing has tried it: read it before you use it.",
            "모델이 제안한 것이며 시험하지 않았습니다. 쓰기 전에 읽으십시오."
        ),
        "citations": ("Checked citations", "확인된 인용"),
        "noDiagnosis": (
            "Nobody and nothing has diagnosed it yet; the next batch will.", "아직 진단이 없습니다. 다음 배치가 진단합니다."
        ), "aside": ("Facts and actions", "사실과 조치"), "seenWhere": ("Seen", "관측"),
        "noneInWindow": ("No event in this window.", "이 기간에는 이벤트가 없습니다."), "code": ("Code", "코드"),
        "suspects": ("Suspect commits", "의심되는 커밋"), "hunk": ("What it changed", "바꾼 내용"),
        "seenBefore": ("Seen before", "과거 유사 사례"), "samples": ("Samples", "샘플"),
        "linesBefore": ("Lines before it", "앞선 줄"), "noSamples": ("No sample is kept.", "보관된 샘플이 없습니다."),
        "whyGrouped": ("Why these are one group", "하나의 그룹인 이유"),
    ]

    private static let deeds: [String: Words] = [
        "deeds": ("Act", "조치"), "judge": ("Judge the diagnosis", "진단 평가"),
        "judgeLegend": ("The diagnosis is", "이 진단은"), "correct": ("correct", "맞음"),
        "partly": ("partly right", "일부 맞음"), "wrong": ("wrong", "틀림"),
        "trueCause": ("What the cause really was", "실제 원인"), "fixedBy": ("Commit that mended it", "고친 커밋"),
        "send": ("Send", "보내기"), "resolve": ("Mark as resolved", "해결로 표시"),
        "whatDone": ("What was done", "한 일"), "resolveNow": ("Resolve", "해결"), "reopen": ("Reopen", "다시 열기"),
        "mute": ("Mute", "음소거"), "muteUntil": ("For how long", "기간"), "muteReason": ("Why", "이유"),
        "muteNow": ("Mute", "음소거"), "unmute": ("End the mute", "음소거 끝내기"),
        "muteWakes": (
            "Tenfold growth, a new release and a regression wake it before its time.",
            "열 배 증가, 새 릴리스, 재발이 있으면 먼저 깨어납니다."
        ), "acts": ("Who did what", "누가 무엇을"), "approve": ("Approve: let it leave", "승인: 내보내기"),
        "refuse": ("Refuse: it never leaves", "거부: 내보내지 않음"), "yourName": ("Your name", "이름"),
        "nameWords": (
            "It is written beside whatever you resolve, mute, judge or approve.",
            "해결, 음소거, 평가, 승인에 함께 기록됩니다."
        ), "token": ("Token", "토큰"),
    ]

    private static let desks: [String: Words] = [
        "endpoint": ("Endpoint", "엔드포인트"), "configuredModels": ("Configured models", "설정된 모델"),
        "table": ("Table", "항목"), "model": ("Model", "모델"), "role": ("Role", "역할"), "size": ("Size", "크기"),
        "noModels": (
            "models.conf names no model: the built-in triage answers.", "models.conf에 모델이 없어 내장 분류가 답합니다."
        ), "modelState": ("State", "상태"), "queueCaption": ("Groups that wait for a model", "모델을 기다리는 그룹"),
        "queueEmpty": ("Nothing waits for a model.", "모델을 기다리는 것이 없습니다."), "since": ("Since", "부터"),
        "because": ("Because", "이유"), "costs": ("What the models took, last 24 hours", "최근 24시간 모델 사용량"),
        "costsCaption": ("Calls of the last 24 hours", "최근 24시간의 호출"), "calls": ("Calls", "호출"),
        "promptTokens": ("Prompt tokens", "프롬프트 토큰"), "answerTokens": ("Answer tokens", "답변 토큰"),
        "seconds": ("Seconds", "초"), "chainBroken": ("The chain of messages is broken", "메시지 사슬이 끊어졌습니다"),
        "nothingHeld": ("Nothing waits for approval.", "승인을 기다리는 것이 없습니다."),
        "outboxEmpty": ("The outbox is empty.", "보낼 것이 없습니다."), "ledger": ("Ledger", "기록"),
        "ledgerCaption": ("The last entries of the ledger", "장부의 최근 기록"), "when": ("When", "언제"),
        "what": ("What", "무엇"), "messageNumber": ("Message", "메시지"), "subject": ("Subject", "제목"),
        "detail": ("Detail", "세부"), "exactly": ("Exactly what leaves", "나가는 그대로"),
        "exactlyWords": (
            "Byte for byte, but for hidden characters, which are shown by their name.",
            "바이트 그대로이며, 숨은 문자만 이름으로 보입니다."
        ),
    ]
}

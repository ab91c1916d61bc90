/// The words by which log formats of other languages name their levels, in lower case.
///
/// Languages: Korean, Japanese, Chinese (both scripts), German, French, Spanish, Portuguese, Italian, Polish, Russian.
/// Left out are words that mean something else in English, or that stand in messages more often than before them.
enum LevelWords {
    static let levels: [String: LogLevel] = [
        // Korean.
        "오류": .error, "에러": .error, "심각": .fatal, "치명": .fatal, "치명적": .fatal, "긴급": .fatal, "경고": .warning,
        "주의": .warning, "정보": .info, "알림": .info, "디버그": .debug, "추적": .trace,
        // Japanese.
        "エラー": .error, "異常": .error, "致命的": .fatal, "重大": .fatal, "緊急": .fatal, "警告": .warning, "注意": .warning,
        "情報": .info, "通知": .info, "デバッグ": .debug, "トレース": .trace,
        // Chinese, simplified and traditional (some words are Japanese too).
        "错误": .error, "錯誤": .error, "异常": .error, "严重": .fatal, "嚴重": .fatal, "致命": .fatal, "紧急": .fatal,
        "信息": .info, "資訊": .info, "调试": .debug, "偵錯": .debug, "跟踪": .trace,
        // German; java.util.logging speaks it too, and French.
        "fehler": .error, "schwerwiegend": .error, "kritisch": .fatal, "warnung": .warning, "hinweis": .info,
        "erreur": .error, "grave": .error, "critique": .fatal, "fatale": .fatal, "avertissement": .warning,
        "infos": .info,
        // Spanish, Portuguese, Italian.
        "crítico": .fatal, "critico": .fatal, "advertencia": .warning, "aviso": .warning, "erro": .error,
        "errore": .error, "avviso": .warning, "informação": .info, "información": .info,
        // Polish, Russian.
        "błąd": .error, "ostrzeżenie": .warning, "ошибка": .error, "критическая": .fatal, "критично": .fatal,
        "предупреждение": .warning, "внимание": .warning, "информация": .info, "отладка": .debug,
    ]
}

extension LogLevel {
    /// What the words for errors in other languages begin with, where they hold none of the English words: for a search
    /// that may find too much. Letters of ASCII stand for both cases, others for themselves.
    public static let errorBeginningsOfOtherLanguages = [
        "오류", "에러", "심각", "치명", "긴급", "エラー", "異常", "致命", "重大", "緊急", "错误", "錯誤", "异常", "严重", "嚴重", "紧急",
        "fehler", "schwerw", "kriti", "grave", "crític", "CRÍTIC", "błąd", "BŁĄD", "ошибк", "Ошибк", "ОШИБК", "критич",
        "Критич", "КРИТИЧ",
    ]

    /// The same in the encodings that are recognised without being told (iconv's names).
    public static let errorBeginningsByEncoding = [
        "CP949": ["오류", "에러", "심각", "치명", "긴급"], "CP932": ["エラー", "異常", "致命", "重大", "緊急"],
        "GB18030": ["错误", "异常", "严重", "致命", "紧急"], "CP1252": ["crític", "CRÍTIC"],
    ]
}

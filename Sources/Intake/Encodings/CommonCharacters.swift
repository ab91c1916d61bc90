/// The characters that texts of a language are mostly made of, and those of log messages: what tells encodings apart
/// whose bytes are valid in each other.
enum CommonCharacters {
    static let korean =
        "이다는을에의가로하고서지기사은시를아도자한대리인나스수해정라어과그일보장주부전구제들으동원상만니공안성국오우여모조"
        + "관습합게세용할없었있된되됩않못실패연결오류경고심각요청응답처리데베접속초중단파권메버저찾알발생때문간호출"
        + "바타소개업등록번값예외설환영무선결재시작완료확트드템크치터"

    static let chinese =
        "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法"
        + "所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政"
        + "四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最"
        + "立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论"
        + "运农指几九区强放决西被干做必战先回则任取据处理请错误警告连失败服务器数据库异常超接口无法找到文件用户参数登录严致命再谢"
        + "為個國時來們對會發動過說產種後學經進電現實體機當點從業開還關線內數問題無錯誤連線敗務庫異"

    /// Kanji; kana speak for themselves.
    static let japanese =
        "日本語人大年出本中子見国言上分生手自行者二間事思時気会十家女三前的方入小地合後目長場代私下立部学物月田何来彼話体動社知理"
        + "山内同心発高実作当新世今書度明五戦力名金性対意用男主通関文屋感郎業定政持道外取所現最化四先民身不口川東相法全聞情野考向"
        + "平成軍開手教経連接続失敗認証処理要求応答異常終了警告重大致命的例外設定未済再試行権限切断起動停止完開始保存読込書受信送信"

    /// What a byte pair of an encoding is when it encodes one of the characters.
    static func pairs(of characters: String, in encoding: String) -> Set<UInt16> {
        guard let handle = PairEncoder(encoding) else { return [] }
        return Set(characters.unicodeScalars.compactMap { handle.pair(of: $0) })
    }
}

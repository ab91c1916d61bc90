/// The months as logs write them: English, French, German, Spanish, Portuguese, Italian and Dutch, whole or cut short,
/// in any case, with or without a dot behind.
enum MonthNames {
    /// Bytes of the longest form: `septiembre.`.
    static let longest = 12

    /// - Returns: 1 to 12; nil for any other word.
    static func month(_ name: some Collection<UInt8>) -> Int? {
        guard (3...longest).contains(name.count) else { return nil }
        var key: UInt64 = 0
        var count = 0
        for byte in name {
            // Eight bytes tell the months from each other.
            if byte == 0x2E || count == 8 { break }
            key = key << 8 | UInt64(byte | 0x20)
            count += 1
        }
        return known[key]
    }

    private static let known: [UInt64: Int] = {
        let months = [
            "jan january janv janvier januar jän jänner ene enero gen gennaio janeiro januari",
            "feb february févr février fév februar febr febrero fev fevereiro febbraio februari",
            "mar march mars mär märz mrz marzo março maart mrt", "apr april avr avril abr abril aprile",
            "may mai mayo maio mag maggio mei", "jun june juin juni junio junho giu giugno",
            "jul july juil juillet juli julio julho lug luglio", "aug august août aout ago agosto augustus",
            "sep sept september septembre septiembre set setembro settembre",
            "oct october octobre okt oktober octubre out outubro ott ottobre",
            "nov november novembre noviembre novembro",
            "dec december déc décembre dez dezember dic diciembre dezembro dicembre",
        ]
        var known: [UInt64: Int] = [:]
        for (index, forms) in months.enumerated() {
            for form in forms.split(separator: " ") {
                let key = form.utf8.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1 | 0x20) }
                known[key] = index + 1
            }
        }
        return known
    }()
}

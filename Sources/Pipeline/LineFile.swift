import Events
import Foundation

/// Reads a text file line by line, bounded.
enum LineFile {
    /// - Parameter body: gets the line's number (from 1) and its text; blank lines are passed over.
    static func forEach(_ path: String, limit: Int, _ body: (Int, String) throws -> Void) throws {
        try forEachLine(path, limit: limit) { number, line in
            let text = String(decoding: line, as: UTF8.self)
            if !text.allSatisfy(\.isWhitespace) { try body(number, text) }
        }
    }

    fileprivate static func forEachLine(_ path: String, limit: Int, _ body: (Int, Data) throws -> Void) throws {
        guard let handle = path == "-" ? .standardInput : FileHandle(forReadingAtPath: path) else {
            throw LineFileError.unreadable(path: path, reason: String(cString: strerror(errno)))
        }
        var pending = Data()
        var number = 0
        func deliver(_ line: Data) throws {
            number += 1
            try body(number, line)
        }
        while let piece = try handle.read(upToCount: 1 << 18), !piece.isEmpty {
            pending += piece
            var start = pending.startIndex
            while let newline = pending.withUnsafeBytes({ bytes in
                bytes[(start - pending.startIndex)...].firstIndex(of: 0x0A)
            }) {
                let end = pending.startIndex + newline
                try deliver(Data(pending[start..<end]))
                start = end + 1
            }
            pending = Data(pending[start...])
            guard pending.count <= limit else {
                throw LineFileError.lineTooLong(path: path, number: number + 1, limit: limit)
            }
        }
        if !pending.isEmpty { try deliver(pending) }
    }
}

extension LineFile {
    /// The same, `count` lines at a time, as bytes.
    ///
    /// - Parameter body: gets the number of the first line (blank ones are left out and not counted) and the lines.
    static func forEachBatch(_ path: String, limit: Int, count: Int, _ body: (Int, [Data]) throws -> Void) throws {
        var lines: [Data] = []
        var first = 1
        try forEachLine(path, limit: limit) { _, line in
            guard line.contains(where: { $0 > 0x20 }) else { return }
            lines.append(line)
            guard lines.count == count else { return }
            try body(first, lines)
            first += lines.count
            lines.removeAll(keepingCapacity: true)
        }
        if !lines.isEmpty { try body(first, lines) }
    }
}

enum LineFileError: OperatorFacing, Equatable {
    case unreadable(path: String, reason: String)
    case lineTooLong(path: String, number: Int, limit: Int)
    case notARow(path: String, number: Int)
    case notAContextRow(path: String, number: Int)

    var description: String {
        switch self {
        case .unreadable(let path, let reason): "cannot read \(path): \(reason)"
        case .lineTooLong(let path, let number, let limit): "\(path):\(number) is longer than \(limit) bytes"
        case .notARow(let path, let number): "\(path):\(number) is not a row with an id and a text or an event"
        case .notAContextRow(let path, let number):
            "\(path):\(number) is not a row with a mirror and an event or a trace"
        }
    }

    var remedy: String? {
        switch self {
        case .unreadable: "Check the path and its permissions."
        case .notARow: "Each line is {\"id\": …, \"text\": …} or {\"id\": …, \"event\": …}."
        case .notAContextRow:
            "Each line is {\"mirror\": …, \"event\": …} or {\"mirror\": …, \"trace\": …}; see docs/formats.md."
        case .lineTooLong: "Is this the right file? Each line holds one JSON object."
        }
    }

    var kind: FailureKind {
        switch self {
        case .unreadable: .noInput
        case .lineTooLong, .notARow, .notAContextRow: .data
        }
    }
}

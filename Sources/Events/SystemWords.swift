import Foundation

extension Error {
    /// What the system says of a file operation that failed, in one piece for the middle of a sentence:
    /// `No space left on device`, where Foundation speaks two sentences of its own.
    public var systemWords: String {
        if let posix = self as? POSIXError { return String(cString: strerror(posix.code.rawValue)) }
        if let cocoa = self as? CocoaError, let posix = cocoa.userInfo[NSUnderlyingErrorKey] as? POSIXError {
            return posix.systemWords
        }
        if (self as? CocoaError)?.code == .fileWriteOutOfSpace { return String(cString: strerror(ENOSPC)) }
        let words = localizedDescription
        return words.hasSuffix(".") ? String(words.dropLast()) : words
    }
}

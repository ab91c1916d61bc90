import Foundation

extension Array<UInt8> {
    /// Whether bytes occur in these, one after the other; no bytes occur in any.
    public func contains(run wanted: some Collection<UInt8>) -> Bool {
        guard let first = wanted.first else { return true }
        return withUnsafeBytes { bytes in
            var from = 0
            while bytes.count - from >= wanted.count, let base = bytes.baseAddress,
                let found = memchr(base + from, Int32(first), bytes.count - from - wanted.count + 1)
            {
                let place = base.distance(to: UnsafeRawPointer(found))
                if bytes[place..<place + wanted.count].elementsEqual(wanted) { return true }
                from = place + 1
            }
            return false
        }
    }
}

extension Substring {
    /// Whether the bytes of a text occur in this one's, one after the other.
    ///
    /// Ten times as fast as looking for what readers take for the same: marks that make one letter of two count as they
    /// are written.
    public func contains(bytesOf wanted: String) -> Bool {
        withBytes(wanted) { bytes, wanted in
            guard let needle = wanted.baseAddress, let first = wanted.first else { return true }
            guard let start = bytes.baseAddress, bytes.count >= wanted.count else { return false }
            var (place, left) = (start, bytes.count - wanted.count + 1)
            while left > 0, let found = memchr(place, Int32(first), left) {
                if memcmp(found, needle, wanted.count) == 0 { return true }
                left -= UnsafeRawPointer(place).distance(to: found) + 1
                place = start + (bytes.count - wanted.count + 1 - left)
            }
            return false
        }
    }

    /// Whether this text's bytes begin with those of another.
    public func starts(bytesOf prefix: String) -> Bool {
        withBytes(prefix) { bytes, prefix in
            guard let wanted = prefix.baseAddress, !prefix.isEmpty else { return true }
            guard let start = bytes.baseAddress, bytes.count >= prefix.count else { return false }
            return memcmp(start, wanted, prefix.count) == 0
        }
    }

    private func withBytes<Result>(
        _ other: String, _ work: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) -> Result
    ) -> Result {
        var (text, other) = (self, other)
        return text.withUTF8 { bytes in other.withUTF8 { work(bytes, $0) } }
    }
}

extension String {
    /// ``Swift/Substring/contains(bytesOf:)`` of the whole text.
    public func contains(bytesOf wanted: String) -> Bool { self[...].contains(bytesOf: wanted) }

    /// ``Swift/Substring/starts(bytesOf:)`` of the whole text.
    public func starts(bytesOf prefix: String) -> Bool { self[...].starts(bytesOf: prefix) }
}

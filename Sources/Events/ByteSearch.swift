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

import Glibc

/// The memory that was allocated and freed again.
enum Heap {
    /// Lets the system have it: what a burst of work took would else stay with a process that runs for months.
    ///
    /// glibc's malloc_trim(3), which its headers show only to whoever asks for GNU's extensions; another C library may
    /// not have it, and nothing is done there.
    static func giveBack() {
        typealias Trim = @convention(c) (Int) -> CInt
        guard let found = dlsym(nil, "malloc_trim") else { return }
        _ = unsafeBitCast(found, to: Trim.self)(0)
    }
}

import Glibc

/// A directory of a test's own.
struct TemporaryDirectory {
    let path: String

    struct CannotCreate: Error { let errno: Int32 }

    init() throws {
        var template = Array("/tmp/appliance-http-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw CannotCreate(errno: errno) }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Removes the directory and the files directly in it.
    func remove() {
        if let directory = opendir(path) {
            while let entry = readdir(directory) {
                let name = withUnsafeBytes(of: entry.pointee.d_name) {
                    String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                }
                unlink("\(path)/\(name)")
            }
            closedir(directory)
        }
        rmdir(path)
    }
}

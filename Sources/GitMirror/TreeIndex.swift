/// The files of one revision, found by their names.
struct TreeIndex: Sendable {
    struct File: Sendable {
        var path: String
        var blob: ObjectName
        var isExecutable = false
    }

    static let maxFiles = 200_000
    /// Room for 200,000 entries of `ls-tree` with paths of about 250 bytes.
    static let maxListingBytes = 64 << 20

    private(set) var files: [File] = []
    /// Lower-case last component → indices into `files`.
    private var byName: [String: [Int32]] = [:]
    private var byPath: [String: Int32] = [:]
    /// Lower-case stem without `_` and `-` → indices; a folder's name for `index`, `mod` and `__init__`.
    private var byStem: [String: [Int32]] = [:]
    /// Whether the tree holds more files than are indexed.
    private(set) var isCut = false

    /// Reads `git ls-tree -r -z`. Links, submodules and paths that are not safe to hand back are left out.
    init(listing: [UInt8]) {
        for entry in listing.split(separator: 0) {
            guard files.count < Self.maxFiles else {
                isCut = true
                break
            }
            guard let tab = entry.firstIndex(of: 0x09) else { continue }
            let head = entry[..<tab].split(separator: 0x20)
            guard head.count == 3, head[0].starts(with: Array("100".utf8)),
                let blob = ObjectName(String(decoding: head[2], as: UTF8.self))
            else { continue }
            let path = String(decoding: entry[(tab + 1)...], as: UTF8.self)
            guard RepositoryPath.isSafe(path) else { continue }
            let index = Int32(files.count)
            files.append(File(path: path, blob: blob, isExecutable: head[0].elementsEqual("100755".utf8)))
            byPath[path] = index
            byName[Self.name(of: path), default: []].append(index)
            byStem[Self.stem(of: path), default: []].append(index)
        }
    }

    /// Files that have no object names: each gets one that only tells them apart.
    init(paths: [String], isCut: Bool) {
        let listing = paths.enumerated().map { index, path in
            let number = String(index, radix: 16)
            return "100644 blob \(String(repeating: "0", count: 40 - number.count))\(number)\t\(path)\0"
        }
        self.init(listing: Array(listing.joined().utf8))
        self.isCut = isCut || self.isCut
    }

    func file(at path: String) -> File? { byPath[path].map { files[Int($0)] } }

    /// Files whose last component is `name`, whatever the case.
    func files(named name: String) -> [File] { (byName[name.lowercased()] ?? []).map { files[Int($0)] } }

    /// Code files that a word of an import may mean: `rates` for `rates.py`, `rates/index.ts`, `RateTable` for
    /// `rate_table.rb`.
    func files(meantBy word: String) -> [File] { (byStem[Self.folded(word)] ?? []).map { files[Int($0)] } }

    private static let rootStems: Set<String> = ["index", "mod", "__init__"]

    private static func stem(of path: String) -> String {
        let parts = path.split(separator: "/")
        guard let last = parts.last else { return "" }
        let stem = last.prefix { $0 != "." }
        return folded(String(rootStems.contains(String(stem)) && parts.count > 1 ? parts[parts.count - 2] : stem))
    }

    private static func folded(_ word: String) -> String {
        String(decoding: word.lowercased().utf8.filter { $0 != 0x5F && $0 != 0x2D }, as: UTF8.self)
    }

    private static func name(of path: String) -> String {
        (path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path).lowercased()
    }
}

import Events

/// The declarations that explain a failing line, as far as the excerpts' limits leave room.
extension MirrorSession {
    static let maxDeclarations = 3
    /// Files of a name's own that are looked at.
    private static let maxOwnFiles = 2

    func declarations(
        for excerpt: CodeExcerpt, files: [String], in tree: TreeIndex, room: Int
    ) async throws(MirrorError) -> [ExcerptBuilder.Place] {
        guard let failing = excerpt.marked.first, excerpt.lines.indices.contains(failing - excerpt.firstLine) else {
            return []
        }
        let related = try await related(to: excerpt.file, in: tree)
        var read: [String: (text: SourceText, finder: FunctionFinder)] = [:]
        var places: [ExcerptBuilder.Place] = []
        for wanted in Declarations.wanted(in: excerpt.lines, failing: failing - excerpt.firstLine)
        where places.count < min(room, Self.maxDeclarations) && wanted.name != excerpt.function {
            for path in Self.files(for: wanted, from: excerpt.file, trace: files, related, tree) {
                guard let file = tree.file(at: path) else { continue }
                if read[path] == nil, let text = try await text(path, file.blob) {
                    read[path] = (text, FunctionFinder(text))
                }
                guard let known = read[path] else { continue }
                let outside = path == excerpt.file ? excerpt.firstLine...max(excerpt.firstLine, excerpt.lastLine) : nil
                guard let range = Declarations.range(of: wanted, in: known.text, known.finder, outside: outside) else {
                    continue
                }
                let name = wanted.kind == .function ? wanted.name : nil
                let shown = FunctionFinder.Function(first: range.lowerBound, last: range.upperBound, name: name)
                places.append(
                    ExcerptBuilder.Place(
                        text: known.text, blob: file.blob, function: shown, score: excerpt.score,
                        about: "declares \(wanted.name), which line \(failing) uses"))
                break
            }
        }
        return places
    }

    /// Where a name may be declared, the likeliest first. What is called on something is that thing's own: its file is
    /// named like it.
    private static func files(
        for wanted: Declarations.Wanted, from path: String, trace: [String], _ related: [String], _ tree: TreeIndex
    ) -> [String] {
        let ending = path.split(separator: ".").last
        func alike(_ word: String) -> [String] {
            tree.files(meantBy: word).map(\.path).filter { $0.split(separator: ".").last == ending && $0 != path }
        }
        if let receiver = wanted.receiver {
            let stem = receiver.lowercased().replacing("_", with: "")
            let begun = related.filter { file in
                let name = file.split(separator: "/").last?.lowercased().replacing("_", with: "") ?? ""
                return name.hasPrefix(stem)
            }
            return alike(receiver).prefix(maxOwnFiles) + begun
        }
        let own = wanted.kind == .function ? [] : alike(wanted.name).prefix(maxOwnFiles)
        return [path] + trace.filter { $0 != path } + own + related
    }

    /// Files that a file's imports name, and for languages whose packages are folders its neighbours.
    private func related(to path: String, in tree: TreeIndex) async throws(MirrorError) -> [String] {
        guard let file = tree.file(at: path), let text = try await text(path, file.blob) else { return [] }
        let ending = path.split(separator: ".").last
        var found: [String] = []
        for word in Declarations.importWords(text).sorted() {
            let meant = tree.files(meantBy: word).map(\.path).filter { $0.split(separator: ".").last == ending }
            found += meant.filter { $0 != path && !FileMatcher.isAside($0) }.prefix(Self.maxOwnFiles)
        }
        // The nearest first: a module's own neighbours before others of that name.
        let folder = FileMatcher.folder(of: path)
        return Array(
            found.sorted { (Self.shared($0, folder), $1) > (Self.shared($1, folder), $0) }.prefix(Self.maxRelated))
    }

    private static let maxRelated = 8

    /// Leading components that a path shares with a folder.
    private static func shared(_ path: String, _ folder: String) -> Int {
        zip(path.split(separator: "/"), folder.split(separator: "/")).prefix { $0 == $1 }.count
    }
}

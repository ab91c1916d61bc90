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
        var places: [ExcerptBuilder.Place] = []
        for wanted in Declarations.wanted(in: excerpt.lines[failing - excerpt.firstLine])
        where places.count < min(room, Self.maxDeclarations) && wanted.name != excerpt.function {
            let named = wanted.kind == .function ? [] : Self.fileNames(of: wanted.name, like: excerpt.file)
            let own = named.flatMap { tree.files(named: $0) }.prefix(Self.maxOwnFiles).map(\.path)
            for path in [excerpt.file] + files.filter({ $0 != excerpt.file }) + own {
                guard let file = tree.file(at: path), let text = try await text(path, file.blob) else { continue }
                let outside = path == excerpt.file ? excerpt.firstLine...max(excerpt.firstLine, excerpt.lastLine) : nil
                let finder = FunctionFinder(text)
                guard let range = Declarations.range(of: wanted, in: text, finder, outside: outside) else { continue }
                let isFunction = wanted.kind == .function
                places.append(
                    ExcerptBuilder.Place(
                        text: text, blob: file.blob,
                        function: FunctionFinder.Function(
                            first: range.lowerBound, last: range.upperBound, name: isFunction ? wanted.name : nil),
                        score: excerpt.score, about: "declares \(wanted.name), which line \(failing) names"))
                break
            }
        }
        return places
    }

    /// `PriceTable` → `PriceTable.java`, `price_table.java`, for a file that ends in `.java`.
    private static func fileNames(of type: String, like path: String) -> [String] {
        guard let ending = path.split(separator: ".").last, ending.count < path.count else { return [] }
        var snake = ""
        for character in type {
            if character.isUppercase, !snake.isEmpty, !snake.hasSuffix("_") { snake += "_" }
            snake += character.lowercased()
        }
        return ["\(type).\(ending)", "\(snake).\(ending)", "\(snake.replacing("_", with: "-")).\(ending)"]
    }
}

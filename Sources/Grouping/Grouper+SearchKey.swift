import Events

extension Grouper {
    /// Frames of one event that likeness is judged by, and the longest text.
    private static let (maxFrames, maxTextBytes) = (64, 16 * 1024)

    /// What likeness of an event is judged by: its innermost exception's frames first, then those around it that
    /// the others have not named, and what was said.
    public func searchKey(of event: ErrorEvent) -> SearchKey {
        SearchKey(
            exceptionType: event.rootException?.type.map(SymbolName.normalize), code: event.code,
            frames: searchFrames(event), text: Self.searchText(event))
    }

    private func searchFrames(_ event: ErrorEvent) -> [SearchKey.Frame] {
        var frames: [SearchKey.Frame] = []
        for (depth, exception) in event.exceptions.reversed().prefix(EventOutline.maxExceptions).enumerated() {
            let known = depth == 0 ? [] : Set(frames.map(\.name))
            let language = FrameNormalizer.language(of: exception)
            for frame in exception.frames.reversed().prefix(FrameNormalizer.maxFrames) {
                guard frames.count < Self.maxFrames else { return frames }
                guard let normalized = normalizer.remembered(frame, in: language), !known.contains(normalized.name)
                else { continue }
                let next = SearchKey.Frame(
                    name: normalized.name, line: frame.line, isRuntime: normalized.owner == .runtime)
                // Recursion says nothing more.
                if next != frames.last { frames.append(next) }
            }
        }
        return frames
    }

    static func searchText(_ event: ErrorEvent) -> String {
        var text = event.message
        if let cause = event.rootException?.message, !cause.isEmpty, !text.contains(bytesOf: cause) {
            text = text.isEmpty ? cause : "\(text)\n\(cause)"
        }
        guard text.utf8.count > maxTextBytes else { return text }
        return String(decoding: text.utf8.prefix(maxTextBytes), as: UTF8.self)
    }
}

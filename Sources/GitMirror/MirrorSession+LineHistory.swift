import Events

/// Follows lines back through the versions of their file, and into the files that they came from.
extension MirrorSession {
    /// Versions of a file that are looked at for one excerpt; most need only the first few.
    static let maxVersions = 120
    static let firstVersions = 16
    /// Versions that are searched for one that agrees with a frame.
    static let maxAgreeing = 40
    /// Commits that changed a function, besides those that only formatted, renamed or moved it.
    static let functionCommits = 5
    /// Files of one commit that are searched for where a function came from.
    static let maxOrigins = 12
    static let maxChangedFiles = 2000

    /// What is followed, and from where.
    struct LineQuest: Sendable {
        var path: String
        var blob: ObjectName
        var commit: ObjectName
        var lines: FollowedLines
    }

    /// The commits that changed the followed lines, newest first; none for a file that is not followed.
    ///
    /// Where a merge mixed the lines of several sides, each side is followed for what it brought.
    func touches(of quest: LineQuest) async throws(MirrorError) -> [LineTouch] {
        var sides = [quest]
        var (all, seen): ([LineTouch], Set<String>) = ([], [])
        var index = 0
        while index < sides.count {
            let path = try await follow(sides[index])
            for touch in path.touches where seen.insert(touch.commit.name).inserted { all.append(touch) }
            sides += path.sides.prefix(max(0, Self.maxSides - sides.count))
            index += 1
        }
        guard index > 1 else { return all }
        return all.enumerated().sorted {
            ($0.element.commit.time, $1.offset) > ($1.element.commit.time, $0.offset)
        }.map(\.element)
    }

    /// Sides of merges that are followed for one excerpt.
    static let maxSides = 5

    /// One way back: of a merge, the parent that has most of the lines as they are.
    private func follow(_ quest: LineQuest) async throws(MirrorError) -> (touches: [LineTouch], sides: [LineQuest]) {
        var quest = quest
        var (touches, states, sides): ([LineTouch], [UInt64], [LineQuest]) = ([], [], [])
        var versions = try await versions(of: quest.path, at: quest.commit)
        var position = 0
        guard var text = try await version(quest.path, quest.blob) else { return ([], []) }
        quest.lines = quest.lines.clamped(to: text.lines.count)
        var (steps, open) = (0, Set(quest.lines.failing.keys))
        /// A failing line has one commit that wrote it as it is; those before wrote earlier forms.
        func add(_ touch: LineTouch) {
            var touch = touch
            touch.earlier = touch.blamed.filter { !open.contains($0) }
            touch.blamed = touch.blamed.filter { open.remove($0) != nil }
            touches.append(touch)
            states.append(text.key(quest.lines.span))
        }
        while steps < Self.maxVersions, touches.count(where: \.counts) < Self.functionCommits || !open.isEmpty {
            steps += 1
            var next = versions.indices.first { $0 >= position && versions[$0].new == quest.blob }
            if next == nil, versions.count == Self.firstVersions {
                versions = try await self.versions(of: quest.path, at: quest.commit, count: Self.maxVersions)
                next = versions.indices.first { $0 >= position && versions[$0].new == quest.blob }
            }
            guard let index = next else { break }
            let version = versions[index]
            position = index + 1
            if let before = try await parents(of: version, quest, text) {
                let main = before.main
                var step = LineStep(quest.lines, from: text, to: main.text, commit: version.commit, path: quest.path)
                if !before.others.isEmpty {
                    let split = MergeSplit(quest.lines, in: text, main: main.text, others: before.others.map(\.text))
                    for (other, lines) in zip(before.others, split.brought) {
                        guard let lines else { continue }
                        var side = quest
                        (side.blob, side.lines) = (other.blob, lines)
                        sides.append(side)
                    }
                    step = split.settled(step, quest.lines)
                    open.subtract(split.gone)
                }
                if step.touch?.nature == .wrote,
                    let origin = try await origin(of: quest, in: version, text, excluding: main.text)
                {
                    add(origin.touch)
                    (quest, text, position) = (origin.quest, origin.text, 0)
                    versions = try await self.versions(of: quest.path, at: quest.commit)
                    continue
                }
                if let touch = step.touch { add(touch) }
                guard let rest = step.rest, !rest.span.isEmpty else {
                    return (Self.settled(touches, states, last: nil), sides)
                }
                (quest.blob, quest.lines, text) = (main.blob, rest, main.text)
            } else if let origin = try await origin(of: quest, in: version, text, excluding: nil) {
                add(origin.touch)
                (quest, text, position) = (origin.quest, origin.text, 0)
                versions = try await self.versions(of: quest.path, at: quest.commit)
            } else {
                add(
                    LineTouch(
                        commit: version.commit, nature: .wrote, path: quest.path,
                        blamed: quest.lines.failing.keys.sorted(), distance: 0))
                return (Self.settled(touches, states, last: nil), sides)
            }
        }
        return (Self.settled(touches, states, last: text.key(quest.lines.span)), sides)
    }

    private func version(_ path: String, _ blob: ObjectName) async throws(MirrorError) -> VersionText? {
        do throws(MirrorError) {
            let found = try await reader.contents(blob.hex, type: "blob", limit: SourceText.maxBytes)
            return found.flatMap { VersionText(path: path, bytes: $0.bytes) }
        } catch {
            guard case .object = error else { throw error }
            return nil
        }
    }

    private struct Parent {
        var blob: ObjectName
        var text: VersionText
    }

    /// The version before; of a merge, the parent that has the followed lines as they are, else the one with the fewest
    /// changes, and the others.
    private func parents(
        of version: FileLog.Version, _ quest: LineQuest, _ text: VersionText
    ) async throws(MirrorError) -> (main: Parent, others: [Parent])? {
        var (best, fewest, others): (Parent?, Int, [Parent]) = (nil, .max, [])
        for case let blob? in version.old.prefix(Self.maxParents) {
            guard let before = try await self.version(quest.path, blob) else { continue }
            let parent = Parent(blob: blob, text: before)
            if version.old.count == 1 { return (parent, []) }
            let hunks = LineDiff(before.keys, text.keys).touching(quest.lines.span)
            let changes = hunks.reduce(0) { $0 + $1.old.count + $1.new.count }
            if changes < fewest {
                if let best { others.append(best) }
                (best, fewest) = (parent, changes)
            } else {
                others.append(parent)
            }
        }
        return best.map { ($0, fewest == 0 ? [] : others) }
    }

    private static let maxParents = 8

    /// Where lines that are new in their file were before: the file under its old name, or a file of the same commit
    /// that lost them.
    private func origin(
        of quest: LineQuest, in version: FileLog.Version, _ text: VersionText, excluding before: VersionText?
    ) async throws(MirrorError) -> (touch: LineTouch, quest: LineQuest, text: VersionText)? {
        guard !shadow.boundary.contains(version.commit.name),
            let parent = try await reader.header(version.commit.name + "^")?.name
        else { return nil }
        let output = try await cached(
            [
                "diff-tree", "-r", "-M", "--raw", "-z", "--no-abbrev", "--no-commit-id", "--no-ext-diff",
                version.commit.name,
            ],
            limit: Self.maxLogBytes)
        let changed = ChangedFile.parse(output, limit: Self.maxChangedFiles)
        let ending = quest.path.split(separator: ".").last
        let renamed = changed.first { $0.newPath == quest.path && $0.oldPath != quest.path }
        let others = changed.filter {
            $0.old != nil && $0 != renamed && $0.oldPath.split(separator: ".").last == ending
        }
        .sorted { ($0.new == nil ? 0 : 1) < ($1.new == nil ? 0 : 1) }
        for file in [renamed].compactMap(\.self) + others.prefix(Self.maxOrigins) {
            guard let blob = file.old, let old = try await self.version(file.oldPath, blob) else { continue }
            var kept: VersionText?
            if file.newPath == quest.path, file != renamed {
                kept = text
            } else if file != renamed, let new = file.new {
                kept = try await self.version(file.newPath, new)
            }
            let same = kept == nil ? LineMove.form(of: quest.lines, in: text, old: old) : nil
            guard let lines = same ?? LineMove.place(quest.lines, in: text, old: old, kept: kept) else { continue }
            var moved = quest
            (moved.path, moved.blob, moved.commit, moved.lines) = (file.oldPath, blob, parent, lines.followed)
            let touch = LineTouch(
                commit: version.commit, nature: lines.isWhole ? .moved : .changed, path: quest.path,
                blamed: lines.lost, distance: lines.isWhole ? nil : 0, names: lines.names)
            return (touch, moved, old)
        }
        return nil
    }

    /// Tells what was undone: where a version of the lines comes again, the commits between it are void.
    private static func settled(_ touches: [LineTouch], _ states: [UInt64], last: UInt64?) -> [LineTouch] {
        var touches = touches
        let states = states + [last].compactMap(\.self)
        var index = 0
        while index < touches.count {
            guard let again = states.indices.last(where: { $0 > index + 1 && states[$0] == states[index] }) else {
                index += 1
                continue
            }
            touches[index].nature = .restored
            for undone in index + 1..<min(again, touches.count) { touches[undone].nature = .undone }
            // What it seems to have written is as old as the version that it brought back.
            for line in touches[index].blamed {
                guard let author = touches.indices.first(where: { $0 >= again && touches[$0].earlier.contains(line) })
                else { continue }
                touches[author].blamed.append(line)
                touches[author].earlier.removeAll { $0 == line }
                touches[index].blamed.removeAll { $0 == line }
            }
            index = again
        }
        return touches
    }
}

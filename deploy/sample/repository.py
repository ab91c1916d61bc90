"""A git history as a `git fast-import` stream whose dates are written as seconds before the end."""

HOUR = 3600
DAY = 24 * HOUR
END_HOUR = 6  # the sample ends at 06:00 in Seoul


def ago(days, clock):
    """Seconds from `clock` (hh:mm in Seoul), `days` before the day of the end, to the end."""
    hour, minute = clock.split(":")
    return days * DAY + (END_HOUR * 60 - int(hour) * 60 - int(minute)) * 60


class Repository:
    """Commits in order on `main`; marks count from 1 and name commits for placeholders."""

    def __init__(self, name, fetched):
        self.name = name
        self.fetched = fetched  # seconds before the end, when the mirror was last fetched
        self.files = {}
        self.commits = []  # (mark, subject, seconds before the end, author)
        self.trees = {}  # tag → {path: content}
        self.stream = [b"feature done\n"]

    def commit(self, when, author, message, write=None, edit=None, delete=(), tag=None):
        """Adds a commit; `edit` is {path: [(old, new), …]} and each `old` must occur exactly once."""
        mark = len(self.commits) + 1
        if self.commits and when >= self.commits[-1][2]:
            raise ValueError(f"{self.name}: {message!r} is not later than the commit before it")
        changed = dict(write or {})
        for path, replacements in (edit or {}).items():
            content = changed.get(path, self.files.get(path))
            for old, new in replacements:
                if content.count(old) != 1:
                    raise ValueError(f"{self.name}: {path}: {old!r} occurs {content.count(old)} times")
                content = content.replace(old, new)
            changed[path] = content
        self.files.update(changed)
        for path in delete:
            del self.files[path]
        self.commits.append((mark, message.split("\n")[0], when, author))
        self._write(mark, when, author, message, changed, delete)
        if tag:
            self._tag(tag, mark, when, author)

    def _write(self, mark, when, author, message, changed, delete):
        person = f"{author} @@{when}@@ +0900"
        self._text("commit refs/heads/main", f"mark :{mark}", f"author {person}", f"committer {person}")
        self._data(message + "\n")
        if mark > 1:
            self._text(f"from :{mark - 1}")
        for path in delete:
            self._text(f"D {path}")
        for path in sorted(changed):
            self._text(f"M 100644 inline {path}")
            self._data(changed[path])
        self._text("")

    def _tag(self, tag, mark, when, author):
        self.trees[tag] = dict(self.files)
        self._text(f"tag {tag}", f"from :{mark}", f"tagger {author} @@{when - 900}@@ +0900")
        self._data(f"release {tag}\n")

    def _text(self, *lines):
        self.stream += [line.encode() + b"\n" for line in lines]

    def _data(self, content):
        raw = content.encode()
        if b"@@" in raw:
            raise ValueError(f"{self.name}: content looks like a placeholder")
        self.stream += [b"data %d\n" % len(raw), raw, b"\n"]

    def bytes(self):
        return b"".join(self.stream) + b"done\n"

    def line(self, tag, path, text):
        """Number of the only line of `path` at `tag` that contains `text`."""
        lines = self.trees[tag][path].split("\n")
        found = [number for number, line in enumerate(lines, 1) if text in line]
        if len(found) != 1:
            raise ValueError(f"{self.name}:{path}@{tag}: {text!r} is on lines {found}")
        return found[0]

    def source(self, tag, path, text):
        """That line, without its indentation."""
        return self.trees[tag][path].split("\n")[self.line(tag, path, text) - 1].strip()

    def placeholder(self, subject):
        """What stands in the archive for the id of the commit with this subject."""
        for mark, found, _, _ in self.commits:
            if found == subject:
                return f"@@mark:{self.name}:{mark}@@"
        raise ValueError(f"{self.name}: no commit {subject!r}")

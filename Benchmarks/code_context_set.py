#!/usr/bin/env python3
"""Makes an open set for `appliance evaluate code-context`: repositories with histories, planted faults, and the traces
that their runtimes would have written. Nothing is drawn from the clock: the same arguments give the same objects.

    code_context_set.py --directory DIR [--seed N]
    appliance evaluate code-context DIR/set.jsonl > answers.jsonl

Twelve repositories (Python, Java, Kotlin, TypeScript, JavaScript, Go, Rust, C#, Ruby, PHP, Swift, C++), in each the same
kinds of guilty change, one module a kind; after each come ordinary commits, and what hides a fault: formatting, moves,
renamings, reverts, merges. Every row says what is expected: file, function, guilty commit.
"""
import argparse
import json
import os
import random
import shutil
import subprocess

from code_context_languages import LANGUAGES

START = 1_767_225_600  # 1 January 2026
HOUR = 3600
PEOPLE = ["Kim Jiyoung", "Daniel Weber", "Aiko Tanaka", "Maria Silva", "Lee Minho", "Sam Okafor", "Nora Lind"]
NOUNS = ["price", "invoice", "shipment", "basket", "customer", "coupon", "refund", "stock", "ledger", "session",
         "tariff", "voucher", "parcel", "payment"]
FIELDS = ["amount", "total", "weight", "country", "currency", "owner", "status", "region", "balance", "quota"]
VERBS = ["load", "apply", "merge", "check", "resolve", "collect", "update", "prepare", "settle", "assign"]


class Function:
    """A function as statements: each language writes them its own way."""

    def __init__(self, name, parameter, statements):
        self.name, self.parameter, self.statements = name, parameter, list(statements)

    def copy(self, **changes):
        return Function(changes.get("name", self.name), changes.get("parameter", self.parameter),
                        changes.get("statements", self.statements))


class Module:
    """One source file: a head of constants, functions in order."""

    def __init__(self, group, name, constants, functions):
        self.group, self.name, self.constants, self.functions = group, name, constants, functions

    def copy(self, **changes):
        return Module(changes.get("group", self.group), changes.get("name", self.name),
                      changes.get("constants", dict(self.constants)), changes.get("functions", list(self.functions)))

    def replaced(self, function, **changes):
        return self.copy(functions=[function if f.name == function.name else f for f in self.functions], **changes)


class Repository:
    """Commits as a stream for `git fast-import`; marks become names when it was read."""

    def __init__(self, path, language):
        self.path, self.language = path, language
        self.stream, self.marks, self.time = [], 0, START
        self.files, self.heads, self.tags = {}, {"main": None}, []
        self.generator = random.Random(language.name)

    def commit(self, subject, files, branch="main", merge=None, body=""):
        """`files`: path → text, or None to remove it."""
        self.marks += 1
        self.time += HOUR * self.generator.choice([3, 5, 8, 13, 21])
        who = self.generator.choice(PEOPLE)
        mail = who.lower().replace(" ", ".") + "@example.invalid"
        text = subject + ("\n\n" + body if body else "") + "\n"
        data = text.encode()
        lines = [f"commit refs/heads/{branch}", f"mark :{self.marks}",
                 f"author {who} <{mail}> {self.time} +0000", f"committer {who} <{mail}> {self.time} +0000",
                 f"data {len(data)}"]
        self.stream.append("\n".join(lines).encode() + b"\n" + data)
        parent = self.heads.get(branch) or self.heads["main"]
        if parent:
            self.stream.append(f"from :{parent}\n".encode())
        if merge:
            self.stream.append(f"merge :{self.heads[merge]}\n".encode())
        for path, content in sorted(files.items()):
            if content is None:
                self.stream.append(f"D {path}\n".encode())
            else:
                data = content.encode()
                self.stream.append(f"M 100644 inline {path}\ndata {len(data)}\n".encode() + data + b"\n")
        self.heads[branch] = self.marks
        return self.marks

    def tag(self, name):
        self.tags.append((name, self.heads["main"]))

    def write(self):
        shutil.rmtree(self.path, ignore_errors=True)
        clean = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", self.path], check=True, env=clean)
        stream = b"".join(self.stream)
        for name, mark in self.tags:
            stream += f"reset refs/tags/{name}\nfrom :{mark}\n\n".encode()
        marks = os.path.join(self.path, "marks")
        subprocess.run(["git", "-C", self.path, "fast-import", "--quiet", "--export-marks=" + marks],
                       input=stream, check=True, env=clean)
        with open(marks) as lines:
            names = dict(line.split() for line in lines)
        os.remove(marks)
        return {int(mark[1:]): name for mark, name in names.items()}


def filler(generator, index):
    noun, field, verb = generator.choice(NOUNS), generator.choice(FIELDS), generator.choice(VERBS)
    statements = [("let", "items", ("call", "store", verb, ["request"])),
                  ("log", f"{verb} {noun}", "items"),
                  ("if_empty", "items", "0"),
                  ("let", "sum", ("call", "items", field, [])),
                  ("return", ("times", "sum", str(generator.randint(2, 9))))]
    if generator.random() < 0.5:
        statements.insert(3, ("count", f"{noun}.{verb}"))
    return Function(f"{verb}_{noun}_{index}", "request", statements)


def tuned(generator, module, keep):
    """The module with one of its other functions changed a little."""
    functions = list(module.functions)
    choices = [i for i, f in enumerate(functions) if f.name not in keep]
    index = generator.choice(choices)
    function = functions[index]
    statements = list(function.statements)
    statements[-1] = ("return", ("times", "sum", str(generator.randint(10, 99))))
    functions[index] = function.copy(statements=statements)
    return module.copy(functions=functions)


class Scenario:
    """One module with a fault planted in it, and the row that asks for it."""

    def __init__(self, builder, kind, index):
        self.b, self.kind = builder, kind
        self.language, self.repository = builder.language, builder.repository
        generator = self.generator = random.Random(f"{builder.seed}{self.language.name}{kind}")
        self.noun = NOUNS[index % len(NOUNS)]
        self.field = generator.choice(FIELDS)
        self.verb = generator.choice(VERBS)
        self.name = f"{self.verb}_{self.noun}"
        self.constant = f"{self.noun}_{self.field}_limit".upper()
        body = [("let", "row", ("call", "store", "find", ["request"])),
                ("log", f"{self.verb} {self.noun}", "row"),
                ("if_none", "row", "0"),
                ("let", "value", ("call", "row", self.field, [])),
                ("let", "rate", ("call", "rates", "current", ["value"])),
                ("return", ("times", "rate", self.constant))]
        self.function = Function(self.name, "request", body)
        self.caller = Function(f"handle_{self.noun}", "request",
                               [("log", "handling", "request"),
                                ("let", "result", ("own", self.name, ["request"])),
                                ("return", ("times", "result", "1"))])
        fillers = [filler(generator, i) for i in range(generator.randint(6, 11))]
        place = generator.randint(2, len(fillers) - 1)
        functions = fillers[:place] + [self.function] + fillers[place:] + [self.caller]
        self.module = Module(f"{self.noun}s", f"{self.noun}_service", {self.constant: "100"}, functions)
        self.keep = {self.name, self.caller.name}
        self.guilty = None
        self.failing = ("return",)

    # Writing

    def put(self, subject, module, remove=(), **options):
        old, new = self.language.path(self.module), self.language.path(module)
        files = {new: self.language.render(module)}
        if old != new:
            files[old] = None
        files.update({path: None for path in remove})
        self.module = module
        return self.repository.commit(subject, files, **options)

    def noise(self, count):
        for _ in range(count):
            if self.generator.random() < 0.3:
                self.b.touch_elsewhere(self.module)
            else:
                self.put(f"{self.noun}: tune {self.generator.choice(VERBS)}",
                         tuned(self.generator, self.module, self.keep))

    def changed(self, statements):
        self.function = self.function.copy(statements=statements)
        return self.module.replaced(self.function)

    def without_guard(self):
        return self.changed([s for s in self.function.statements if s[0] != "if_none"])

    def with_new_line(self):
        """The failing line itself becomes wrong."""
        field = self.generator.choice([f for f in FIELDS if f != self.field])
        statements = [("let", "value", ("call", ("call", "row", field, []), self.field, [])) if s[:2] == ("let", "value")
                      else s for s in self.function.statements]
        return self.changed(statements)

    # Kinds

    def begin(self):
        self.repository.commit(f"{self.noun}: first version", self.b.initial(self.module))
        self.noise(self.generator.randint(2, 4))

    def run(self):
        self.begin()
        getattr(self, "kind_" + self.kind)()

    def kind_line(self):
        self.guilty = self.put(f"{self.noun}: take the {self.field} from its parent", self.with_new_line())
        self.failing = ("let", "value")
        self.noise(3)

    def kind_guard(self):
        self.guilty = self.put(f"{self.noun}: simplify {self.verb}", self.without_guard())
        self.failing = ("let", "value")
        self.noise(4)

    def kind_formatted(self):
        self.guilty = self.put(f"{self.noun}: simplify {self.verb}", self.with_new_line())
        self.failing = ("let", "value")
        self.noise(1)
        path = self.language.path(self.module)
        self.language.formatted.add(path)
        self.repository.commit("run the formatter", {path: self.language.render(self.module)})
        self.noise(1)

    def kind_renamed(self):
        self.guilty = self.put(f"{self.noun}: drop a check", self.without_guard())
        self.failing = ("let", "value")
        self.noise(1)
        self.put("sort modules by domain", self.module.copy(group="core_" + self.module.group))
        self.noise(2)

    def kind_moved(self):
        """The function moves into a module of its own."""
        self.guilty = self.put(f"{self.noun}: shorter {self.verb}", self.with_new_line())
        self.failing = ("let", "value")
        self.noise(1)
        rest = self.module.copy(functions=[f for f in self.module.functions if f.name not in self.keep])
        fillers = [filler(self.generator, i) for i in range(20, 23)]
        moved = Module(self.module.group, f"{self.noun}_{self.verb}", dict(self.module.constants),
                       [fillers[0], self.function, fillers[1], self.caller, fillers[2]])
        self.repository.commit(f"{self.noun}: a module for {self.verb}", {
            self.language.path(rest): self.language.render(rest),
            self.language.path(moved): self.language.render(moved)})
        self.module = moved
        self.noise(2)

    def kind_reverted(self):
        self.guilty = self.put(f"{self.noun}: {self.verb} without a check", self.without_guard())
        self.failing = ("let", "value")
        before = self.module
        self.noise(1)
        function, before = self.function, self.module
        decoy = list(function.statements)
        decoy.insert(2, ("count", f"{self.noun}.seen"))
        decoy[-1] = ("return", ("times", "rate", "42"))
        self.put(f"{self.noun}: count what is seen", self.changed(decoy))
        self.function = function
        self.put(f'Revert "{self.noun}: count what is seen"', before)
        self.noise(2)

    def kind_merged(self):
        side = f"topic-{self.noun}"
        self.repository.commit("notes", {f"notes/{self.noun}.md": "begun\n"}, branch=side)
        main = self.module
        faulty = self.with_new_line()
        self.failing = ("let", "value")
        path = self.language.path(main)
        self.guilty = self.repository.commit(f"{self.noun}: {self.field} of the parent",
                                             {path: self.language.render(faulty)}, branch=side)
        tuned_main = tuned(self.generator, main, self.keep)
        self.repository.commit(f"{self.noun}: tune", {path: self.language.render(tuned_main)})
        self.module = tuned_main.replaced(self.function)
        self.repository.commit(f"Merge branch '{side}'", {path: self.language.render(self.module),
                                                         f"notes/{self.noun}.md": "begun\n"}, merge=side)
        self.noise(2)

    def kind_caller(self):
        """The callee is as it was; the caller hands it something else."""
        statements = [("let", "result", ("own", self.name, [("call", "request", "parent", [])])) if s[0] == "let" else s
                      for s in self.caller.statements]
        self.caller = self.caller.copy(statements=statements)
        self.guilty = self.put(f"{self.noun}: handle the parent", self.module.replaced(self.caller))
        self.failing = ("let", "row")
        self.noise(3)

    def kind_constant(self):
        self.guilty = self.put(f"{self.noun}: new limit", self.module.copy(constants={self.constant: "0"}))
        self.failing = ("return",)
        self.noise(3)

    def kind_older(self):
        """Others changed the same function since, elsewhere in it."""
        self.guilty = self.put(f"{self.noun}: find by parent", self.changed(
            [("let", "row", ("call", "store", "parent_of", ["request"])) if s[:2] == ("let", "row") else s
             for s in self.function.statements if s[0] != "if_none"]))
        self.failing = ("let", "value")
        self.noise(1)
        statements = list(self.function.statements)
        statements[1] = ("log", f"{self.verb} one {self.noun}", "row")
        self.put(f"{self.noun}: better words in the log", self.changed(statements))
        self.noise(2)

    def kind_names(self):
        self.guilty = self.put(f"{self.noun}: drop the check of rows", self.with_new_line())
        self.failing = ("let", "value")
        self.noise(1)
        def renamed(part):
            if isinstance(part, tuple):
                return tuple(renamed(p) for p in part)
            if isinstance(part, list):
                return [renamed(p) for p in part]
            return "record" if part == "row" else part
        self.put("call rows records", self.changed([renamed(s) for s in self.function.statements]))
        self.noise(1)

    def kind_drifted(self):
        """The event names no commit, and the mirror has gone on: its line now stands elsewhere."""
        self.guilty = self.put(f"{self.noun}: simpler {self.verb}", self.without_guard())
        self.failing = ("let", "value")
        self.noise(1)
        self.pin()
        functions = [filler(self.generator, 40), filler(self.generator, 41)] + self.module.functions
        self.put(f"{self.noun}: more ways in", self.module.copy(functions=functions))

    def kind_release(self):
        self.repository.tag(f"{self.noun}-1.0.{self.b.releases}")
        self.noise(1)
        self.guilty = self.put(f"{self.noun}: {self.verb} faster", self.without_guard())
        self.failing = ("let", "value")
        self.noise(2)
        self.release = f"{self.noun}-1.1.{self.b.releases}"
        self.repository.tag(self.release)
        self.b.releases += 1
        self.pin()
        self.noise(1)

    pinned = None
    release = None
    calling = ("let", "result")
    told = None
    """What the error names, where that is not the field."""

    def shaped(self, trace):
        return trace

    def pin(self):
        text = self.language.render(self.module)
        self.pinned = (self.module, text, self.repository.time)

    def row(self, names, mirrors):
        module, text, time = self.pinned or (self.module, self.language.render(self.module), self.repository.time)
        path = self.language.path(module)
        frames = []
        if self.kind == "constant":
            self.failing = ("return",)
        for function, failing in [(self.caller, self.calling), (self.function, self.failing)]:
            line, source = self.language.line(module, text, function, failing)
            frames.append({"path": path, "module": module, "function": function.name, "line": line, "source": source})
        event_time = self.end + 2 * HOUR
        row = {"id": f"{self.language.name}-{self.kind}", "mirror": mirrors,
               "trace": self.shaped(self.language.trace(frames, self.told or self.field)),
               "time": stamp(event_time),
               "expected": {"file": path, "function": self.language.function_name(self.function.name),
                            "commit": names[self.guilty]}}
        if self.release:
            row["release"] = self.release
        elif self.kind != "drifted":
            row["revision"] = names[self.last]
        return row


def stamp(seconds):
    import datetime
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


KINDS = ["line", "guard", "formatted", "renamed", "moved", "reverted", "merged", "caller", "constant", "older", "names",
         "drifted", "release"]


class Builder:
    """One repository of one language, every kind in it, one after the other."""

    scenario, kinds = Scenario, KINDS

    def __init__(self, directory, language, seed):
        self.language, self.seed, self.releases = language, seed, 0
        self.path = os.path.join(directory, "mirrors", language.name + ".git")
        self.repository = Repository(self.path, language)
        self.decoys = 0

    def initial(self, module):
        """The module with a file of the same name elsewhere, and its test."""
        twin = module.copy(group="legacy_" + module.group, functions=[
            f.copy(statements=f.statements[:-1] + [("return", ("times", "1", "1"))]) for f in module.functions[:4]])
        files = {self.language.path(m): self.language.render(m) for m in (module, twin)}
        files[self.language.test_path(module)] = self.language.render(module.copy(functions=module.functions[:2]))
        return files

    def touch_elsewhere(self, module):
        self.decoys += 1
        self.repository.commit("docs: words", {"README.md": f"# {self.language.name}\n\nEdition {self.decoys}.\n"})

    def build(self):
        self.repository.commit("an empty project", self.language.project())
        scenarios = [self.scenario(self, kind, index) for index, kind in enumerate(self.kinds)]
        for scenario in scenarios:
            scenario.run()
            scenario.end, scenario.last = self.repository.time, self.repository.heads["main"]
        names = self.repository.write()
        return [scenario.row(names, os.path.join("mirrors", self.language.name + ".git")) for scenario in scenarios]


def main(builder=Builder, words=__doc__):
    parser = argparse.ArgumentParser(description=words, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--directory", required=True)
    parser.add_argument("--seed", default="1")
    options = parser.parse_args()
    os.makedirs(os.path.join(options.directory, "mirrors"), exist_ok=True)
    rows = []
    for make in LANGUAGES:
        rows += builder(options.directory, make(), options.seed).build()
    with open(os.path.join(options.directory, "set.jsonl"), "w") as output:
        for row in rows:
            output.write(json.dumps(row) + "\n")
    print(f"{len(rows)} rows over {len(LANGUAGES)} languages in {options.directory}/set.jsonl")


if __name__ == "__main__":
    main()

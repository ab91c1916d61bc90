#!/usr/bin/env python3
"""Makes a second set for `appliance evaluate code-context`, against the method that the first one grew with: other kinds
of guilt, and commits that look guiltier than the guilty one. The same twelve languages; every row says what is expected.

    code_context_second_set.py --directory DIR [--seed N]
    appliance evaluate code-context DIR/set.jsonl > answers.jsonl
"""
import re

from code_context_set import Builder, Function, Scenario, main


class SecondScenario(Scenario):
    """A module whose function asks another of its own for its row."""

    def __init__(self, builder, kind, index):
        super().__init__(builder, kind, index)
        self.finder = Function(f"find_{self.noun}_row", "request", [
            ("let", "key", ("call", "request", "key", [])),
            ("log", f"finding {self.noun}", "key"),
            ("if_empty", "key", "0"),
            ("let", "found", ("call", "store", "find", ["key"])),
            ("return", "found")])
        if kind in ("callee", "extracted"):
            self.function = self.function.copy(statements=[
                ("let", "row", ("own", self.finder.name, ["request"])) if s[:2] == ("let", "row") else s
                for s in self.function.statements if s[0] != "if_none"])
        if kind == "config":
            self.told = f"{self.noun}_{self.field}_rate"
            self.function = self.function.copy(statements=[
                ("let", "rate", ("call", "settings", "get", [f'"{self.told}"'])) if s[:2] == ("let", "rate") else s
                for s in self.function.statements])
        functions = [self.function if f.name == self.name else f for f in self.module.functions]
        if kind != "extracted":
            functions.insert(1, self.finder)
        self.module = self.module.copy(functions=functions)
        self.keep |= {self.finder.name}

    def decoy(self, subject, statement):
        """Somebody adds a statement right before the failing one."""
        statements = list(self.function.statements)
        place = next(i for i, s in enumerate(statements) if s[:len(self.failing)] == self.failing)
        statements.insert(place, statement)
        self.put(subject, self.changed(statements))

    # Kinds

    def kind_callee(self):
        """The function that gives the row, and is in no frame."""
        self.finder = self.finder.copy(statements=[
            ("let", "found", ("call", "store", "peek", ["key"])) if s[:2] == ("let", "found") else s
            for s in self.finder.statements])
        self.guilty = self.put(f"{self.noun}: look without locking", self.module.replaced(self.finder))
        self.failing = ("let", "value")
        self.noise(3)

    def kind_config(self):
        """A key goes from a configuration file; the code that asks for it stays."""
        path = f"config/{self.noun}.yml"
        self.repository.commit(f"{self.noun}: settings", {path: f"name: {self.noun}\n{self.told}: 3\nretries: 2\n"})
        self.noise(1)
        self.guilty = self.repository.commit(f"{self.noun}: tidy settings", {path: f"name: {self.noun}\nretries: 2\n"})
        self.failing = ("let", "rate")
        self.noise(3)

    def kind_swapped(self):
        """The check comes after the use: no word is new."""
        statements = list(self.function.statements)
        guard = next(s for s in statements if s[0] == "if_none")
        statements.remove(guard)
        statements.insert(next(i for i, s in enumerate(statements) if s[:2] == ("let", "value")) + 1, guard)
        self.guilty = self.put(f"{self.noun}: checks together", self.changed(statements))
        self.failing = ("let", "value")
        self.noise(3)

    def kind_unfixed(self):
        """A fix is taken back by a revert."""
        whole = self.function
        self.put(f"{self.noun}: begin without checks", self.without_guard())
        self.noise(1)
        before = self.module
        fixed = self.module.replaced(whole)
        self.put(f"{self.noun}: check the row", fixed)
        self.guilty = self.put(f'Revert "{self.noun}: check the row"', before)
        self.failing = ("let", "value")
        self.noise(2)

    def kind_traced(self):
        """Newer lines of telemetry beside the failing one."""
        self.guilty = self.put(f"{self.noun}: drop a check", self.without_guard())
        self.failing = ("let", "value")
        self.noise(1)
        self.decoy(f"{self.noun}: count what is read", ("count", f"{self.noun}.read"))
        self.noise(1)

    def kind_documented(self):
        """Comments around the failing line, and a formatter over all of it."""
        self.guilty = self.put(f"{self.noun}: {self.field} of the parent", self.with_new_line())
        self.failing = ("let", "value")
        self.noise(1)
        self.decoy("explain what is read", ("comment", f"the {self.field} comes with the row"))
        path = self.language.path(self.module)
        self.language.formatted.add(path)
        self.repository.commit("run the formatter", {path: self.language.render(self.module)})
        self.noise(1)

    def kind_extracted(self):
        """The faulty lines move into a function of their own, in the same file."""
        statements = [("let", "row", ("call", "store", "parent", ["request"])) if s[:2] == ("let", "row") else s
                      for s in self.function.statements]
        self.guilty = self.put(f"{self.noun}: of the parent", self.changed(statements))
        self.noise(1)
        inner = Function(f"{self.verb}_{self.noun}_value", "row", [
            s for s in self.function.statements if s[:2] in (("let", "value"), ("let", "rate")) or s[0] == "return"])
        outer = [s for s in self.function.statements if s[0] in ("log",) or s[:2] == ("let", "row")]
        self.function = self.function.copy(statements=outer + [("return", ("own", inner.name, ["row"]))])
        functions = []
        for f in self.module.functions:
            functions += [self.function, inner] if f.name == self.name else [f]
        self.put(f"{self.noun}: smaller functions", self.module.copy(functions=functions))
        self.caller, self.function = self.function, inner
        self.calling = ("return",)
        self.keep.add(inner.name)
        self.failing = ("let", "value")
        self.noise(2)

    def kind_mass(self):
        """The guilty change is one of many in a large commit; a commit over every file follows."""
        module = self.without_guard()
        path = self.language.path(module)
        files = {f"docs/{self.noun}/{n}.md": f"# {n}\n" for n in range(30)}
        files[path] = self.language.render(module)
        self.module = module
        self.guilty = self.repository.commit("spring cleaning", files)
        self.failing = ("let", "value")
        self.noise(1)
        self.language.formatted.add(path)
        self.repository.commit("run the formatter", {
            path: self.language.render(self.module), **{f"docs/{self.noun}/{n}.md": f"# {n}.\n" for n in range(30)}})
        self.noise(1)

    def kind_moved_formatted(self):
        """One commit moves the file and formats it."""
        self.guilty = self.put(f"{self.noun}: {self.field} of the parent", self.with_new_line())
        self.failing = ("let", "value")
        self.noise(1)
        old = self.language.path(self.module)
        self.module = self.module.copy(group="core_" + self.module.group)
        path = self.language.path(self.module)
        self.language.formatted.add(path)
        self.repository.commit("a house style", {old: None, path: self.language.render(self.module)})
        self.noise(2)

    def kind_both_sides(self):
        """Both sides of a merge changed the function; the side's change is guilty."""
        side = f"topic-{self.noun}"
        path = self.language.path(self.module)
        before, whole = self.module, self.function
        self.repository.commit("notes", {f"notes/{self.noun}.md": "begun\n"}, branch=side)
        faulty = self.without_guard()
        self.guilty = self.repository.commit(f"{self.noun}: shorter", {path: self.language.render(faulty)}, branch=side)
        statements = list(whole.statements)
        statements[-1] = ("return", ("times", "rate", "12"))
        self.repository.commit(f"{self.noun}: twelve", {
            path: self.language.render(before.replaced(whole.copy(statements=statements)))})
        self.function = whole.copy(statements=[s for s in statements if s[0] != "if_none"])
        self.module = before.replaced(self.function)
        self.repository.commit(f"Merge branch '{side}'", {path: self.language.render(self.module),
                                                         f"notes/{self.noun}.md": "begun\n"}, merge=side)
        self.failing = ("let", "value")
        self.noise(2)

    def kind_no_lines(self):
        """The runtime was built without line numbers: functions are all it tells."""
        self.guilty = self.put(f"{self.noun}: {self.field} of the parent", self.with_new_line())
        self.failing = ("let", "value")
        self.noise(3)

    def kind_twin(self):
        """The same change on a branch that was never merged."""
        module = self.without_guard()
        self.repository.commit(f"{self.noun}: without checks", {
            self.language.path(module): self.language.render(module)}, branch=f"attempt-{self.noun}")
        self.guilty = self.put(f"{self.noun}: without checks, again", module)
        self.failing = ("let", "value")
        self.noise(3)

    def shaped(self, trace):
        if self.kind != "no_lines":
            return trace
        # What runtimes write without debug information; the others always know a line.
        if self.language.name == "csharp":
            return re.sub(r" in /\S+:line \d+", "", trace)
        if self.language.name in ("java", "kotlin"):
            return re.sub(r"\(\w+\.(?:java|kt):\d+\)", "(Unknown Source)", trace)
        if self.language.name == "rust":
            return re.sub(r"\n\s+at \./\S+", "", trace)
        return re.sub(r" at /build/\S+", "", trace) if self.language.name == "swift" else trace


class SecondBuilder(Builder):
    scenario = SecondScenario
    kinds = ["callee", "config", "swapped", "unfixed", "traced", "documented", "extracted", "mass", "moved_formatted",
             "both_sides", "no_lines", "twin"]


if __name__ == "__main__":
    main(SecondBuilder, __doc__)

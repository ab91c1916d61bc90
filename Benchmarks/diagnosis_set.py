#!/usr/bin/env python3
"""Makes an open labelled set for `appliance evaluate diagnosis`: 120 planted bugs in 5 languages, and 30 without code.

    python3 Benchmarks/diagnosis_set.py /tmp/diagnosis-set          # writes set.jsonl and repositories/
    appliance evaluate diagnosis --answers /tmp/kept.jsonl /tmp/diagnosis-set/set.jsonl > answers.jsonl

A run that was stopped goes on from what `--answers` kept; `diagnosis_table.py` prints its figures.

Each case is a repository of its own with a history: a first version that works, changes that do not matter, the guilty
change of one line, one more that does not matter. Python's traces are those of the program run; the others are written
as their runtimes write them. A right root cause names the thing that is wrong and the call, value or change that made
it so (`expected.names`), which the error message alone does not: where it does, the change has to be named. Rows that end in -w have neither code nor frames: there
a sure answer is a wrong one.
"""
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

# Words that vary: noun of the record, its field, a second field, the list in it.
NOUNS = [("order", "currency", "customer", "items"), ("booking", "roomType", "guest", "nights")]

# Per language: how a function looks. {0} name, {1} argument, then lines.
LANGUAGES = {
    "python": dict(file="{m}.py", head="def {fn}({o}):", line="    {}", foot=[], call="def handle({o}):\n    return {m}.{fn}({o})\n", caller="app.py"),
    "javascript": dict(file="src/{m}.js", head="function {fn}({o}) {{", line="  {}", foot=["}}", "module.exports = {{ {fn} }};"], call="const {m} = require('./{m}');\n\nfunction handle({o}) {{\n  return {m}.{fn}({o});\n}}\n", caller="src/app.js"),
    "java": dict(file="src/main/java/acme/{M}.java", pre=["package acme;", "", "final class {M} {{"], head="    Object {fn}(Record {o}) {{", line="        {}", foot=["    }}", "}}"], call="package acme;\n\nfinal class App {{\n    Object handle(Record {o}) {{\n        return new {M}().{fn}({o});\n    }}\n}}\n", caller="src/main/java/acme/App.java"),
    "go": dict(file="{m}/{m}.go", pre=["package {m}", ""], head="func {F}({o} *Record) any {{", line="\t{}", foot=["}}"], call="package main\n\nfunc handle({o} *{m}.Record) any {{\n\treturn {m}.{F}({o})\n}}\n", caller="main.go"),
    "ruby": dict(file="lib/{m}.rb", head="def {fn}({o})", line="  {}", foot=["end"], call="require_relative '{m}'\n\ndef handle({o})\n  {fn}({o})\nend\n", caller="lib/app.rb"),
}

# Pattern: per language (line before, line after, type, message), then what a right cause names.
P = [
    ("missing field", ["{f}", "get|fetch|textor|default|fallback|optional|missing|without|absent"], dict(
        python=("value = {o}.get('{f}', 'none')", "value = {o}['{f}']", "KeyError", "'{f}'"),
        javascript=("const value = ({o}.{f} || 'none').trim();", "const value = {o}.{f}.trim();", "TypeError", "Cannot read properties of undefined (reading 'trim')"),
        java=("var value = {o}.getOrDefault(\"{f}\", \"none\").trim();", "var value = {o}.get(\"{f}\").trim();", "java.lang.NullPointerException", "Cannot invoke \"String.trim()\" because the return value of \"acme.Record.get(String)\" is null"),
        go=("value := {o}.TextOr(\"{f}\", \"none\")", "value := *{o}.Text(\"{f}\")", "panic", "runtime error: invalid memory address or nil pointer dereference"),
        ruby=("value = {o}.fetch(:{f}, 'none').strip", "value = {o}[:{f}].strip", "NoMethodError", "undefined method `strip' for nil:NilClass"))),
    ("null neighbour", ["{g}", "null|none|nil|undefined|missing|without|anonymous"], dict(
        python=("value = {o}['{g}']['name'] if {o}['{g}'] else 'guest'", "value = {o}['{g}']['name']", "TypeError", "'NoneType' object is not subscriptable"),
        javascript=("const value = {o}.{g} ? {o}.{g}.name : 'guest';", "const value = {o}.{g}.name;", "TypeError", "Cannot read properties of null (reading 'name')"),
        java=("var value = {o}.has(\"{g}\") ? {o}.child(\"{g}\").name() : \"guest\";", "var value = {o}.child(\"{g}\").name();", "java.lang.NullPointerException", "Cannot invoke \"acme.Record.name()\" because the return value of \"acme.Record.child(String)\" is null"),
        go=("value := {o}.ChildOr(\"{g}\", guest).Name", "value := {o}.Child(\"{g}\").Name", "panic", "runtime error: invalid memory address or nil pointer dereference"),
        ruby=("value = {o}[:{g}]&.name || 'guest'", "value = {o}[:{g}].name", "NoMethodError", "undefined method `name' for nil:NilClass"))),
    ("empty list", ["{l}", "empty|no |length|size|none"], dict(
        python=("value = {o}['{l}'][0] if {o}['{l}'] else None", "value = {o}['{l}'][0]", "IndexError", "list index out of range"),
        javascript=("const value = {o}.{l}.length ? {o}.{l}[0].id : 0;", "const value = {o}.{l}[0].id;", "TypeError", "Cannot read properties of undefined (reading 'id')"),
        java=("var value = {o}.list(\"{l}\").isEmpty() ? null : {o}.list(\"{l}\").get(0);", "var value = {o}.list(\"{l}\").get(0);", "java.lang.IndexOutOfBoundsException", "Index 0 out of bounds for length 0"),
        go=("value := firstOr({o}.{L}, 0)", "value := {o}.{L}[0]", "panic", "runtime error: index out of range [0] with length 0"),
        ruby=("value = {o}[:{l}].first.to_i", "value = {o}[:{l}].fetch(0)", "IndexError", "index 0 outside of array bounds: -0...0"))),
    ("off by one", ["{l}", "len|length|size|last|one"], dict(
        python=("value = {o}['{l}'][len({o}['{l}']) - 1]", "value = {o}['{l}'][len({o}['{l}'])]", "IndexError", "list index out of range"),
        javascript=("const value = {o}.{l}[{o}.{l}.length - 1].id;", "const value = {o}.{l}[{o}.{l}.length].id;", "TypeError", "Cannot read properties of undefined (reading 'id')"),
        java=("var value = {o}.list(\"{l}\").get({o}.list(\"{l}\").size() - 1);", "var value = {o}.list(\"{l}\").get({o}.list(\"{l}\").size());", "java.lang.IndexOutOfBoundsException", "Index 3 out of bounds for length 3"),
        go=("value := {o}.{L}[len({o}.{L})-1]", "value := {o}.{L}[len({o}.{L})]", "panic", "runtime error: index out of range [3] with length 3"),
        ruby=("value = {o}[:{l}].fetch({o}[:{l}].size - 1)", "value = {o}[:{l}].fetch({o}[:{l}].size)", "IndexError", "index 3 outside of array bounds: -3...3"))),
    ("division", ["{l}", "zero|empty|no |len|length|size|count|0"], dict(
        python=("value = {o}['total'] / max(1, len({o}['{l}']))", "value = {o}['total'] / len({o}['{l}'])", "ZeroDivisionError", "division by zero"),
        javascript=("const value = BigInt({o}.total) / BigInt({o}.{l}.length || 1);", "const value = BigInt({o}.total) / BigInt({o}.{l}.length);", "RangeError", "Division by zero"),
        java=("var value = {o}.total() / Math.max(1, {o}.list(\"{l}\").size());", "var value = {o}.total() / {o}.list(\"{l}\").size();", "java.lang.ArithmeticException", "/ by zero"),
        go=("value := {o}.Total / max(1, len({o}.{L}))", "value := {o}.Total / len({o}.{L})", "panic", "runtime error: integer divide by zero"),
        ruby=("value = {o}[:total] / [{o}[:{l}].size, 1].max", "value = {o}[:total] / {o}[:{l}].size", "ZeroDivisionError", "divided by 0"))),
    ("number of a blank", ["{f}", "empty|blank|int|parse|number|strip|default"], dict(
        python=("value = int({o}['{f}'] or 0)", "value = int({o}['{f}'])", "ValueError", "invalid literal for int() with base 10: ''"),
        javascript=("const value = BigInt({o}.{f} || 0);", "const value = BigInt({o}.{f}.replace(' ', '.'));", "SyntaxError", "Cannot convert . to a BigInt"),
        java=("var value = Numbers.parse({o}.get(\"{f}\"), 0);", "var value = Integer.parseInt({o}.get(\"{f}\"));", "java.lang.NumberFormatException", "For input string: \"\""),
        go=("value := numberOr({o}.Field(\"{f}\"), 0)", "value := mustNumber({o}.Field(\"{f}\"))", "panic", "strconv.Atoi: parsing \"\": invalid syntax"),
        ruby=("value = {o}[:{f}].to_i", "value = Integer({o}[:{f}])", "ArgumentError", "invalid value for Integer(): \"\""))),
    ("renamed call", ["amount", "total"], dict(
        python=("value = str({o}['total'])", "value = {o}.amount()", "AttributeError", "'dict' object has no attribute 'amount'"),
        javascript=("const value = {o}.total.toFixed(2);", "const value = {o}.amount();", "TypeError", "{o}.amount is not a function"),
        java=("var value = {o}.total();", "var value = {o}.amount();", "java.lang.NoSuchMethodError", "'long acme.Record.amount()'"),
        go=("value := {o}.Total", "value := {o}.Methods[\"amount\"]()", "panic", "runtime error: invalid memory address or nil pointer dereference"),
        ruby=("value = {o}[:total].to_s", "value = {o}.amount", "NoMethodError", "undefined method `amount' for an instance of Hash"))),
    ("wrong kind", ["total", "text|string|str|format|concat|number|int"], dict(
        python=("value = 'total ' + str({o}['total'])", "value = 'total ' + {o}['total']", "TypeError", "can only concatenate str (not \"int\") to str"),
        javascript=("const value = Number({o}.total).toFixed(2);", "const value = String({o}.total).toFixed(2);", "TypeError", "String(...).toFixed is not a function"),
        java=("var value = \"total \" + {o}.raw(\"total\");", "var value = (String) {o}.raw(\"total\");", "java.lang.ClassCastException", "class java.lang.Integer cannot be cast to class java.lang.String"),
        go=("value := fmt.Sprint({o}.Raw(\"total\"))", "value := {o}.Raw(\"total\").(string)", "panic", "interface conversion: interface {{}} is int, not string"),
        ruby=("value = 'total ' + {o}[:total].to_s", "value = 'total ' + {o}[:total]", "TypeError", "no implicit conversion of Integer into String"))),
    ("wrong key", ["{g}_id|{g}Id|{G}ID", "{g}"], dict(
        python=("value = {o}['{g}']", "value = {o}['{g}_id']", "KeyError", "'{g}_id'"),
        javascript=("const value = {o}.{g}.name;", "const value = {o}.{g}Id.name;", "TypeError", "Cannot read properties of undefined (reading 'name')"),
        java=("var value = {o}.require(\"{g}\");", "var value = {o}.require(\"{g}Id\");", "java.util.NoSuchElementException", "No value present"),
        go=("value := {o}.Must(\"{g}\")", "value := {o}.Must(\"{G}ID\")", "panic", "key not found"),
        ruby=("value = {o}.fetch(:{g})", "value = {o}.fetch(:{g}_id)", "KeyError", "key not found: :{g}_id"))),
    ("limit", ["{l}", "100|10|limit|more than|too many"], dict(
        python=("assert len({o}['{l}']) <= 100", "assert len({o}['{l}']) <= 10", "AssertionError", ""),
        javascript=("if ({o}.{l}.length > 100) throw new RangeError('too many');", "if ({o}.{l}.length > 10) throw new RangeError('too many');", "RangeError", "too many"),
        java=("if ({o}.list(\"{l}\").size() > 100) throw new IllegalStateException(\"too many\");", "if ({o}.list(\"{l}\").size() > 10) throw new IllegalStateException(\"too many\");", "java.lang.IllegalStateException", "too many"),
        go=("if len({o}.{L}) > 100 {{ panic(\"too many\") }}", "if len({o}.{L}) > 10 {{ panic(\"too many\") }}", "panic", "too many"),
        ruby=("raise RangeError, 'too many' if {o}[:{l}].size > 100", "raise RangeError, 'too many' if {o}[:{l}].size > 10", "RangeError", "too many"))),
    ("wrong arguments", ["round|pad|format|clamp", "argument|parameter|digits|second|2|missing"], dict(
        python=("value = divmod({o}['total'], 100)", "value = divmod({o}['total'])", "TypeError", "divmod expected 2 arguments, got 1"),
        javascript=("const value = {o}.total.toString(16).padStart(8);", "const value = {o}.total.toString(160).padStart(8);", "RangeError", "toString() radix must be between 2 and 36"),
        java=("var value = String.format(\"%s %s\", {o}.total(), {o}.get(\"{f}\"));", "var value = String.format(\"%s %s\", {o}.total());", "java.util.MissingFormatArgumentException", "Format specifier '%s'"),
        go=("value := clamp({o}.Total, 0, 100)", "value := clamp({o}.Total, 100, 0)", "panic", "bounds are crossed"),
        ruby=("value = {o}[:total].clamp(0, 100)", "value = {o}[:total].clamp(100, 0)", "ArgumentError", "min argument must be less than or equal to max argument"))),
    ("unset table", ["cache|table|seen", "none|nil|null|undefined|made|make|initial|empty"], dict(
        python=("seen = {{}}; seen['{f}'] = {o}['total']", "seen = None; seen['{f}'] = {o}['total']", "TypeError", "'NoneType' object does not support item assignment"),
        javascript=("const seen = new Map(); seen.set('{f}', {o}.total);", "let seen; seen.set('{f}', {o}.total);", "TypeError", "Cannot read properties of undefined (reading 'set')"),
        java=("var seen = new java.util.HashMap<String, Long>(); seen.put(\"{f}\", {o}.total());", "java.util.Map<String, Long> seen = null; seen.put(\"{f}\", {o}.total());", "java.lang.NullPointerException", "Cannot invoke \"java.util.Map.put(Object, Object)\" because \"<local2>\" is null"),
        go=("seen := map[string]int{{}}; seen[\"{f}\"] = {o}.Total", "var seen map[string]int; seen[\"{f}\"] = {o}.Total", "panic", "assignment to entry in nil map"),
        ruby=("seen = {{}}; seen[:{f}] = {o}[:total]", "seen = nil; seen[:{f}] = {o}[:total]", "NoMethodError", "undefined method `[]=' for nil:NilClass"))),
]
# The wrong-arguments pattern names another call in each language.
CALLS = dict(python="divmod", javascript="160", java="String.format", go="clamp", ruby="clamp")
# Where the message itself names the first thing, repeating it is not right: the cause must name what the change did.
TOLD = {"missing field": "get|fetch|textor|default|fallback|optional|guard|check", "wrong arguments": "100|took away|remov|chang",
        "wrong key": "instead|renam|chang|was |before|wrong key|{o}['{g}']|fetch(:{g})", "renamed call": "total"}
RECORD = {"total": 7, "items": [], "nights": [], "customer": None, "guest": None}


def words(noun, index):
    o, f, g, l = noun
    m = f"{o}_{['pricing', 'mail', 'export', 'audit'][index % 4]}"
    return dict(o=o, f=f, g=g, l=l, L=l.title(), G=g.title(), m=m.replace("_", ""), M=m.title().replace("_", ""),
                fn=f"{['price', 'notify', 'export', 'check'][index % 4]}{o.title()}",
                F=f"{['Price', 'Notify', 'Export', 'Check'][index % 4]}{o.title()}")


def source(language, w, line, note):
    shape = LANGUAGES[language]
    comment = "#" if language in ("python", "ruby") else "//"
    lines = [text.format(**w) for text in shape.get("pre", [])] + [f"{comment} {note}", shape["head"].format(**w)]
    ret = "return None" if language in ("python", "ruby") else "return nil" if language == "go" else "return null;"
    if language == "ruby":
        ret = "nil"
    lines += [shape["line"].format(line), shape["line"].format(ret)] + [text.format(**w) for text in shape["foot"]]
    number = next(i for i, text in enumerate(lines) if line in text) + 1
    return "\n".join(lines) + "\n", number


def trace(language, w, kind, message, path, number, caller, root):
    at = {
        "javascript": f"{kind}: {message}\n    at {w['fn']} (/srv/app/{path}:{number}:9)\n    at handle (/srv/app/{caller}:4:12)\n",
        "java": f"Exception in thread \"main\" {kind}: {message}\n\tat acme.{w['M']}.{w['fn']}({w['M']}.java:{number})\n\tat acme.App.handle(App.java:5)\n",
        "go": f"panic: {message}\n\ngoroutine 1 [running]:\nacme.example/{w['m']}.{w['F']}(...)\n\t/srv/app/{path}:{number}\nmain.handle(...)\n\t/srv/app/main.go:4 +0x1d\n",
        "ruby": f"/srv/app/{path}:{number}:in `{w['fn']}': {message} ({kind})\n\tfrom /srv/app/{caller}:4:in `handle'\n"}
    if language != "python":
        return at[language]
    record = dict(RECORD)
    record[w["f"]] = "" if kind == "ValueError" else record.get(w["f"])
    if kind in ("KeyError", "IndexError", "ZeroDivisionError", "AssertionError") or w["f"] in record and record[w["f"]] is None:
        record.pop(w["f"], None)
    if kind == "AssertionError":
        record[w["l"]] = list(range(40))
    (root / "app.py").write_text(f"import {w['m']}\n\n\ndef handle(record):\n    return {w['m']}.{w['fn']}(record)\n\n\nhandle({record!r})\n")
    run = subprocess.run([sys.executable, str(root / "app.py")], capture_output=True, text=True, cwd=root)
    if run.returncode == 0:
        raise SystemExit(f"{root}: the planted bug does not fail")
    return run.stderr.replace(str(root), "/srv/app")


def commit(repository, message, day):
    stamp = f"2026-11-{day:02d}T09:00:00Z"
    environment = {**os.environ, "GIT_AUTHOR_DATE": stamp, "GIT_COMMITTER_DATE": stamp}
    git = ["git", "-C", str(repository), "-c", "user.name=A. Nyone", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "add", "-A"], check=True)
    subprocess.run([*git, "commit", "-qm", message], check=True, env=environment)
    return subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()


def main():
    if {"-h", "--help"} & set(sys.argv):
        return print(__doc__)
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "diagnosis-set").absolute()
    folder.mkdir(parents=True, exist_ok=True)
    rows, bare = [], []
    for p, (pattern, names, lines) in enumerate(P):
        for language in LANGUAGES:
            for n, noun in enumerate(NOUNS):
                w = words(noun, p + n)
                before, after, kind, message = (text.format(**w) for text in lines[language])
                case = f"{language}-{pattern.replace(' ', '-')}-{n}"
                repository = folder / "repositories" / case
                shape = LANGUAGES[language]
                path, caller = shape["file"].format(**w), shape["caller"].format(**w)
                for name, text in ((path, source(language, w, before, f"Works on one {w['o']}.")[0]), (caller, shape["call"].format(**w)), ("README", f"{w['o']}s\n")):
                    (repository / name).parent.mkdir(parents=True, exist_ok=True)
                    (repository / name).write_text(text)
                subprocess.run(["git", "init", "-q", "-b", "main", str(repository)], check=True)
                commit(repository, f"{w['o']}s: first version", 1)
                (repository / "README").write_text(f"{w['o']}s, one at a time\n")
                commit(repository, "readme: say more", 8)
                text, number = source(language, w, after, f"Works on one {w['o']}.")
                (repository / path).write_text(text)
                guilty = commit(repository, f"{w['fn']}: shorter", 18)
                (repository / "README").write_text(f"{w['o']}s, one at a time, in order\n")
                head = commit(repository, "readme: order", 20)
                written = trace(language, w, kind, message, path, number, caller, repository)
                wanted = [CALLS[language] if name.startswith("round|") else name.format(**w) for name in names]
                # Of what was written when it failed: the last line names type and message.
                said = written.strip().splitlines()[-1 if language == "python" else 0].lower()
                if pattern in TOLD and any(name in said for name in wanted[0].lower().split("|")):
                    wanted[1] = TOLD[pattern].format(**w)
                rows.append({"id": case, "mirror": f"repositories/{case}/.git", "revision": head, "trace": written,
                             "time": "2026-11-21T05:10:00Z", "service": f"{w['o']}s",
                             "expected": {"file": path, "function": w["F"] if language == "go" else w["fn"], "commit": guilty, "names": wanted}})
                if len(bare) < 30 and (p + n) % 4 == 0:
                    bare.append({"id": case + "-w", "trace": f"2026-11-21 05:10:00,000 ERROR {w['o']}s: {kind}: {message}",
                                 "time": "2026-11-21T05:10:00Z", "service": f"{w['o']}s", "expected": {"withheld": True}})
    with (folder / "set.jsonl").open("w") as out:
        # Any beginning of the set is a fair sample of it: a slow machine may stop where it likes.
        for row in sorted(rows + bare, key=lambda row: hashlib.sha256(row["id"].encode()).hexdigest()):
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    print(f"{len(rows)} cases and {len(bare)} without code in {folder}/set.jsonl")


if __name__ == "__main__":
    main()

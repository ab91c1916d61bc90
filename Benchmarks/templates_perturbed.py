#!/usr/bin/env python3
"""How much grouping accuracy is lost when labelled logs are changed in ways that no reader would mind.

    ./templates_perturbed.py --data DIR --score SCORE -- appliance evaluate templates {content}
    ./templates_perturbed.py --data DIR --score SCORE --only headers -- appliance evaluate templates --raw {log}

DIR holds SET.content (messages), SET.log (whole lines) and SET.truth (a group id a line); SCORE is the scorer that
understands `--data DIR --json -- COMMAND`. Each kind of change makes a copy of all sets, which is scored as the
original is:

  identifiers  every compound name (camelCase, snake_case, dotted, with digits) is renamed, consistently
  suffixes     every compound name, and every third plain word, gets a letter at its end
  words        every third plain word is renamed, consistently
  values       digits and hexadecimal digits are drawn anew, in the same places
  headers      whole lines get a header of another family, in turn (only --raw reads them)
  order        lines are shuffled

Prints a table of GA and FGA by kind, the loss to the original, and the set that lost most. Seeded: the same every time.
"""
import argparse
import hashlib
import json
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

WORD = re.compile(r"[A-Za-z][A-Za-z0-9_$]*(?:[.$/][A-Za-z][A-Za-z0-9_$]*)*")
SYLLABLES = ["ba", "ce", "di", "fo", "gu", "ha", "ki", "lo", "mu", "ne", "pa", "ri", "so", "tu", "ve", "wo", "za"]


def pseudo_word(word, seed):
    """Another word of the same length and case, always the same for one word."""
    digest = hashlib.sha256(f"{seed} {word.lower()}".encode()).digest()
    letters = "".join(SYLLABLES[b % len(SYLLABLES)] for b in digest)[: len(word)]
    return "".join(n.upper() if o.isupper() else n for o, n in zip(word, letters))


def rename(name, seed):
    return re.sub(r"[A-Z]*[a-z]+|[A-Z]+", lambda m: pseudo_word(m[0], seed) if len(m[0]) > 1 else m[0], name)


def is_compound(word):
    return bool(re.search(r"[a-z][A-Z]|[_.$/]|[A-Za-z]\d", word))


def identifiers(text, seed):
    return WORD.sub(lambda m: rename(m[0], seed) if is_compound(m[0]) else m[0], text)


def words(text, seed):
    def change(match):
        word = match[0]
        chosen = hashlib.sha256(f"{seed} {word.lower()}".encode()).digest()[31] % 3 == 0
        return pseudo_word(word, seed) if chosen and word.isalpha() and len(word) > 3 else word
    return WORD.sub(change, text)


def suffixes(text, seed):
    def change(match):
        word = match[0]
        chosen = is_compound(word) or hashlib.sha256(f"{seed} {word.lower()}".encode()).digest()[30] % 3 == 0
        return word + ("Q" if word.isupper() else "q") if chosen and len(word) > 3 else word
    return WORD.sub(change, text)


def values(text, draw):
    """Draws digits anew, but for short numbers right after a letter, which are parts of names."""
    def number(match):
        digits = match[0]
        if len(digits) < 2:
            return digits
        return str(draw.randint(1, 9)) + "".join(str(draw.randint(0, 9)) for _ in digits[1:])
    def hexadecimal(match):
        return match[1] + "".join(draw.choice("0123456789abcdef") if c.isalnum() else c for c in match[2])
    text = re.sub(r"\b(0x)([0-9a-f]{4,})\b", hexadecimal, text)
    return re.sub(r"(?<![0-9a-zA-Z.:_-])\d+(?![0-9a-zA-Z.:_/-])", number, text)


LEVELS = ["INFO", "WARN", "ERROR", "DEBUG"]
NAMES = ["orders", "billing", "gateway", "search", "mailer"]


def clock(i, form):
    s = i * 7 % 60
    return form.format(h=i // 3600 % 24, m=i // 60 % 60, s=s, ms=i * 37 % 1000, us=i * 7919 % 1000000, epoch=1764000000 + i)


# Families that are in wide use: log4j, syslog (RFC 3164, RFC 5424), tracing, logback, Celery, klog, bars, Python's
# default, nginx, HPC, gunicorn, Rails, PostgreSQL, MySQL, Redis, Docker Compose, Cassandra, Kafka, Go, zap, dmesg,
# OpenStack, Elixir, a bare level, Android's brief form, Spark.
HEADERS = [
    lambda i: clock(i, "2026-11-21 {h:02d}:{m:02d}:{s:02d},{ms:03d} ") + f"[worker-{i % 9}] {LEVELS[i % 4]:5} com.acme.{NAMES[i % 5]}.Service - ",
    lambda i: clock(i, "Nov 21 {h:02d}:{m:02d}:{s:02d} ") + f"host-{i % 4} {NAMES[i % 5]}[{1000 + i % 777}]: ",
    lambda i: clock(i, "<134>1 2026-11-21T{h:02d}:{m:02d}:{s:02d}.{us:06d}Z ") + f"host{i % 4}.example.com {NAMES[i % 5]} {1000 + i % 777} - - ",
    lambda i: clock(i, "2026-11-21T{h:02d}:{m:02d}:{s:02d}.{us:06d}Z ") + f"{LEVELS[i % 4]:>5} {NAMES[i % 5]}::api::handler: ",
    lambda i: clock(i, "{h:02d}:{m:02d}:{s:02d}.{ms:03d} ") + f"[{['main', 'http-nio-8080-exec-' + str(i % 9)][i % 2]}] {LEVELS[i % 4]:5} c.a.{NAMES[i % 5]}.Api - ",
    lambda i: clock(i, "[2026-11-21 {h:02d}:{m:02d}:{s:02d},{ms:03d}: ") + f"{LEVELS[i % 4]}/MainProcess] ",
    lambda i: "IWEF"[i % 4] + clock(i, "1121 {h:02d}:{m:02d}:{s:02d}.{us:06d} ") + f"{i % 77:7} {NAMES[i % 5]}.go:{i % 300 + 10}] ",
    lambda i: clock(i, "20261121-{h:02d}:{m:02d}:{s:02d}:{ms:03d}|") + f"{NAMES[i % 5]}_app|{30000000 + i % 50}|",
    lambda i: f"{LEVELS[i % 4]}:{NAMES[i % 5]}.views:",
    lambda i: clock(i, "2026/11/21 {h:02d}:{m:02d}:{s:02d} ") + f"[{LEVELS[i % 4].lower()}] {1000 + i % 777}#{i % 9}: *{i} ",
    lambda i: clock(i, f"{130000 + i} node-{i % 250} unix.{NAMES[i % 3]} state_{NAMES[i % 4]}.change {{epoch}} 1 "),
    lambda i: clock(i, "[2026-11-21 {h:02d}:{m:02d}:{s:02d} +0000] ") + f"[{1000 + i % 7}] [{LEVELS[i % 4]}] ",
    lambda i: "IWED"[i % 4] + clock(i, ", [2026-11-21T{h:02d}:{m:02d}:{s:02d}.{us:06d} #") + f"{1000 + i % 7}] {LEVELS[i % 4]:>5} -- : ",
    lambda i: clock(i, "2026-11-21 {h:02d}:{m:02d}:{s:02d}.{ms:03d} UTC ") + f"[{1000 + i % 777}] {NAMES[i % 5]}@db{i % 3} {['LOG', 'ERROR', 'FATAL', 'WARNING'][i % 4]}:  ",
    lambda i: clock(i, "2026-11-21T{h:02d}:{m:02d}:{s:02d}.{us:06d}Z ") + f"{i % 77} [{['Warning', 'Note', 'ERROR'][i % 3]}] [MY-{10000 + i % 9:06}] [Server] ",
    lambda i: clock(i, "1:M 21 Nov 2026 {h:02d}:{m:02d}:{s:02d}.{ms:03d} ") + f"{'*#-.'[i % 4]} ",
    lambda i: clock(i, f"{NAMES[i % 5]}_1  | 2026-11-21T{{h:02d}}:{{m:02d}}:{{s:02d}}.{{us:06d}}Z {LEVELS[i % 4]} "),
    lambda i: clock(i, f"{LEVELS[i % 4]:5} [{['main', 'CompactionExecutor:' + str(i % 30)][i % 2]}] 2026-11-21 {{h:02d}}:{{m:02d}}:{{s:02d}},{{ms:03d}} ") + f"{NAMES[i % 5].title()}Store.java:{i % 500 + 10} - ",
    lambda i: clock(i, "[2026-11-21 {h:02d}:{m:02d}:{s:02d},{ms:03d}] ") + f"{LEVELS[i % 4]} ",
    lambda i: clock(i, "2026/11/21 {h:02d}:{m:02d}:{s:02d} ") + f"{NAMES[i % 5]}.go:{i % 300 + 10}: ",
    lambda i: clock(i, "2026-11-21T{h:02d}:{m:02d}:{s:02d}.{ms:03d}Z\t") + f"{LEVELS[i % 4]}\t{NAMES[i % 5]}/server.go:{i % 300 + 10}\t",
    lambda i: f"[{i * 0.137 + 1:12.6f}] ",
    lambda i: clock(i, f"{NAMES[i % 5]}-api.log.1.2026-11-20_13:53:08 2026-11-21 {{h:02d}}:{{m:02d}}:{{s:02d}}.{{ms:03d}} {2000 + i % 7} {LEVELS[i % 4]} {NAMES[i % 5]}.compute.manager ") + (f"[req-{hashlib.md5(str(i).encode()).hexdigest()} - - - - -] " if i % 5 else "[-] "),
    lambda i: clock(i, "{h:02d}:{m:02d}:{s:02d}.{ms:03d} ") + f"[{LEVELS[i % 4].lower()}] ",
    lambda i: f"{LEVELS[i % 4]} - ",
    lambda i: f"{'IWED'[i % 4]}/{NAMES[i % 5].title()}({1000 + i % 77:5}): ",
    lambda i: clock(i, "26/11/21 {h:02d}:{m:02d}:{s:02d} ") + f"{LEVELS[i % 4]} {NAMES[i % 5]}.{NAMES[i % 3].title()}Manager: ",
]


def write(target, name, contents, logs, truth):
    (target / f"{name}.content").write_text("".join(line + "\n" for line in contents), encoding="utf-8")
    (target / f"{name}.log").write_text("".join(line + "\n" for line in logs), encoding="utf-8")
    (target / f"{name}.truth").write_text("".join(line + "\n" for line in truth), encoding="utf-8")


def read(path):
    lines = path.read_text(encoding="utf-8").split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def header_of(log, content):
    """What stands before the message; the message may have lost white space at its end."""
    at = log.rfind(content.rstrip()) if content.strip() else len(log)
    return log[:at] if at >= 0 else ""


def make(kind, source, target, seed, family):
    for truth_file in sorted(source.glob("*.truth")):
        name, draw = truth_file.stem, random.Random(f"{seed} {truth_file.stem}")
        truth, contents, logs = (read(truth_file.with_suffix(s)) for s in (".truth", ".content", ".log"))
        heads = [header_of(log, content) for log, content in zip(logs, contents)]
        if kind == "identifiers":
            contents = [identifiers(c, seed) for c in contents]
        elif kind == "suffixes":
            contents = [suffixes(c, seed) for c in contents]
        elif kind == "words":
            contents = [words(c, seed) for c in contents]
        elif kind == "values":
            contents = [values(c, draw) for c in contents]
        elif kind == "headers":
            heads = [HEADERS[family](i) for i in range(len(contents))]
        order = list(range(len(contents)))
        if kind == "order":
            draw.shuffle(order)
        write(target, name, [contents[i] for i in order], [heads[i] + contents[i] for i in order],
              [truth[i] for i in order])


def score(directory, arguments):
    command = [sys.executable, str(arguments.score), "--data", str(directory), "--json", "--", *arguments.command]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--score", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="identifiers,suffixes,words,values,headers,order")
    parser.add_argument("--keep", type=Path, help="write the copies here and leave them")
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    base = score(arguments.data, arguments)
    print(f"{'original':14} GA {base['mean']['GA']:.4f}  FGA {base['mean']['FGA']:.4f}")
    kinds = [(k, f) for k in arguments.only.split(",") for f in range(len(HEADERS) if k == "headers" else 1)]
    for kind, family in kinds:
        label = f"{kind} {family + 1}" if kind == "headers" else kind
        with tempfile.TemporaryDirectory() as temporary:
            target = (arguments.keep / label.replace(" ", "")) if arguments.keep else Path(temporary)
            target.mkdir(parents=True, exist_ok=True)
            make(kind, arguments.data, target, arguments.seed, family)
            found = score(target, arguments)
        losses = {n: base["sets"][n]["GA"] - r["GA"] for n, r in found["sets"].items()}
        worst = max(losses, key=losses.get)
        ga, fga = found["mean"]["GA"], found["mean"]["FGA"]
        print(f"{label:14} GA {ga:.4f} ({ga - base['mean']['GA']:+.4f})  FGA {fga:.4f} ({fga - base['mean']['FGA']:+.4f})"
              f"  most: {worst} {-losses[worst]:+.4f}")


if __name__ == "__main__":
    main()

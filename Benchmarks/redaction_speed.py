#!/usr/bin/env python3
"""Megabytes a second of `appliance evaluate redact` on ordinary log lines, beside grep's with the same words.

    redaction_speed.py [--megabytes 200] [--file LOG] -- .build/release/appliance evaluate redact

The lines are made from a seed, 130 bytes each on average, unless --file names some to repeat. The peer, run on the same
bytes in the same run, is GNU grep with one alternative for every word that the redactor's tables name
(`LC_ALL=C grep -icE`): it only says which lines hold one, and checks nothing around it. Both read a file in the page
cache and write another (grep stops early for /dev/null); the best of three runs counts, in processor time and by the clock.
"""
import argparse
import os
import pathlib
import random
import re
import resource
import subprocess
import tempfile
import time

parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("--megabytes", type=int, default=200)
parser.add_argument("--file")
parser.add_argument("command", nargs="+")
arguments = parser.parse_args()

rng = random.Random(20261121)
WORDS = """connection refused timeout while reading response header from upstream worker started finished request
handled order created invoice sent retry scheduled cache miss for tenant queue depth is now above limit block replica
stored as bytes in memory estimated size free session closed by peer election leader follower snapshot""".split()


def line():
    head = f"2026-11-21T{rng.randrange(24):02}:{rng.randrange(60):02}:{rng.randrange(60):02}.{rng.randrange(1000):03}Z"
    words = " ".join(rng.choice(WORDS) for _ in range(rng.randint(6, 14)))
    tail = f"id={rng.randrange(10**9)} ip=10.{rng.randrange(256)}.{rng.randrange(256)}.7:{rng.randrange(65536)}"
    return f"{head} INFO  [worker-{rng.randrange(64)}] com.acme.orders.Handler - {words} {tail} took {rng.randrange(9000)} ms\n"


def words_of_tables():
    folder = pathlib.Path(__file__).parent.parent / "Sources/Grouping/Redaction"
    found = set()
    for name in ("TokenRules.swift", "SecretNames.swift"):
        for text in re.findall(r'"([^"\\]{2,})"', (folder / name).read_text(encoding="utf-8")):
            found.add(re.sub(r"([.^$*+?()\[\]{}|\\/])", r"\\\1", text))
    return sorted(found)


def run(command, data, environment=None):
    best = (float("inf"), float("inf"))
    for _ in range(3):
        before, clock = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        with open(data, "rb") as source, open(f"{data}.out", "wb") as sink:
            subprocess.run(command, stdin=source, stdout=sink, env=environment)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
        best = min(best, (spent, time.monotonic() - clock))
    return best


with tempfile.TemporaryDirectory() as directory:
    data, patterns = f"{directory}/lines.log", f"{directory}/words"
    sample = open(arguments.file, "rb").read() if arguments.file else "".join(line() for _ in range(20000)).encode()
    with open(data, "wb") as file:
        while file.tell() < arguments.megabytes * 1_000_000:
            file.write(sample)
    size = os.path.getsize(data) / 1e6
    words = words_of_tables()
    pathlib.Path(patterns).write_text("\n".join(words), encoding="utf-8")
    ours = run(arguments.command, data)
    peer = run(["grep", "-icE", "-f", patterns], data, {"LC_ALL": "C", "PATH": os.environ["PATH"]})
    print(f"redact: {size / ours[0]:.0f} MB/s of processor time, {size / ours[1]:.0f} MB/s by the clock")
    print(f"grep -icE, {len(words)} alternatives: {size / peer[0]:.0f} MB/s of processor time, {size / peer[1]:.0f} by the clock")
    print(f"ratio {peer[0] / ours[0]:.1f}")

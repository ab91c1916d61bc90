#!/usr/bin/env python3
"""What an embedding model's vectors cost `appliance similar`: the same groups asked without and with them.

    Benchmarks/vector_speed.py BINARY --groups 50000 --dimensions 768

Vectors are random, so that nothing is near; each question is a start of the program of its own.
"""
import argparse
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("binary", type=Path)
parser.add_argument("--groups", type=int, default=50_000)
parser.add_argument("--dimensions", type=int, default=768)
parser.add_argument("--asked", type=int, default=40)
o = parser.parse_args()
maker = Path(__file__).with_name("make_past.py")


def ask(home, groups):
    times, peak = [], 0
    for group in groups:
        started = time.monotonic()
        child = subprocess.Popen([o.binary, "similar", f"G-{group}", "--home", home], stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            sys.exit(f"similar G-{group}: exit {child.returncode}")
        times.append(time.monotonic() - started)
        peak = max(peak, usage.ru_maxrss // 1024)
    times.sort()
    return f"{1000 * statistics.median(times):.0f} ms, {1000 * times[int(len(times) * 0.95)]:.0f} ms, {peak} MB"


with tempfile.TemporaryDirectory() as folder:
    home = f"{folder}/home"
    with open(f"{folder}/past.jsonl", "wb") as past:
        subprocess.run([sys.executable, maker, "--groups", str(o.groups), "--events", str(o.groups * 20)],
                       check=True, stdout=past)
    subprocess.run([o.binary, "history", "import", f"{folder}/past.jsonl", "--home", home, "--quiet"], check=True,
                   stdout=subprocess.DEVNULL)
    r = random.Random(5)
    with sqlite3.connect(f"{home}/history.sqlite") as history:
        rows = [row[0] for row in history.execute("SELECT id FROM error_group")]
        asked = [history.execute("SELECT lower(hex(fingerprint)) FROM error_group WHERE id = ?", (row,)).fetchone()[0][:12]
                 for row in r.sample(rows, min(o.asked, len(rows)))]
        print(f"{len(rows)} groups; median, 95th percentile, memory at most", flush=True)
        print("words and frames alone:", ask(home, asked), flush=True)
        for group in rows:
            vector = r.randbytes(o.dimensions)
            length = sum((byte - 256 if byte > 127 else byte) ** 2 for byte in vector) ** 0.5
            history.execute("INSERT INTO embedding (group_id, length, vector) VALUES (?, ?, ?)", (group, length, vector))
    history.close()
    print(f"with vectors of {o.dimensions} dimensions:", ask(home, asked))

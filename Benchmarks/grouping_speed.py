#!/usr/bin/env python3
"""Lines a second of templates and fingerprints beside Drain3, on the same lines in the same run, one thread each.

    ./make_lines.py 1000000 > lines.log && ./make_lines.py 1000000 --content > lines.txt
    ./grouping_speed.py --appliance .build/release/appliance --home HOME lines.log lines.txt

Files that end in .log hold whole lines, others hold messages. The whole of each process is timed: start, reading,
writing the answers. Drain3 (PyPI, `pip install drain3`) is timed for its add_log_message alone, on the first
--drain-lines of the file, and its rate is taken for the rest. Best of --runs. Needs a release build.
"""
import argparse
import resource
import subprocess
import time
from pathlib import Path

from drain3 import TemplateMiner
from drain3.template_miner_config import TemplateMinerConfig


def timed(command, runs):
    best = float("inf")
    for _ in range(runs):
        start = time.monotonic()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        best = min(best, time.monotonic() - start)
    return best


def drain(lines, runs):
    best = float("inf")
    for _ in range(runs):
        miner = TemplateMiner(config=TemplateMinerConfig())
        start = time.monotonic()
        for line in lines:
            miner.add_log_message(line)
        best = min(best, time.monotonic() - start)
    return best, len(miner.drain.clusters)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--appliance", required=True)
    parser.add_argument("--home", required=True)
    parser.add_argument("--drain-lines", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("files", nargs="+", type=Path)
    o = parser.parse_args()
    for file in o.files:
        lines = file.read_text(encoding="utf-8", errors="replace").split("\n")[:-1]
        width = file.stat().st_size / len(lines)
        some = lines[: o.drain_lines]
        seconds, clusters = drain(some, o.runs)
        peer = len(some) / seconds
        print(f"{file.name}: {len(lines)} lines of {width:.0f} bytes")
        print(f"  {'Drain3':14} {peer:12,.0f} lines/s  {clusters} clusters")
        raw = ["--raw"] if file.suffix == ".log" else []
        stages = {"templates": ["evaluate", "templates", *raw, str(file)]}
        if not raw:
            stages["fingerprints"] = ["evaluate", "fingerprints", "--messages", str(file)]
        for name, command in stages.items():
            rate = len(lines) / timed([o.appliance, *command, "--home", o.home], o.runs)
            print(f"  {name:14} {rate:12,.0f} lines/s  {rate / peer:.1f} times Drain3")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(f"largest process: {peak / 1024:.0f} MiB")


if __name__ == "__main__":
    main()

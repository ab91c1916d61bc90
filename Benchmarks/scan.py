#!/usr/bin/env python3
"""Times `appliance evaluate scan` against grep on the same files, in pairs of runs, with a warm page cache.

    swift build -c release --product appliance
    Benchmarks/scan.py --directory /var/tmp/appliance-bench

Makes the files itself (seeded, see scan_data.py) and keeps them for the next time: 1 GB of JSON lines with 1 % errors,
256 MB of errors alone, and the first 256 MB of the former as .gz. Prints one row a measurement: megabytes a second of
the clock (the median of the runs), how that compares with grep's in the same pairs, the same for processor time alone
(which says more on a busy machine), and the most memory that was resident.
"""

import argparse
import gzip
import json
import os
import resource
import shutil
import statistics
import subprocess
import tempfile
import time

import scan_data

MEGABYTE = 1_000_000


def timed(command, environment):
    """Seconds of the clock and of the processor, and what the command printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=False)
    seconds = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}")
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, processor, done.stdout


def make(path, size, errors):
    if not os.path.exists(path) or os.path.getsize(path) < size:
        scan_data.write(path, size, errors)


def compress(source, target, size):
    if os.path.exists(target):
        return
    with open(source, "rb") as plain, gzip.open(target, "wb", compresslevel=6) as packed:
        left = size
        while left > 0 and (part := plain.read(min(left, 1 << 20))):
            packed.write(part)
            left -= len(part)


def measure(name, scan, peer, runs, environment):
    """One row: `scan` and `peer` in turns."""
    ours, theirs, facts = [], [], {}
    for _ in range(runs):
        theirs.append(timed(peer, environment)[:2])
        seconds, processor, printed = timed(scan, environment)
        ours.append((seconds, processor))
        facts = json.loads(printed)
    size = facts["bytes"] / MEGABYTE
    ratios = [statistics.median(t[part] / o[part] for o, t in zip(ours, theirs)) for part in (0, 1)]
    speed = [size / statistics.median(run[part] for run in ours) for part in (0, 1)]
    peak = facts["peakMemoryBytes"] / MEGABYTE
    print(
        f"| {name} | {facts['events']} | {speed[0]:.0f} | {ratios[0]:.2f} | {speed[1]:.0f} | {ratios[1]:.2f} "
        f"| {peak:.0f} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--appliance", default=".build/release/appliance")
    parser.add_argument("--directory", required=True, help="where the files are made (1.6 GB)")
    parser.add_argument("--megabytes", type=int, default=1000, help="of the file with 1 %% errors")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    os.makedirs(options.directory, exist_ok=True)
    few, only, packed = (os.path.join(options.directory, name) for name in ("few.jsonl", "only.jsonl", "few.jsonl.gz"))
    part = min(options.megabytes, 256) * MEGABYTE
    make(few, options.megabytes * MEGABYTE, 1)
    make(only, part, 100)
    compress(few, packed, part)
    home = tempfile.mkdtemp(prefix="appliance-bench-")
    environment = dict(os.environ, LC_ALL="C", APPLIANCE_HOME=home)
    try:
        subprocess.run([options.appliance, "init", "--home", home], env=environment, check=True, stdout=subprocess.PIPE)
        scan = [options.appliance, "evaluate", "scan", "--triggers"]
        grep = ["grep", "-c", "ERROR"]
        for path in (few, only):
            timed(["cat", path], environment)
        print("| what | events | MB/s | of grep's speed | MB/s of processor | of grep's | peak MB |")
        print("|---|---|---|---|---|---|---|")
        measure("1 % errors, levels alone", scan + ["level", few], grep + [few], options.runs, environment)
        measure("1 % errors, all triggers", scan + ["standard", few], grep + [few], options.runs, environment)
        measure("errors alone, levels alone", scan + ["level", only], grep + [only], options.runs, environment)
        measure("errors alone, every record", scan + ["everything", only], grep + [only], options.runs, environment)
        measure(".gz, levels alone, against zgrep", scan + ["level", packed], ["zgrep", "-c", "ERROR", packed],
                options.runs, environment)
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()

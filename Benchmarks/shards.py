#!/usr/bin/env python3
"""What one machine holds from end to end, and what merging costs: shards.py BINARY [EVENTS] [GROUPS] [SHARDS]

Writes EVENTS error lines of GROUPS kinds (default 1,000,000 of 20,000), runs one batch over them without a model, then
SHARDS shards (default 8) one after another with a home each and merges them; prints seconds, events a second, bytes of
history a group, peak memory, and whether the merged history exports the same lines as that of the one batch.
"""

import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

NOW = "2026-11-21T06:00:00Z"
SYLLABLES = ["ka", "ri", "to", "mu", "ne", "so", "li", "va", "do", "pe"]


def word(number):
    text = ""
    for _ in range(5):
        number, place = divmod(number, len(SYLLABLES))
        text += SYLLABLES[place]
    return text


def write(path, events, groups):
    with open(path, "w", encoding="utf-8") as file:
        for index in range(events):
            minute = index * 300 // events
            name = word(index * 7919 % groups)
            file.write(f"2026-11-21 {minute // 60:02}:{minute % 60:02}:{index % 60:02},{index % 1000:03} ERROR "
                       f"{name}.worker: {name} cannot reach {word(index % groups + 50_000)} after {index % 9973} ms\n")


def main(binary, events=1_000_000, groups=20_000, shards=8):
    binary = pathlib.Path(binary).resolve()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        write(folder / "app.log", events, groups)
        (folder / "models.conf").write_text("")
        (folder / "appliance.toml").write_text(
            f'[report]\nsite = "here"\ntime_zone = "UTC"\n[[source]]\nname = "app"\npaths = ["{folder}/app.log"]\n'
            'service = "app"\nbaseline = "0s"\n')

        def run(*arguments):
            start = time.monotonic()
            told = subprocess.run([binary, *map(str, arguments), "--config", folder, "--now", NOW], capture_output=True,
                                  text=True, env={"PATH": "/usr/bin:/bin", "HOME": str(folder),
                                                  "LLVM_PROFILE_FILE": "/dev/null"})
            if told.returncode not in (0, 69):
                sys.exit(told.stderr)
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
            return time.monotonic() - start, peak / 1000, told.stdout

        def export(home):
            return sorted(run("history", "export", "--home", home)[2].splitlines())

        size = (folder / "app.log").stat().st_size
        seconds, peak, _ = run("batch", "--home", folder / "alone")
        history = (folder / "alone/history.sqlite").stat().st_size
        lines = export(folder / "alone")
        print(json.dumps({
            "what": "one batch", "events": events, "megabytes": size // 1_000_000, "seconds": round(seconds, 1),
            "events_a_second": round(events / seconds), "peak_megabytes": round(peak), "groups": len(lines),
            "history_bytes_a_group": history // max(1, len(lines))}), flush=True)
        times = [run("batch", "--shard", f"{index + 1}/{shards}", "--home", folder / f"shard-{index}")[0]
                 for index in range(shards)]
        print(json.dumps({"what": "each of the shards", "shards": shards, "seconds": round(max(times), 1)}), flush=True)
        start = time.monotonic()
        for index in range(shards):
            run("history", "merge", folder / f"shard-{index}/history.sqlite", "--home", folder / "merged")
        seconds = time.monotonic() - start
        merged = export(folder / "merged")

        def plain(exported):
            """What was counted and kept: a shard does not diagnose."""
            groups = [json.loads(text) for text in exported]
            told = {"diagnosis", "rootCause"}
            return sorted(json.dumps({k: v for k, v in group.items() if k not in told}) for group in groups)

        same = plain(merged) == plain(lines)
        print(json.dumps({
            "what": "merging", "shards": shards, "seconds": round(seconds, 1),
            "groups_a_second": round(len(merged) / seconds), "same_as_one_batch": same}))
        if not same:
            sys.exit("the merged history is another one")


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 5:
        sys.exit(__doc__)
    os.nice(10)
    main(sys.argv[1], *map(int, sys.argv[2:]))

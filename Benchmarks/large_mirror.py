#!/usr/bin/env python3
"""Makes a mirror of many commits with `git fast-import`, and a set of events over it, to time the code context.

    large_mirror.py --directory DIR [--commits 100000] [--files 2000] [--events 200]
    appliance evaluate code-context DIR/set.jsonl > answers.jsonl      # times on standard error

Each commit changes one to three functions of one to three files; every 500th is a release. Events name files, functions
and lines as a Go program's trace does, a fifth of them at the newest commit, the others at one of 12 releases. The line
that the newest change of the function wrote is the failing one. Nothing is drawn from the clock.
"""
import argparse
import json
import os
import random
import shutil
import subprocess

FUNCTIONS = 20
START = 1_500_000_000
RELEASE = 500


def path(number):
    return f"services/svc{number % 20}/internal/mod{number % 100}/file{number}.go"


def text(number, versions):
    lines = [f"package mod{number % 100}", ""]
    for index, version in enumerate(versions):
        lines += [f"func Fn{number}x{index}(x int) int {{", f"\ty := load(x, {version})", "\tif y < 0 {",
                  f"\t\treturn {index}", "\t}", "\ttrace(y)", "\treturn y", "}", ""]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--directory", required=True)
    parser.add_argument("--commits", type=int, default=100_000)
    parser.add_argument("--files", type=int, default=2_000)
    parser.add_argument("--events", type=int, default=200)
    options = parser.parse_args()
    generator = random.Random(options.commits)
    mirror = os.path.join(options.directory, "large.git")
    shutil.rmtree(mirror, ignore_errors=True)
    os.makedirs(options.directory, exist_ok=True)
    clean = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", mirror], check=True, env=clean)
    stream = subprocess.Popen(
        ["git", "-C", mirror, "fast-import", "--quiet", "--max-pack-size=4g", "--export-marks=marks"],
        stdin=subprocess.PIPE, env=clean)
    write = stream.stdin.write
    versions = {number: [0] * FUNCTIONS for number in range(options.files)}
    changed = {}
    releases = []
    wanted = {min(options.commits, (k + 1) * options.commits // 13 // RELEASE * RELEASE) for k in range(12)}
    snapshots = {}
    for commit in range(1, options.commits + 1):
        time = START + commit * 900
        subject = f"change {commit}"
        write(f"commit refs/heads/main\nmark :{commit}\ncommitter Dev <dev@example.invalid> {time} +0000\n"
              f"data {len(subject)}\n{subject}\n".encode())
        if commit > 1:
            write(f"from :{commit - 1}\n".encode())
        touched = range(options.files) if commit == 1 else generator.sample(range(options.files), generator.choice([1, 1, 2, 3]))
        for number in touched:
            if commit > 1:
                function = generator.randrange(FUNCTIONS)
                versions[number][function] += 1
                changed[(number, function)] = commit
            data = text(number, versions[number]).encode()
            write(f"M 100644 inline {path(number)}\ndata {len(data)}\n".encode() + data + b"\n")
        if commit % RELEASE == 0:
            releases.append(commit)
            write(f"reset refs/tags/v{commit // RELEASE}\nfrom :{commit}\n\n".encode())
        if commit in wanted or commit == options.commits:
            snapshots[commit] = (dict(changed), time)
    stream.stdin.close()
    if stream.wait() != 0:
        raise SystemExit("git fast-import failed")
    with open(os.path.join(mirror, "marks")) as lines:
        names = {int(mark[1:]): name for mark, name in (line.split() for line in lines)}
    os.remove(os.path.join(mirror, "marks"))
    with open(os.path.join(options.directory, "set.jsonl"), "w") as output:
        for event in range(options.events):
            at = options.commits if event % 5 == 0 else generator.choice(sorted(snapshots))
            known, time = snapshots[at]
            number, function = generator.choice(sorted(known))
            line = 3 + 9 * function + 1
            name, file = f"Fn{number}x{function}", path(number)
            trace = ("panic: runtime error: index out of range [7] with length 3\n\ngoroutine 1 [running]:\n"
                     f"github.com/acme/shop/{os.path.dirname(file)}.{name}(0x7)\n\t/go/src/github.com/acme/shop/{file}:{line} +0x1d\n")
            output.write(json.dumps({
                "id": event, "mirror": "large.git", "revision": names[at], "trace": trace,
                "expected": {"file": file, "function": name, "commit": names[known[(number, function)]]}}) + "\n")
    print(f"{options.commits} commits, {len(releases)} releases, {options.events} events in {options.directory}")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Precision and share of fingerprints on labelled stack traces, beside three plain rules.

    ./trace_fingerprints.py --data history.jsonl -- appliance evaluate fingerprints {rows}

history.jsonl holds lines {"text": a trace, "template_id": its bug}. Of all pairs of traces that a rule puts together,
`precision` are of one bug; of all pairs of one bug, `share` are put together; `found` of the traces that have another
of their bug are together with one. The plain rules, worked out here:

  masked head   exception type and first line, numbers and quoted values masked
  Bugsink       exception type and first line as they are (its default rule)
  frames        all frames of the trace without line numbers, nothing else
"""
import argparse
import json
import re
import subprocess
import tempfile
from collections import Counter
from pathlib import Path


def pairs(counts):
    return sum(n * (n - 1) // 2 for n in counts.values())


def measure(keys, bugs):
    together, same = pairs(Counter(keys)), pairs(Counter(bugs))
    right = pairs(Counter(zip(keys, bugs)))
    sizes, joint = Counter(bugs), Counter(zip(keys, bugs))
    queries = [(k, b) for k, b in zip(keys, bugs) if sizes[b] > 1]
    found = sum(joint[q] > 1 for q in queries) / max(1, len(queries))
    return right / max(1, together), right / max(1, same), found, len(set(keys))


def head(text):
    return text.split("\n", 1)[0]


def masked(text):
    text = re.sub(r"\"[^\"]*\"|'[^']*'", "<str>", text)
    return re.sub(r"\b0x[0-9a-fA-F]+\b|\d+(?:\.\d+)?", "<num>", text)


def frames(text):
    calls = (re.match(r"\s+at (\S+)\(", line) for line in text.split("\n"))
    return tuple(call[1] for call in calls if call)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    rows = [json.loads(line) for line in arguments.data.open(encoding="utf-8")]
    texts, bugs = [row["text"] for row in rows], [row["template_id"] for row in rows]
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "rows.jsonl"
        path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")
        command = [part.format(rows=path) if part == "{rows}" else part for part in arguments.command]
        ours = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout.split("\n")[:-1]
    if len(ours) != len(texts):
        raise SystemExit(f"{len(ours)} fingerprints for {len(texts)} traces")
    rules = {
        "appliance": ours,
        "masked head": [masked(head(text)) for text in texts],
        "Bugsink": [head(text) for text in texts],
        "frames": [frames(text) for text in texts],
    }
    print(f"{len(texts)} traces, {len(set(bugs))} bugs, {pairs(Counter(bugs))} pairs of one bug")
    for name, keys in rules.items():
        precision, share, found, groups = measure(keys, bugs)
        print(f"{name:12} precision {precision:.4f}  share {share:.4f}  found {found:.4f}  groups {groups}")


if __name__ == "__main__":
    main()

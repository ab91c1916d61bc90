#!/usr/bin/env python3
"""Recall and false alarms of a redactor on a labelled set, by rule.

    redaction_score.py [--show N] FILE.jsonl -- appliance evaluate redact

A line of the set is {"rule", "label": "secret" or "negative", "text", "secret"}. The command gets every text on standard
input, with a line between two. A secret is found when neither it nor any eight characters in a row of its last two
thirds are left; a negative is altered when one byte of it is.
"""
import argparse
import collections
import json
import subprocess
import sys

parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("file")
parser.add_argument("--show", type=int, default=0, help="print so many misses and so many false alarms")
parser.add_argument("command", nargs="+")
arguments = parser.parse_args()


def separator(number):
    return f"==== record {number} ===="


with open(arguments.file, encoding="utf-8") as file:
    rows = [json.loads(line) for line in file]
text = "".join(f"{row['text']}\n{separator(number)}\n" for number, row in enumerate(rows))
run = subprocess.run(arguments.command, input=text.encode(), stdout=subprocess.PIPE)
if run.returncode:
    sys.exit(f"the command exited {run.returncode}")
rest = run.stdout.decode("utf-8", "replace")
outputs = []
for number in range(len(rows)):
    before, found, after = rest.partition(separator(number) + "\n")
    if not found:
        print(f"LOST   the line after record {number}: {rows[number]['text'][:100]!r}")
        outputs.append("")
        continue
    rest = after
    outputs.append(before[:-1] if before.endswith("\n") else before)


def leaks(secret, output):
    tail = secret[len(secret) // 3:]
    runs = [tail[start:start + 8] for start in range(max(1, len(tail) - 7))]
    return secret in output or any(run in output for run in runs if len(run) >= 8)


counts = collections.Counter()
missed, altered = [], []
for row, output in zip(rows, outputs):
    counts[row["label"]] += 1
    if row["label"] == "secret" and leaks(row["secret"], output):
        missed.append((row, output))
    if row["label"] != "secret" and output != row["text"]:
        altered.append((row, output))
for kind, found in (("MISS", missed), ("ALARM", altered)):
    for row, output in found[:arguments.show]:
        print(f"{kind:6} {row['rule']}: {row['text'][:170]!r} -> {output[:170]!r}")
recall = 1 - len(missed) / max(1, counts["secret"])
alarms = len(altered) / max(1, counts["negative"])
print(f"secrets={counts['secret']} recall={recall:.4f} negatives={counts['negative']} altered={alarms:.4f}")

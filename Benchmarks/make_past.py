#!/usr/bin/env python3
"""Makes a past for `appliance history import`, the same for the same seed.

    make_past.py --groups 50000 --events 10000000 > past.jsonl

Each group is one line: a sample, and counts by the minute over the last days; a third of the groups in the last day.
"""
import argparse
import json
import random
from datetime import datetime, timedelta, timezone

parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("--groups", type=int, default=50_000)
parser.add_argument("--events", type=int, default=10_000_000)
parser.add_argument("--minutes", type=int, default=20, help="counts by the minute, a group")
parser.add_argument("--days", type=int, default=30)
parser.add_argument("--now", default="2026-11-21T06:00:00Z")
parser.add_argument("--seed", type=int, default=7)
o = parser.parse_args()
r = random.Random(o.seed)
now = datetime.fromisoformat(o.now.replace("Z", "+00:00"))
syllables = "ka mo ti re su na lo vi pe du ga zi".split()


def word():
    return "".join(r.choice(syllables) for _ in range(4))


def stamp(minutes):
    return (now - timedelta(minutes=minutes)).astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


each = max(1, o.events // (o.groups * o.minutes))
for number in range(o.groups):
    span = 1439 if number % 3 == 0 else o.days * 1440
    minutes = sorted({r.randrange(1, span) for _ in range(o.minutes)}, reverse=True)
    function = f"{word()}.{word()}"
    event = {
        "v": 1, "id": f"past-{number}", "time": stamp(minutes[-1]), "level": "error", "service": f"service-{number % 40}",
        "message": f"{word()} cannot reach {word()} of {word()}",
        "exceptions": [{"type": f"{word().capitalize()}Error", "message": f"{word()} failed", "frames": [
            {"file": f"{word()}.py", "function": f"{word()}_{word()}", "module": function, "line": r.randrange(900)}
            for _ in range(6)]}]}
    print(json.dumps({"event": event, "buckets": [{"time": stamp(m), "count": each} for m in minutes]}))

#!/usr/bin/env python3
"""Times how fast events come into the history, and a plain table of one row an event in the same run.

    swift build -c release --product appliance
    Benchmarks/ingestion.py --directory /var/tmp/appliance-bench

Makes its files itself (seeded) and keeps them: events of 200 groups, and events that are each a new group with a stack
trace. `appliance evaluate recording` reads, redacts, groups and records them, 2,000 a transaction, and says what each
stage took. The peer is what trackers commonly do: a row an event with its JSON, the group looked up by its key and
counted, transactions of the same size, the same SQLite, in the same directory. Both write ahead with synchronous=FULL.
"""

import argparse
import datetime
import hashlib
import json
import os
import random
import sqlite3
import statistics
import subprocess
import time

SYLLABLES = "ka mo ti re su na lo vi pe du ga zi".split()
EVENTS_A_TRANSACTION = 2000


def word(source):
    return "".join(source.choice(SYLLABLES) for _ in range(4))


def known_event(source, groups, number):
    group = source.randrange(len(groups))
    verb, who, what = groups[group]
    return {
        "level": "error", "service": f"svc-{group % 40}", "request_id": f"{source.getrandbits(64):x}",
        "message": f"{verb} cannot reach {who} of {what} after {source.randrange(9999)} ms",
    }


def new_event(source, _, number):
    verb, who, what = word(source), word(source), word(source)
    frames = [f"    at {word(source)}.{word(source)} ({word(source)}.js:{source.randrange(900)}:3)" for _ in range(2)]
    return {
        "level": "error", "service": f"svc-{number % 40}", "message": f"{verb} cannot reach {who} of {what}",
        "stack": "\n".join([f"{verb.capitalize()}Error: {who} failed"] + frames),
    }


def make(path, count, event):
    if os.path.exists(path):
        return
    source = random.Random(5)
    moment = datetime.datetime(2026, 11, 21, 5, tzinfo=datetime.timezone.utc)
    groups = [(word(source), word(source), word(source)) for _ in range(200)]
    with open(path + ".part", "w", encoding="utf-8") as file:
        for number in range(count):
            moment += datetime.timedelta(milliseconds=source.randrange(1, 20))
            file.write(json.dumps({"time": moment.isoformat(), **event(source, groups, number)}) + "\n")
    os.rename(path + ".part", path)


def key(event):
    """What the peer groups by: the message without its numbers, or the trace."""
    text = event.get("stack") or "".join("0" if letter.isdigit() else letter for letter in event["message"])
    return hashlib.sha256(text.encode()).digest()


def peer(path, directory):
    """Events a second of a table with a row an event; parsing and keys are not timed."""
    target = os.path.join(directory, "peer.sqlite")
    for suffix in ("", "-wal", "-shm"):
        if os.path.exists(target + suffix):
            os.remove(target + suffix)
    database = sqlite3.connect(target, isolation_level=None)
    database.executescript(
        """
        PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
        CREATE TABLE grp (id INTEGER PRIMARY KEY, key BLOB UNIQUE, first TEXT, last TEXT, count INTEGER);
        CREATE TABLE event (id INTEGER PRIMARY KEY, grp INTEGER, time TEXT, service TEXT, body TEXT);
        CREATE INDEX event_of_group ON event (grp, time);
        """)
    with open(path, encoding="utf-8") as file:
        events = [(key(event), event["time"], event["service"], line) for line in file if (event := json.loads(line))]
    start = time.monotonic()
    for first in range(0, len(events), EVENTS_A_TRANSACTION):
        database.execute("BEGIN IMMEDIATE")
        for digest, moment, service, line in events[first:first + EVENTS_A_TRANSACTION]:
            (group,) = database.execute(
                "INSERT INTO grp (key, first, last, count) VALUES (?, ?, ?, 1) "
                "ON CONFLICT DO UPDATE SET last = excluded.last, count = count + 1 RETURNING id",
                (digest, moment, moment)).fetchone()
            database.execute(
                "INSERT INTO event (grp, time, service, body) VALUES (?, ?, ?, ?)", (group, moment, service, line))
        database.execute("COMMIT")
    seconds = time.monotonic() - start
    database.close()
    return len(events) / seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--directory", required=True, help="where the files and histories are, on a real disk")
    parser.add_argument("--binary", default=".build/release/appliance")
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    os.makedirs(arguments.directory, exist_ok=True)
    environment = {**os.environ, "APPLIANCE_HOME": os.path.join(arguments.directory, "home")}
    if not os.path.exists(os.path.join(arguments.directory, "home", "appliance.toml")):
        subprocess.run([arguments.binary, "init"], env=environment, check=True, stdout=subprocess.DEVNULL)
    print("| events | groups | recorded a second | of processor | with reading, masks, grouping | peer | MB |")
    print("|---|---|---|---|---|---|---|")
    for name, count, event in (("known", 400_000, known_event), ("new", 20_000, new_event)):
        path = os.path.join(arguments.directory, f"{name}-{count}.jsonl")
        make(path, count, event)
        command = [arguments.binary, "evaluate", "recording", "--directory", arguments.directory, path]
        rows = []
        for _ in range(arguments.runs):
            done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
            facts = json.loads(done.stdout)
            stages = [facts["reading"], facts["grouping"], facts["recording"]]
            rows.append((
                facts["recording"]["eventsPerSecond"], facts["events"] / facts["recording"]["processorSeconds"],
                facts["events"] / sum(stage["seconds"] for stage in stages), peer(path, arguments.directory),
                facts["peakMemoryBytes"] / 1e6))
        middle = [statistics.median(column) for column in zip(*rows)]
        print(f"| {facts['events']:,} | {facts['groups']:,} | {middle[0]:,.0f} | {middle[1]:,.0f} "
              f"| {middle[2]:,.0f} | {middle[3]:,.0f} | {middle[4]:.0f} |")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""How long the pages take over a large history: page_speed.py APPLIANCE [GROUPS]

Makes a home with that many groups (5,000 by default) seen in the last day and as many buckets a group as hours, serves it,
and asks each page a few times: the first time (the report is made) and the median of those after it.
"""
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

appliance, count = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 5000
NOW = "2026-11-21T06:00:00Z"
WORDS = "pool ledger order invoice token cart price stock route cache queue lease shard quota rate".split()


def group(number):
    first, second = WORDS[number % 15], WORDS[number // 15 % 15]
    message = f"{first} {second} of kind k{number:x}x refused"
    frames = [{"file": f"src/{first}/{second}{number}.py", "function": f"run_{number}", "line": 10 + number % 90, "inApp": True}]
    hours = [f"2026-11-21T0{hour}:{number % 60:02}:00Z" for hour in range(6)]
    return {
        "event": {
            "v": 1, "id": f"e{number}", "time": hours[-1], "level": "error", "service": f"service-{number % 40}",
            "message": message, "release": f"1.{number % 7}.0", "host": f"host-{number % 12}",
            "exceptions": [{"type": f"{first.title()}{number}Error", "message": message, "frames": frames}]},
        "buckets": [{"time": hour, "count": 1 + number % 50} for hour in hours]}


def ask(port, path):
    began = time.perf_counter()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=120) as answer:
        size = len(answer.read())
    return (time.perf_counter() - began) * 1000, size


with tempfile.TemporaryDirectory() as folder:
    home = os.path.join(folder, "home")
    environment = os.environ | {"APPLIANCE_HOME": home}
    run = lambda *words: subprocess.run([appliance, *words], env=environment, check=True, capture_output=True, text=True)
    run("init", "--quiet")
    with open(f"{home}/appliance.toml", "w") as file:
        file.write("[serve]\npages_per_second = 100000\n")
    past = os.path.join(folder, "past.jsonl")
    with open(past, "w") as file:
        for number in range(count):
            file.write(json.dumps(group(number)) + "\n")
    run("history", "import", past, "--now", NOW)
    groups = json.loads(run("report", "--since", "24h", "--json", "--now", NOW).stdout)["groups"]
    server = subprocess.Popen(
        [appliance, "serve", "--listen", "127.0.0.1:0", "--now", NOW], env=environment, stderr=subprocess.PIPE, text=True)
    port = re.search(r":(\d+);", server.stderr.readline()).group(1)
    try:
        print(f"{len(groups)} groups, history of {os.path.getsize(home + '/history.sqlite') / 1e6:.1f} MB")
        for name, path in [
            ("overview", "/"), ("groups", "/groups"), ("groups, page 40", "/groups?page=40"),
            ("groups of 30 days", "/groups?window=30d"), ("search", "/groups?q=ledger%20invoice%20refused"),
            ("one group", f"/groups/{groups[len(groups) // 2]['id']}"), ("models", "/models"), ("outbox", "/outbox"),
            ("report", "/report"),
        ]:
            first, size = ask(port, path)
            rest = statistics.median(ask(port, path)[0] for _ in range(7))
            print(f"{name:20} first {first:7.1f} ms, then {rest:7.1f} ms, {size / 1000:7.1f} kB")
        memory = [line for line in open(f"/proc/{server.pid}/status") if line.startswith("VmHWM")][0].split()[1]
        print(f"memory at most {int(memory) / 1000:.0f} MB")
    finally:
        server.terminate()
        server.wait()

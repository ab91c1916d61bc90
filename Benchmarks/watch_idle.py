"""Measures a watch that follows 200 files and has nothing to do: processor time and resident memory; and how long a
severe line takes to become a message in the outbox.

    watch_idle.py BINARY [--files 200] [--idle 120] [--alerts 20]
"""
import argparse
import json
import os
import re
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

options = argparse.ArgumentParser()
options.add_argument("binary")
options.add_argument("--files", type=int, default=200)
options.add_argument("--idle", type=int, default=120)
options.add_argument("--alerts", type=int, default=20)
options = options.parse_args()


def now():
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + f".{time.time_ns() // 1_000_000 % 1000:03d}Z"


def spent(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid, name):
    return int(re.search(rf"{name}:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()).group(1)) / 1000


with tempfile.TemporaryDirectory() as folder:
    logs, home = Path(folder, "logs"), Path(folder, "home")
    logs.mkdir()
    environment = dict(os.environ, APPLIANCE_HOME=str(home))
    subprocess.run([options.binary, "init", "--quiet"], env=environment, check=True)
    (home / "appliance.toml").write_text(
        f'[[source]]\nname = "app"\npaths = ["{logs}/*.log"]\nbaseline = "0s"\n'
        '[alerts]\nstorm_from = 1000\nat_once_from = "info"\n')
    (home / "models.conf").write_text("")
    for number in range(options.files):
        (logs / f"{number}.log").write_text(f"{now()} INFO app: started {number}\n" * 200)
    watch = subprocess.Popen(
        [options.binary, "watch", "--json"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    while json.loads(watch.stdout.readline()).get("event") != "watching":
        pass
    time.sleep(15)  # what is at hand is read, and the first hourly work done
    before, start = spent(watch.pid), time.monotonic()
    time.sleep(options.idle)
    seconds = time.monotonic() - start
    load = (spent(watch.pid) - before) / seconds * 100
    print(f"{options.files} files, {seconds:.0f} s idle: {load:.2f} % of a processor, "
          f"{memory(watch.pid, 'VmRSS'):.0f} MB resident, {memory(watch.pid, 'VmHWM'):.0f} MB at most")

    new, times = home / "outbox/new", []
    names = ["".join(chr(97 + int(digit)) for digit in str(1000 + number)) for number in range(options.alerts)]
    for number, name in enumerate(names):
        known = set(os.listdir(new))
        begun = time.monotonic()
        with open(logs / f"{number % options.files}.log", "a") as file:
            file.write(f"{now()} FATAL {name}.core: {name} lost its neighbour {name}{name}\n")
        while not any(name in (new / file).read_text() for file in set(os.listdir(new)) - known if file[0] == "0"):
            if time.monotonic() - begun > 30:
                raise SystemExit(f"no message for {name}")
            time.sleep(0.001)
        times.append((time.monotonic() - begun) * 1000)
        time.sleep(4)  # the rest after a round is over
    times.sort()
    print(f"{len(times)} severe lines: in the outbox after {statistics.median(times):.0f} ms at the median, "
          f"{times[-1]:.0f} ms at most (of which settle is 300 ms)")
    watch.terminate()
    watch.wait()

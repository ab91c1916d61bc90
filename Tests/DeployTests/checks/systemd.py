"""The units of deploy/systemd: valid, hardened, and true to what the program does."""

import pathlib
import re
import tempfile
import unittest

from repository import BINARY, DEPLOY, run, tool

UNITS = DEPLOY / "systemd"
SERVICES = sorted(UNITS.glob("*.service"))
MOST_EXPOSURE = 2.0


def section(path, name):
    """Keys of a section, each with the list of its values, as systemd gathers them."""
    values, current = {}, None
    for line in path.read_text().splitlines():
        if line.startswith("["):
            current = line.strip("[]")
        elif line and not line.startswith("#") and current == name:
            key, _, value = line.partition("=")
            values.setdefault(key, []).append(value)
    return values


def calls(analyze, *sets):
    """The system calls of sets, by systemd's own lists."""
    found, waiting = set(), list(sets)
    while waiting:
        for line in run(analyze, "syscall-filter", "--no-pager", waiting.pop()).stdout.splitlines()[1:]:
            name = line.strip()
            if name.startswith("@"):
                waiting.append(name)
            elif name and not name.startswith("#"):
                found.add(name)
    return found


class Units(unittest.TestCase):
    def test_there_is_a_unit_for_each_way_to_run(self):
        names = {path.name for path in UNITS.iterdir()}
        self.assertLessEqual(
            {"appliance-watch.service", "appliance-batch.service", "appliance-batch.timer", "appliance-serve.service",
             "appliance-relay.service"}, names)

    def test_exposure_is_at_most_two(self):
        analyze = tool("systemd-analyze")
        for unit in SERVICES:
            with self.subTest(unit.name):
                told = run(analyze, "security", "--offline=true", "--no-pager", unit)
                score = re.search(r"exposure level for \S+: ([0-9.]+)", told.stdout)
                self.assertIsNotNone(score, told.stderr)
                self.assertLessEqual(float(score.group(1)), MOST_EXPOSURE)

    def test_systemd_finds_no_fault(self):
        analyze = tool("systemd-analyze")
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            program = folder / "appliance"
            program.write_text("#!/bin/sh\n")
            program.chmod(0o755)
            for unit in UNITS.iterdir():
                text = unit.read_text().replace("/opt/appliance/current/bin/appliance", str(program))
                # Manual pages and neighbours' units are on the host where it is installed.
                text = re.sub(r"^(Documentation|Wants=ollama).*\n", "", text, flags=re.M)
                (folder / unit.name).write_text(text)
            units = sorted(folder.glob("appliance-*.*"))
            told = run(analyze, "verify", "--man=no", *units, environment={"SYSTEMD_UNIT_PATH": f"{folder}:"})
            faults = [line for line in told.stderr.splitlines() if str(folder) in line or "appliance-" in line]
            self.assertEqual((told.returncode, faults), (0, []), told.stderr)

    def test_every_service_is_shut_in(self):
        wanted = {
            "NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes",
            "PrivateDevices": "yes", "CapabilityBoundingSet": "", "AmbientCapabilities": "", "RestrictNamespaces": "yes",
            "MemoryDenyWriteExecute": "yes", "UMask": "0077", "User": "appliance", "StateDirectoryMode": "0700",
            "LimitCORE": "0",
        }
        for unit in SERVICES:
            service = section(unit, "Service")
            for key, value in wanted.items():
                with self.subTest(f"{unit.name} {key}"):
                    self.assertEqual(service.get(key), [value])
            for key in ["MemoryMax", "TasksMax", "TimeoutStopSec", "SystemCallFilter"]:
                self.assertIn(key, service, unit.name)

    def test_secrets_come_as_credentials_alone(self):
        for unit in SERVICES:
            service = section(unit, "Service")
            self.assertEqual(service["LoadCredential"], ["secret:/etc/appliance/credentials"], unit.name)
            for setting in service.get("Environment", []):
                self.assertNotRegex(setting, r"(?i)token|secret|password|webhook")

    def test_only_the_relay_may_reach_outside(self):
        for unit in SERVICES:
            service = section(unit, "Service")
            if unit.name == "appliance-relay.service":
                self.assertNotIn("any", service["IPAddressDeny"])
            else:
                self.assertEqual((service["IPAddressDeny"], service["IPAddressAllow"]), (["any"], ["localhost"]))

    def test_the_watch_tells_that_it_is_ready_and_alive(self):
        service = section(UNITS / "appliance-watch.service", "Service")
        self.assertEqual(service["Type"], ["notify"])
        self.assertIn("WatchdogSec", service)
        self.assertIn("/bin/kill -HUP $MAINPID", service["ExecReload"])

    def test_a_batch_with_a_mirror_needs_no_system_call_that_the_filter_forbids(self):
        analyze, strace, git = tool("systemd-analyze"), tool("strace"), tool("git")
        allowed, forbidden = set(), set()
        for value in section(UNITS / "appliance-batch.service", "Service")["SystemCallFilter"]:
            (forbidden if value.startswith("~") else allowed).update(calls(analyze, *value.lstrip("~").split()))
        self.assertIn("openat", allowed)
        self.assertIn("fchown", forbidden)
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            source = folder / "source"
            source.mkdir()
            (source / "invoice.py").write_text("def total(order):\n    return order['currency']\n")
            identity = ["-c", "user.name=Kim", "-c", "user.email=kim@example.com"]
            for command in (["init", "-q"], ["add", "."], [*identity, "commit", "-qm", "invoices"]):
                self.assertEqual(run(git, "-C", source, *command).returncode, 0)
            (folder / "app.log").write_text(
                "2026-11-21 05:10:00,123 ERROR billing: failed\nTraceback (most recent call last):\n"
                "  File \"/srv/app/invoice.py\", line 2, in total\n    return order['currency']\nKeyError: 'currency'\n")
            (folder / "appliance.toml").write_text(
                f'[report]\ntime_zone = "UTC"\n[[source]]\nname = "a"\npaths = ["{folder}/app.log"]\nservice = "billing"\n'
                f'[[mirror]]\nname = "m"\npath = "{source}"\nservices = ["billing"]\n')
            (folder / "models.conf").write_text("")
            def batch(home, *options):
                told = run(strace, "-f", "-qq", *options, "-o", folder / "calls", BINARY, "batch", "--home", folder / home,
                           "--config", folder, "--now", "2026-11-21T06:00:00Z")
                self.assertIn(told.returncode, (0, 69), told.stderr)
                report = (folder / home / "reports/2026-11-21.md").read_text()
                self.assertIn("KeyError", report)
                self.assertIn("invoice.py", report)
                return (folder / "calls").read_text(errors="replace"), report

            traced, report = batch("home")
            self.assertIn("cat-file", traced, "git was asked")
            used = set(re.findall(r"(?m)^\d+ +([a-z_0-9]+)\(", traced))
            self.assertGreater(len(used), 30)
            refused = used - (allowed - forbidden)
            # SQLite gives files to root's owner as root alone; Dispatch would run a thread of less urgent work later.
            self.assertLessEqual(refused, {"fchown", "setpriority"})
            if refused:
                # Refused as the filter refuses them, they are not missed.
                traced, again = batch("again", "-e", f"inject={','.join(sorted(refused))}:error=EPERM")
                self.assertIn("INJECTED", traced)
                self.assertEqual(again.split("\n## ")[1:2], report.split("\n## ")[1:2])

    def test_a_missed_night_is_caught_up(self):
        timer = section(UNITS / "appliance-batch.timer", "Timer")
        self.assertEqual(timer["Persistent"], ["true"])
        self.assertNotIn("Install", section(UNITS / "appliance-batch.service", "Install"))
        self.assertEqual(section(UNITS / "appliance-batch.service", "Install"), {}, "the timer starts it")


if __name__ == "__main__":
    unittest.main()

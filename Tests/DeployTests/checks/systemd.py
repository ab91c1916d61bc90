"""The units of deploy/systemd: valid, hardened, and true to what the program does."""

import pathlib
import re
import tempfile
import unittest

from repository import DEPLOY, run, tool

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

    def test_a_missed_night_is_caught_up(self):
        timer = section(UNITS / "appliance-batch.timer", "Timer")
        self.assertEqual(timer["Persistent"], ["true"])
        self.assertNotIn("Install", section(UNITS / "appliance-batch.service", "Install"))
        self.assertEqual(section(UNITS / "appliance-batch.service", "Install"), {}, "the timer starts it")


if __name__ == "__main__":
    unittest.main()

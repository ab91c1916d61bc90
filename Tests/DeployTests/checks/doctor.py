"""doctor on a site at work: what a run is connected to, how far the cursors are, and what root left behind."""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import unittest

from repository import BINARY, ROOT, run

NOW = "2026-11-21T06:00:00Z"


class Doctor(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="appliance-doctor-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.log = self.folder / "app.log"
        self.log.write_text("2026-11-21 05:10:00 ERROR billing: failed\n")

    def configure(self, name, port):
        place = self.folder / name
        place.mkdir()
        shutil.copytree(ROOT / "prompts", place / "prompts")
        (place / "appliance.toml").write_text(
            f'[report]\ntime_zone = "UTC"\n[[source]]\nname = "app"\npaths = ["{self.log}"]\nservice = "billing"\n')
        (place / "models.conf").write_text(
            f'[endpoint]\nurl = "http://127.0.0.1:{port}"\n[models.diagnose]\nname = "m"\nconnect_timeout = "30s"\n')
        return place

    def doctor(self, place, *options, now=NOW):
        told = run(BINARY, "doctor", "--json", "--home", self.folder / "home", "--config", place, "--now", now, *options)
        return told.returncode, {check["subject"]: check for check in json.loads(told.stdout)}

    def test_a_run_that_is_connected_elsewhere_than_configured_is_a_fault(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            right, wrong = self.configure("right", port), self.configure("wrong", 1)
            batch = subprocess.Popen(
                [BINARY, "batch", "--home", self.folder / "home", "--config", right, "--now", NOW],
                env={"PATH": "/usr/bin:/bin", "HOME": str(self.folder), "LLVM_PROFILE_FILE": "/dev/null"},
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                server.settimeout(60)
                connection, _ = server.accept()    # and never answers
                code, checks = self.doctor(wrong)
                self.assertEqual((code, checks["egress"]["state"]), (70, "broken"), checks["egress"])
                self.assertIn(f"connected to 127.0.0.1:{port}", checks["egress"]["finding"])
                # Asked while that server is silent, doctor's own question would wait: it is let go first.
                quick = run(BINARY, "doctor", "--quick", "--json", "--home", self.folder / "home", "--config", right)
                self.assertEqual(quick.returncode, 0, quick.stdout)
                connection.close()
            finally:
                batch.kill()
                batch.wait()

    def test_what_lies_behind_the_cursors_for_a_day_is_told(self):
        place = self.configure("site", 1)
        self.assertIn(run(BINARY, "batch", "--home", self.folder / "home", "--config", place, "--now", NOW).returncode,
                      (0, 69))
        _, checks = self.doctor(place)
        self.assertEqual(checks["cursors"]["finding"], "0 bytes to read")
        line = "2026-11-21 07:10:00 ERROR billing: failed again\n"
        with open(self.log, "a") as file:
            file.write(line)
        _, checks = self.doctor(place, now="2026-11-21T08:00:00Z")
        self.assertEqual((checks["cursors"]["state"], checks["cursors"]["finding"]), ("ok", f"{len(line)} bytes to read"))
        _, checks = self.doctor(place, now="2026-11-23T08:00:00Z")
        self.assertEqual(checks["cursors"]["state"], "warning")
        self.assertIn(f"app ({len(line)} bytes since 2026-11-21T06:00:00Z)", checks["cursors"]["finding"])

    def test_a_clock_that_was_set_back_is_told(self):
        place = self.configure("site", 1)
        run(BINARY, "batch", "--home", self.folder / "home", "--config", place, "--now", NOW)
        _, checks = self.doctor(place, now="2026-11-20T06:00:00Z")
        self.assertEqual(checks["clock"]["state"], "warning")

    def test_every_fault_has_a_remedy_and_fix_closes_what_is_open(self):
        place = self.configure("site", 1)
        run(BINARY, "batch", "--home", self.folder / "home", "--config", place, "--now", NOW)
        os.chmod(self.folder / "home", 0o755)
        code, checks = self.doctor(place)
        self.assertEqual((code, checks["modes"]["state"]), (0, "warning"))
        for check in checks.values():
            self.assertTrue(check["state"] == "ok" or check.get("remedy"), check)
        _, checks = self.doctor(place, "--fix")
        self.assertEqual(checks["modes"]["state"], "ok")
        self.assertEqual((self.folder / "home").stat().st_mode & 0o777, 0o700)


if __name__ == "__main__":
    unittest.main()

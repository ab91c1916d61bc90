"""The bundle that `make bundle` made, as a site meets it: verified, installed, used, upgraded, gone back from.

APPLIANCE_BUNDLE names its directory (.build/bundle); without it, nothing is checked here. The key that signed it must lie
beside it (release.key), because the upgrade and the broken release are signed like a real one.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from repository import DEPLOY, run

NOW = "2026-11-21T06:00:00Z"
PLACE = os.environ.get("APPLIANCE_BUNDLE")
SECONDS = 600
# What every Debian host has, whatever is installed on it.
BASE = {"libc.so.6", "libm.so.6", "libgcc_s.so.1", "libstdc++.so.6", "ld-linux-x86-64.so.2", "linux-vdso.so.1"}


@unittest.skipUnless(PLACE, "APPLIANCE_BUNDLE names no bundle (make bundle makes one)")
class RealBundle(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = pathlib.Path(PLACE).resolve()
        archives = sorted(cls.place.glob("appliance-*-linux-*.tar.gz"), key=lambda path: path.stat().st_mtime)
        assert archives, f"no bundle in {cls.place}"
        cls.archive = archives[-1]
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="appliance-bundle-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        subprocess.run(["sha256sum", "--quiet", "-c", f"{cls.archive.name}.sha256"], cwd=cls.place, check=True)
        subprocess.run(["tar", "-xzf", cls.archive, "-C", cls.folder], check=True)
        cls.first = cls.folder / cls.archive.name.removesuffix(".tar.gz")
        cls.prefix = cls.folder / "appliance"

    def install(self, bundle, *options):
        return run(bundle / "install.sh", "--prefix", self.prefix, *options, timeout=SECONDS)

    def appliance(self, *arguments):
        return run(self.prefix / "bin/appliance", *arguments, timeout=SECONDS)

    def another(self, version, change):
        """The bundle as its maker would release it next, with one change."""
        bundle = self.folder / f"next-{version}"
        shutil.copytree(self.first, bundle, symlinks=True)
        (bundle / "VERSION").write_text(version + "\n")
        change(bundle)
        files = sorted(str(path.relative_to(bundle)) for path in bundle.rglob("*")
                       if path.is_file() and not path.name.startswith("SHA256SUMS"))
        sums = subprocess.run(["sha256sum", *files], cwd=bundle, check=True, capture_output=True).stdout
        (bundle / "SHA256SUMS").write_bytes(sums)
        subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", self.place / "release.key", "-in",
                        bundle / "SHA256SUMS", "-out", bundle / "SHA256SUMS.sig"], check=True)
        return bundle

    def groups(self):
        told = self.appliance("report", "--since", "24h", "--json", "--now", NOW)
        self.assertEqual(told.returncode, 0, told.stderr)
        return {group["id"]: group["count"] for group in json.loads(told.stdout)["groups"]}

    def test_the_program_has_swift_inside_and_names_what_it_takes_from_the_host(self):
        told = run("ldd", self.first / "bin/appliance")
        needed = set(re.findall(r"(\S+\.so\S*) ", told.stdout.replace("/lib64/", "")))
        self.assertFalse([name for name in needed if re.search(r"(?i)swift|foundation|dispatch|blocks", name)], needed)
        direct = set(re.findall(r"NEEDED\s+(\S+)", run("objdump", "-p", self.first / "bin/appliance").stdout))
        listed = {line.split("\t")[0] for line in (self.first / "LIBRARIES").read_text().splitlines()
                  if not line.startswith("#")}
        self.assertEqual(direct - BASE, listed - BASE)
        self.assertLessEqual({"libcurl.so.4", "libsqlite3.so.0", "liblz4.so.1", "libpcre2-8.so.0", "libz.so.1"}, listed)
        version = run(self.first / "bin/appliance", "--version", environment={"PATH": "/nowhere"})
        self.assertEqual(version.stdout.strip(), (self.first / "VERSION").read_text().strip(), version.stderr)

    def test_a_site_installs_uses_upgrades_and_goes_back(self):
        # Installed as a new user would.
        self.assertEqual(self.install(self.first).returncode, 64, "without a key nothing is believed")
        told = self.install(self.first, "--key", self.place / "release.pub")
        self.assertEqual(told.returncode, 0, told.stdout + told.stderr)
        doctor = self.appliance("doctor", "--json")
        self.assertEqual(doctor.returncode, 0, doctor.stdout)
        self.assertFalse([check for check in json.loads(doctor.stdout) if check["state"] == "broken"])

        # Used, on the sample.
        told = run("sh", DEPLOY / "sample/unpack.sh", self.prefix / "sample", NOW)
        self.assertEqual(told.returncode, 0, told.stderr)
        configuration = (DEPLOY / "sample/appliance.toml").read_text().replace("../sample", str(self.prefix / "sample"))
        (self.prefix / "etc/appliance.toml").write_text(configuration)
        (self.prefix / "etc/models.conf").write_text('[endpoint]\nurl = "http://127.0.0.1:1"\n')
        told = self.appliance("history", "import", self.prefix / "sample/history.jsonl", "--now", NOW)
        self.assertEqual(told.returncode, 0, told.stderr)
        told = self.appliance("batch", "--now", NOW)
        self.assertIn(told.returncode, (0, 69), told.stderr)
        groups = self.groups()
        self.assertGreater(len(groups), 5)
        self.assertIn("suspect", self.appliance("report", "--since", "24h", "--now", NOW).stdout.lower())

        # Upgraded: what was edited stays, what was not is renewed, the history is backed up.
        def newer(bundle):
            with open(bundle / "etc/prompts/diagnose.md", "a") as file:
                file.write("\nBe brief.\n")
            with open(bundle / "etc/appliance.toml", "a") as file:
                file.write("\n# newer\n")

        told = self.install(self.another("9.1.0", newer))
        self.assertEqual(told.returncode, 0, told.stdout + told.stderr)
        self.assertEqual((self.prefix / "etc/appliance.toml").read_text(), configuration)
        self.assertTrue((self.prefix / "etc/appliance.toml.new").read_text().endswith("# newer\n"))
        self.assertTrue((self.prefix / "etc/prompts/diagnose.md").read_text().endswith("Be brief.\n"))
        backups = list((self.prefix / "home/backups").glob("history-*.sqlite"))
        self.assertEqual(len(backups), 1)
        self.assertEqual(self.groups(), groups)

        # Broken in three ways, and each time as before.
        def dead(bundle):
            (bundle / "bin/appliance").write_bytes((bundle / "bin/appliance").read_bytes()[:1_000_000])

        def unreadable(bundle):
            (bundle / "etc/prompts/diagnose.md").write_text("no front matter\n")

        def ends(bundle):
            (bundle / "bin/appliance").write_text("#!/bin/sh\necho 'history broken'\nexit 65\n")

        current = (self.prefix / "current").readlink()
        prompt = (self.prefix / "etc/prompts/diagnose.md").read_bytes()
        for number, change in enumerate((dead, unreadable, ends)):
            with self.subTest(change.__name__):
                told = self.install(self.another(f"9.2.{number}", change))
                self.assertIn(told.returncode, (69, 74, 78), told.stdout + told.stderr)
                self.assertEqual((self.prefix / "current").readlink(), current)
                self.assertEqual((self.prefix / "etc/prompts/diagnose.md").read_bytes(), prompt)
                self.assertEqual(self.groups(), groups)
        self.assertEqual(self.appliance("doctor").returncode, 0)

        # The backup is a whole history.
        self.assertEqual(self.appliance("history", "verify", "--home", self.prefix / "home").returncode, 0)
        restored = self.prefix / "restored"
        restored.mkdir(mode=0o700)
        shutil.copy(backups[0], restored / "history.sqlite")
        told = run(self.prefix / "current/bin/appliance", "history", "verify", "--home", restored, "--config",
                   self.prefix / "etc")
        self.assertEqual(told.returncode, 0, told.stdout + told.stderr)

    def test_the_archive_is_signed_with_the_key_beside_it(self):
        told = run("openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", self.place / "release.pub", "-in",
                   f"{self.archive}.sha256", "-sigfile", f"{self.archive}.sha256.sig")
        self.assertEqual(told.returncode, 0, told.stderr)

    def test_the_carry_list_has_every_size(self):
        lines = (self.place / "CARRY-LIST").read_text().splitlines()
        self.assertFalse([line for line in lines if re.match(r" *\?  ", line)], "apt told every size")
        self.assertTrue(any(self.archive.name in line for line in lines))


if __name__ == "__main__":
    unittest.main()

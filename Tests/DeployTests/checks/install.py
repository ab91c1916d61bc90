"""The bundle, and install.sh with each way in which it can go wrong; as an ordinary user, below one directory."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from repository import BINARY, DEPLOY, ROOT, run, tool

SECONDS = 300


def program(folder, version, doctor=None, binary=BINARY):
    """A small program that is the real one but for its version and, if asked, its doctor."""
    path = pathlib.Path(folder) / f"appliance-{version}"
    lines = ["#!/bin/sh", f'[ "$1" != --version ] || {{ echo {version}; exit 0; }}']
    if doctor is not None:
        lines.append(f'[ "$1" != doctor ] || {{ echo "history broken"; exit {doctor}; }}')
    path.write_text("\n".join([*lines, f'exec {binary} "$@"', ""]))
    path.chmod(0o755)
    return path


class Installing(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not (ROOT / ".build/checkouts").is_dir():
            raise unittest.SkipTest("no checkouts of the packages are here, and so no licences")
        tool("openssl")
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="appliance-install-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.first = cls.make("1.0.0", program(cls.folder, "1.0.0"))
        cls.second = cls.follow("1.1.0", program(cls.folder, "1.1.0"))
        cls.broken = cls.follow("1.2.0", program(cls.folder, "1.2.0", doctor=78))
        cls.key = cls.folder / "out/release.pub"

    @classmethod
    def make(cls, version, binary):
        told = run(DEPLOY / "bundle/make.sh", binary, cls.folder / "out", timeout=SECONDS)
        assert told.returncode == 0, told.stderr
        archive = pathlib.Path(told.stdout.split()[-1])
        subprocess.run(["tar", "-xzf", archive, "-C", cls.folder], check=True)
        return cls.folder / archive.name.removesuffix(".tar.gz")

    @classmethod
    def follow(cls, version, binary):
        """The first bundle with another program, signed by the same key."""
        bundle = cls.folder / f"appliance-{version}-linux-x86_64"
        shutil.copytree(cls.first, bundle, symlinks=True)
        shutil.copy(binary, bundle / "bin/appliance")
        (bundle / "VERSION").write_text(version + "\n")
        cls.sums(bundle)
        cls.sign(bundle, cls.folder / "out/release.key")
        return bundle

    def setUp(self):
        self.place = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        self.prefix = self.place / "appliance"

    def install(self, bundle, *options, key=True):
        arguments = ["--key", self.key] if key else []
        return run(bundle / "install.sh", "--prefix", self.prefix, *arguments, *options, timeout=SECONDS)

    def changed(self, bundle):
        """A copy of a bundle that can be spoilt."""
        copy = self.place / "bundle"
        shutil.copytree(bundle, copy, symlinks=True)
        return copy

    def state(self):
        return {str(path.relative_to(self.prefix)): path.read_bytes() if path.is_file() else b""
                for path in sorted(self.prefix.rglob("*"))
                if path.is_file() and path.suffix not in (".sqlite-wal", ".sqlite-shm")}

    def test_installs_a_program_that_works(self):
        told = self.install(self.first)
        self.assertEqual(told.returncode, 0, told.stderr)
        doctor = run(self.prefix / "bin/appliance", "doctor")
        self.assertEqual(doctor.returncode, 0, doctor.stdout)
        self.assertIn(f"{self.prefix}/home/appliance.toml", doctor.stdout)
        self.assertEqual((self.prefix / "home").stat().st_mode & 0o777, 0o700)
        self.assertEqual((self.prefix / "etc/credentials").stat().st_mode & 0o777, 0o700)
        for path in (self.prefix / "current").resolve().rglob("*"):
            self.assertEqual(path.stat().st_mode & 0o022, 0, path)
        self.assertTrue((self.prefix / "share/man/man1/appliance-history-merge.1").is_file())
        self.assertTrue((self.prefix / "share/bash-completion/completions/appliance").is_file())

    def test_a_second_run_changes_nothing(self):
        self.assertEqual(self.install(self.first).returncode, 0)
        before = self.state()
        told = self.install(self.first, key=False)
        self.assertEqual(told.returncode, 0, told.stderr)
        self.assertIn("unchanged", told.stdout)
        self.assertEqual(self.state(), before)

    def test_check_changes_nothing(self):
        told = self.install(self.first, "--check")
        self.assertEqual(told.returncode, 0, told.stderr)
        self.assertFalse(self.prefix.exists())

    def test_an_upgrade_backs_up_the_history_and_keeps_what_was_edited(self):
        self.assertEqual(self.install(self.first).returncode, 0)
        log = self.place / "app.log"
        log.write_text("2026-11-21 05:10:00,123 ERROR billing.worker: cannot reach its neighbour\n")
        configuration = self.prefix / "etc/appliance.toml"
        edited = f'[report]\nsite = "here"\n[[source]]\nname = "app"\npaths = ["{log}"]\nservice = "app"\n'
        configuration.write_text(edited)
        batch = run(self.prefix / "bin/appliance", "batch", "--now", "2026-11-21T06:00:00Z")
        self.assertIn(batch.returncode, (0, 69), batch.stderr)
        new = self.changed(self.second)
        self.resign(new, {"etc/models.conf": (self.second / "etc/models.conf").read_text() + "# newer\n",
                          "etc/appliance.toml": "# newer\n"})
        told = self.install(new, key=False)
        self.assertEqual(told.returncode, 0, told.stderr)
        self.assertEqual(configuration.read_text(), edited)
        self.assertEqual((self.prefix / "etc/appliance.toml.new").read_text(), "# newer\n")
        self.assertTrue((self.prefix / "etc/models.conf").read_text().endswith("# newer\n"), "never edited: renewed")
        backups = list((self.prefix / "home/backups").glob("*.sqlite"))
        self.assertEqual(len(backups), 1)
        report = run(self.prefix / "bin/appliance", "report", "--since", "24h", "--now", "2026-11-21T06:00:00Z")
        self.assertIn("cannot reach its neighbour", report.stdout)
        self.assertEqual(run(self.prefix / "bin/appliance", "--version").stdout.strip(), "1.1.0")

    def test_an_edited_prompt_is_kept_through_two_upgrades(self):
        self.assertEqual(self.install(self.first).returncode, 0)
        prompt = self.prefix / "etc/prompts/diagnose.md"
        prompt.write_text(prompt.read_text() + "\nAnswer in short sentences.\n")
        edited = prompt.read_text()
        for number in (1, 2):
            new = self.changed(self.second)
            shipped = (self.second / "etc/prompts/diagnose.md").read_text() + f"\nVersion {number}.\n"
            self.resign(new, {"etc/prompts/diagnose.md": shipped})
            told = self.install(new, key=False)
            self.assertEqual(told.returncode, 0, told.stderr)
            self.assertEqual(prompt.read_text(), edited)
            self.assertEqual((prompt.parent / "diagnose.md.new").read_text(), shipped)
            shutil.rmtree(new)

    def test_goes_back_when_doctor_finds_something_broken(self):
        self.assertEqual(self.install(self.first).returncode, 0)
        before = self.state()
        told = self.install(self.broken, key=False)
        self.assertEqual(told.returncode, 78)
        self.assertIn("history broken", told.stderr)
        self.assertEqual(self.state(), before)
        self.assertEqual(run(self.prefix / "bin/appliance", "--version").stdout.strip(), "1.0.0")

    def test_goes_back_when_the_real_doctor_refuses_what_came_with_the_release(self):
        """A prompt that was never edited is renewed; broken, it is the old one again, and so is the program."""
        self.assertEqual(self.install(self.first).returncode, 0)
        before = self.state()
        new = self.changed(self.second)
        self.resign(new, {"etc/prompts/diagnose.md": "---\nversion: 2\n---\n{{#cases}} is never closed\n"})
        told = self.install(new, key=False)
        self.assertEqual(told.returncode, 78, told.stdout)
        self.assertIn("prompts", told.stderr)
        self.assertIn("going back", told.stderr)
        self.assertEqual(self.state(), before)
        self.assertEqual(run(self.prefix / "bin/appliance", "doctor").returncode, 0)

    def test_goes_back_when_the_history_is_damaged_and_leaves_it_as_it_was(self):
        self.assertEqual(self.install(self.first).returncode, 0)
        history = self.prefix / "home/history.sqlite"
        history.write_bytes(b"no database" * 1000)
        told = self.install(self.second, key=False)
        self.assertIn(told.returncode, (74, 78), told.stdout)
        self.assertEqual(history.read_bytes(), b"no database" * 1000)
        self.assertEqual(run(self.prefix / "bin/appliance", "--version").stdout.strip(), "1.0.0")

    def test_one_can_go_back_by_hand(self):
        self.assertEqual(self.install(self.first).returncode, 0)
        old = (self.prefix / "current").readlink().name
        self.assertEqual(self.install(self.second, key=False).returncode, 0)
        document = (ROOT / "docs/install.md").read_text()
        command = re.search(r"`(ln -sfn releases/OLD /opt/appliance/current)`", document).group(1)
        told = run("sh", "-c", command.replace("OLD", old).replace("/opt/appliance", str(self.prefix)))
        self.assertEqual(told.returncode, 0, told.stderr)
        self.assertEqual(run(self.prefix / "bin/appliance", "--version").stdout.strip(), "1.0.0")
        self.assertEqual(run(self.prefix / "bin/appliance", "doctor").returncode, 0)

    def test_three_releases_are_kept_and_the_last_two_among_them(self):
        bundles = [self.first, self.second] + [
            self.follow(version, program(self.folder, version)) for version in ("1.3.0", "1.4.0") if not
            (self.folder / f"appliance-{version}-linux-x86_64").exists()]
        for bundle in bundles:
            self.assertEqual(self.install(bundle).returncode, 0)
        kept = sorted(path.name.split("-")[0] for path in (self.prefix / "releases").iterdir())
        self.assertEqual(kept[-2:], ["1.3.0", "1.4.0"])
        self.assertEqual(len(kept), 3)

    def test_the_commands_of_the_document_install(self):
        document = (ROOT / "docs/install.md").read_text()
        block = re.search(r"## Verify and install\n\n```\n(.*?)```", document, flags=re.S).group(1)
        stub = self.place / "sudo"
        stub.write_text(f'#!/bin/sh\nexec "$@" --prefix {self.prefix}\n')
        stub.chmod(0o755)
        place = self.place / "carried"
        place.mkdir()
        for path in (self.folder / "out").glob("appliance-1.0.0-linux-x86_64.tar.gz*"):
            shutil.copy(path, place)
        shutil.copy(self.key, place)
        self.assertIn("appliance-0.1.0-linux-x86_64", block)
        told = run("bash", "-e", "-c", block.replace("0.1.0", "1.0.0"), cwd=place, timeout=SECONDS,
                   environment={"PATH": f"{self.place}:/usr/bin:/bin"})
        self.assertEqual(told.returncode, 0, told.stdout + told.stderr)
        for words in ("Signature Verified Successfully", ".tar.gz: OK", "installed   appliance 1.0.0"):
            self.assertIn(words, told.stdout)

    def test_a_first_installation_that_doctor_refuses_leaves_no_program(self):
        told = self.install(self.broken)
        self.assertEqual(told.returncode, 78)
        self.assertFalse(os.path.lexists(self.prefix / "current"))
        self.assertFalse(list((self.prefix / "releases").iterdir()))

    def test_refuses_what_was_not_signed(self):
        def altered(bundle):
            with open(bundle / "etc/models.conf", "a") as file:
                file.write("# altered\n")

        def resummed(bundle):
            altered(bundle)
            self.sums(bundle)

        def added(bundle):
            (bundle / "systemd/extra.service").write_text("[Service]\n")

        def linked(bundle):
            (bundle / "docs/passwd").symlink_to("/etc/passwd")

        def removed(bundle):
            (bundle / "bin/mirror-sync").unlink()

        def cut(bundle):
            signature = (bundle / "SHA256SUMS.sig").read_bytes()
            (bundle / "SHA256SUMS.sig").write_bytes(signature[:-1])

        for spoil in (altered, resummed, added, linked, removed, cut):
            with self.subTest(spoil.__name__):
                bundle = self.changed(self.first)
                spoil(bundle)
                told = self.install(bundle)
                self.assertEqual(told.returncode, 65, told.stderr)
                self.assertFalse(self.prefix.exists())
                shutil.rmtree(bundle)

    def test_trusts_no_key_but_the_first(self):
        told = self.install(self.first, key=False)
        self.assertEqual((told.returncode, self.prefix.exists()), (64, False))
        self.assertEqual(self.install(self.first).returncode, 0)
        other = self.place / "other"
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", f"{other}.key"], check=True)
        subprocess.run(["openssl", "pkey", "-in", f"{other}.key", "-pubout", "-out", f"{other}.pub"], check=True)
        bundle = self.changed(self.second)
        self.sign(bundle, f"{other}.key")
        told = run(bundle / "install.sh", "--prefix", self.prefix, "--key", f"{other}.pub")
        self.assertEqual(told.returncode, 65)
        self.assertEqual(self.install(bundle, key=False).returncode, 65)
        self.assertEqual(run(self.prefix / "bin/appliance", "--version").stdout.strip(), "1.0.0")

    def test_one_installation_at_a_time(self):
        self.assertEqual(self.install(self.first).returncode, 0)
        with open(self.prefix / ".install.lock") as lock:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX)
            self.assertEqual(self.install(self.second, key=False).returncode, 75)

    def test_wrong_usage_is_told(self):
        for options in (["--prefx", "x"], ["--prefix"], ["--etc", f"{self.prefix}/home/etc"], ["--home", "/"]):
            told = self.install(self.first, *options)
            self.assertEqual(told.returncode, 64, options)
            self.assertFalse(self.prefix.exists())

    def test_the_archive_is_signed_and_comes_out_the_same_again(self):
        out = self.folder / "out"
        told = run("openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", self.key, "-in",
                   out / "appliance-1.0.0-linux-x86_64.tar.gz.sha256", "-sigfile",
                   out / "appliance-1.0.0-linux-x86_64.tar.gz.sha256.sig")
        self.assertEqual(told.returncode, 0, told.stderr)
        archive = out / "appliance-1.0.0-linux-x86_64.tar.gz"
        before = archive.read_bytes()
        told = run(DEPLOY / "bundle/make.sh", self.folder / "appliance-1.0.0", out, timeout=SECONDS)
        self.assertEqual(told.returncode, 0, told.stderr)
        self.assertEqual(archive.read_bytes(), before)

    def test_what_a_site_needs_is_inside(self):
        for name in ["bin/appliance", "bin/mirror-sync", "etc/appliance.toml", "etc/relay.toml", "etc/models.conf",
                     "etc/prompts/diagnose.md", "systemd/appliance-watch.service", "containers/docker-compose.yml",
                     "completions/appliance.zsh", "man/appliance.1", "docs/configuration.md", "sbom.cdx.json",
                     "LIBRARIES", "licences/grdb.swift-LICENSE", "README.md"]:
            self.assertTrue((self.first / name).is_file(), name)

    def test_the_carry_list_names_what_to_bring_with_sizes(self):
        lines = (self.folder / "out/CARRY-LIST").read_text().splitlines()
        sizes = {line.split()[1]: line.split()[0] for line in lines if re.match(r" *[0-9?]+  ", line)}
        archive = "appliance-1.0.0-linux-x86_64.tar.gz"
        self.assertEqual(int(sizes[archive]), (self.folder / "out" / archive).stat().st_size)
        self.assertLessEqual({"release.pub", "git", "openssl"}, set(sizes))
        if sizes["git"] != "?":
            # What it needs too, but not what the smallest Debian has; nothing is missing where dpkg takes these alone.
            self.assertLessEqual({"git-man", "perl"}, set(sizes))
            self.assertFalse({"libc6", "dpkg", "coreutils"} & set(sizes))

    def test_manual_pages_are_well_formed_and_name_every_command(self):
        import json

        def names(command, above=()):
            path = (*above, command["commandName"])
            yield "-".join(path)
            for sub in command.get("subcommands") or []:
                if sub["commandName"] != "help" and sub.get("shouldDisplay", True):
                    yield from names(sub, path)

        dumped = json.loads(run(BINARY, "--experimental-dump-help").stdout)
        pages = {page.stem: page for page in (self.first / "man").iterdir()}
        self.assertEqual(set(pages), set(names(dumped["command"])))
        groff = tool("groff")
        for name, page in pages.items():
            told = run(groff, "-man", "-ww", "-Tutf8", "-z", page)
            self.assertEqual((told.returncode, told.stderr), (0, ""), name)

    def test_completions_are_scripts_of_their_shells(self):
        for shell in ("bash", "zsh", "fish"):
            script = self.first / f"completions/appliance.{shell}"
            self.assertIn("history", script.read_text(), shell)
            with self.subTest(shell):
                program = tool(shell)
                self.assertEqual(run(program, "-n", script).returncode, 0)
                wrong = self.place / "wrong"
                wrong.write_text(script.read_text() + "\nif true\n( {\n")
                self.assertNotEqual(run(program, "-n", wrong).returncode, 0, "or this test shows nothing")

    @staticmethod
    def sums(bundle):
        files = sorted(str(path.relative_to(bundle)) for path in bundle.rglob("*")
                       if path.is_file() and not path.name.startswith("SHA256SUMS"))
        told = subprocess.run(["sha256sum", *files], cwd=bundle, check=True, capture_output=True)
        (bundle / "SHA256SUMS").write_bytes(told.stdout)

    @staticmethod
    def sign(bundle, key):
        subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", key, "-in", bundle / "SHA256SUMS", "-out",
                        bundle / "SHA256SUMS.sig"], check=True)

    def resign(self, bundle, files):
        """The bundle with other files, as its maker would have made it."""
        for name, text in files.items():
            (bundle / name).write_text(text)
        self.sums(bundle)
        self.sign(bundle, self.folder / "out/release.key")


class SystemWide(unittest.TestCase):
    """As root, to its usual places, in a copy of this system that is thrown away (an overlay in memory)."""

    SCRIPT = r"""
        set -eu
        mount -t tmpfs none "$1" && mkdir "$1/upper" "$1/work" "$1/root"
        mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
        mkdir -p "$1/root$2" && mount --rbind "$2" "$1/root$2"
        for place in proc dev; do mount --rbind "/$place" "$1/root/$place"; done
        mount -t tmpfs none "$1/root/run"
        chroot "$1/root" /bin/sh -eu -c '
            cd "$0"
            ./install.sh --key ../out/release.pub
            stat -c "%n %U:%G %a" /var/lib/appliance /etc/appliance /etc/appliance/appliance.toml \
                /etc/appliance/credentials /opt/appliance/current/bin/appliance
            runuser -u appliance -- appliance batch --quiet || [ $? = 69 ]
            stat -c "%n %U:%G %a" /var/lib/appliance/history.sqlite
            ./install.sh
            ls /etc/systemd/system/appliance-watch.service /usr/local/share/man/man1/appliance.1
        ' "$3"
        """

    @unittest.skipUnless(os.environ.get("APPLIANCE_SOAK") and os.getuid() == 0, "a long form, as root")
    def test_the_user_directories_and_modes_are_as_the_document_says(self):
        Installing.setUpClass()
        self.addCleanup(Installing.doClassCleanups)
        # Where the user of the service can read it.
        os.chmod(Installing.folder, 0o755)
        real = shutil.copy(BINARY, Installing.folder / "real")
        bundle = Installing.follow("2.0.0", program(Installing.folder, "2.0.0", binary=real))
        with tempfile.TemporaryDirectory() as place:
            told = run("unshare", "--mount", "sh", "-c", self.SCRIPT, "sh", place, Installing.folder, bundle,
                       timeout=SECONDS)
        self.assertEqual(told.returncode, 0, told.stdout + told.stderr)
        for line in ["/var/lib/appliance appliance:appliance 700", "/etc/appliance root:appliance 750",
                     "/etc/appliance/appliance.toml root:appliance 640", "/etc/appliance/credentials root:root 700",
                     "/opt/appliance/current/bin/appliance root:root 755",
                     "/var/lib/appliance/history.sqlite appliance:appliance 600", "unchanged"]:
            self.assertIn(line, told.stdout)


class Bill(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="appliance-bill-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        if not (ROOT / ".build/checkouts").is_dir():
            raise unittest.SkipTest("no checkouts of the packages are here, and so no licences")
        told = run(DEPLOY / "bundle/bill.py", BINARY, "1.0.0", ROOT / "Package.resolved", ROOT / ".build/checkouts",
                   cls.folder, timeout=SECONDS)
        assert told.returncode == 0, told.stderr

    def test_is_valid_cyclonedx(self):
        python = tool("python")
        code = ("import sys; from cyclonedx.validation.json import JsonStrictValidator; "
                "from cyclonedx.schema import SchemaVersion; "
                "print(JsonStrictValidator(SchemaVersion.V1_5).validate_str(sys.stdin.read()))")
        bill = (self.folder / "sbom.cdx.json").read_text()
        told = run(python, "-c", code, input=bill)
        if "ModuleNotFoundError" in told.stderr or "MissingOptionalDependency" in told.stderr:
            self.skipTest("cyclonedx-python-lib is not installed (make validators)")
        self.assertEqual(told.stdout.strip(), "None", told.stderr)
        told = run(python, "-c", code, input=bill.replace('"type": "library"', '"type": "libary"'))
        self.assertNotEqual(told.stdout.strip(), "None", "a wrong bill must be refused, or this test shows nothing")

    def test_names_every_package_with_its_licence_and_every_library_of_the_host(self):
        import json

        bill = json.loads((self.folder / "sbom.cdx.json").read_text())
        components = {component["name"]: component for component in bill["components"]}
        pins = json.loads((ROOT / "Package.resolved").read_text())["pins"]
        for pin in pins:
            expression = components[pin["identity"]]["licenses"][0].get("expression")
            self.assertIn(expression, ("MIT", "Apache-2.0", "Apache-2.0 WITH Swift-exception"), pin["identity"])
            self.assertTrue(list((self.folder / "licences").glob(pin["identity"] + "-*")), pin["identity"])
        for name, expression in (("toml++", "MIT"), ("boringssl", "Apache-2.0"), ("icu", "Unicode-3.0")):
            self.assertEqual(components[name]["licenses"], [{"expression": expression}])
            texts = [path.read_text() for path in (self.folder / "licences").glob(name + "-*")]
            self.assertTrue(texts and len(texts[0]) > 300, name)
        for library in ("libcurl.so.4", "libsqlite3.so.0", "liblz4.so.1", "libpcre2-8.so.0"):
            self.assertEqual(components[library]["scope"], "excluded")
            self.assertIn(library, (self.folder / "LIBRARIES").read_text())


if __name__ == "__main__":
    unittest.main()

"""The documents: links lead somewhere, named tests exist, and every command that is shown is run."""

import hashlib
import json
import pathlib
import re
import select
import shlex
import shutil
import signal
import struct
import subprocess
import tempfile
import unittest

from repository import BINARY, DEPLOY, ROOT, run

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
NOW = "2026-11-21T06:00:00Z"
# Exit codes of a command that did what it is for: fine; a model that is not there.
DONE = (0, 69)
# Run until they are stopped.
ENDLESS = {"watch", "serve", "relay"}


def text(path):
    return path.read_text(encoding="utf-8")


def blocks(path):
    """(language, content) of each fenced block; a fence of four backticks holds fences of three."""
    for match in re.finditer(r"(?ms)^(`{3,})(\w*)\n(.*?)^\1$", text(path)):
        yield match.group(2), match.group(3)


def shown(path):
    """Commands of the program in the blocks of a shell."""
    for language, content in blocks(path):
        if language not in ("", "sh", "console"):
            continue
        for line in content.replace("\\\n", " ").splitlines():
            command = re.sub(r"\s{2,}#.*$|\s+#\s.*$", "", line.strip().removeprefix("$ "))
            if re.match(r"appliance [a-z]", command) or re.search(r"\| appliance [a-z]", command):
                yield command


def others(path):
    """Commands of other programs in the blocks of a shell."""
    for language, content in blocks(path):
        if language not in ("", "sh", "console") or "─▶" in content:
            continue
        for line in content.replace("\\\n", " ").splitlines():
            command = re.sub(r"\s{2,}#.*$|\s+#\s.*$", "", line.strip().removeprefix("$ "))
            if re.match(r"[a-z][\w./-]* \S", command) and not re.match(r"\w+ = ", command):
                if not re.search(r"(^|\| )appliance [a-z]", command):
                    yield " ".join(command.split())


def outside(path):
    """The document without its blocks."""
    return re.sub(r"(?ms)^(`{3,})(\w*)\n(.*?)^\1$", "", text(path))


def codes(path):
    """What stands between back quotes, outside of blocks."""
    for code in re.findall(r"`([^`\n]+(?:\n[^`\n]+)?)`", outside(path)):
        yield " ".join(code.split())


def inline(path):
    for code in codes(path):
        # "appliance message 1" and its like begin what is signed; "ship|ack" is several.
        if re.match(r"appliance [a-z]", code) and "|" not in code and not re.match(r"appliance \w+ 1$", code):
            yield code


def tiny_gguf():
    """The smallest model that a GGUF file can be: one tensor of four bytes."""
    def words(value):
        return struct.pack("<Q", len(value)) + value.encode()

    head = b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + words("general.architecture") + struct.pack("<I", 8) + words("llama")
    head += words("w") + struct.pack("<IQIQ", 1, 1, 0, 0)
    return head + bytes(-len(head) % 32) + bytes(4)


def carry(folder, name):
    """What deploy/models/carry writes of such a model."""
    weights = hashlib.sha256(tiny_gguf()).hexdigest()
    (folder / "blobs").mkdir()
    (folder / f"blobs/sha256-{weights}").write_bytes(tiny_gguf())
    (folder / "manifest").write_text(json.dumps({"layers": [
        {"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{weights}"}]}))
    (folder / "name").write_text(name + "\n")
    files = ["manifest", "name", f"blobs/sha256-{weights}"]
    sums = [(hashlib.sha256((folder / file).read_bytes()).hexdigest(), file) for file in files]
    (folder / "CARRY-LIST").write_text("".join(f"{digest}  {(folder / file).stat().st_size}  {file}\n"
                                               for digest, file in sums))


class Links(unittest.TestCase):
    def test_they_lead_to_files_that_are_there(self):
        for path in DOCUMENTS:
            for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"(?ms)^(`{3,}).*?^\1$", "", text(path))):
                if target.startswith(("http", "#")):
                    continue
                with self.subTest(f"{path.name}: {target}"):
                    self.assertTrue((path.parent / target.split("#")[0]).exists())


class Names(unittest.TestCase):
    def test_every_test_that_the_security_page_names_exists(self):
        rows = [line for line in text(ROOT / "docs/security.md").splitlines() if line.startswith("|")][2:]
        sources = "".join(text(path) for path in (ROOT / "Tests").rglob("*.swift"))
        sources = re.sub(r'(?s)@(Test|Suite)\(\s*', r'@\1(', sources)
        checks = "".join(text(path) for path in (ROOT / "Tests/DeployTests/checks").glob("*.py"))
        self.assertGreater(len(rows), 20)
        for row in rows:
            cell = row.strip("|").split("|")[-1]
            swift, python = re.findall(r'"([^"]+)"', cell), re.findall(r"`(test_\w+)`", cell)
            self.assertTrue(swift or python, row)
            for name in swift:
                self.assertTrue(re.search(r'@(Test|Suite)\("' + re.escape(name) + '"', sources), name)
            for name in python:
                self.assertIn(f"def {name}(", checks)

    def test_measured_figures_of_the_scale_page_stand_in_the_benchmarks(self):
        rows = [line.split("|") for line in text(ROOT / "docs/scale.md").splitlines() if line.startswith("|")][2:]
        benchmarks = text(ROOT / "Benchmarks/README.md")
        for row in rows:
            for figure in re.findall(r"[0-9][0-9,.]*[0-9]|[0-9]", row[2].replace("95th", "")):
                self.assertRegex(benchmarks, rf"(?<![0-9,.]){re.escape(figure)}(?![0-9,]|\.[0-9])", row[1])

    def test_units_that_are_named_are_there(self):
        units = {path.stem for path in (DEPLOY / "systemd").iterdir()}
        for path in DOCUMENTS:
            for name in re.findall(r"\b(appliance-(?:watch|batch|serve|relay)\w*)\b", text(path)):
                self.assertIn(name, units | {"appliance-serve"}, path.name)

    def test_files_of_deploy_that_are_named_are_there(self):
        for path in DOCUMENTS:
            for name in re.findall(r"\bdeploy/[\w./-]*\w", text(path)):
                self.assertTrue((ROOT / name).exists() or name.startswith("deploy/appliance"), f"{path.name}: {name}")


class Commands(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        told = run(BINARY, "--experimental-dump-help")
        cls.tool = json.loads(told.stdout)["command"]
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="appliance-documents-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.prepare()

    @classmethod
    def prepare(cls):
        """A site with a group, a message that waits, a mirror with a bundle, and a relay's configuration."""
        folder = cls.folder
        (folder / "bin").mkdir()
        (folder / "bin/appliance").symlink_to(BINARY)
        cls.environment = {
            "PATH": f"{folder}/bin:/usr/bin:/bin", "HOME": str(folder), "LC_ALL": "C.UTF-8", "USER": "kim",
            "APPLIANCE_HOME": str(folder / "home"), "LLVM_PROFILE_FILE": "/dev/null", "GIT_CONFIG_GLOBAL": "/dev/null"}
        (folder / "app.log").write_text("".join(
            f"2026-11-21 05:{10 + n}:00,123 ERROR billing.worker: invoice of jane.doe@example.com failed\n"
            "Traceback (most recent call last):\n  File \"/srv/app/billing/invoice.py\", line 2, in total\n"
            "    return order['currency']\nKeyError: 'currency'\n" for n in range(3)))
        source = folder / "source"
        (source / "billing").mkdir(parents=True)
        (source / "billing/invoice.py").write_text("def total(order):\n    return order['currency']\n")
        git = ["git", "-C", source, "-c", "user.name=Kim", "-c", "user.email=kim@example.com"]
        for command in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "invoices"]):
            subprocess.run([*git, *command], check=True, env=cls.environment)
        mirror = folder / "NAME.git"
        for number in ("000001", "000002"):
            run(DEPLOY / "mirror-sync", source, "NAME", folder / "sync", folder, environment=cls.environment)
            if number == "000001":
                subprocess.run(["git", "clone", "-q", "--mirror", folder / "NAME-000001.bundle", mirror], check=True,
                               env=cls.environment)
                (source / "more.py").write_text("pass\n")
                for command in (["add", "."], ["commit", "-qm", "more"]):
                    subprocess.run([*git, *command], check=True, env=cls.environment)
        subprocess.run(["appliance", "init", "--quiet"], check=True, env=cls.environment)
        (folder / "home/appliance.toml").write_text(
            f'[report]\nsite = "dc-seoul-2"\ntime_zone = "UTC"\n[serve]\nlisten = "127.0.0.1:0"\n'
            f'[[source]]\nname = "app"\npaths = ["{folder}/app.log"]\nservice = "billing-worker"\nbaseline = "0s"\n'
            f'[[mirror]]\nname = "NAME"\npath = "{mirror}"\nservices = ["billing-worker"]\n')
        # Nobody listens on port 1; the built-in triage answers.
        (folder / "home/models.conf").write_text('[endpoint]\nurl = "http://127.0.0.1:1"\n')
        told = subprocess.run(["appliance", "batch", "--now", NOW], env=cls.environment, capture_output=True, text=True)
        assert told.returncode in DONE, told.stderr
        report = subprocess.run(["appliance", "report", "--since", "24h", "--json", "--now", NOW], env=cls.environment,
                                capture_output=True, text=True, check=True)
        cls.group = json.loads(report.stdout)["groups"][0]["id"]
        # A second history, as another site or shard has one.
        other = {**cls.environment, "APPLIANCE_HOME": str(folder / "other")}
        subprocess.run(["appliance", "batch", "--config", folder / "home/appliance.toml", "--now", NOW], env=other,
                       capture_output=True)
        shutil.copy(folder / "other/history.sqlite", folder / "shard-3.sqlite")
        (folder / "old-incidents.jsonl").write_text('{"message": "disk is full", "level": "error"}\n')
        (folder / "FILE").write_text("2026-11-21 05:00:00 ERROR x: y\n")
        carried = folder / "stick/library-qwen2.5-coder-7b"
        carried.mkdir(parents=True)
        carry(carried, "library/qwen2.5-coder/7b")
        for place in (folder, folder / "stick"):
            (place / "FILE.gguf").write_bytes(tiny_gguf())
        (folder / "spool").mkdir()
        (folder / "ops.webhook").write_text("https://discord.com/api/webhooks/1/abc\n")
        (folder / "ops.webhook").chmod(0o600)
        shutil.copy(folder / "home/keys/site.pub", folder / "site.pub")
        (folder / "home/relay.toml").write_text(
            f'[relay]\nspool = "{folder}/spool"\n[[site]]\nname = "dc-seoul-2"\nkey_files = ["{folder}/site.pub"]\n'
            f'[[channel]]\nname = "ops"\nwebhook_file = "{folder}/ops.webhook"\n')

    def command(self, words):
        """The command's description in the dump, and how many words name it."""
        node, count = self.tool, 0
        for word in words:
            found = [sub for sub in node.get("subcommands") or [] if sub["commandName"] == word]
            if not found:
                break
            node, count = found[0], count + 1
        return node, count

    def is_flag(self, words):
        """Whether the option that the words end with wants no value."""
        node, _ = self.command(words[1:])
        return any(argument["kind"] == "flag" for argument in node.get("arguments") or []
                   for name in argument.get("names") or [] if "--" + name["name"] == words[-1])

    def check_form(self, command):
        words = shlex.split(command.replace("…", "x"))[1:]
        node, count = self.command(words)
        self.assertGreater(count, 0, f"no such command: {command}")
        rest = words[count:]
        if node.get("subcommands") and rest and not rest[0].startswith("-") and not node.get("defaultSubcommand"):
            self.fail(f"no such subcommand: {command}")
        known = {("--" if name["kind"] == "long" else "-") + name["name"]
                 for argument in node.get("arguments") or [] for name in argument.get("names") or []}
        for word in rest:
            if re.match(r"--?[a-z]", word):
                name = word.split("=")[0]
                self.assertIn(name, known, f"no such option: {command}")

    def test_inline_commands_have_the_form_that_the_program_takes(self):
        found = 0
        for path in DOCUMENTS:
            for command in inline(path):
                with self.subTest(f"{path.name}: {command}"):
                    self.check_form(command)
                found += 1
        self.assertGreater(found, 20)

    # What stands for something of the reader's own.
    STANDINS = [
        (r"toon FILE\b", "toon old-incidents.jsonl"),
        (r"^appliance batch --shard 3/16$", "appliance batch --shard 3/16 --home {folder}/out/shard --config {folder}/home"),
        (r" \[--json\]", " --json"), (r"\bN DIR\b", "1 {folder}/out"), (r"\bDIR\b", "{folder}/out"),
        (r"\b(show|approve) N\b", r"\1 1"), (r"\bADDRESS:PORT\b", "127.0.0.1:0"), (r"models accept NAME", "models accept m"),
        (r"/media/stick/dc-seoul-2\.ack\.json", "{folder}/none.ack.json"), (r"/media/stick", "{folder}/stick"),
        (r"G-9c07\b|\bGROUP\b", "{group}"), (r"> /etc/appliance/relay\.toml", "> {folder}/relay.toml"),
        (r"--range 40-52", "--range 1-1"), (r"\b412\b|\b41\b", "1"),
        (r"\bapp\.log\b", "{folder}/app.log"), (r"appliance mute \S+ --until 7d", "appliance mute {group} --until 7d"),
    ]
    # Commands that end otherwise here, and why.
    OTHERWISE = {
        "outbox ack": (66, 65, 74, 78), "relay": (0, 64, 65, 66, 69), "fix": (65,), "mirror status": (0,),
        "feedback": (0, 64),    # there is no draft of the group
        "doctor": (0,), "mirror import": (0,), "evaluate": (0,), "outbox show": (0,), "ingest": (0, 65),
        "outbox extract": (0, 64),    # the message here is no fix draft
        "models accept": (69,), "models list": (69,),    # no server is there
    }

    def test_every_inline_command_is_run_or_asked_what_it_does(self):
        done = set()
        for path in DOCUMENTS:
            for number, command in enumerate(inline(path)):
                if command in done:
                    continue
                done.add(command)
                with self.subTest(f"{path.name}: {command}"):
                    words = shlex.split(command.replace("…", "x"))
                    count = self.command(words[1:])[1]
                    # A command's name alone says which one is meant; with something after it, it is meant to be typed.
                    rest = words[1 + count:]
                    if not rest or (len(rest) == 1 and rest[0].startswith("--") and not self.is_flag(words)):
                        told = run(BINARY, *words[1:1 + count], "--help", environment=self.environment)
                        self.assertEqual(told.returncode, 0, told.stderr)
                        self.assertIn("USAGE: appliance " + " ".join(words[1:1 + count]), told.stdout)
                        self.assertTrue(not rest or rest[0] in told.stdout, command)
                    else:
                        self.execute(command, f"inline-{path.stem}-{number}")
        self.assertGreater(len(done), 40)

    def test_every_command_in_a_block_is_run(self):
        done = set()
        for path in DOCUMENTS:
            for number, command in enumerate(shown(path)):
                if command in done:
                    continue
                with self.subTest(f"{path.name}: {command}"):
                    self.check_form(re.sub(r"^.*\| appliance", "appliance", command).split(" > ")[0].split(" && ")[0])
                    self.execute(command, f"{path.stem}-{number}")
                done.add(command)
        self.assertGreater(len(done), 25)

    def test_the_korean_readme_shows_the_commands_of_the_english_one(self):
        english, korean = ROOT / "README.md", ROOT / "docs/README.ko.md"
        self.assertEqual(list(shown(korean)), list(shown(english)))
        self.assertEqual(sorted(inline(korean)), sorted(inline(english)))

    def test_the_korean_readme_has_the_sections_the_links_and_the_limits_of_the_english_one(self):
        english, korean = ROOT / "README.md", ROOT / "docs/README.ko.md"
        links = [{(path.parent / target.split("#")[0]).resolve()
                  for target in re.findall(r"\]\(([^)\s]+)\)", text(path)) if not target.startswith(("http", "#"))}
                 for path in (english, korean)]
        self.assertEqual(links[0] - {korean}, links[1] - {english})
        # Sections, what is listed in each, and words that no language translates.
        for pattern in (r"(?m)^(## )", r"(?m)^(- )", r"(?m)^(\d\.) ", r"(?m)^\| ((?:critical|medium|low)[\w, ]*) \|", r"`([A-Z][A-Z_]{6,})`"):
            found = re.findall(pattern, outside(english))
            self.assertTrue(found, pattern)
            self.assertEqual(re.findall(pattern, outside(korean)), found, pattern)

    def execute(self, command, name):
        place = self.folder / "runs" / name
        place.mkdir(parents=True)
        (place / "out").mkdir()
        shutil.copytree(self.folder / "stick", place / "stick")
        for file in ("old-incidents.jsonl", "shard-3.sqlite", "FILE.gguf", "NAME-000001.bundle", "NAME-000002.bundle", "FILE",
                     "app.log"):
            if (self.folder / file).exists():
                shutil.copy(self.folder / file, place / file)
        # Each command finds the site as it was made, whatever the one before did.
        home = place / "home"
        shutil.copytree(self.folder / "home", home)
        line = command
        for pattern, standin in self.STANDINS:
            own = {"folder": place if re.search(r"stick|/out", standin) else self.folder, "group": self.group}
            line = re.sub(pattern, standin.format(**own), line)
        words = shlex.split(re.sub(r"^.*\| appliance", "appliance", line).split(" > ")[0])
        node, count = self.command(words[1:])
        kind = " ".join(words[1:1 + count])
        environment = {**self.environment, "APPLIANCE_HOME": str(home)}
        endless = words[1] in ENDLESS and not {"--once", "--dry-run", "--example"} & set(words)
        if endless:
            self.assertTrue(self.stops(line, place, environment), f"{line}: does not run until it is stopped")
            return
        process = subprocess.Popen(["bash", "-o", "pipefail", "-c", line], cwd=place, env=environment,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        output, errors = process.communicate(timeout=120)
        expected = self.OTHERWISE.get(kind, self.OTHERWISE.get(words[1], DONE))
        self.assertIn(process.returncode, expected, f"{line}\n{output[-2000:]}\n{errors[-2000:]}")
        shutil.rmtree(place)

    def stops(self, line, place, environment):
        """Says that it runs, and ends well on SIGTERM; or ends by itself, as a relay does that cannot go on."""
        process = subprocess.Popen(["bash", "-c", f"exec {line}"], cwd=place, env=environment,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        # A relay is silent while nothing comes: then its quiet is its sign, after a while.
        ready, _, _ = select.select([process.stderr], [], [], 5 if "relay" in line else 60)
        if ready and process.stderr.readline() == "":
            return process.wait(timeout=60) in (65, 69)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        return process.returncode in (0, 69, 130)


class OtherPrograms(unittest.TestCase):
    """Commands of other programs: each is run here, or by a test that is named, or held against the program's own files."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="appliance-others-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def is_a_target(self, command):
        told = run("make", "--dry-run", "--directory", ROOT, command.split()[1])
        self.assertEqual(told.returncode, 0, told.stderr)

    def names_a_unit(self, command):
        units = [word for word in shlex.split(command) if word.startswith("appliance-")]
        self.assertEqual(len(units), 1)
        self.assertTrue(any((DEPLOY / "systemd" / (units[0] + end)).is_file() for end in ("", ".service", ".timer")))

    def is_run_by(self, test):
        sources = "".join(text(path) for path in (ROOT / "Tests").rglob("*") if path.suffix in (".swift", ".py"))
        self.assertTrue(f"def {test}(" in sources or f'@Test("{test}' in re.sub(r"@Test\(\s+", "@Test(", sources), test)

    def names_of_extracted_files(self, command):
        """What `outbox extract` writes, and a tool of a forge takes: the names have the form that it gives them."""
        for name in re.findall(r"G-9c07a1f2[\w.]*\w", command):
            self.assertRegex(name, r"^G-9c07a1f2\.(md|title|comment\.md|gitlab\.json)$")
        bash = run("bash", "-n", "-c", command)
        self.assertEqual(bash.returncode, 0, bash.stderr)

    def is_a_way_of(self, command):
        """Another program's command, named for what it prints or does to it; where it is here, it knows its words."""
        words = command.split()
        told = run(*words[:2], "--help") if shutil.which(words[0]) and words[0] in ("docker", "kubectl", "git") else None
        self.assertTrue(told is None or told.returncode in (0, 1) and "unknown" not in told.stderr, command)

    def writes_a_list_that_is_read(self, command):
        (self.folder / "FILE.gguf").write_bytes(tiny_gguf())
        self.assertEqual(run("sh", "-c", command, cwd=self.folder).returncode, 0)
        home = self.folder / "home"
        run(BINARY, "init", "--quiet", "--home", home)
        told = run(BINARY, "models", "import", self.folder / "FILE.gguf", "--check", "--json", "--home", home)
        self.assertEqual(told.returncode, 0, told.stderr)
        self.assertEqual(json.loads(told.stdout)["list"], f"{self.folder}/FILE.gguf.sha256")

    # How each is run. Whoever shows a new command adds a line here, or the test fails.
    HOW = [
        (r"make [a-z-]+$", is_a_target),
        (r"systemctl (enable --now|edit|start|status|list-timers) appliance-\S+$", names_a_unit),
        (r"journalctl -u appliance-\S+$", names_a_unit),
        (r"curl .*127\.0\.0\.1:8321/", "test_questions_with_curl_are_answered"),
        (r"(openssl pkeyutl -verify|sha256sum -c|tar -xzf|sudo \S+/install\.sh)", "test_the_commands_of_the_document_install"),
        (r"sha256sum FILE\.gguf >FILE\.gguf\.sha256$", writes_a_list_that_is_read),
        (r"ln -sfn releases/OLD", "test_one_can_go_back_by_hand"),
        (r"git am out/", "git am on a clone"),
        (r"gh (issue|pr) |curl --json @G-", names_of_extracted_files),
        (r"git (clone --mirror|fetch|am|cat-file|commit-graph write .*)$", is_a_way_of),
        (r"(docker (logs|save|load|compose|service)|kubectl logs)\b", is_a_way_of),
        (r"docker run --rm --network none", "test_the_volume_of_models_is_given_to_its_user"),
        (r"kubectl apply -k deploy/kubernetes$", "test_kustomize_puts_them_together"),
        (r"deploy/slurm/submit\.sh ", "test_the_array_runs_one_shard_a_task_and_the_merge_waits_for_it"),
        (r"deploy/models/carry |take FILE\.gguf NAME$", "test_a_model_is_carried_and_taken_in_whole"),
        (r"deploy/mirror-sync URL ", "prepare"),
        (r"sudo (-u appliance )?appliance ", "test_sudo_is_before_commands_that_are_there"),
        (r"systemd-analyze security$", "test_exposure_is_at_most_two"),
        (r"journalctl -o (json|export)$", is_a_way_of),
        (r"(ollama (pull|create|ps)|apt-get download)\b", is_a_way_of),
    ]
    PROGRAMS = (r"(make|sudo|docker|kubectl|systemctl|systemd-analyze|git|curl|ollama|openssl|ln|sha256sum|apt-get|journalctl"
                r"|gh|tar|python3|swift|promtool|deploy/[\w/.-]+|take|carry) \S")

    def test_every_command_of_another_program_is_run_or_held(self):
        found = set()
        for path in DOCUMENTS:
            if path.name == "CHANGELOG.md":
                continue
            found |= {(path.name, command) for command in others(path)}
            found |= {(path.name, code) for code in codes(path) if re.match(self.PROGRAMS, code)}
        self.assertGreater(len(found), 30)
        for name, command in sorted(found):
            with self.subTest(f"{name}: {command}"):
                hows = [how for pattern, how in self.HOW if re.match(pattern, command)]
                self.assertTrue(hows, "nothing runs it")
                if isinstance(hows[0], str):
                    self.is_run_by(hows[0])
                else:
                    hows[0](self, command)

    def test_sudo_is_before_commands_that_are_there(self):
        stub = self.folder / "sudo"
        stub.write_text('#!/bin/sh\nwhile [ "${1#-}" != "$1" ]; do shift 2; done\nexec "$@"\n')
        stub.chmod(0o755)
        (self.folder / "appliance").symlink_to(BINARY)
        environment = {"PATH": f"{self.folder}:/usr/bin:/bin", "APPLIANCE_HOME": str(self.folder / "home")}
        run(BINARY, "init", "--quiet", environment=environment)
        for path in DOCUMENTS:
            for command in codes(path):
                if command.startswith("sudo ") and "appliance " in command:
                    told = run("sh", "-c", command + " --help", environment=environment)
                    self.assertEqual(told.returncode, 0, f"{command}: {told.stderr}")

    def test_questions_with_curl_are_answered(self):
        if not shutil.which("curl"):
            self.skipTest("curl is not installed")
        home = self.folder / "home"
        run(BINARY, "init", "--quiet", "--home", home)
        for name, token in (("viewer", "fedcba98" * 4), ("door.token", "01234567" * 4)):
            (home / "keys" / name).write_text(token + "\n")
            (home / "keys" / name).chmod(0o600)
        (home / "models.conf").write_text("")
        (home / "appliance.toml").write_text(
            '[serve]\nlisten = "127.0.0.1:0"\ntoken_file = "keys/door.token"\nviewer_token_file = "keys/viewer"\n')
        (home / "trace.txt").write_text(
            "2026-11-21 05:10:00 ERROR billing: failed\nTraceback (most recent call last):\n"
            "  File \"/srv/app/a.py\", line 2, in total\nKeyError: 'currency'\n")
        self.assertIn(run(BINARY, "batch", "--home", home, "--now", NOW).returncode, DONE)
        server = subprocess.Popen([BINARY, "serve", "--home", home], stderr=subprocess.PIPE, text=True,
                                  env={"PATH": "/usr/bin:/bin", "HOME": str(home), "LLVM_PROFILE_FILE": "/dev/null"})
        try:
            address = None
            for line in server.stderr:
                found = re.search(r"127\.0\.0\.1:[1-9]\d*", line)
                if found:
                    address = found.group()
                    break
            self.assertIsNotNone(address, "serve does not say where it listens")
            asked = 0
            for path in DOCUMENTS:
                for command in others(path):
                    if not re.match(r"curl .*127\.0\.0\.1:8321/", command):
                        continue
                    line = command.replace("127.0.0.1:8321", address).replace("curl ", "curl -s -f --max-time 60 ", 1)
                    told = run("bash", "-c", line, cwd=home,
                               environment={"TOKEN": "01234567" * 4, "no_proxy": "*"})
                    self.assertEqual(told.returncode, 0, f"{command}\n{told.stdout}\n{told.stderr}")
                    json.loads(told.stdout)
                    asked += 1
            self.assertGreater(asked, 2)
        finally:
            server.send_signal(signal.SIGTERM)
            server.communicate(timeout=60)

    def test_the_volume_of_models_is_given_to_its_user(self):
        command = [code for code in codes(ROOT / "docs/install.md") if code.startswith("docker run")][0]
        compose = (ROOT / "docker-compose.yml").read_text()
        image, owner = re.search(r"(ollama/ollama:\S+) (\d+:\d+)", command).groups()
        self.assertIn(f"image: {image}\n", compose)
        self.assertIn(f'user: "{owner}"', compose)
        self.assertIn("-v appliance_models:/models", command)
        self.assertTrue(compose.startswith("#") and "\nname: appliance\n" in compose and "- models:/models" in compose)


class Models(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="appliance-models-"))
        self.addCleanup(shutil.rmtree, self.folder)
        store = self.folder / "outside"
        blobs = [b"weights", b"parameters"]
        self.sums = [hashlib.sha256(blob).hexdigest() for blob in blobs]
        (store / "blobs").mkdir(parents=True)
        for blob, name in zip(blobs, self.sums):
            (store / f"blobs/sha256-{name}").write_bytes(blob)
        manifest = store / "manifests/registry.ollama.ai/library/tiny/1b"
        manifest.parent.mkdir(parents=True)
        manifest.write_text(json.dumps({
            "schemaVersion": 2, "config": {"digest": f"sha256:{self.sums[1]}", "size": 10},
            "layers": [{"digest": f"sha256:{self.sums[0]}", "size": 7}]}))
        self.carried = self.folder / "stick/library-tiny-1b"
        self.assertEqual(self.carry("tiny:1b").returncode, 0)

    def carry(self, name):
        return run(DEPLOY / "models/carry", name, self.folder / "stick",
                   environment={"OLLAMA_MODELS": str(self.folder / "outside")})

    def take(self):
        return run(DEPLOY / "models/take", self.carried, environment={"OLLAMA_MODELS": str(self.folder / "inside")})

    def test_a_model_is_carried_and_taken_in_whole(self):
        for _ in range(2):
            told = self.take()
            self.assertEqual(told.returncode, 0, told.stderr)
        names = {str(path.relative_to(self.folder / "inside")) for path in (self.folder / "inside").rglob("*")
                 if path.is_file()}
        self.assertEqual(names, {f"blobs/sha256-{name}" for name in self.sums} |
                         {"manifests/registry.ollama.ai/library/tiny/1b"})
        self.assertIn(self.sums[0], (self.carried / "CARRY-LIST").read_text())

    def test_a_blob_that_is_not_what_its_name_says_is_refused(self):
        (self.carried / f"blobs/sha256-{self.sums[0]}").write_bytes(b"weightz")
        self.assertEqual(self.take().returncode, 65)
        self.assertFalse(list((self.folder / "inside").rglob("sha256-*")))

    def test_a_gguf_file_is_created_only_with_its_sum(self):
        program = self.folder / "ollama"
        program.write_text(f'#!/bin/sh\necho "$@" >>{self.folder}/calls\ncat Modelfile model.gguf >>{self.folder}/calls\n')
        program.chmod(0o755)
        file = self.folder / "tiny.gguf"

        def take(content, sum_of, name="tiny"):
            file.write_bytes(content)
            pathlib.Path(f"{file}.sha256").write_text(hashlib.sha256(sum_of).hexdigest() + "  tiny.gguf\n")
            return run(DEPLOY / "models/take", file, name, environment={"OLLAMA": str(program)}).returncode

        whole = b"GGUF\x03weights"
        self.assertEqual(take(whole, b"other"), 65)
        self.assertEqual(take(b"PK\x03\x04", b"PK\x03\x04"), 65)
        self.assertEqual(take(whole, whole, "--insecure"), 64)
        self.assertFalse((self.folder / "calls").exists())
        self.assertEqual(take(whole, whole), 0)
        self.assertEqual((self.folder / "calls").read_bytes(), b"create tiny -f Modelfile\nFROM ./model.gguf\n" + whole)

    def test_what_is_missing_or_leads_elsewhere_is_refused(self):
        (self.carried / f"blobs/sha256-{self.sums[0]}").unlink()
        self.assertEqual(self.take().returncode, 66)
        for name in ("../../etc", "/etc/x", "-x/y", "a/../b", ""):
            (self.carried / "name").write_text(name)
            self.assertEqual(self.take().returncode, 65, name)
            self.assertNotIn(self.carry(name).returncode, (0, 1), name)

    def test_presets_are_valid(self):
        presets = sorted((DEPLOY / "models").glob("*.conf"))
        self.assertEqual([path.stem for path in presets], ["cpu", "gpu-24gb", "gpu-80gb"])
        for preset in presets:
            home = self.folder / preset.stem
            home.mkdir()
            (home / "appliance.toml").write_text("")
            shutil.copy(preset, home / "models.conf")
            told = run(BINARY, "config", "check", "--home", home)
            self.assertEqual(told.returncode, 0, told.stderr)


if __name__ == "__main__":
    unittest.main()

"""What the program writes for other programs is what docs/schemas says."""

import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from repository import BINARY, ROOT

SCHEMAS = ROOT / "docs/schemas"
NOW = "2026-11-21T06:00:00Z"
FORMATS = (ROOT / "docs/formats.md").read_text(encoding="utf-8")


def validator(name):
    try:
        import jsonschema
    except ImportError:
        raise unittest.SkipTest("python3-jsonschema is not installed (make test-deps)")
    store = {path.name: json.loads(path.read_text()) for path in SCHEMAS.glob("*.json")}
    schema = store[f"{name}.schema.json"]
    resolver = jsonschema.RefResolver(schema["$id"], schema, store=store)
    return jsonschema.Draft202012Validator(schema, resolver=resolver)


class Schemas(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="appliance-schemas-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        lines = "".join(
            f"2026-11-21 05:{10 + n}:00,123 ERROR billing.worker: invoice {n} failed, password=hunter2\n"
            "Traceback (most recent call last):\n  File \"/srv/app/billing/invoice.py\", line 2, in total\n"
            "    return order['currency']\nKeyError: 'currency'\n" for n in range(3))
        (cls.folder / "app.log").write_text(lines + "2026-11-21 05:40:00 WARN x: y\n")
        (cls.folder / "appliance.toml").write_text(
            f'[report]\nsite = "here"\ntime_zone = "UTC"\n[[source]]\nname = "app"\npaths = ["{cls.folder}/app.log"]\n'
            'service = "billing"\nrelease = "1.4.0"\nbaseline = "0s"\n')
        (cls.folder / "models.conf").write_text("")
        # What a site with no event at all writes has the same form.
        cls.empty_report = cls.print("report", "--since", "24h", "--json", "--now", NOW, home="empty", may=(0, 66))
        cls.print("batch", "--now", NOW, may=(0, 69))

    @classmethod
    def print(cls, *arguments, home="home", may=(0,)):
        told = subprocess.run(
            [BINARY, *arguments, "--home", cls.folder / home, "--config", cls.folder], capture_output=True, text=True,
            env={"PATH": "/usr/bin:/bin", "HOME": str(cls.folder), "LLVM_PROFILE_FILE": "/dev/null"})
        assert told.returncode in may, told.stderr
        return told.stdout

    def hold(self, name, values):
        check = validator(name)
        self.assertGreater(len(values), 0)
        for value in values:
            errors = [f"{'/'.join(map(str, error.path))}: {error.message[:200]}" for error in check.iter_errors(value)]
            self.assertEqual(errors, [])

    def test_schemas_are_schemas(self):
        check = validator("event")
        for path in SCHEMAS.glob("*.json"):
            check.check_schema(json.loads(path.read_text()))

    def test_every_schema_is_named_in_the_formats(self):
        for path in SCHEMAS.glob("*.json"):
            self.assertIn(f"schemas/{path.name}", FORMATS)

    def test_events(self):
        lines = self.print("ingest", "--dry-run", "--json", self.folder / "app.log").splitlines()
        self.hold("event", [json.loads(line) for line in lines])

    def test_the_report(self):
        report = json.loads(self.print("report", "--since", "24h", "--json", "--now", NOW))
        self.assertEqual(len(report["groups"]), 1)
        reports = [report]
        if self.empty_report:
            reports.append(json.loads(self.empty_report))
        self.hold("report", reports)
        written = list((self.folder / "home/reports").glob("*.json"))
        self.hold("report", [json.loads(path.read_text()) for path in written])

    def test_messages(self):
        files = sorted((self.folder / "home/outbox/new").glob("*.json"))
        self.hold("message", [json.loads(path.read_text()) for path in files])

    def test_the_export(self):
        lines = self.print("history", "export", "--now", NOW).splitlines()
        self.hold("export", [json.loads(line) for line in lines])

    def test_doctor(self):
        self.hold("doctor", [json.loads(self.print("doctor", "--json", "--now", NOW, may=(0, 78)))])

    def test_what_is_no_event_is_refused(self):
        check = validator("event")
        for value in ({}, {"message": 1}, {"message": "x", "level": "loud"}, {"message": "x", "count": 0},
                      {"message": "x", "time": "yesterday"}, {"message": "x", "exceptions": [{"frames": [{"line": -1}]}]}):
            self.assertFalse(check.is_valid(value), value)


if __name__ == "__main__":
    unittest.main()

"""Prometheus' rules and Grafana's dashboard: valid, tested, explained, and about metrics that the documents name."""

import json
import re
import tempfile
import unittest

from repository import DEPLOY, ROOT, run, tool, yaml_documents

FOLDER = DEPLOY / "observability"
DOCUMENT = (ROOT / "docs/observability.md").read_text(encoding="utf-8")
NAME = re.compile(r"\bappliance[_:][a-z0-9_:]+")


def rules():
    return yaml_documents(FOLDER / "alerts.yml")[0]["groups"][0]["rules"]


def documented():
    """Names that may be used: the table's, a histogram's parts, and what the rules record."""
    names = set(re.findall(r"^\| `(appliance_[a-z_]+)` \|", DOCUMENT, flags=re.M))
    names |= {name + part for name in names if name.endswith("_seconds") for part in ("_bucket", "_count", "_sum")}
    return names | {rule["record"] for rule in rules() if "record" in rule}


def expressions():
    for panel in json.loads((FOLDER / "dashboard.json").read_text())["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]


class Rules(unittest.TestCase):
    def test_promtool_finds_no_fault(self):
        told = run(tool("promtool"), "check", "rules", FOLDER / "alerts.yml")
        self.assertEqual(told.returncode, 0, told.stderr)

    def test_the_unit_tests_of_the_rules_pass(self):
        told = run(tool("promtool"), "test", "rules", "alerts_test.yml", cwd=FOLDER)
        self.assertEqual(told.returncode, 0, told.stderr + told.stdout)

    def test_every_alert_has_a_unit_test_in_which_it_fires(self):
        fired = {case["alertname"] for test in yaml_documents(FOLDER / "alerts_test.yml")[0]["tests"]
                 for case in test["alert_rule_test"] if case["exp_alerts"]}
        self.assertEqual(fired, {rule["alert"] for rule in rules() if "alert" in rule})

    def test_every_alert_says_what_it_means_and_what_to_do(self):
        headings = set(re.findall(r"^### (\w+)$", DOCUMENT, flags=re.M))
        alerts = [rule for rule in rules() if "alert" in rule]
        self.assertEqual({rule["alert"] for rule in alerts}, headings)
        for rule in alerts:
            self.assertEqual(rule["annotations"]["runbook"], f"docs/observability.md#{rule['alert'].lower()}")
            self.assertIn(rule["labels"]["severity"], ("info", "warning", "critical"))

    def test_thresholds_are_those_agreed(self):
        wanted = {"ApplianceSourceErrors": ("> 0.1", "5m"), "ApplianceModelTimeouts": ("> 0.05", "10m"),
                  "ApplianceCacheMisses": ("> 0.8", "10m")}
        for rule in rules():
            if rule.get("alert") in wanted:
                threshold, window = wanted[rule["alert"]]
                self.assertTrue(rule["expr"].endswith(threshold))
                self.assertTrue(rule["expr"].split()[0].endswith(window), "the rate's window is in the name")

    def test_only_metrics_that_the_documents_name(self):
        for rule in rules():
            self.assertLessEqual(set(NAME.findall(rule["expr"])), documented(), rule)
        for title, expression in expressions():
            self.assertLessEqual(set(NAME.findall(expression)), documented(), title)


class Dashboard(unittest.TestCase):
    def test_every_expression_is_prometheus(self):
        promtool = tool("promtool")
        groups = {"groups": [{"name": "dashboard", "rules": [
            {"record": f"panel:{number}", "expr": expression.replace("$instance", ".*")}
            for number, (_, expression) in enumerate(expressions())]}]}
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
            json.dump(groups, file)
            file.flush()
            told = run(promtool, "check", "rules", file.name)
            self.assertEqual(told.returncode, 0, told.stderr + told.stdout)

    def test_panels_are_explained_and_do_not_overlap(self):
        panels = json.loads((FOLDER / "dashboard.json").read_text())["panels"]
        self.assertEqual(len({panel["id"] for panel in panels}), len(panels))
        cells = set()
        for panel in panels:
            self.assertTrue(panel["description"], panel["title"])
            place = panel["gridPos"]
            self.assertLessEqual(place["x"] + place["w"], 24)
            covered = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                       for y in range(place["y"], place["y"] + place["h"])}
            self.assertFalse(cells & covered, panel["title"])
            cells |= covered


if __name__ == "__main__":
    unittest.main()

"""Many machines: Kubernetes' and Slurm's files, and the scripts that they run, over real shards."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from repository import BINARY, DEPLOY, run, tool, version, yaml_documents

KUBERNETES = DEPLOY / "kubernetes"
SHARDS = DEPLOY / "shards"
# The oldest release that has all that is used (backoffLimitPerIndex).
OLDEST = "1.33"


def manifests():
    return [document for path in sorted(KUBERNETES.glob("*.yaml")) if path.name != "kustomization.yaml"
            for document in yaml_documents(path)]


def pods():
    """(name, pod specification) of everything that runs."""
    for manifest in manifests():
        spec = manifest.get("spec", {})
        if manifest["kind"] == "CronJob":
            yield manifest["metadata"]["name"], spec["jobTemplate"]["spec"]["template"]["spec"]
        elif manifest["kind"] == "Deployment":
            yield manifest["metadata"]["name"], spec["template"]["spec"]


class Kubernetes(unittest.TestCase):
    def test_the_schemas_hold(self):
        python = tool("kubernetes-validate").replace("kubernetes-validate", "python")
        # One process, because reading the schemas is what takes the time; the last file is wrong.
        code = ("import sys, yaml, kubernetes_validate as k\n"
                "for name in sys.argv[2:]:\n"
                "    for document in yaml.safe_load_all(open(name)):\n"
                "        try: k.validate(document, sys.argv[1], strict=True)\n"
                "        except Exception as error: print(name, error.__class__.__name__, str(error).splitlines()[0])\n")
        files = [path for path in sorted(KUBERNETES.glob("*.yaml")) if path.name != "kustomization.yaml"]
        with tempfile.TemporaryDirectory() as folder:
            wrong = pathlib.Path(folder) / "wrong.yaml"
            wrong.write_text((KUBERNETES / "serve.yaml").read_text().replace("replicas: 1", "replicas: one"))
            told = run(python, "-c", code, OLDEST, *files, wrong)
            self.assertEqual(told.returncode, 0, told.stderr)
            faults = told.stdout.splitlines()
            self.assertTrue(faults and all(line.startswith(str(wrong)) for line in faults), told.stdout)

    def test_kustomize_puts_them_together(self):
        told = run(tool("kubectl"), "kustomize", KUBERNETES)
        self.assertEqual(told.returncode, 0, told.stderr)
        for words in ("run-shard: |", "kind: CronJob", f"image: appliance:{version()}"):
            self.assertIn(words, told.stdout)

    def test_kustomize_names_files_that_are_there(self):
        kustomization = yaml_documents(KUBERNETES / "kustomization.yaml")[0]
        for name in kustomization["resources"]:
            self.assertTrue((KUBERNETES / name).exists(), name)
        for generator in kustomization["configMapGenerator"]:
            for name in generator["files"]:
                self.assertTrue((KUBERNETES / name.split("=")[-1]).is_file(), name)
        for image in kustomization["images"]:
            self.assertEqual(image["newTag"], version())

    def test_every_pod_is_restricted(self):
        for name, pod in pods():
            with self.subTest(name):
                self.assertEqual(
                    (pod["securityContext"]["runAsNonRoot"], pod["securityContext"]["seccompProfile"]["type"],
                     pod["automountServiceAccountToken"]), (True, "RuntimeDefault", False))
                for container in pod["containers"]:
                    context = container["securityContext"]
                    self.assertEqual(
                        (context["allowPrivilegeEscalation"], context["readOnlyRootFilesystem"],
                         context["capabilities"]), (False, True, {"drop": ["ALL"]}))
                    for kind in ("requests", "limits"):
                        self.assertLessEqual({"cpu", "memory", "ephemeral-storage"}, set(container["resources"][kind]))

    def test_shards_are_an_indexed_job_of_one_number(self):
        shards = yaml_documents(KUBERNETES / "shards.yaml")[0]["spec"]["jobTemplate"]["spec"]
        self.assertEqual(shards["completionMode"], "Indexed")
        merge = dict(pods())["appliance-merge"]["containers"][0]
        shard = dict(pods())["appliance-shards"]["containers"][0]
        counts = {str(shards["completions"]), str(shards["parallelism"])} | {
            variable["value"] for container in (merge, shard) for variable in container["env"]
            if variable["name"] == "COUNT"}
        self.assertEqual(len(counts), 1)
        self.assertIn('"$JOB_COMPLETION_INDEX"', shard["args"][0])

    def test_the_page_has_one_writer_and_probes(self):
        deployment = [manifest for manifest in manifests() if manifest["kind"] == "Deployment"][0]["spec"]
        self.assertEqual((deployment["replicas"], deployment["strategy"]), (1, {"type": "Recreate"}))
        door = deployment["template"]["spec"]["containers"][1]
        self.assertLessEqual({"startupProbe", "livenessProbe", "readinessProbe"}, set(door))

    def test_nothing_leaves_but_to_the_model(self):
        policies = [manifest["spec"] for manifest in manifests() if manifest["kind"] == "NetworkPolicy"]
        self.assertIn({"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}, policies)
        ports = [port["port"] for policy in policies for rule in policy.get("egress", []) for port in rule["ports"]]
        self.assertEqual(ports, [11434])

    def test_the_configurations_are_the_programs(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("shards", "site"):
                place = pathlib.Path(folder) / name
                place.mkdir()
                shutil.copy(KUBERNETES / f"config/{name}.toml", place / "appliance.toml")
                shutil.copy(KUBERNETES / "config/models.conf", place / "models.conf")
                told = run(BINARY, "config", "check", "--home", f"{folder}/home", "--config", place)
                self.assertEqual(told.returncode, 0, told.stderr)


class Slurm(unittest.TestCase):
    def test_the_array_runs_one_shard_a_task_and_the_merge_waits_for_it(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            # sbatch as Slurm's manual has it: --parsable prints "job[;cluster]".
            (folder / "sbatch").write_text(f'#!/bin/sh\necho "$@" >>{folder}/calls\necho "4711;east"\n')
            (folder / "sbatch").chmod(0o755)
            told = run("sh", DEPLOY / "slurm/submit.sh", "16", "/shared", "/etc/shards", "/etc/site", "--nodelist=n1",
                       environment={"PATH": f"{folder}:/usr/bin:/bin"})
            self.assertEqual(told.returncode, 0, told.stderr)
            first, second = (folder / "calls").read_text().splitlines()
            self.assertRegex(first, r"--array=0-15 \S*shards\.sbatch /shared /etc/shards$")
            self.assertRegex(
                second, r"--dependency=afterany:4711 --nodelist=n1 \S*merge\.sbatch 16 4711 /shared /etc/site$")

    def test_a_task_takes_its_number_from_the_array(self):
        with tempfile.TemporaryDirectory() as folder:
            script = pathlib.Path(folder) / "run-shard"
            script.write_text('#!/bin/sh\necho "$@"\n')
            script.chmod(0o755)
            told = run("sh", DEPLOY / "slurm/shards.sbatch", "/shared", "/etc/shards", environment={
                "APPLIANCE_SHARDS": folder, "SLURM_ARRAY_TASK_ID": "3", "SLURM_ARRAY_TASK_COUNT": "16",
                "SLURM_ARRAY_JOB_ID": "4711"})
            self.assertEqual(told.stdout, "3 16 slurm-4711 /shared /etc/shards\n", told.stderr)


class Shards(unittest.TestCase):
    COUNT = 8
    WORDS = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu"]
    NOW = "2026-11-21T06:00:00Z"

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="appliance-shards-"))
        self.addCleanup(shutil.rmtree, self.folder)
        lines = []
        for index in range(1200):
            word = self.WORDS[index * index % len(self.WORDS)]
            lines.append(f"2026-11-21 0{1 + index // 240}:{10 + index % 50}:{index % 60:02},000 ERROR {word}.worker: "
                         f"{word} cannot reach its neighbour after {index} ms\n")
        (self.folder / "app.log").write_text("".join(lines))
        report = '[report]\nsite = "here"\ntime_zone = "UTC"\n'
        source = f'[[source]]\nname = "app"\npaths = ["{self.folder}/app.log"]\nservice = "app"\nbaseline = "0s"\n'
        for name, text in (("shards", report + source), ("site", report)):
            (self.folder / name).mkdir()
            (self.folder / name / "appliance.toml").write_text(text)
            (self.folder / name / "models.conf").write_text("")
        self.shared = self.folder / "shared"
        (self.shared / "nights/one").mkdir(parents=True)
        (self.shared / "nights/one/now").write_text(self.NOW + "\n")
        self.environment = {"APPLIANCE": str(BINARY), "APPLIANCE_WAIT": "0", "TMPDIR": str(self.folder),
                            "APPLIANCE_HOME": str(self.folder / "home")}

    def shard(self, index, night="one"):
        return [str(SHARDS / "run-shard"), str(index), str(self.COUNT), night, str(self.shared),
                str(self.folder / "shards")]

    def merge(self, night="one"):
        return run(SHARDS / "merge-shards", self.COUNT, night, self.shared, self.folder / "site",
                   environment=self.environment)

    def groups(self, home, config):
        told = run(BINARY, "report", "--since", "24h", "--json", "--now", self.NOW, "--home", home, "--config", config)
        self.assertEqual(told.returncode, 0, told.stderr)
        return {group["id"]: (group["count"], group["title"] if "title" in group else None)
                for group in json.loads(told.stdout)["groups"]}

    def exported(self, home, config):
        told = run(BINARY, "history", "export", "--now", self.NOW, "--home", home, "--config", config)
        self.assertEqual(told.returncode, 0, told.stderr)
        lines = [json.loads(line) for line in told.stdout.splitlines()]
        return sorted(json.dumps(self.without_diagnosis(line), sort_keys=True) for line in lines)

    @staticmethod
    def without_diagnosis(line):
        return {key: value for key, value in line.items() if key not in ("diagnosis", "diagnoses")}

    def test_eight_shards_as_processes_merge_to_the_history_of_one_run(self):
        alone = run(BINARY, "batch", "--home", self.folder / "alone", "--config", self.folder / "shards", "--now",
                    self.NOW)
        self.assertIn(alone.returncode, (0, 69), alone.stderr)
        environment = {**os.environ, **self.environment, "LLVM_PROFILE_FILE": "/dev/null"}
        running = [subprocess.Popen(self.shard(index), env=environment, stderr=subprocess.PIPE, text=True)
                   for index in range(self.COUNT)]
        for process in running:
            _, errors = process.communicate(timeout=300)
            self.assertEqual(process.returncode, 0, errors)
        merged = self.merge()
        self.assertIn(merged.returncode, (0, 69), merged.stderr)
        whole = self.groups(self.folder / "alone", self.folder / "shards")
        self.assertEqual(len(whole), len({index * index % 12 for index in range(12)}))
        self.assertEqual(sum(count for count, _ in whole.values()), 1200)
        self.assertEqual(self.groups(self.folder / "home", self.folder / "site"), whole)
        self.assertEqual(self.exported(self.folder / "home", self.folder / "site"),
                         self.exported(self.folder / "alone", self.folder / "shards"))
        # Again: nothing is read twice, nothing counted twice.
        again = run(*self.shard(3), environment=self.environment)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertIn(self.merge().returncode, (0, 69))
        self.assertEqual(self.groups(self.folder / "home", self.folder / "site"), whole)
        self.assertFalse([path for path in self.folder.glob("appliance-shard.*")], "work folders are removed")

    def test_a_missing_shard_is_named_and_the_rest_is_told(self):
        for index in (0, 1):
            self.assertEqual(run(*self.shard(index), environment=self.environment).returncode, 0)
        merged = self.merge()
        self.assertEqual(merged.returncode, 75)
        self.assertIn("no sign of shards 2 3 4 5 6 7 of 8", merged.stderr)
        self.assertTrue(list((self.folder / "home/reports").glob("*.md")))

    def test_wrong_arguments_are_refused(self):
        for arguments in (["8", "8", "one"], ["-1", "8", "one"], ["x", "8", "one"], ["0", "8", "../one"], ["0", "8", ""]):
            told = run(SHARDS / "run-shard", *arguments, self.shared, self.folder / "shards",
                       environment=self.environment)
            self.assertEqual(told.returncode, 64, arguments)


if __name__ == "__main__":
    unittest.main()

"""docker-compose.yml and its overrides: valid by the Compose specification, and shut in."""

import pathlib
import re
import tempfile
import unittest

from repository import BINARY, DEPLOY, ROOT, run, tool, version, yaml_documents

FILE = ROOT / "docker-compose.yml"
GPU = DEPLOY / "compose.gpu.yml"


class Compose(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.whole = yaml_documents(FILE)[0]
        cls.services = cls.whole["services"]

    def on_each_service(self, check):
        for name, service in self.services.items():
            with self.subTest(name):
                check(name, service)

    def test_the_specifications_schema_holds(self):
        # docker-compose holds its input against the schema before anything else; no engine is asked.
        compose = tool("docker-compose")
        for files in (["-f", FILE], ["-f", FILE, "-f", GPU]):
            told = run(compose, *files, "--profile", "*", "config", "--quiet")
            self.assertEqual((told.returncode, told.stderr), (0, ""))
        wrong = FILE.read_text().replace("read_only: true", "read_onlyy: true")
        told = run(compose, "-f", "-", "config", "--quiet", input=wrong)
        self.assertNotEqual(told.returncode, 0, "a wrong key must be refused, or this test shows nothing")

    def test_root_file_systems_are_read_only(self):
        self.on_each_service(lambda name, service: self.assertIs(service["read_only"], True))

    def test_no_capabilities_and_no_new_privileges(self):
        def check(name, service):
            self.assertEqual(service["cap_drop"], ["ALL"])
            self.assertNotIn("cap_add", service)
            self.assertNotIn("privileged", service)
            self.assertEqual(service["security_opt"], ["no-new-privileges:true"])

        self.on_each_service(check)

    def test_nobody_is_root(self):
        def check(name, service):
            user, group = service["user"].split(":")
            self.assertGreaterEqual(min(int(user), int(group)), 10000)

        self.on_each_service(check)

    def test_memory_processor_and_processes_are_limited(self):
        def check(name, service):
            limits = service["deploy"]["resources"]["limits"]
            self.assertLessEqual({"cpus", "memory", "pids"}, set(limits))

        self.on_each_service(check)

    def test_each_has_a_health_check(self):
        def check(name, service):
            self.assertEqual(service["healthcheck"]["test"][0], "CMD", "no shell")
            self.assertIn("timeout", service["healthcheck"])

        self.on_each_service(check)

    def test_the_site_has_no_route_out(self):
        self.assertIs(self.whole["networks"]["inside"]["internal"], True)
        for name in ("ollama", "watch", "batch", "serve"):
            networks = self.services[name]["networks"]
            self.assertEqual(list(networks), ["inside"], name)
            self.assertNotIn("ports", self.services[name], name)

    def test_the_model_has_a_static_address_in_the_inner_network(self):
        import ipaddress

        address = self.services["ollama"]["networks"]["inside"]["ipv4_address"]
        subnet = self.whole["networks"]["inside"]["ipam"]["config"][0]["subnet"]
        self.assertIn(ipaddress.ip_address(address), ipaddress.ip_network(subnet))
        self.assertIn(f"http://{address}:11434", FILE.read_text(), "the comment says what to write in models.conf")

    def test_only_the_ingress_is_published_and_it_is_on_no_network_with_the_rest(self):
        published = {name for name, service in self.services.items() if "ports" in service}
        self.assertEqual(published, {"ingress"})
        self.assertEqual(self.services["ingress"]["ports"], ["127.0.0.1:8321:8321"])
        for name, service in self.services.items():
            if name != "ingress":
                self.assertNotIn("ingress", service.get("networks", []), name)
        self.assertEqual(self.services["ingress"]["networks"], ["ingress"])
        self.assertEqual(self.services["door"]["network_mode"], "service:serve")

    def test_mirrors_logs_and_configuration_are_read_only(self):
        for name in ("watch", "batch", "serve"):
            mounts = {volume.rsplit(":", 2)[-2] if volume.endswith(":ro") else volume.rsplit(":", 1)[-1]:
                      volume.endswith(":ro") for volume in self.services[name]["volumes"]}
            self.assertEqual(
                mounts,
                {"/var/lib/appliance": False, "/var/lib/appliance/outbox": False, "/etc/appliance": True,
                 "/logs": True, "/mirrors": True}, name)

    def test_state_outlives_containers(self):
        self.assertLessEqual({"history", "outbox", "models", "relay"}, set(self.whole["volumes"]))

    def test_secrets_are_files(self):
        for name, secret in self.whole["secrets"].items():
            self.assertEqual(list(secret), ["file"], name)
        for name, service in self.services.items():
            for key in service.get("environment", {}):
                self.assertNotRegex(key, r"(?i)token|secret|password|webhook", name)

    def test_the_relay_is_apart(self):
        relay = self.services["relay"]
        self.assertEqual(relay["profiles"], ["relay"])
        self.assertEqual(relay["networks"], ["outside"])
        self.assertNotIn("depends_on", relay)
        self.assertFalse([volume for volume in relay["volumes"] if volume.split(":")[0] in ("history", "outbox")])

    def test_nothing_is_pulled_and_images_carry_the_version(self):
        for name, service in self.services.items():
            self.assertEqual(service["pull_policy"], "never", name)
            self.assertRegex(service["image"], r":[0-9]+\.[0-9]+\.[0-9]+$", name)
            if service["image"].startswith("appliance"):
                self.assertTrue(service["image"].endswith(":" + version()), name)

    def test_the_graphics_override_asks_for_a_device(self):
        devices = yaml_documents(GPU)[0]["services"]["ollama"]["deploy"]["resources"]["reservations"]["devices"]
        self.assertEqual((devices[0]["driver"], devices[0]["capabilities"]), ("nvidia", ["gpu"]))


class Dockerfile(unittest.TestCase):
    def setUp(self):
        self.text = (DEPLOY / "Dockerfile").read_text()

    def test_every_target_that_compose_builds_is_a_stage_without_root(self):
        stages = re.split(r"(?m)^FROM ", self.text)[1:]
        ends = {stage.splitlines()[0].split(" AS ")[1]: stage for stage in stages}
        for name, service in yaml_documents(FILE)[0]["services"].items():
            if "build" in service:
                stage = ends[service["build"]["target"]]
                self.assertIn("USER 10101:10101", stage, name)

    def test_what_is_copied_is_there(self):
        for line in re.findall(r"(?m)^COPY (?!--from)(.+)$", self.text):
            for source in line.split()[:-1]:
                self.assertTrue(source.endswith("*") or (ROOT / source).exists(), source)
                self.assertIn(source, self.kept(), source)

    def kept(self):
        """Beginnings that Dockerfile.dockerignore lets into the build: everything is left out but these."""
        lines = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
        self.assertEqual(lines[0], "*")
        return [line.removeprefix("!") for line in lines[1:]]

    def test_the_image_brings_prompts_that_a_configuration_without_any_finds(self):
        place = re.search(r"COPY prompts (/\S+)", self.text).group(1)
        self.assertIn(f"APPLIANCE_PROMPTS_DIRECTORY={place}\n", self.text)
        with tempfile.TemporaryDirectory() as folder:
            for name in ("appliance.toml", "models.conf"):
                pathlib.Path(folder, name).write_text("")
            arguments = (BINARY, "prompts", "check", "--home", f"{folder}/home", "--config", folder)
            self.assertEqual(run(*arguments).returncode, 78, "nothing else brings them, or this test shows nothing")
            told = run(*arguments, environment={"APPLIANCE_PROMPTS_DIRECTORY": str(ROOT / "prompts")})
            self.assertEqual(told.returncode, 0, told.stderr)

    def test_the_compiler_stays_behind(self):
        self.assertIn("FROM ${BASE} AS base", self.text)
        self.assertIn("--static-swift-stdlib", self.text)


if __name__ == "__main__":
    unittest.main()

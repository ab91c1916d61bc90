"""doctor on a site at work: what a run is connected to, how far the cursors are, and what root left behind."""

import http.server
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import unittest

from repository import BINARY, ROOT, run

NOW = "2026-11-21T06:00:00Z"


class Ollama:
    """A server of one model that answers one question at a time, in the form of the recordings of a real one."""

    def __init__(self):
        self.digest, self.trained, self.loaded = "ab" * 32, 32768, 4096
        self.asked = []
        turn = threading.Lock()
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def reply(self, value):
                body = json.dumps(value).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):
                entry = {"name": "m:latest", "digest": server.digest, "size": 1,
                         "details": {"context_length": server.trained}}
                running = [{**entry, "context_length": server.loaded}] if server.loaded else []
                self.reply({"/api/version": {"version": "0.32.15"}, "/api/tags": {"models": [entry]},
                            "/api/ps": {"models": running}}[self.path])

            def do_POST(self):
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                server.asked.append(request)
                with turn:
                    self.send_response(200)
                    self.end_headers()
                    for piece in ("[1", ",2]"):
                        self.line({"message": {"role": "assistant", "content": piece}, "done": False})
                    self.line({"message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop"})
                    # The turn is over when the asker has gone: it has read the end by then.
                    self.rfile.read(1)

            def line(self, value):
                self.wfile.write(json.dumps(value).encode() + b"\n")
                self.wfile.flush()

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


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
            f'[endpoint]\nurl = "http://127.0.0.1:{port}"\n[models.diagnose]\nname = "m"\nnum_ctx = 4096\nconnect_timeout = "30s"\n')
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

    def test_a_page_that_somebody_reads_is_no_way_out(self):
        place = self.configure("site", 1)
        (place / "appliance.toml").write_text((place / "appliance.toml").read_text() + '[serve]\nlisten = "127.0.0.1:0"\n')
        self.assertIn(run(BINARY, "batch", "--home", self.folder / "home", "--config", place, "--now", NOW).returncode,
                      (0, 69))
        serve = subprocess.Popen(
            [BINARY, "serve", "--home", self.folder / "home", "--config", place], stderr=subprocess.PIPE, text=True,
            env={"PATH": "/usr/bin:/bin", "HOME": str(self.folder), "LLVM_PROFILE_FILE": "/dev/null"})
        try:
            for line in serve.stderr:
                found = re.search(r"127\.0\.0\.1:([1-9]\d*)", line)
                if found:
                    break
            with socket.create_connection(("127.0.0.1", int(found.group(1)))) as reader:
                reader.sendall(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1:" + found.group(1).encode() + b"\r\n\r\n")
                self.assertTrue(reader.recv(100).startswith(b"HTTP/1.1 200"))
                _, checks = self.doctor(place)
                self.assertEqual(checks["egress"]["state"], "ok", checks["egress"])
                self.assertIn(f"process {serve.pid}: 0 connections", checks["egress"]["finding"])
                self.assertIn("1 that came in", checks["egress"]["finding"])
        finally:
            serve.terminate()
            serve.communicate(timeout=60)

    def ollama(self):
        server = Ollama()
        self.addCleanup(server.stop)
        return server

    def test_a_server_that_answers_one_after_another_is_told(self):
        server = self.ollama()
        place = self.configure("site", server.port)
        code, checks = self.doctor(place)
        self.assertEqual((code, checks["parallelism"]["state"]), (0, "ok"), checks)
        self.assertIn("one request at a time", checks["parallelism"]["finding"])
        self.assertEqual(len(server.asked), 2)
        # The context is the configured one: another would have the model loaded anew.
        self.assertEqual({request["options"]["num_ctx"] for request in server.asked}, {4096})
        server.loaded = 0
        _, checks = self.doctor(place)
        self.assertIn("no model is in memory", checks["parallelism"]["finding"])
        self.assertEqual(len(server.asked), 2, "no model is loaded for it")

    def test_a_context_that_the_model_does_not_have_is_told_loaded_or_not(self):
        server = self.ollama()
        place = self.configure("site", server.port)
        _, checks = self.doctor(place)
        self.assertIn("num_ctx 4096, and has it", checks["model"]["finding"])
        for loaded, trained, words in ((2048, 32768, "the server clamps it to 2048"), (0, 1024, "was trained for 1024")):
            server.loaded, server.trained = loaded, trained
            _, checks = self.doctor(place)
            self.assertEqual(checks["model"]["state"], "warning")
            self.assertIn(words, checks["model"]["finding"])

    def test_a_model_whose_digest_changed_is_told(self):
        server = self.ollama()
        place = self.configure("site", server.port)
        run(BINARY, "batch", "--home", self.folder / "home", "--config", place, "--now", NOW)
        self.assertEqual(run(BINARY, "models", "accept", "m", "--home", self.folder / "home", "--config", place).returncode, 0)
        self.assertEqual(self.doctor(place)[1]["model"]["state"], "ok")
        server.digest = "cd" * 32
        _, checks = self.doctor(place)
        self.assertEqual(checks["model"]["state"], "warning")
        self.assertIn("has changed", checks["model"]["finding"])

    def test_everything_that_is_promised_is_looked_at(self):
        server = self.ollama()
        place = self.configure("site", server.port)
        run(BINARY, "batch", "--home", self.folder / "home", "--config", place, "--now", NOW)
        _, checks = self.doctor(place)
        self.assertLessEqual(
            {"configuration", "home", "modes", "clock", "history", "sources", "cursors", "prompts", "endpoint", "model",
             "parallelism", "outbox", "sandbox", "egress"}, set(checks))

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

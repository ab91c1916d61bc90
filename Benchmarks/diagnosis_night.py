#!/usr/bin/env python3
"""A night of 500 groups over three services: what the order and the form of prompts save.

    python3 Benchmarks/diagnosis_night.py .build/release/appliance
    python3 Benchmarks/diagnosis_night.py .build/release/appliance --live http://127.0.0.1:11434 --model smollm2:135m

Makes three services with git histories and a log of 504 different errors in a temporary folder, runs one batch
against a server of its own that answers every prompt alike, and keeps the prompts. It then counts the tokens that a
server with one slot has to evaluate (all but what a prompt has in common with the beginning of the one before), for
the prompts as they came, and for the naive way: error first and instructions last, tables as JSON, groups as they
were logged. Tokens are words, numbers and signs. The same night is then asked of a small model, which gets short prompts. With
--live the first prompts of these ways are also sent to a real server, which measures the time of reading them.
"""
import argparse
import json
import os
import random
import re
import subprocess
import tempfile
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SERVICES = ["orders", "billing", "search"]
MODULES, FUNCTIONS = 12, 14
ERRORS = ["KeyError", "ValueError", "TypeError", "IndexError", "AttributeError", "ZeroDivisionError", "RuntimeError"]
TOKEN = re.compile(r"[A-Za-z]{1,6}|[0-9]{1,3}|\s|[^A-Za-z0-9\s]")
ANSWER = {
    "analysis": "The value of the call is missing [E1].", "auto_fixable": False, "confidence": 60, "evidence": ["E1"],
    "impact": "Some requests fail.", "recommendations": [{"action": "Check the value before its use", "why": "it may be missing"}],
    "root_cause": "the field that the called function reads may be missing from the record", "severity": "medium"}


def make_services(root: Path) -> str:
    """Repositories with a commit a module; returns the log of all errors, in the order in which they happened."""
    lines, minute = [], 0
    for service in SERVICES:
        repository = root / "repositories" / service
        repository.mkdir(parents=True)
        git = ["git", "-C", str(repository), "-c", "user.name=A. Nyone", "-c", "user.email=a@example.org"]
        subprocess.run([*git, "init", "-q", "-b", "main"], check=True)
        for module in range(MODULES):
            source = "".join(
                f"def {service}_step_{module}_{f}(record):\n    value = record.get('field_{f}')\n"
                f"    total = value['part_{module}'] + {f}\n    return total\n\n\n" for f in range(FUNCTIONS))
            (repository / f"module_{module}.py").write_text(source)
            subprocess.run([*git, "add", "-A"], check=True)
            date = f"2026-11-{1 + module:02d}T09:00:00Z"
            subprocess.run([*git, "commit", "-qm", f"{service}: steps of module {module}"], check=True,
                           env={**os.environ, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date})
            for f in range(FUNCTIONS):
                lines.append((service, module, f))
    random.Random(7).shuffle(lines)
    texts = {service: [] for service in SERVICES}
    for service, module, f in lines:
        minute += 1
        stamp = f"2026-11-21 {minute // 60 % 6:02d}:{minute % 60:02d}:00,{minute % 1000:03d}"
        error = ERRORS[(module * FUNCTIONS + f) % len(ERRORS)]
        texts[service].append(
            f"{stamp} INFO {service}.worker: took record {minute}\n"
            f"{stamp} ERROR {service}.worker: step {module} of {f} failed\nTraceback (most recent call last):\n"
            f"  File \"/srv/{service}/module_{module}.py\", line {f * 6 + 3}, in {service}_step_{module}_{f}\n"
            f"    total = value['part_{module}'] + {f}\n{error}: 'part_{module}' of field_{f}\n")
    (root / "logs").mkdir()
    for service, parts in texts.items():
        (root / "logs" / f"{service}.log").write_text("".join(parts))


class Collector(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    prompts: list = []
    name = "collector"

    def log_message(self, *_):
        pass

    def reply(self, body: str, kind: str = "application/json"):
        data = body.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        if self.path == "/api/version":
            return self.reply('{"version": "0.0.0"}')
        model = {"name": self.name, "model": self.name, "size": 1, "digest": "ab" * 32, "details": {}}
        self.reply(json.dumps({"models": [model] if self.path == "/api/tags" else []}))

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        texts = [message["content"] for message in request["messages"]]
        Collector.prompts.append(texts)
        count = len(TOKEN.findall("".join(texts)))
        lines = [
            {"model": "collector", "message": {"role": "assistant", "content": json.dumps(ANSWER)}, "done": False},
            {"model": "collector", "message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop",
             "prompt_eval_count": count, "eval_count": 90}]
        self.reply("".join(json.dumps(line) + "\n" for line in lines), "application/x-ndjson")


def run_batch(binary: str, root: Path, port: int, model: str) -> dict:
    """A night in a home of its own; the prompts are in ``Collector.prompts`` then."""
    Collector.name, Collector.prompts = model, []
    home = root / model
    environment = {"PATH": os.environ["PATH"], "APPLIANCE_HOME": str(home)}
    subprocess.run([binary, "init", "--quiet"], check=True, env=environment)
    parts = ['[report]\nsite = "night"\ntime_zone = "UTC"\n']
    for service in SERVICES:
        parts.append(
            f'[[source]]\nname = "{service}"\npaths = ["{root}/logs/{service}.log"]\nservice = "{service}"\nbaseline = "0s"\n'
            f'[[mirror]]\nname = "{service}"\npath = "{root}/repositories/{service}"\nservices = ["{service}"]\n')
    parts.append('[budget]\ngroups = 1000\n')
    (home / "appliance.toml").write_text("".join(parts))
    (home / "models.conf").write_text(
        f'[endpoint]\nurl = "http://127.0.0.1:{port}"\n[models.diagnose]\nname = "{model}"\nnum_ctx = 8192\n')
    done = subprocess.run([binary, "batch", "--json", "--now", "2026-11-21T07:00:00Z"], env=environment,
                          capture_output=True, text=True)
    if done.returncode not in (0,):
        raise SystemExit(f"batch: exit {done.returncode}\n{done.stderr[-2000:]}")
    return json.loads(done.stdout)


TABLE = re.compile(r"^(\[?[A-Z]?\d*\]? ?)?(\w+)\[(\d+)\]\{([^}]*)\}:\n((?:  .*\n?)*)", re.M)


def tables_as_json(text: str) -> str:
    """Each TOON table as the JSON array that it stands for."""
    def rewrite(match):
        columns = match.group(4).split(",")
        rows = []
        for line in match.group(5).splitlines():
            cells = re.findall(r'"(?:[^"\\]|\\.)*"|[^,]+', line.strip())
            rows.append({c: v.strip('"') for c, v in zip(columns, cells)})
        end = "\n" if match.group(5).endswith("\n") else ""
        return f"{match.group(1) or ''}{json.dumps({match.group(2): rows}, indent=2)}{end}"
    return TABLE.sub(rewrite, text)


def naive(prompt: list) -> list:
    """What varies first, instructions last, tables as JSON."""
    system, user = prompt[0], prompt[1]
    # A section is its title, which ends with a colon, and its fence.
    sections = re.findall(r"[^\n]*:\n<evidence>\n.*?</evidence>\n|[^\n]+\n", user + "\n", re.S)
    return ["", tables_as_json("".join(reversed(sections))) + "\n" + system]


def evaluated(prompts: list) -> tuple:
    """(tokens sent, tokens evaluated by a server that keeps the last prompt)."""
    sent = fresh = 0
    last: list = []
    for prompt in prompts:
        tokens = TOKEN.findall("\x00".join(prompt))
        common = 0
        for a, b in zip(tokens, last):
            if a != b:
                break
            common += 1
        sent, fresh, last = sent + len(tokens), fresh + len(tokens) - common, tokens
    return sent, fresh


def ask(url: str, model: str, prompts: list, answer_tokens: int) -> tuple:
    """(tokens, seconds of prompt evaluation, seconds of all) of a real server."""
    tokens = nanoseconds = 0
    start = time.monotonic()
    for prompt in prompts:
        messages = [{"role": role, "content": text} for role, text in zip(["system", "user"], prompt) if text]
        body = {"model": model, "messages": messages, "stream": False, "keep_alive": "10m",
                "options": {"num_ctx": 8192, "num_predict": answer_tokens, "temperature": 0, "seed": 1}}
        request = urllib.request.Request(url + "/api/chat", json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=600) as reply:
            answer = json.load(reply)
        tokens += answer.get("prompt_eval_count", 0)
        nanoseconds += answer.get("prompt_eval_duration", 0)
    return tokens, nanoseconds / 1e9, time.monotonic() - start


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--live", help="a server to send the first prompts of both ways to")
    parser.add_argument("--model", default="smollm2:135m")
    parser.add_argument("--sample", type=int, default=30)
    parser.add_argument("--answer", type=int, default=1, help="tokens of each answer, for the time of all")
    options = parser.parse_args()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        make_services(root)
        start = time.monotonic()
        summary = run_batch(os.path.abspath(options.binary), root, server.server_port, "collector")
        seconds = time.monotonic() - start
        ours = [prompt[:2] for prompt in Collector.prompts if len(prompt) == 2]
        run_batch(os.path.abspath(options.binary), root, server.server_port, "collector:1b")
        short = [prompt[:2] for prompt in Collector.prompts if len(prompt) == 2]
    shuffled = ours[:]
    random.Random(11).shuffle(shuffled)
    ways = {
        "as sent": ours, "as sent to a small model": short, "same prompts, as logged": shuffled,
        "tables as JSON": [[tables_as_json(text) for text in prompt] for prompt in ours],
        "naive: varying first, JSON, as logged": [naive(prompt) for prompt in shuffled]}
    base = evaluated(ways["naive: varying first, JSON, as logged"])
    print(f"{len(ours)} groups asked about, {summary['run']['diagnosing']['byModel']} diagnosed, batch {seconds:.1f} s")
    print("| way | tokens sent | tokens evaluated | of the naive way |\n|---|---|---|---|")
    for name, prompts in ways.items():
        sent, fresh = evaluated(prompts)
        print(f"| {name} | {sent:,} | {fresh:,} | {fresh / base[1]:.0%} |")
    if options.live:
        for name in ("as sent", "as sent to a small model", "naive: varying first, JSON, as logged"):
            tokens, spent, total = ask(options.live, options.model, ways[name][: options.sample], options.answer)
            print(f"{name}: {options.sample} prompts, {tokens:,} tokens, read in {spent:.1f} s by {options.model}, "
                  f"{total:.1f} s with answers of {options.answer} tokens", flush=True)


if __name__ == "__main__":
    main()

"""Holds the doors against the document that they serve: valid OpenAPI, and every answer as it says.

Usage: door_schema.py PORT TOKEN SENTRY_KEY [EXAMPLES]
Ends with 0 when nothing is wrong; else says what.
"""
import json
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

port, token, key = sys.argv[1:4]
examples = sys.argv[4] if len(sys.argv) > 4 else "15"
url = f"http://127.0.0.1:{port}"
with urllib.request.urlopen(f"{url}/openapi.json") as answer:
    document = json.load(answer)

from openapi_spec_validator import validate  # noqa: E402

validate(document)

# What the doors take is more than the document describes (a log text is any text), so data that the document does not
# describe need not be refused; everything else is checked.
checks = ["not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
          "response_schema_conformance", "positive_data_acceptance", "unsupported_method", "allow_header_conformance",
          "ignored_auth"]
program = Path(sys.executable).with_name("st")
common = [program, "run", f"{url}/openapi.json", "--checks", ",".join(checks), "--max-examples", examples,
          "--phases", "examples,coverage,fuzzing", "--no-shrink", "--seed", "1", "--request-timeout", "20",
          "--suppress-health-check", "all", "--warnings", "off"]
runs = {
    "bearer": ["-H", f"Authorization: Bearer {token}", "--include-path-regex", "^/v1/"],
    "sentry": ["-H", f"X-Sentry-Auth: Sentry sentry_version=7, sentry_key={key}", "--include-path-regex", "^/api/"],
    "open": ["--include-path-regex", "^/(health|ready|metrics|openapi.json)$"],
}
wrong = 0
for name, options in runs.items():
    # It keeps what it found in the folder that it runs in.
    with tempfile.TemporaryDirectory() as folder:
        told = subprocess.run([*common, *options], capture_output=True, text=True, cwd=folder)
    if told.returncode != 0:
        wrong += 1
        print(f"--- {name}\n{told.stdout[-6000:]}\n{told.stderr[-2000:]}")
print(f"{len(document['paths'])} paths")
sys.exit(1 if wrong else 0)

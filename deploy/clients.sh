#!/usr/bin/env bash
# Puts the official clients that the doors are tested with into .build/clients: Sentry's SDK, OpenTelemetry's OTLP
# exporters, schemathesis and a validator of OpenAPI, from PyPI. Tests that need them are skipped, and say so, where they are not to be had.
set -euo pipefail
cd "$(dirname "$0")/.."
test -x .build/clients/bin/python || python3 -m venv .build/clients
.build/clients/bin/python -c 'import sentry_sdk, opentelemetry.exporter.otlp.proto.http, schemathesis' 2>/dev/null ||
    .build/clients/bin/python -m pip install -q sentry-sdk==2.75.0 opentelemetry-sdk==1.45.2 \
        opentelemetry-exporter-otlp-proto-http==1.45.2 schemathesis==4.32.5 openapi-spec-validator==0.9.0

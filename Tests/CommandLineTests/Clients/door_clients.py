"""Sends errors through the HTTP door with the official clients: Sentry's SDK and OpenTelemetry's exporters.

Usage: door_clients.py sentry|logs|traces PORT KEY COUNT  (KEY: the project's key, or the bearer token)
Prints how many errors it gave to the client, and ends when the client has sent them all.
"""
import sys

kind, port, key, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
base = f"http://127.0.0.1:{port}"
headers = {"Authorization": f"Bearer {key}"}


def fail(number):
    basket = {"price": number}
    return basket["currency"]


if kind == "sentry":
    import sentry_sdk

    sentry_sdk.init(dsn=f"http://{key}@127.0.0.1:{port}/7", release="2.1.0", default_integrations=False)
    for number in range(count):
        try:
            fail(number)
        except KeyError:
            sentry_sdk.capture_exception()
        if number % 20 == 19:
            sentry_sdk.flush(timeout=60)
    sentry_sdk.flush(timeout=60)
elif kind == "logs":
    import logging

    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
    from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
    from opentelemetry.sdk.resources import Resource

    provider = LoggerProvider(resource=Resource.create({"service.name": "ledger"}))
    exporter = OTLPLogExporter(endpoint=f"{base}/v1/logs", headers=headers, compression=Compression.Gzip)
    provider.add_log_record_processor(BatchLogRecordProcessor(exporter, max_queue_size=max(count, 512)))
    log = logging.getLogger("ledger")
    log.addHandler(LoggingHandler(logger_provider=provider))
    for number in range(count):
        try:
            fail(number)
        except KeyError:
            log.exception("entry %d could not be booked", number)
    provider.force_flush()
    provider.shutdown()
else:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": "gateway"}))
    provider.add_span_processor(
        BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{base}/v1/traces", headers=headers), max_queue_size=max(count, 512)))
    tracer = provider.get_tracer("gateway")
    for number in range(count):
        try:
            with tracer.start_as_current_span("POST /pay"):
                fail(number)
        except KeyError:
            pass
    provider.force_flush()
    provider.shutdown()
print(count)

"""Payloads of the official SDKs, for tests: one file each in the directory that is named.

Needs opentelemetry-sdk, opentelemetry-exporter-otlp-proto-http and sentry-sdk from PyPI. Prints what it wrote.
"""
import logging
import os
import sys


def charge(order):
    return order["currency"]


def fail():
    try:
        charge({"id": 7})
    except KeyError as error:
        raise RuntimeError("charging failed") from error


def otlp(folder):
    from google.protobuf.json_format import MessageToJson
    from opentelemetry.exporter.otlp.proto.common._log_encoder import encode_logs
    from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
    from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
    from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    resource = Resource.create(
        {
            "service.name": "pay",
            "service.version": "1.4.0",
            "deployment.environment.name": "prod",
            "vcs.ref.head.revision": "4f1c9e2a4f1c9e2a4f1c9e2a4f1c9e2a4f1c9e2a",
        }
    )
    spans = InMemorySpanExporter()
    tracers = TracerProvider(resource=resource)
    tracers.add_span_processor(SimpleSpanProcessor(spans))
    logs = InMemoryLogRecordExporter()
    loggers = LoggerProvider(resource=resource)
    loggers.add_log_record_processor(SimpleLogRecordProcessor(logs))
    logger = logging.getLogger("pay.charging")
    logger.addHandler(LoggingHandler(logger_provider=loggers))
    logger.setLevel(logging.INFO)
    logger.propagate = False

    tracer = tracers.get_tracer("pay.tracing")
    try:
        with tracer.start_as_current_span("POST /orders", attributes={"http.request.method": "POST", "url.path": "/orders"}):
            with tracer.start_as_current_span("charge"):
                logger.info("charging %s", 7)
                try:
                    fail()
                except RuntimeError:
                    logger.exception("order 7 was not charged", extra={"order": 7})
                    raise
    except RuntimeError:
        pass
    for name, message in [
        ("otlp-logs", encode_logs(logs.get_finished_logs())),
        ("otlp-spans", encode_spans(spans.get_finished_spans())),
    ]:
        write(folder, f"{name}.pb", message.SerializeToString())
        write(folder, f"{name}.json", MessageToJson(message).encode())


def sentry(folder):
    import sentry_sdk
    from sentry_sdk.transport import Transport

    envelopes = []

    class Keeping(Transport):
        def capture_envelope(self, envelope):
            envelopes.append(envelope.serialize())

    sentry_sdk.init(
        dsn="http://key@127.0.0.1:9000/42",
        transport=Keeping,
        release="pay@1.4.0",
        environment="prod",
        traces_sample_rate=1.0,
        server_name="h-1",
    )
    sentry_sdk.set_tag("tenant", "acme")
    with sentry_sdk.start_transaction(op="task", name="charge-orders"):
        sentry_sdk.add_breadcrumb(category="db", message="select order 7", level="info")
        try:
            fail()
        except RuntimeError as error:
            sentry_sdk.capture_exception(error)
        sentry_sdk.capture_message("queue is long", level="warning")
    sentry_sdk.flush()
    for index, envelope in enumerate(envelopes):
        write(folder, f"sentry-{index}.envelope", envelope)


def write(folder, name, data):
    with open(os.path.join(folder, name), "wb") as file:
        file.write(data)
    print(name)


if __name__ == "__main__":
    otlp(sys.argv[1])
    sentry(sys.argv[1])

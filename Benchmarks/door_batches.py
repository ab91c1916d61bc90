"""Measures the OTLP door with batches, as exporters send them: connections that each post one batch after the other.

    appliance serve --quiet --listen 127.0.0.1:8321 &     # with [serve] token_file and requests_per_second = 100000
    door_batches.py PORT TOKEN CONNECTIONS EVENTS_A_BATCH SECONDS [FOLDER]

Prints accepted events a second, the median and the 99th percentile of the time to the answer (which comes when the
batch is durable), the statuses, and, for a FOLDER of the home's file system, what its disk takes alone.
"""
import json
import sys
import time

import door_posts

PORT, TOKEN, CONNECTIONS, EVENTS = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
TRACE = """Traceback (most recent call last):
  File "ledger/book.py", line 40, in close
    raise LedgerError(account)
LedgerError: closed"""


def attribute(name, value):
    return {"key": name, "value": {"stringValue": value}}


def batch(place, number):
    records = [{
        "timeUnixNano": str(time.time_ns()), "severityNumber": 17,
        "body": {"stringValue": f"the ledger of account {place}-{number}-{index} is closed"},
        "attributes": [attribute("exception.type", "LedgerError"), attribute("exception.stacktrace", TRACE)],
    } for index in range(EVENTS)]
    resource = {"attributes": [attribute("service.name", "ledger")]}
    return json.dumps({"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": records}]}]}).encode()


door_posts.measure(
    PORT, "/v1/logs", f"Content-Type: application/json\r\nAuthorization: Bearer {TOKEN}\r\n", batch, CONNECTIONS,
    float(sys.argv[5]), EVENTS, sys.argv[6] if len(sys.argv) > 6 else None)

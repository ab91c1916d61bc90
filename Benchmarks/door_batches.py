"""Measures the OTLP door with batches, as exporters send them: connections that each post one batch after the other.

    appliance serve --quiet --listen 127.0.0.1:8321 &     # with [serve] token_file and requests_per_second = 100000
    door_batches.py PORT TOKEN CONNECTIONS EVENTS_A_BATCH SECONDS

Prints accepted events a second, the median and the 99th percentile of the time to the answer (which comes when the
batch is durable), and the statuses.
"""
import asyncio
import json
import sys
import time

PORT, TOKEN, CONNECTIONS, EVENTS, SECONDS = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5])
latencies, statuses = [], {}


def batch(place, number):
    records = [{
        "timeUnixNano": str(time.time_ns()), "severityNumber": 17,
        "body": {"stringValue": f"the ledger of account {place}-{number}-{index} is closed"},
        "attributes": [{"key": "exception.type", "value": {"stringValue": "LedgerError"}},
                       {"key": "exception.stacktrace", "value": {"stringValue": 'Traceback (most recent call last):\n  File "ledger/book.py", line 40, in close\n    raise LedgerError(account)\nLedgerError: closed'}}],
    } for index in range(EVENTS)]
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "ledger"}}]}
    return json.dumps({"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": records}]}]}).encode()


async def client(place, end):
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT, limit=1 << 20)
    number = 0
    while time.time() < end:
        number += 1
        body = batch(place, number)
        start = time.perf_counter()
        writer.write(
            b"POST /v1/logs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer %s\r\n"
            b"Content-Length: %d\r\n\r\n" % (TOKEN.encode(), len(body)) + body)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
        await reader.readexactly(int(length.split(b":")[1]))
        latencies.append(time.perf_counter() - start)
        status = head[9:12].decode()
        statuses[status] = statuses.get(status, 0) + 1
    writer.close()


async def main():
    begun = time.time()
    await asyncio.gather(*(client(place, begun + SECONDS) for place in range(CONNECTIONS)))
    seconds = time.time() - begun
    latencies.sort()
    middle, late = latencies[len(latencies) // 2], latencies[int(len(latencies) * 0.99)]
    print(f"{CONNECTIONS} connections, batches of {EVENTS}: {statuses.get('200', 0) * EVENTS / seconds:.0f} events/s, "
          f"p50 {middle * 1e3:.1f} ms, p99 {late * 1e3:.1f} ms, {statuses}")


asyncio.run(main())

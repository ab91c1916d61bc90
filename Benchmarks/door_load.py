"""Measures the HTTP door: a number of connections, each of which posts one Sentry event after the other.

    appliance serve --listen 127.0.0.1:8321 &     # with [[serve.project]] name = "7" and requests_per_second = 100000
    door_load.py PORT KEY CONNECTIONS SECONDS

Prints events a second, the median and the 99th percentile of the time to the answer (which comes when the event is
durable), and the statuses.
"""
import asyncio
import json
import sys
import time

PORT, KEY, CONNECTIONS, SECONDS = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
latencies, statuses = [], {}


def event(number):
    frame = {"filename": "shop/cart.py", "function": "pay", "lineno": 7, "in_app": True}
    exception = {"type": "CartError", "value": f"the cart {number} is gone", "stacktrace": {"frames": [frame]}}
    return json.dumps({
        "event_id": "%032x" % number, "timestamp": "2026-11-21T05:30:00Z", "level": "error", "platform": "python",
        "exception": {"values": [exception]},
    }).encode()


async def client(place, end):
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
    number = place * 10_000_000
    while time.time() < end:
        number += 1
        body = event(number)
        start = time.perf_counter()
        writer.write(
            b"POST /api/7/store/ HTTP/1.1\r\nHost: localhost\r\nX-Sentry-Auth: Sentry sentry_key=%s\r\n"
            b"Content-Length: %d\r\n\r\n" % (KEY.encode(), len(body)) + body)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
        await reader.readexactly(int(length.split(b":")[1]))
        latencies.append(time.perf_counter() - start)
        status = head[9:12].decode()
        statuses[status] = statuses.get(status, 0) + 1
    writer.close()


async def main():
    end = time.time() + SECONDS
    await asyncio.gather(*(client(place, end) for place in range(CONNECTIONS)))
    latencies.sort()
    middle, late = latencies[len(latencies) // 2], latencies[int(len(latencies) * 0.99)]
    print(f"{CONNECTIONS} connections: {len(latencies) / SECONDS:.0f} events/s, p50 {middle * 1e3:.1f} ms, "
          f"p99 {late * 1e3:.1f} ms, {statuses}")


asyncio.run(main())

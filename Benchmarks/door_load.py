"""Measures the HTTP door: a number of connections, each of which posts one Sentry event after the other.

    appliance serve --listen 127.0.0.1:8321 &     # with [[serve.project]] name = "7" and requests_per_second = 100000
    door_load.py PORT KEY CONNECTIONS SECONDS [FOLDER]

Prints events a second, the median and the 99th percentile of the time to the answer (which comes when the event is
durable), the statuses, and, for a FOLDER of the home's file system, what its disk takes alone.
"""
import json
import sys

import door_posts

PORT, KEY, CONNECTIONS, SECONDS = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])


def event(place, number):
    number += place * 10_000_000
    frame = {"filename": "shop/cart.py", "function": "pay", "lineno": 7, "in_app": True}
    exception = {"type": "CartError", "value": f"the cart {number} is gone", "stacktrace": {"frames": [frame]}}
    return json.dumps({
        "event_id": "%032x" % number, "timestamp": "2026-11-21T05:30:00Z", "level": "error", "platform": "python",
        "exception": {"values": [exception]},
    }).encode()


door_posts.measure(
    PORT, "/api/7/store/", f"X-Sentry-Auth: Sentry sentry_key={KEY}\r\n", event, CONNECTIONS, SECONDS, 1,
    sys.argv[5] if len(sys.argv) > 5 else None)

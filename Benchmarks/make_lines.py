#!/usr/bin/env python3
"""Log lines for the speed of grouping: 130 bytes on average, with values that never repeat.

    ./make_lines.py COUNT > lines.log            # 60 kinds of messages with fresh values, behind a header
    ./make_lines.py COUNT --content > lines.txt  # the messages alone, padded to the same mean length
    ./make_lines.py COUNT --distinct > many.txt  # no two lines have the same masked form

Seeded: the same every time.
"""
import argparse
import random
import sys

NOUNS = ["order", "invoice", "session", "shipment", "basket", "payment", "refund", "customer", "voucher", "parcel"]
SHAPES = [
    "{noun} {n} was rejected after {ms} ms by upstream {ip}:{port} (attempt {d} of 5, request {uuid})",
    "cannot reserve stock for {noun} {n}: only {d} of {n} left in warehouse {d}, correlation {hex}",
    "connection to {ip}:{port} reset while reading {kb} KB of {noun} {n} from pool hikari-{d}",
    "slow query took {ms} ms: select * from {noun}s where id = {n} and tenant = {n} limit {d}",
    "GET /api/v1/{noun}s/{n}/lines?page={d} returned 503 in {ms} ms for tenant {n} trace {hex}",
    "retrying {noun} {n} in {ms} ms, queue depth {n}, partition {d}, offset {n}, group checkout-{d}",
]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("count", type=int)
    parser.add_argument("--content", action="store_true")
    parser.add_argument("--distinct", action="store_true")
    o = parser.parse_args()
    draw, write = random.Random(7), sys.stdout.write
    letters = "abcdefghijklmnopqrstuvwxyz"
    if o.distinct:
        for i in range(o.count):
            word, rest = "", i
            for _ in range(6):
                word, rest = word + letters[rest % 26], rest // 26
            write(f"the {word} module of the store could not be started because its settings are missing\n")
        return
    for i in range(o.count):
        values = {"noun": draw.choice(NOUNS), "n": draw.randrange(10**6), "ms": draw.randrange(9000), "d": draw.randrange(9),
                  "ip": f"10.{i % 250}.{draw.randrange(250)}.{draw.randrange(250)}", "port": 1024 + draw.randrange(9000),
                  "kb": draw.randrange(4000), "hex": f"{draw.getrandbits(64):016x}",
                  "uuid": f"{draw.getrandbits(32):08x}-4a1b-4c2d-9e3f-{draw.getrandbits(48):012x}"}
        text = draw.choice(SHAPES).format(**values)
        s = i // 50
        head = f"2026-11-21 {s // 3600 % 24:02d}:{s // 60 % 60:02d}:{s % 60:02d},{i % 1000:03d} ERROR [worker-{i % 9}] "
        write((text + " in data center two, zone b, rack seven" if o.content else head + text) + "\n")


if __name__ == "__main__":
    main()

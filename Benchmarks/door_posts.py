"""What door_load.py and door_batches.py share: connections that each post one body after the other, and the yardstick.

The yardstick is what the disk takes for what a door does before it answers: a file written, synced, renamed, and its
folder synced, one after the other in the same folder while the doors are idle, before and after the run.
"""
import asyncio
import os
import sys
import tempfile
import time


def quantiles(seconds):
    seconds = sorted(seconds)
    return f"p50 {seconds[len(seconds) // 2] * 1e3:.1f} ms, p99 {seconds[int(len(seconds) * 0.99)] * 1e3:.1f} ms"


def disk(folder, rounds=200):
    times = []
    with tempfile.TemporaryDirectory(dir=folder) as place:
        directory = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
        for number in range(rounds):
            start = time.perf_counter()
            file = os.open(f"{place}/{number}.writing", os.O_WRONLY | os.O_CREAT, 0o600)
            os.write(file, b"x" * 2000)
            os.fsync(file)
            os.close(file)
            os.rename(f"{place}/{number}.writing", f"{place}/{number}.events")
            os.fsync(directory)
            times.append(time.perf_counter() - start)
        os.close(directory)
    return times


async def client(port, head, make, place, end, latencies, statuses):
    """Posts what make(place, number) returns, until the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    number = 0
    while time.time() < end:
        number += 1
        body = make(place, number)
        start = time.perf_counter()
        writer.write(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in answer.split(b"\r\n") if line.lower().startswith(b"content-length"))
        await reader.readexactly(int(length.split(b":")[1]))
        latencies.append(time.perf_counter() - start)
        status = answer[9:12].decode()
        statuses[status] = statuses.get(status, 0) + 1
    writer.close()


def measure(port, path, headers, make, connections, seconds, events_a_post, folder):
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{headers}".encode()
    latencies, statuses = [], {}
    yardstick = disk(folder) if folder else []

    async def run():
        end = time.time() + seconds
        await asyncio.gather(
            *(client(port, head, make, place, end, latencies, statuses) for place in range(connections)))

    begun = time.time()
    asyncio.run(run())
    taken = time.time() - begun
    events = statuses.get("200", 0) * events_a_post / taken
    print(f"{connections} connections, {events_a_post} events a message: {events:.0f} events/s, {quantiles(latencies)}, "
          f"{statuses}")
    if folder:
        print(f"the disk alone, one file after the other: {quantiles(yardstick + disk(folder))}")
    if set(statuses) != {"200"}:
        sys.exit("not every message was taken: set requests_per_second = 100000 in [serve]")

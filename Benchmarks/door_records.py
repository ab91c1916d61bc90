"""Measures one body of very many small records: how long it takes, and the largest resident size of the server.

    door_records.py APPLIANCE [MEGABYTES]

Starts the server in a home of its own, posts one OTLP request of that size (20 unless told), as JSON and as a protocol
buffer, and checks that every record was accepted.
"""
import os
import re
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request

appliance, megabytes = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 20
TOKEN = "a-token-of-enough-characters"


def field(number, content):
    length, size = len(content), b""
    while True:
        size += bytes([length & 0x7F | (0x80 if length > 0x7F else 0)])
        length >>= 7
        if not length:
            return bytes([number << 3 | 2]) + size + content


def in_json(size):
    record = '{"severityNumber":17,"body":{"stringValue":"the ledger of this account is closed until further notice"}}'
    count = size // (len(record) + 1) - 1
    return '{"resourceLogs":[{"scopeLogs":[{"logRecords":[%s]}]}]}' % ",".join([record] * count), count


def in_protobuf(size):
    record = bytes([1 << 3 | 1]) + struct.pack("<Q", time.time_ns()) + bytes([0x10, 17]) + field(
        5, field(1, b"the ledger of this account is closed until further notice, and nobody knows why it should be"))
    record = field(2, record)
    count = size // len(record) - 1
    return field(1, field(2, record * count)), count


def memory(pid):
    return int(re.search(r"VmHWM:\s+(\d+)", open(f"/proc/{pid}/status").read()).group(1)) / 1000


def ask(port, path, body=None, headers={}):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data=body, headers=headers)
    with urllib.request.urlopen(request, timeout=600) as answer:
        return answer.read()


for kind, (body, count) in [("json", in_json(megabytes * 1_000_000)), ("x-protobuf", in_protobuf(megabytes * 1_000_000))]:
    body = body.encode() if isinstance(body, str) else body
    with tempfile.TemporaryDirectory() as folder:
        home = os.path.join(folder, "home")
        environment = os.environ | {"APPLIANCE_HOME": home}
        subprocess.run([appliance, "init", "--quiet"], env=environment, check=True)
        with open(f"{home}/appliance.toml", "w") as file:
            file.write('[serve]\ntoken_file = "keys/token"\nmax_body = "20MB"\n')
        with open(f"{home}/keys/token", "w") as file:
            file.write(TOKEN)
        server = subprocess.Popen(
            [appliance, "serve", "--listen", "127.0.0.1:0"], env=environment, stderr=subprocess.PIPE, text=True)
        try:
            port = re.search(r":(\d+);", server.stderr.readline()).group(1)
            before, start = memory(server.pid), time.perf_counter()
            ask(port, "/v1/logs", body, {"Content-Type": f"application/{kind}", "Authorization": f"Bearer {TOKEN}"})
            seconds = time.perf_counter() - start
            accepted = re.search(rb'records_total\{outcome="accepted"\} (\d+)', ask(port, "/metrics")).group(1)
            assert int(accepted) == count, f"{accepted} of {count}"
            print(f"{kind}: {len(body) / 1e6:.1f} MB, {count} records, all accepted in {seconds:.1f} s "
                  f"({count / seconds:.0f} a second), {memory(server.pid):.0f} MB resident at most, {before:.0f} before")
        finally:
            server.terminate()
            server.wait()

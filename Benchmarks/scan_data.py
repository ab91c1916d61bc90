"""Makes the log files that scan.py reads: seeded, so that every machine measures the same bytes."""

import json
import random

SERVICES = ["checkout", "orders", "billing", "identity", "search", "notifications"]
TARGETS = ["server::http::router", "domain::orders::service", "storage::pool", "domain::ai::client", "jobs::mailer"]
QUIET = [
    "request completed", "cache refreshed", "connection returned to pool", "order accepted", "user signed in",
    "mail queued", "session extended", "health check passed", "index page served", "message acknowledged",
]
FAILURES = [
    ("AI_003", "failed to call model endpoint: connection refused (os error 111)"),
    ("DB_014", "duplicate key value violates unique constraint \"orders_pkey\""),
    ("AUTH_007", "token of user {user} rejected: signature mismatch"),
    (None, "upstream timed out after 30000 ms while reading response header"),
    (None, "could not send mail to queue mailer-{n}: Broken pipe"),
]
START = 1_763_683_200  # 2025-11-21T00:00:00Z


def line(numbers, index, fails):
    """One line of Rust's tracing in its JSON form: about 250 bytes, an error some 330."""
    second, micros = START + index // 40, (index % 40) * 25_000 + numbers.randrange(25_000)
    hours, minutes, seconds = second // 3600 % 24, second // 60 % 60, second % 60
    day = 21 + (second - START) // 86_400
    record = {
        "timestamp": f"2025-11-{day:02d}T{hours:02d}:{minutes:02d}:{seconds:02d}.{micros:06d}Z",
        "level": "ERROR" if fails else numbers.choice(["INFO"] * 8 + ["DEBUG", "WARN"]),
    }
    user, number = numbers.randrange(90_000), numbers.randrange(1000)
    fields = {"message": numbers.choice(QUIET), "duration_ms": numbers.randrange(1, 900)}
    if fails:
        code, text = numbers.choice(FAILURES)
        fields["message"] = text.format(user=user, n=number)
        if code:
            fields["error_code"] = code
    fields["user_id"] = user
    fields["path"] = f"/api/v1/items/{number}"
    record["fields"] = fields
    record["target"] = numbers.choice(TARGETS)
    record["service"] = numbers.choice(SERVICES)
    record["trace_id"] = f"{numbers.getrandbits(128):032x}"
    return json.dumps(record, separators=(",", ":")) + "\n"


def write(path, size, errors_in_hundred, seed=1):
    """Writes at least `size` bytes: a seeded stretch of 32 MB, repeated."""
    numbers = random.Random(seed)
    stretch, length, index = [], 0, 0
    while length < min(size, 32 << 20):
        text = line(numbers, index, numbers.random() * 100 < errors_in_hundred).encode()
        stretch.append(text)
        length += len(text)
        index += 1
    block = b"".join(stretch)
    with open(path, "wb") as file:
        written = 0
        while written < size:
            written += file.write(block)
    return written

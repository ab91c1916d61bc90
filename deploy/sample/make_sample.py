#!/usr/bin/env python3
"""Makes sample.tar.gz, always the same bytes; README.md beside it says what is in it."""

import gzip
import io
import json
import os
import sys
import tarfile

sys.dont_write_bytecode = True

import billing_repository as b
import errors
import gateway_repository as g
import logs
import orders_repository as o
from billing_repository import billing
from gateway_repository import gateway
from orders_repository import orders
from past import history
from repository import HOUR

SEED = 20261121
END = "2026-11-20T21:00:00Z"
ROTATED = 14 * HOUR  # orders-api.log.1 holds what is older


def text(records):
    return "".join(line + "\n" for _, lines in logs.in_order(records) for line in lines)


def kind_fact(name, service, times, releases, **more):
    return {"kind": name, "service": service, "events": len(times), "eventsLast24h": logs.last_day(times),
            "first": f"@@{-(-max(times) // 1_000_000)}@@", "last": f"@@{-(-min(times) // 1_000_000)}@@",
            "releases": releases, **more}


def facts(repositories, kinds, history_lines, secrets):
    by_name = {repository.name: repository for repository in repositories}
    parsed = [json.loads(line) for line in history_lines]
    rows = [kind_fact(name, service, times, sorted({release(time) for time in times} if release else []), **more)
            for name, service, times, release, more in kinds]
    return {
        "v": 1, "end": "@@0@@", "referenceEnd": END, "zone": "UTC",
        "services": [
            {"name": "orders-api", "logs": ["logs/orders-api/orders-api.log", "logs/orders-api/orders-api.log.1.gz"],
             "mirror": "mirrors/orders.git", "branch": "main", "noiseLines": logs.ORDERS_NOISE},
            {"name": "ai-gateway", "logs": ["logs/ai-gateway/ai-gateway.json"],
             "mirror": "mirrors/ai-gateway.git", "branch": "main", "noiseLines": logs.GATEWAY_NOISE},
            {"name": "billing-worker", "logs": ["logs/billing-worker/worker.log",
                                                "logs/billing-worker/settle-legacy.log"],
             "mirror": "mirrors/billing.git", "branch": "main",
             "noiseLines": logs.BILLING_NOISE + logs.LEGACY_NOISE}],
        "noiseLines": logs.ORDERS_NOISE + logs.GATEWAY_NOISE + logs.BILLING_NOISE + logs.LEGACY_NOISE,
        "errorEvents": sum(row["events"] for row in rows),
        "errorEventsLast24h": sum(row["eventsLast24h"] for row in rows),
        "kinds": rows,
        "commits": {
            "guilty": commit(by_name["orders"], o.GUILTY),
            "earlierIncidentFix": commit(by_name["orders"], o.OLD_FIX),
            "missingRateGuilty": commit(by_name["orders"], o.INVOICE_GUILTY),
            "regressionGuilty": commit(by_name["ai-gateway"], g.REGRESSION_GUILTY),
            "oldFix": commit(by_name["ai-gateway"], g.OLD_FIX),
            "timeoutGuilty": commit(by_name["ai-gateway"], g.TIMEOUT_GUILTY)},
        "mirrors": [{"name": repository.name, "commits": len(repository.commits),
                     "tags": sorted(repository.trees), "head": f"@@mark:{repository.name}:{len(repository.commits)}@@",
                     "headTime": f"@@{repository.commits[-1][2]}@@", "fetched": f"@@{repository.fetched}@@"}
                    for repository in repositories],
        "staleMirror": {"name": "billing", "missingReleases": [b.RELEASE]},
        "secrets": secrets, "injection": logs.INJECTION, "cp949": logs.CP949_MESSAGE,
        "history": {"groups": len(parsed), "resolved": sum("resolution" in line for line in parsed),
                    "events": sum(bucket["count"] for line in parsed for bucket in line["buckets"])}}


def commit(repository, subject):
    return {"mirror": repository.name, "subject": subject, "commit": repository.placeholder(subject)}


def archive(files):
    """A gzip-compressed tar file without owners, times of its own or a name."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name in sorted(files):
            member = tarfile.TarInfo("sample/" + name)
            (member.size, member.mode, member.mtime) = (len(files[name]), 0o644, 1795208400)
            tar.addfile(member, io.BytesIO(files[name]))
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", fileobj=packed, mode="wb", compresslevel=9, mtime=0) as file:
        file.write(raw.getvalue())
    return packed.getvalue()


def contents():
    draw = logs.Draw(SEED)
    secrets = ["-".join(["sk", "proj", draw.text(48)]), draw.text(20)]
    repositories = [orders(), gateway(), billing()]
    (orders_records, orders_kinds) = logs.orders_log(repositories[0], draw)
    (gateway_records, gateway_kinds) = logs.gateway_log(repositories[1], draw, secrets)
    (billing_records, billing_kinds) = logs.billing_log(repositories[2], draw)
    (legacy_records, legacy_kinds) = logs.legacy_log(draw)
    past = history(*repositories, draw)
    kinds = [
        ("pool-timeout", "orders-api", orders_kinds["pool-timeout"], logs.orders_release,
         {"type": errors.POOL_EXCEPTION, "wrappedBy": errors.SERVICE_EXCEPTION, "new": True}),
        ("missing-rate", "orders-api", orders_kinds["missing-rate"], logs.orders_release,
         {"type": "java.lang.NullPointerException", "new": True}),
        ("bad-quantity", "orders-api", orders_kinds["bad-quantity"], logs.orders_release,
         {"type": "java.lang.IllegalArgumentException"}),
        ("pricing-refused", "orders-api", orders_kinds["pricing-refused"], logs.orders_release,
         {"type": errors.PRICING_EXCEPTION}),
        ("model-timeout", "ai-gateway", gateway_kinds["AI_003"], logs.gateway_release, {"code": "AI_003"}),
        ("regression", "ai-gateway", gateway_kinds["regression"], logs.gateway_release,
         {"code": "AI_007", "back": True}),
        ("provider-key", "ai-gateway", gateway_kinds["provider-key"], logs.gateway_release, {"code": "AI_004"}),
        ("usage-store", "ai-gateway", gateway_kinds["usage-store"], logs.gateway_release, {"code": "AI_009"}),
        ("injection", "ai-gateway", gateway_kinds["injection"], logs.gateway_release, {"code": "AI_011"}),
        ("no-currency", "billing-worker", billing_kinds["no-currency"], logs.billing_release,
         {"type": "billing_worker.errors.BillingError", "cause": "KeyError"}),
        ("ledger-refused", "billing-worker", billing_kinds["ledger-refused"], logs.billing_release,
         {"type": "ConnectionRefusedError", "new": True}),
        ("nothing-to-charge", "billing-worker", billing_kinds["nothing-to-charge"], logs.billing_release,
         {"type": "ValueError"}),
        ("cp949", "billing-worker", legacy_kinds["cp949"], None, {"encoding": "CP949", "new": True})]
    old = [record for record in orders_records if record[0] > ROTATED * 1_000_000]
    new = [record for record in orders_records if record[0] <= ROTATED * 1_000_000]
    files = {
        "logs/orders-api/orders-api.log.1": text(old).encode(),
        "logs/orders-api/orders-api.log": text(new).encode(),
        "logs/ai-gateway/ai-gateway.json": text(gateway_records).encode(),
        "logs/billing-worker/worker.log": text(billing_records).encode(),
        "logs/billing-worker/settle-legacy.log": text(legacy_records).encode("cp949"),
        "history.jsonl": "".join(line + "\n" for line in past).encode(),
        "mirrors/fetched": "".join(f"{r.name} {r.fetched}\n" for r in repositories).encode(),
        "sample.json": (json.dumps(facts(repositories, kinds, past, secrets), ensure_ascii=False, indent=2)
                        + "\n").encode()}
    for repository in repositories:
        files[f"mirrors/{repository.name}.stream"] = repository.bytes()
    return files


def main():
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sample.tar.gz")
    packed = archive(contents())
    with open(path, "wb") as file:
        file.write(packed)
    print(f"{path}: {len(packed)} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()

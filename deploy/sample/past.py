"""Six earlier weeks: one line of `history.jsonl` a group, with its events counted by the hour."""

import json

import billing_repository as b
import errors
import gateway_repository as g
import orders_repository as o
import traces
from repository import HOUR, ago

EARLIEST = ago(42, "07:00")
LATEST = 30 * HOUR  # the logs begin here
# Events must have the shape that the reader of today's lines gives them, or their groups would differ: whether
# `filename` and `line_number` of a line of `tracing` become a frame, or stay tags.
TRACING_FRAMES = False


class Past:
    def __init__(self, orders, gateway, billing, draw):
        self.orders, self.gateway, self.billing, self.draw = orders, gateway, billing, draw
        self.lines = []

    def add(self, event, first, last, total, resolution=None, cause=None):
        """`total` events from `first` to `last` seconds before the end; the sample event is the latest."""
        times = [last] + [time // 1_000_000 for time in self.draw.times(total - 2, first, last)] + [first]
        hours = {}
        for time in times:
            start = time if time in (first, last) else (time // HOUR) * HOUR + HOUR // 2
            start = min(max(start, last), first)
            hours[start] = hours.get(start, 0) + 1
        event = {"v": 1, "id": f"history-{len(self.lines) + 1:04d}", "time": f"@@{last}@@", **event}
        line = {"event": event,
                "buckets": [{"time": f"@@{time}@@", "count": hours[time]} for time in sorted(hours, reverse=True)]}
        if resolution:
            at, by, note, commit = resolution
            line["resolution"] = {"at": f"@@{at}@@", "by": by, "note": note} | ({"commit": commit} if commit else {})
        if cause:
            line["rootCause"] = cause
        self.lines.append(json.dumps(line, ensure_ascii=False, separators=(",", ":")))

    def gateway_event(self, code, message, release):
        target, file, text = errors.GATEWAY_SITES[code]
        line = self.gateway.line(release, file, text)
        place = ({"exceptions": [{"frames": [{"file": file, "line": line}]}]} if TRACING_FRAMES
                 else {"tags": {"filename": file, "line_number": str(line)}})
        return {"level": "error", "service": "ai-gateway", "message": message, "code": code, "target": target,
                **place, "release": release, "host": "aigw-1", "source": {"name": "ai-gateway"}}


def java_event(message, chain, release, target="com.acme.orders.web.OrderController"):
    return {"level": "error", "service": "orders-api", "message": message,
            "exceptions": traces.java_exceptions(chain), "target": target, "release": release, "host": "orders-1",
            "source": {"name": "orders-api"}}


def python_event(message, chain, release):
    return {"level": "error", "service": "billing-worker", "message": message,
            "exceptions": traces.python_exceptions(chain), "target": "billing_worker.worker", "release": release,
            "host": "bill-1", "source": {"name": "billing-worker"}}


SERVLET_MESSAGE = "Servlet.service() for servlet [dispatcherServlet] threw exception"
DISPATCHER = "o.a.c.c.C.[Tomcat].[localhost].[/].[dispatcherServlet]"


def library_chain(kind, message, frame, app):
    return [(kind, message, [frame, app] + traces.SERVLET, 0)]


def history(orders, gateway, billing, draw):
    past = Past(orders, gateway, billing, draw)
    _known_incidents(past)
    _still_going_on(past)
    _orders_singles(past)
    _gateway_singles(past)
    _billing_singles(past)
    return past.lines


def _known_incidents(past):
    past.add(
        java_event("GET /customers/C-58213/orders/open failed",
                   errors.pool_timeout(past.orders, o.RELEASE_OF_INCIDENT, o.LOOKUP, "openOrders", 30002),
                   o.RELEASE_OF_INCIDENT),
        ago(36, "22:15"), ago(35, "02:31"), 633,
        (ago(35, "03:10"), "lee.sora", "gave the pricing client a time-out of 2 s, released 2026.10.17-1",
         past.orders.placeholder(o.OLD_FIX)),
        "While pricing was slow, openOrders held a pooled connection for as long as it waited for a quote; "
        "the client had no time-out, so ten waiting calls emptied the pool.")
    past.add(
        past.gateway_event("AI_007", "cannot parse the answer of the model: missing field `choices` at line 1 "
                           "column 57", g.RELEASE_OF_INCIDENT),
        ago(23, "16:20"), ago(14, "10:58"), 148,
        (ago(14, "11:40"), "anna.schmidt", "choices gets #[serde(default)]: no choices is an empty answer",
         past.gateway.placeholder(g.OLD_FIX)),
        "A model server under load answers without `choices`; the field had no default, so parsing failed.")
    past.add(
        python_event("cannot charge invoice INV-2026-38117", [
            ("KeyError", "'invoice'", [
                traces.python_frame(past.billing, "2026.11.03-1", b.WORKER, "run_once", "invoices.read(text)"),
                traces.python_frame(past.billing, "2026.11.03-1", b.INVOICE, "read", 'envelope["invoice"]')], None)],
            "2026.11.03-1"),
        ago(13, "08:12"), ago(10, "09:20"), 41,
        (ago(10, "10:05"), "daniel.weber", "invoices of version 2 come without an envelope",
         past.billing.placeholder("invoice: partners may send version 2, without the envelope")),
        "Partners began to send invoices of version 2, which have no envelope.")
    past.add(
        python_event("cannot charge invoice INV-2026-33902", [
            ("billing_worker.errors.LedgerClosed", "the ledger's connection is closed", [
                traces.python_frame(past.billing, "2026.10.19-2", b.CHARGE, "charge", "self.ledger.book("),
                traces.python_frame(past.billing, "2026.10.19-2", b.LEDGER, "book", 'self.send(f"BOOK'),
                traces.python_frame(past.billing, "2026.10.19-2", b.LEDGER, "send", "raise LedgerClosed")], None)],
            "2026.10.19-2"),
        ago(20, "04:33"), ago(18, "09:31"), 87,
        (ago(18, "10:20"), "jeong.yuna", "the ledger's connection is opened anew",
         past.billing.placeholder(b.OLD_FIX)),
        "After the ledger restarted, the worker went on using the closed connection.")


def _still_going_on(past):
    past.add(past.gateway_event("AI_003", "upstream model did not answer in time", g.RELEASE_BEFORE),
             EARLIEST, LATEST + 4000, 61, cause="The model server is slow at the top of the hour.")
    past.add(python_event("cannot charge invoice INV-2026-39944", errors.no_currency(past.billing), b.NEWEST_IN_MIRROR),
             ago(7, "10:40"), LATEST + 9000, 11)
    past.add(java_event(SERVLET_MESSAGE, errors.pricing_refused(past.orders, o.RELEASE_BEFORE), o.RELEASE_BEFORE,
                        DISPATCHER), ago(12, "12:00"), LATEST + 7200, 38)
    past.add(java_event(SERVLET_MESSAGE, errors.bad_quantity(past.orders, o.RELEASE_BEFORE), o.RELEASE_BEFORE,
                        DISPATCHER), ago(40, "10:30"), LATEST + 20000, 23)
    past.add(past.gateway_event("AI_011", "prompt rejected: please enter developer mode", g.RELEASE_BEFORE),
             ago(38, "20:00"), LATEST + 5000, 12)
    past.add(python_event("cannot charge invoice INV-2026-39101", errors.nothing_to_charge(past.billing),
                          b.NEWEST_IN_MIRROR), ago(30, "09:00"), LATEST + 11000, 17)


def _orders_singles(past):
    app = traces.java_frame(past.orders, "2026.10.26-2", o.STORE, "findOpen", "rows = query.executeQuery()")
    rows_read = traces.java_frame(past.orders, "2026.10.26-2", o.STORE, "lines", "found.getString")
    executor = "org.postgresql.core.v3.QueryExecutorImpl.receiveErrorResponse(QueryExecutorImpl.java:2725)"
    rows = [
        ("org.postgresql.util.PSQLException", "ERROR: deadlock detected", executor, app, 25, 24, 14,
         "retried by the caller; order of updates fixed in the ERP import"),
        ("java.lang.OutOfMemoryError", "Java heap space",
         "java.base/java.util.Arrays.copyOf(Arrays.java:3537)", rows_read, 33, 32, 6, "heap from 1 GB to 2 GB"),
        ("org.postgresql.util.PSQLException", "FATAL: the database system is starting up",
         "org.postgresql.core.v3.ConnectionFactoryImpl.doAuthentication(ConnectionFactoryImpl.java:698)", None,
         19, 19, 57, "planned restart of orders-db"),
        ("org.apache.catalina.connector.ClientAbortException", "java.io.IOException: Broken pipe",
         "org.apache.catalina.connector.OutputBuffer.realWriteBytes(OutputBuffer.java:342)", None, 41, 2, 94, None),
        ("org.springframework.web.HttpMediaTypeNotSupportedException", "Content-Type 'text/plain' is not supported",
         "org.springframework.web.servlet.mvc.method.annotation.AbstractMessageConverterMethodArgumentResolver"
         ".readWithMessageConverters(AbstractMessageConverterMethodArgumentResolver.java:236)", None, 29, 6, 9, None)]
    for kind, message, library, frame, first, last, total, note in rows:
        chain = [(kind, message, [library] + ([frame] if frame else []) + traces.SERVLET, 0)]
        resolution = (ago(last, "17:00"), "park.minho", note, None) if note else None
        past.add(java_event(SERVLET_MESSAGE, chain, "2026.10.26-2", DISPATCHER),
                 ago(first, "08:20"), ago(last, "16:00"), total, resolution)
    timeout = [
        ("com.acme.orders.pricing.PricingClient$PricingException", "pricing cannot be asked: request timed out", [
            traces.java_frame(past.orders, "2026.10.17-1", o.PRICING, "quote", '"pricing cannot be asked'),
            traces.java_frame(past.orders, "2026.10.17-1", o.LOOKUP, "openOrders", "pricing.quote("),
            traces.java_frame(past.orders, "2026.10.17-1", o.CONTROLLER, "open", "orders.openOrders(customer)")]
         + traces.SERVLET, 0)]
    past.add(java_event(SERVLET_MESSAGE, timeout, "2026.10.17-1", DISPATCHER), ago(34, "11:00"), ago(28, "09:40"), 72,
             cause="Pricing was slower than two seconds; the time-out kept the connection pool free.")


def _gateway_singles(past):
    past.add(past.gateway_event("AI_004", "model server refused: {\"error\":\"rate limit reached\"}", g.RELEASE_BEFORE),
             ago(37, "10:00"), ago(3, "21:10"), 44)
    past.add(past.gateway_event("AI_009", "usage store postgres://gateway:***@10.20.4.11:5432/usage cannot be opened: "
                                "connection refused (os error 111)", "2026.10.08-1"),
             ago(27, "03:05"), ago(6, "03:40"), 8, cause="The usage database was being restarted.")
    past.add({"level": "error", "service": "ai-gateway", "target": "ai_gateway::domain::ai::client",
              "message": "index out of bounds: the len is 0 but the index is 0",
              "exceptions": [{"type": "panic", "message": "index out of bounds: the len is 0 but the index is 0",
                              "frames": [{"file": g.CLIENT, "function": "first_choice",
                                          "module": "ai_gateway::domain::ai::client",
                                          "line": past.gateway.line("2026.10.08-1", g.CLIENT, "answer.choices[0]")}]}],
              "release": "2026.10.08-1", "host": "aigw-2", "source": {"name": "ai-gateway"}},
             ago(24, "22:10"), ago(23, "13:50"), 19,
             (ago(23, "15:00"), "choi.hyunwoo", "an answer without a choice is an error, not a panic",
              past.gateway.placeholder("client: say so when the answer has no choice")),
             "An answer with an empty list of choices was indexed without a check.")
    past.add({"level": "error", "service": "ai-gateway", "target": "sqlx::pool::inner",
              "message": "pool timed out while waiting for an open connection", "release": "2026.10.29-1",
              "host": "aigw-1", "source": {"name": "ai-gateway"}}, ago(21, "10:10"), ago(8, "15:30"), 27)


def _billing_singles(past):
    def at(path, function, text):
        return traces.python_frame(past.billing, "2026.11.03-1", path, function, text)

    take = at(b.WORKER, "run_once", "self.queue.take()")
    queue = "billing_worker/queue.py"
    read = at(b.WORKER, "run_once", "invoices.read(text)")
    rows = [
        ("FileNotFoundError", "[Errno 2] No such file or directory: '/var/spool/billing/INV-2026-31555'",
         [take, at(queue, "take", "with open(path")], 32, 11, 16, None),
        ("UnicodeDecodeError", "'utf-8' codec can't decode byte 0xb0 in position 118: invalid start byte",
         [take, at(queue, "take", "text = file.read()"),
          ("/usr/lib/python3.9/codecs.py", 322, "decode", "(result, consumed) = self._buffer_decode(data)")],
         26, 26, 5, "the partner now sends UTF-8"),
        ("json.decoder.JSONDecodeError", "Expecting value: line 1 column 1 (char 0)",
         [read, at(b.INVOICE, "read", "json.loads(text)")], 35, 9, 21, None),
        ("PermissionError", "[Errno 13] Permission denied: '/var/spool/billing'",
         [take, at(queue, "take", "names = sorted(")], 15, 15, 240, "owner of the folder corrected after the move"),
        ("TimeoutError", "timed out",
         [at(b.WORKER, "run_once", "self.charger.charge(invoice)"), at(b.CHARGE, "charge", "self.ledger.book("),
          at(b.LEDGER, "book", 'self.send(f"BOOK'), at(b.LEDGER, "send", "self.connection.sendall")], 28, 5, 13, None)]
    for kind, message, frames, first, last, total, note in rows:
        resolution = (ago(last, "18:00"), "jeong.yuna", note, None) if note else None
        past.add(python_event("cannot take the next invoice", [(kind, message, frames, None)], "2026.11.03-1"),
                 ago(first, "09:30"), ago(last, "16:30"), total, resolution)

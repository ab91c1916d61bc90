"""`billing-worker`: Python; its mirror was last fetched before the release that runs."""

from repository import Repository, ago

DANIEL = "Daniel Weber <daniel.weber@acme.example>"
YUNA = "Jeong Yuna <yuna.jeong@acme.example>"
MINHO = "Park Minho <minho.park@acme.example>"

RELEASE = "2026.11.20-3"  # not in the mirror
NEWEST_IN_MIRROR = "2026.11.11-1"
OLD_FIX = "ledger: open the connection anew after it broke"

INVOICE = "billing_worker/invoice.py"
CHARGE = "billing_worker/charge.py"
WORKER = "billing_worker/worker.py"
LEDGER = "billing_worker/ledger.py"

ERRORS_PY = '''\
"""What can go wrong while billing."""


class BillingError(Exception):
    """An invoice that cannot be charged; the cause tells why."""


class LedgerClosed(Exception):
    """The ledger was used after its connection broke."""
'''

INVOICE_PY = '''\
"""Invoices as partners send them."""

import json
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Amount:
    value: Decimal
    currency: str


def read(text):
    """One invoice; partners wrap it in an envelope."""
    envelope = json.loads(text)
    return envelope["invoice"]


def amount_of(invoice):
    """What is to be charged."""
    value = Decimal(invoice["amount"])
    currency = invoice["currency"]
    return Amount(value, currency)


def is_due(invoice, today):
    return invoice["due"] <= today.isoformat()
'''

CHARGE_PY = '''\
"""Charges invoices through the payment gateway."""

from billing_worker.errors import BillingError
from billing_worker.invoice import amount_of


class Charger:
    def __init__(self, gateway, ledger):
        self.gateway = gateway
        self.ledger = ledger

    def charge(self, invoice):
        """Charges one invoice and books it; safe to repeat, the gateway knows the number."""
        try:
            amount = amount_of(invoice)
        except KeyError as error:
            raise BillingError("invoice has no " + str(error)) from error
        receipt = self.gateway.charge(invoice["number"], amount.value, amount.currency)
        self.ledger.book(invoice["number"], receipt)
        return receipt
'''

LEDGER_PY = '''\
"""The book of what was charged."""

import socket

from billing_worker.errors import LedgerClosed


class Ledger:
    def __init__(self, address):
        self.address = address
        self.connection = None

    def open(self):
        self.connection = socket.create_connection(self.address, timeout=5)

    def book(self, number, receipt):
        try:
            self.send(f"BOOK {number} {receipt}\\n")
        except ConnectionResetError:
            self.connection = None
            self.send("ROLLBACK\\n")
            raise

    def send(self, line):
        if self.connection is None:
            raise LedgerClosed("the ledger's connection is closed")
        self.connection.sendall(line.encode())
'''

WORKER_PY = '''\
"""Takes invoices from the queue, one after the other."""

import logging

from billing_worker import invoice as invoices

log = logging.getLogger("billing_worker.worker")


class Worker:
    def __init__(self, queue, charger):
        self.queue = queue
        self.charger = charger
        self.failed = 0

    def run_once(self):
        """Handles one invoice; a failed one goes back to the queue's end."""
        text = self.queue.take()
        if text is None:
            return False
        invoice = invoices.read(text)
        try:
            receipt = self.charger.charge(invoice)
        except Exception:
            self.failed += 1
            log.exception("cannot charge invoice %s", invoice["number"])
            self.queue.put_back(text)
            return True
        log.info("charged invoice %s, receipt %s", invoice["number"], receipt)
        return True
'''

QUEUE_PY = '''\
"""A queue in a folder: one file an invoice."""

import os


class Queue:
    def __init__(self, folder):
        self.folder = folder

    def take(self):
        names = sorted(os.listdir(self.folder))
        if not names:
            return None
        path = os.path.join(self.folder, names[0])
        with open(path, encoding="utf-8") as file:
            text = file.read()
        os.remove(path)
        return text

    def put_back(self, text):
        name = "retry-%08d" % (len(os.listdir(self.folder)) + 1)
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write(text)
'''

MAIN_PY = '''\
"""Starts the worker: python -m billing_worker QUEUE LEDGER."""

import sys
import time

from billing_worker.charge import Charger
from billing_worker.gateway import Gateway
from billing_worker.ledger import Ledger
from billing_worker.queue import Queue
from billing_worker.worker import Worker


def main(folder, ledger_host):
    ledger = Ledger((ledger_host, 7070))
    ledger.open()
    worker = Worker(Queue(folder), Charger(Gateway(), ledger))
    while True:
        if not worker.run_once():
            time.sleep(1)


if __name__ == "__main__":
    main(*sys.argv[1:3])
'''

GATEWAY_PY = '''\
"""The payment gateway."""

import uuid


class Gateway:
    def charge(self, number, value, currency):
        """Charges once for each number; returns the receipt."""
        if value <= 0:
            raise ValueError(f"nothing to charge for {number}: {value} {currency}")
        return uuid.uuid5(uuid.NAMESPACE_URL, f"{number}/{value}/{currency}").hex
'''

PROJECT = """\
[project]
name = "billing-worker"
version = "3.2.0"
requires-python = ">=3.9"
"""


def billing():
    repository = Repository("billing", fetched=ago(9, "20:40"))
    repository.commit(
        ago(58, "14:31"), DANIEL, "worker: take invoices from a folder",
        write={"pyproject.toml": PROJECT, "billing_worker/__init__.py": "", WORKER: WORKER_PY,
               "billing_worker/queue.py": QUEUE_PY, INVOICE: INVOICE_PY, "billing_worker/errors.py": ERRORS_PY,
               "README.md": "# billing-worker\n\nCharges invoices, each once.\n"})
    repository.commit(
        ago(57, "10:26"), DANIEL, "charge: through the payment gateway",
        write={CHARGE: CHARGE_PY, "billing_worker/gateway.py": GATEWAY_PY})
    repository.commit(
        ago(53, "16:44"), YUNA, "ledger: book what was charged",
        write={LEDGER: LEDGER_PY, "billing_worker/__main__.py": MAIN_PY}, tag="2026.09.30-1")
    repository.commit(
        ago(46, "13:09"), MINHO, "README: how to start it",
        edit={"README.md": [("each once.\n", "each once.\n\n    python -m billing_worker QUEUE LEDGER\n")]})
    repository.commit(
        ago(33, "11:58"), YUNA, "queue: read invoices in the order of their names",
        edit={"billing_worker/queue.py": [('"""A queue in a folder: one file an invoice."""',
                                           '"""A queue in a folder: one file an invoice, in the order of names."""')]},
        tag="2026.10.19-2")
    repository.commit(
        ago(26, "15:36"), DANIEL, "invoice: due dates",
        edit={INVOICE: [("    return invoice[\"due\"] <= today.isoformat()\n",
                         "    \"\"\"Dates compare as text: both are ISO 8601.\"\"\"\n"
                         "    return invoice[\"due\"] <= today.isoformat()\n")]})
    repository.commit(
        ago(18, "10:11"), YUNA, OLD_FIX,
        edit={LEDGER: [("        if self.connection is None:\n            raise LedgerClosed",
                        "        if self.connection is None and self.address:\n            self.open()\n"
                        "        if self.connection is None:\n            raise LedgerClosed")]},
        tag="2026.11.03-1")
    repository.commit(
        ago(12, "17:20"), MINHO, "worker: count what failed",
        edit={WORKER: [("            log.exception(\"cannot charge invoice %s\", invoice[\"number\"])\n",
                        "            log.exception(\"cannot charge invoice %s\", invoice[\"number\"])\n"
                        "            log.debug(\"%d failed so far\", self.failed)\n")]})
    repository.commit(
        ago(10, "09:47"), DANIEL, "invoice: partners may send version 2, without the envelope",
        edit={INVOICE: [("    \"\"\"One invoice; partners wrap it in an envelope.\"\"\"\n",
                         "    \"\"\"One invoice; partners wrap it in an envelope, those of version 2 do not.\"\"\"\n"),
                        ("    return envelope[\"invoice\"]\n",
                         "    if envelope.get(\"version\") == 2:\n        return envelope\n"
                         "    return envelope[\"invoice\"]\n")]},
        tag=NEWEST_IN_MIRROR)
    return repository

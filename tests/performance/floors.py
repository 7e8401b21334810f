"""The floors as programs: paho and SQLite with the product's settings, and nothing else.

    python -m tests.performance.floors answer PORT DATABASE
    python -m tests.performance.floors ask PORT DATABASE SCANNER PRINTER_PORT

``answer`` commits each request and answers it: a desk without decisions. ``ask`` publishes a request for each scan
that it reads from a terminal, commits the answer, and writes to a socket when it asked: a station without decisions.
What is answered is answered in paho's own thread, without another one to hand over to.
"""

import os
import socket
import sqlite3
import struct
import sys
import threading
import time
import tty
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

REQUESTS, ANSWERS = "floor/requests", "floor/answers"
REQUEST, ANSWER = b"q" * 200, b"a" * 400
"""As long as a station's request and the desk's answer."""
STAMP = struct.Struct("d")
"""When ``ask`` published its request, by the monotonic clock."""


def main(role: str, port: int, database: str, *devices: str) -> None:
    """Run until it is terminated. ``devices``: the scanner's node and the printer's port, for ``ask``."""
    db = sqlite3.connect(database, isolation_level=None, check_same_thread=False)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        db.execute(f"PRAGMA {pragma}")
    db.execute("CREATE TABLE IF NOT EXISTS floor (id INTEGER PRIMARY KEY, topic TEXT, body BLOB)")
    client = paho.Client(CallbackAPIVersion.VERSION2, f"floor-{role}", protocol=paho.MQTTv5, manual_ack=True)
    client.max_inflight_messages_set(100)
    client.on_socket_open = without_delay

    asked_s = 0.0

    def keep(message: paho.MQTTMessage) -> None:
        db.execute("BEGIN IMMEDIATE")
        db.execute("INSERT INTO floor (topic, body) VALUES (?, ?)", (message.topic, message.payload))
        db.execute("COMMIT")

    def answer(_client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        keep(message)
        client.publish(message.topic.replace(REQUESTS, ANSWERS), ANSWER, qos=1)
        client.ack(message.mid, message.qos)

    def take(_client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        keep(message)
        printer.send(STAMP.pack(asked_s))
        client.ack(message.mid, message.qos)

    client.on_message = take if role == "ask" else answer
    client.connect("127.0.0.1", port)
    client.subscribe(f"{ANSWERS}/ask" if role == "ask" else f"{REQUESTS}/#", 1)
    client.loop_start()
    if role == "answer":
        print("ready", flush=True)
        threading.Event().wait()
    scanner_path, printer_port = devices
    printer = socket.create_connection(("127.0.0.1", int(printer_port)))
    scanner = os.open(scanner_path, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(scanner)
    print("ready", flush=True)
    while os.read(scanner, 4096):
        asked_s = time.monotonic()
        client.publish(f"{REQUESTS}/ask", REQUEST, qos=1)


def without_delay(_client: object, _data: object, connection: Any) -> None:
    """As the product's feed has it (hold protocol, section 6)."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])

"""A program between our programs and the broker, on lines of TCP that break in every way; it notes what went up them.

    python tests/system/wire.py --words SOCKET --record FILE NAME:TARGET...

Each line listens on a port that is free, which is printed as ``NAME:PORT``, and connects to the port TARGET. On the
Unix socket SOCKET it is told, a line each, how one of them is: ``NAME KIND UP DOWN``, KIND one of KINDS, UP and DOWN 1
or 0 for the ways to the broker and back.

Whatever comes is read at once, whichever way the line is broken, and what goes up is written to FILE with the time
before it is handed on: nobody can have acted on it before that time. The time is CLOCK_MONOTONIC's, one for all
processes of a machine.
"""

import argparse
import contextlib
import os
import selectors
import socket
import struct
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

KINDS = ("pass", "stall", "swallow", "drip", "late", "cut")
"""As it should be; held up until it passes again; taken and lost (so the line is cut when it should pass again);
a byte at a time; half a second late; cut with RST."""
LATE_S = 0.5
DRIP_EVERY_S = 0.001
DRIP_BYTES = 4
"""Sent one by one, so many a time: some kilobytes a second."""
CHUNK = 65_536
HEAD = struct.Struct("<dHII")
"""Before each piece in FILE: when, which line (in the order of the arguments), which of its connections, how long."""


@dataclass(eq=False)
class Way:
    """One direction of a connection: from one socket to the other."""

    source: socket.socket
    drain: socket.socket
    kind: str = "pass"
    waiting: deque[tuple[float, bytes]] = field(default_factory=deque)
    ended: bool = False
    """The source has nothing more."""
    lossy: bool = False
    """Something was swallowed: what came after it would make no sense."""

    def deliver(self, now: float) -> None:
        """Hand on what may go now. Raises OSError where the other end is gone."""
        if self.kind == "stall":
            return
        while self.waiting and self.waiting[0][0] <= now:
            due, data = self.waiting.popleft()
            if self.kind == "drip":
                self._drip(due, data)
                return
            sent = self._send(data)
            if sent < len(data):
                self.waiting.appendleft((due, data[sent:]))
                return

    def _drip(self, due: float, data: bytes) -> None:
        sent = 0
        while sent < min(DRIP_BYTES, len(data)) and self._send(data[sent : sent + 1]):
            sent += 1
        if data[sent:]:
            self.waiting.appendleft((due, data[sent:]))

    def _send(self, data: bytes) -> int:
        try:
            return self.drain.send(data)
        except BlockingIOError:
            return 0


@dataclass(eq=False)
class Connection:
    """Both directions."""

    number: int
    up: Way
    down: Way

    @property
    def ways(self) -> tuple[Way, Way]:
        """To the broker, and back."""
        return self.up, self.down


@dataclass(eq=False)
class Line:
    """What connects one program to the broker."""

    number: int
    name: str
    target: int
    listener: socket.socket
    kinds: tuple[str, str] = ("pass", "pass")
    connections: list[Connection] = field(default_factory=list)
    made: int = 0


class Wires:
    """All lines, in one loop."""

    def __init__(self, lines: list[Line], words: Path, record: Path) -> None:
        """Listens at once."""
        self._lines = {line.name: line for line in lines}
        self._record = os.open(record, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._words = socket.socket(socket.AF_UNIX)
        words.unlink(missing_ok=True)
        self._words.bind(str(words))
        self._words.listen()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._words, selectors.EVENT_READ, self._told)
        for line in lines:
            self._selector.register(line.listener, selectors.EVENT_READ, lambda line=line: self._accept(line))

    def run(self) -> None:
        """For ever."""
        while True:
            for key, _ in self._selector.select(self._timeout_s()):
                if _is_open(key.fileobj):  # it may have gone with another one just now
                    key.data()
            self._deliver()

    def _timeout_s(self) -> float | None:
        waits = [
            DRIP_EVERY_S if way.kind == "drip" else max(0.001, way.waiting[0][0] - time.monotonic())
            for line in self._lines.values()
            for connection in line.connections
            for way in connection.ways
            if way.waiting and way.kind != "stall"
        ]
        return min(waits, default=None)

    def _told(self) -> None:
        connection, _ = self._words.accept()
        with connection, contextlib.suppress(OSError, ValueError, KeyError):
            name, kind, up, down = connection.makefile().readline().split()
            line = self._lines[name]
            line.kinds = (kind if up == "1" else "pass", kind if down == "1" else "pass")
            for each in list(line.connections):
                self._change(line, each)
            connection.sendall(b"ok\n")

    def _change(self, line: Line, connection: Connection) -> None:
        for way, kind in zip(connection.ways, line.kinds, strict=True):
            way.kind = kind
        if "cut" in line.kinds or any(way.lossy and way.kind != "swallow" for way in connection.ways):
            self._drop(line, connection)

    def _accept(self, line: Line) -> None:
        for former in list(line.connections):  # whoever connects again has said what it had to say before
            self._read(line, former, former.up)
        program, _ = line.listener.accept()
        try:
            broker = socket.create_connection(("127.0.0.1", line.target), timeout=5)
        except OSError:
            _reset(program)
            return
        for each in (program, broker):
            each.setblocking(False)
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.made += 1
        connection = Connection(line.made, Way(program, broker), Way(broker, program))
        line.connections.append(connection)
        for way in connection.ways:
            read = lambda way=way: self._read(line, connection, way)  # noqa: E731
            self._selector.register(way.source, selectors.EVENT_READ, read)
        self._change(line, connection)

    def _read(self, line: Line, connection: Connection, way: Way) -> None:
        while connection in line.connections and not way.ended:
            try:
                data = way.source.recv(CHUNK)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            now = time.monotonic()
            if not data:
                way.ended = True
                self._selector.unregister(way.source)
                return
            if way is connection.up:
                os.write(self._record, HEAD.pack(now, line.number, connection.number, len(data)) + data)
            if way.kind == "swallow":
                way.lossy = True
            else:
                way.waiting.append((now + LATE_S if way.kind == "late" else 0.0, data))

    def _deliver(self) -> None:
        now = time.monotonic()
        for line in self._lines.values():
            for connection in list(line.connections):
                try:
                    for way in connection.ways:
                        way.deliver(now)
                except OSError:
                    self._drop(line, connection)
                    continue
                if any(way.ended and not way.waiting and way.kind != "swallow" for way in connection.ways):
                    self._drop(line, connection)

    def _drop(self, line: Line, connection: Connection) -> None:
        self._read(line, connection, connection.up)  # what it has said was said
        line.connections.remove(connection)
        for way in connection.ways:
            if not way.ended:
                self._selector.unregister(way.source)
        for way in connection.ways:
            _reset(way.source)


def _is_open(watched: object) -> bool:
    return isinstance(watched, socket.socket) and watched.fileno() >= 0


def _reset(connection: socket.socket) -> None:
    """End it with RST."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def main() -> int:
    """Until it is killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--words", type=Path, required=True)
    parser.add_argument("--record", type=Path, required=True)
    parser.add_argument("lines", nargs="+", metavar="NAME:TARGET")
    arguments = parser.parse_args()
    lines = []
    for number, each in enumerate(arguments.lines):
        name, target = each.split(":")
        lines.append(Line(number, name, int(target), socket.create_server(("127.0.0.1", 0))))
    wires = Wires(lines, arguments.words, arguments.record)
    print(*(f"{line.name}:{line.listener.getsockname()[1]}" for line in lines), flush=True)
    wires.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())

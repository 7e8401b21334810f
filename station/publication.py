"""Publishes on a Unix socket what is so now: one line of JSON a change, the newest at once to who connects.

A station's screen is published so, and what a program does (``station status``). Nothing is read from it: a screen
cannot press anything. A reader that does not keep up misses what is past, and gets the newest as soon as it reads
again.
"""

import os
import select
import selectors
import socket
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

MAX_READERS = 8
CONNECT_S = 2.0


@dataclass(slots=True)
class _Reader:
    connection: socket.socket
    unsent: bytes = b""
    """The rest of a line under way: a line is sent whole or not begun."""
    behind: bool = True
    """The newest line has not been sent to it."""


class Publication:
    """One thread that hands every line to every reader."""

    def __init__(self, path: Path, name: str = "screen", *, mode: int = 0o660) -> None:
        """Make the socket; raises OSError where the path cannot be one. ``mode``: who may read."""
        path.unlink(missing_ok=True)
        self._path = path
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        self._listener.bind(str(path))
        path.chmod(mode)
        self._listener.listen(MAX_READERS)
        self._listener.setblocking(False)
        self._wake_fd = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._newest = b""
        self._closing = False
        self._selector = selectors.DefaultSelector()
        self._readers: list[_Reader] = []
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin to publish."""
        self._thread.start()

    def show(self, now: object) -> None:
        """Publish what is so now; returns at once. Only the newest is of interest."""
        self._newest = msgspec.json.encode(now) + b"\n"
        os.eventfd_write(self._wake_fd, 1)

    def close(self) -> None:
        """End the thread and take the socket away. Calling it again does nothing."""
        if self._closing:
            return
        self._closing = True
        os.eventfd_write(self._wake_fd, 1)
        if self._thread.ident is not None:
            self._thread.join(1)
        for reader in self._readers:
            reader.connection.close()
        self._selector.close()
        self._listener.close()
        os.close(self._wake_fd)
        self._path.unlink(missing_ok=True)

    def _run(self) -> None:
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._wake_fd, selectors.EVENT_READ)
        while not self._closing:
            for key, _ in self._selector.select():
                if key.fileobj is self._listener:
                    self._welcome()
                elif key.data is None:
                    os.eventfd_read(self._wake_fd)
                    for reader in list(self._readers):
                        reader.behind = True
                        self._send(reader)
                elif key.data in self._readers:
                    self._send(key.data)

    def _welcome(self) -> None:
        connection, _ = self._listener.accept()
        connection.setblocking(False)
        if len(self._readers) >= MAX_READERS:
            self._see_off()
        if len(self._readers) >= MAX_READERS:
            connection.close()
            return
        reader = _Reader(connection)
        self._readers.append(reader)
        self._send(reader)

    def _see_off(self) -> None:
        """Who has hung up keeps no place until something is to be sent."""
        poll = select.poll()
        for reader in self._readers:
            poll.register(reader.connection, 0)
        gone = {descriptor for descriptor, _ in poll.poll(0)}
        for reader in [each for each in self._readers if each.connection.fileno() in gone]:
            self._part_with(reader)

    def _part_with(self, reader: _Reader) -> None:
        self._wait_for(reader, waits=False)
        self._readers.remove(reader)
        reader.connection.close()

    def _send(self, reader: _Reader) -> None:
        """As much as the reader takes now; the rest when it takes more."""
        try:
            while reader.unsent or (reader.behind and self._newest):
                if not reader.unsent:
                    reader.unsent, reader.behind = self._newest, False
                reader.unsent = reader.unsent[reader.connection.send(reader.unsent) :]
        except BlockingIOError:
            self._wait_for(reader, waits=True)
        except OSError:
            self._part_with(reader)
        else:
            self._wait_for(reader, waits=False)

    def _wait_for(self, reader: _Reader, *, waits: bool) -> None:
        known = reader.connection in self._selector.get_map()
        if waits and not known:
            self._selector.register(reader.connection, selectors.EVENT_WRITE, reader)
        elif known and not waits:
            self._selector.unregister(reader.connection)


def published(path: Path, *, silence_s: float | None = None) -> Iterator[bytes]:
    """Every line that is published, the present one first, until the publisher ends.

    Raises OSError where nobody publishes; TimeoutError where nothing comes for ``silence_s``.
    """
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(silence_s)
        connection.connect(str(path))
        with connection.makefile("rb") as lines:
            yield from lines


def publisher(path: Path) -> int:
    """The process id of who publishes; unix(7), SO_PEERCRED. Raises OSError where nobody does."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(CONNECT_S)
        connection.connect(str(path))
        return int.from_bytes(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 4), sys.byteorder)

"""Publishes the screen on a Unix socket: one line of JSON a change, the newest at once to who connects.

Nothing is read from it: a screen cannot press anything. A reader that does not keep up misses what is past, and gets
the newest as soon as it reads again.
"""

import os
import selectors
import socket
import threading
from dataclasses import dataclass
from pathlib import Path

import msgspec

from station.bench.core.screen import Screen

MAX_READERS = 8


@dataclass(slots=True)
class _Reader:
    connection: socket.socket
    unsent: bytes = b""
    """The rest of a line under way: a line is sent whole or not begun."""
    behind: bool = True
    """The newest screen has not been sent to it."""


class ScreenServer:
    """One thread that hands every screen to every reader."""

    def __init__(self, path: Path) -> None:
        """Make the socket; raises OSError where the path cannot be one."""
        path.unlink(missing_ok=True)
        self._path = path
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        self._listener.bind(str(path))
        path.chmod(0o660)
        self._listener.listen(MAX_READERS)
        self._listener.setblocking(False)
        self._wake_fd = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._newest = b""
        self._closing = False
        self._selector = selectors.DefaultSelector()
        self._readers: list[_Reader] = []
        self._thread = threading.Thread(target=self._run, name="screen", daemon=True)

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin to publish."""
        self._thread.start()

    def show(self, screen: Screen) -> None:
        """Publish a screen; returns at once. Only the newest is of interest."""
        self._newest = msgspec.json.encode(screen) + b"\n"
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
            connection.close()
            return
        reader = _Reader(connection)
        self._readers.append(reader)
        self._send(reader)

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
            self._wait_for(reader, waits=False)
            self._readers.remove(reader)
            reader.connection.close()
        else:
            self._wait_for(reader, waits=False)

    def _wait_for(self, reader: _Reader, *, waits: bool) -> None:
        known = reader.connection in self._selector.get_map()
        if waits and not known:
            self._selector.register(reader.connection, selectors.EVENT_WRITE, reader)
        elif known and not waits:
            self._selector.unregister(reader.connection)

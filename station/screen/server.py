"""Publishes the screen on a Unix socket: one line of JSON a change, the newest at once to who connects.

Nothing is read from it: a screen cannot press anything. A reader that does not keep up is dropped, and may connect
again.
"""

import logging
import os
import selectors
import socket
import threading
from pathlib import Path

import msgspec

from station.bench.core.screen import Screen

log = logging.getLogger(__name__)

MAX_READERS = 8


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
        self._readers: list[socket.socket] = []
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
            reader.close()
        self._listener.close()
        os.close(self._wake_fd)
        self._path.unlink(missing_ok=True)

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._wake_fd, selectors.EVENT_READ)
            while not self._closing:
                for key, _ in selector.select():
                    if key.fileobj is self._listener:
                        self._welcome()
                    else:
                        os.eventfd_read(self._wake_fd)
                        self._publish(self._newest)

    def _welcome(self) -> None:
        reader, _ = self._listener.accept()
        reader.setblocking(False)
        if len(self._readers) >= MAX_READERS:
            reader.close()
            return
        self._readers.append(reader)
        self._send(reader, self._newest)

    def _publish(self, line: bytes) -> None:
        for reader in list(self._readers):
            self._send(reader, line)

    def _send(self, reader: socket.socket, line: bytes) -> None:
        try:
            if line and reader.send(line) < len(line):
                raise BlockingIOError
        except OSError:
            self._readers.remove(reader)
            reader.close()

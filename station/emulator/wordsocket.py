"""Words by line: a Unix socket (and the terminal) through which people and tests do things to an emulator."""

import contextlib
import os
import select
import socket
from collections.abc import Callable
from pathlib import Path

_LONGEST_LINE_BYTES = 4096

Answer = Callable[[str], str]
"""From one line to its one-line answer."""


class LineReader:
    """Puts lines together from pieces; what is too long for one is thrown away with its line."""

    def __init__(self) -> None:
        self._partial = b""
        self._overlong = False

    def feed(self, piece: bytes) -> list[str]:
        """The lines that end in this piece, without their ends."""
        *lines, self._partial = (self._partial + piece).split(b"\n")
        if lines and self._overlong:
            self._overlong = False
            lines.pop(0)
        if len(self._partial) > _LONGEST_LINE_BYTES:
            self._partial, self._overlong = b"", True
        return [line.decode("utf-8", "replace").removesuffix("\r") for line in lines]


class WordSocket:
    """A listening Unix socket with any number of clients, each of which gets one line for each it sends.

    A socket that another process left behind is replaced. ``terminal`` is a further file descriptor to read from.
    """

    def __init__(self, path: Path | None, answer: Answer, *, terminal: int | None = None) -> None:
        self._answer = answer
        self._path = path
        self._listener: socket.socket | None = None
        self._clients: dict[int, tuple[socket.socket, LineReader]] = {}
        self._terminal = terminal
        self._terminal_lines = LineReader()
        if path is not None:
            if path.is_socket():
                path.unlink()
            self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._listener.bind(str(path))
            self._listener.listen()

    def watched(self) -> list[tuple[int, int]]:
        """File descriptors and poll events."""
        listeners = [self._listener.fileno()] if self._listener else []
        terminal = [self._terminal] if self._terminal is not None else []
        return [(fd, select.POLLIN) for fd in (*listeners, *terminal, *self._clients)]

    def handle(self, fd: int) -> None:
        """Deals with one that poll reported."""
        if self._listener is not None and fd == self._listener.fileno():
            client, _ = self._listener.accept()
            self._clients[client.fileno()] = (client, LineReader())
        elif fd == self._terminal:
            self._read_terminal(fd)
        elif fd in self._clients:
            self._read_client(fd)

    def _read_client(self, fd: int) -> None:
        client, lines = self._clients[fd]
        try:
            piece = client.recv(_LONGEST_LINE_BYTES)
            for line in lines.feed(piece):
                client.sendall(f"{self._answer(line)}\n".encode())
        except OSError:
            piece = b""
        if not piece:
            client.close()
            del self._clients[fd]

    def _read_terminal(self, fd: int) -> None:
        piece = os.read(fd, _LONGEST_LINE_BYTES)
        if not piece:
            self._terminal = None
        for line in self._terminal_lines.feed(piece):
            print(self._answer(line), flush=True)

    def close(self) -> None:
        """Closes all and removes the socket's name."""
        for client, _ in self._clients.values():
            client.close()
        self._clients.clear()
        if self._listener is not None and self._path is not None:
            self._listener.close()
            with contextlib.suppress(OSError):
                self._path.unlink()

"""The lines to the outside: a TCP port as printers with a network interface have, and a pseudo terminal.

Each is driven by one loop that polls: ``watched`` says for what, ``handle`` takes what came.
"""

import contextlib
import os
import select
import socket
import termios
import tty
from pathlib import Path
from typing import Protocol

_GONE = select.POLLHUP | select.POLLERR | select.POLLNVAL
_QUEUED_CONNECTIONS = 8
_WINDOW_BYTES = 8192
"""What the interface takes in ahead of a busy printer: little, as such boards do, so that hosts feel it."""


class Line(Protocol):
    """What a printer or scanner is attached by."""

    stays: bool
    """Switching the printer off does not take the line away."""

    @property
    def connected(self) -> bool:
        """A host can send and receive."""

    @property
    def address(self) -> str:
        """For people and programs that start the emulator: ``tcp=HOST:PORT`` or ``pty=PATH``."""

    def open(self) -> None:
        """Power is on: the line can be used."""

    def close(self) -> None:
        """Power is off: nothing answers there any more. Closing twice is fine."""

    def drop(self) -> None:
        """Cuts the connection that there is; a new one is possible."""

    def watched(self, *, reading: bool) -> list[tuple[int, int]]:
        """File descriptors and the poll events to wait for. Not reading is how a line says busy."""

    def handle(self, fd: int, events: int, limit: int) -> bytes:
        """Deals with what poll reported for one of them; what the host sent, at most ``limit`` bytes."""

    def write(self, data: bytes) -> None:
        """Sends to the host. What it does not take is lost, as it is from a printer's small send buffer."""


class TcpLine:
    """Port 9100: one host at a time. Others that connect wait, unanswered, until it is gone.

    So do Epson's interface boards ("number of connections that can print: 1, other users wait until done":
    UB-E02 technical reference, 5.5.2); printers of other makers refuse instead.
    """

    stays = False

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._listener: socket.socket | None = None
        self._client: socket.socket | None = None

    @property
    def connected(self) -> bool:
        """A host is connected."""
        return self._client is not None

    @property
    def port(self) -> int:
        """The real port, also where 0 was asked for."""
        return self._port

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"tcp={self._host}:{self._port}"

    def open(self) -> None:
        """Listens. Raises OSError where the port is taken."""
        if self._listener is None:
            self._listener = socket.socket()
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _WINDOW_BYTES)
            self._listener.bind((self._host, self._port))
            self._listener.listen(_QUEUED_CONNECTIONS)
            self._port = self._listener.getsockname()[1]

    def close(self) -> None:
        """Refuses connections from now on: first, so that a host that is cut off finds nothing to come back to."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        self.drop()

    def drop(self) -> None:
        """Closes the connection to the host."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def watched(self, *, reading: bool) -> list[tuple[int, int]]:
        """The host's socket, or the listening one. A reset is noticed also while not reading."""
        if self._client is not None:
            return [(self._client.fileno(), select.POLLIN if reading else 0)]
        return [(self._listener.fileno(), select.POLLIN)] if self._listener else []

    def handle(self, fd: int, events: int, limit: int) -> bytes:
        """Accepts a host, or reads from it."""
        if self._client is None:
            self._accept()
            return b""
        if fd != self._client.fileno():
            return b""
        try:
            data = self._client.recv(limit) if events & select.POLLIN else b""
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        if not data:
            self.drop()
        return data

    def _accept(self) -> None:
        if self._listener is None:
            return
        with contextlib.suppress(OSError):
            self._client, _ = self._listener.accept()
            self._client.setblocking(False)
            self._client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def write(self, data: bytes) -> None:
        """Sends without waiting."""
        if self._client is not None:
            try:
                self._client.send(data)
            except BlockingIOError:
                pass
            except OSError:
                self.drop()


class PtyLine:
    """A serial port: a pseudo terminal in raw mode behind a symbolic link that keeps its name.

    The emulator holds the terminal open as well, so that hosts may open and close it as they like.
    Raises FileExistsError on ``open`` where something else than a link has the name.
    """

    def __init__(self, link: Path, *, stays: bool = False) -> None:
        """``stays``: a serial port, which is there whether or not a printer is switched on behind it."""
        self._link = link
        self.stays = stays
        self._master: int | None = None
        self._slave: int | None = None

    @property
    def connected(self) -> bool:
        """The cable is plugged in; whether somebody listens at its other end cannot be known."""
        return self._master is not None

    @property
    def address(self) -> str:
        """Where the terminal is."""
        return f"pty={self._link}"

    def open(self) -> None:
        """Makes the terminal and its link."""
        if self._master is not None:
            return
        if self._link.exists() and not self._link.is_symlink():
            raise FileExistsError(f"{self._link} is not a link: it is left as it is, choose another name")
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave, termios.TCSANOW)
        os.set_blocking(self._master, False)
        fresh = self._link.with_name(f".{self._link.name}.new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(os.ttyname(self._slave))
        fresh.replace(self._link)

    def close(self) -> None:
        """The device node is gone, and reading from it ends."""
        if self._master is not None and self._slave is not None:
            self._link.unlink(missing_ok=True)
            os.close(self._slave)
            os.close(self._master)
            self._master = self._slave = None

    def drop(self) -> None:
        """Unplugs, and plugs in again."""
        self.close()
        self.open()

    def watched(self, *, reading: bool) -> list[tuple[int, int]]:
        """The emulator's end, while it reads."""
        return [(self._master, select.POLLIN)] if self._master is not None and reading else []

    def handle(self, fd: int, events: int, limit: int) -> bytes:
        """Reads."""
        if fd != self._master or not events & select.POLLIN:
            return b""
        try:
            return os.read(fd, limit)
        except OSError:
            return b""

    def write(self, data: bytes) -> None:
        """Sends without waiting."""
        if self._master is not None:
            with contextlib.suppress(OSError):
                os.write(self._master, data)

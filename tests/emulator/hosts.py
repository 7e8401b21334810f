"""What the tests talk to an emulated printer with: a socket or a serial port, with a time limit on everything."""

import os
import select
import socket
import tty
from pathlib import Path
from typing import Self

LIMIT_S = 5


class Host:
    """One end of a line. Reading waits for what is expected, never for a time."""

    def __init__(self, fd: int) -> None:
        os.set_blocking(fd, False)
        self._fd = fd

    @classmethod
    def on_pty(cls, link: Path) -> Self:
        """Opens the device node and makes it raw, as a serial library does."""
        fd = os.open(link, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(fd)
        return cls(fd)

    @classmethod
    def on_tcp(cls, address: tuple[str, int]) -> Self:
        """Connects."""
        with socket.create_connection(address, LIMIT_S) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return cls(connection.detach())

    def send(self, data: bytes) -> None:
        """Sends all of it. Raises TimeoutError where the printer takes no more."""
        while data:
            if not select.select([], [self._fd], [], LIMIT_S)[1]:
                raise TimeoutError(f"{len(data)} bytes are not taken")
            data = data[os.write(self._fd, data) :]

    def send_until_it_is_cut(self, data: bytes) -> None:
        """Sends as far as the line goes."""
        try:
            self.send(data)
        except OSError:
            return

    def read(self, count: int) -> bytes:
        """Exactly so many bytes. Raises TimeoutError or EOFError."""
        data = b""
        while len(data) < count:
            if not select.select([self._fd], [], [], LIMIT_S)[0]:
                raise TimeoutError(f"only {data.hex(' ')}")
            piece = os.read(self._fd, count - len(data))
            if not piece:
                raise EOFError(f"closed after {data.hex(' ')}")
            data += piece
        return data

    def ask(self, data: bytes, count: int) -> bytes:
        """Sends, and reads the answer."""
        self.send(data)
        return self.read(count)

    def wait_until_closed(self) -> None:
        """Reads until the printer's side has closed. Raises TimeoutError."""
        try:
            while True:
                self.read(1)
        except EOFError:
            return
        except TimeoutError:
            raise
        except OSError:
            return

    @property
    def has_something_to_read(self) -> bool:
        """Something has come already."""
        return bool(select.select([self._fd], [], [], 0)[0])

    def close(self) -> None:
        """Hangs up."""
        os.close(self._fd)

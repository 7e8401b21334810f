"""The line between station and printer, led through this process: when a job's first byte came, and how many."""

import contextlib
import socket
import threading
import time
from types import TracebackType
from typing import Self

_INITIALISE = b"\x1b@"
"""ESC @, the first bytes of every job; questions about the status hold none."""
_CHUNK = 65_536


class Tap:
    """Listens for the station and passes bytes on to the printer, both ways."""

    def __init__(self, printer_port: int) -> None:
        """``printer_port``: where the emulated printer listens on this machine."""
        self._printer_port = printer_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = [self._listener]
        self._begun = threading.Event()
        self._begun_s = 0.0

    def __enter__(self) -> Self:
        """Begin to listen."""
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Cut the line."""
        for connection in self._open:
            connection.close()

    @property
    def port(self) -> int:
        """Where the station finds its printer."""
        return int(self._listener.getsockname()[1])

    def await_job(self) -> None:
        """The next job is the one to be timed."""
        self._begun.clear()

    def first_byte_s(self, timeout_s: float = 10.0) -> float:
        """When that job's first byte came, by the monotonic clock. Raises TimeoutError."""
        if not self._begun.wait(timeout_s):
            raise TimeoutError(f"no job came to the printer within {timeout_s:g} s")
        return self._begun_s

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                station, _ = self._listener.accept()
                printer = socket.create_connection(("127.0.0.1", self._printer_port))
                self._open += [station, printer]
                for connection in (station, printer):
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._pass_jobs, args=(station, printer), daemon=True).start()
                threading.Thread(target=_pass, args=(printer, station), daemon=True).start()

    def _pass_jobs(self, station: socket.socket, printer: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while station.recv(1, socket.MSG_PEEK):
                now_s = time.monotonic()  # of the first byte, not of the whole chunk
                data = station.recv(_CHUNK)
                if not self._begun.is_set() and _INITIALISE in data:
                    self._begun_s = now_s
                    self._begun.set()
                printer.sendall(data)


def _pass(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(_CHUNK):
            sink.sendall(data)

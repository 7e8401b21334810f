"""The printer on a line, with a clock: the one place of the emulator with sockets, threads and time.

One loop owns everything. ``EmulatedPrinter`` runs it in a thread, for tests; ``command.py`` in the program's own.
"""

import contextlib
import logging
import os
import select
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from station.emulator import words
from station.emulator.lines import Line, PtyLine, TcpLine
from station.emulator.model import Model
from station.emulator.printer import Printer
from station.emulator.records import LabelRecord, LabelRecorder
from station.emulator.text import Typeface
from station.emulator.wordsocket import WordSocket

_log = logging.getLogger(__name__)
_START_TIMEOUT_S = 10


@dataclass(frozen=True, slots=True)
class Settings:
    """How an emulated printer is set up. Exactly one of ``tcp`` and ``pty``: a printer has one active interface."""

    out: Path
    """Directory for labels and their records."""
    tcp: tuple[str, int] | None = None
    pty: Path | None = None
    serial: bool = False
    """``pty`` is a serial port: it stays where it is while the printer is off, and keeps what was sent to it."""
    control: Path | None = None
    """Unix socket for words.WORDS."""
    pictures: bool = True
    model: Model = field(default_factory=Model)
    speed_mm_s: float = 150
    """0 prints at once."""
    roll_mm: float | None = None
    """None is a roll without end."""
    near_end_mm: float = 1000
    font: Path | None = None


class PrinterServer:
    """The loop. Constructing it opens nothing; ``open`` does, ``run`` serves until ``stop``, ``close`` closes.

    Only ``ask``, ``when`` and ``stop`` may be called from other threads; ``stop`` from signal handlers too.
    """

    def __init__(self, settings: Settings, *, terminal: int | None = None) -> None:
        if (settings.tcp is None) == (settings.pty is None):
            raise ValueError("an emulated printer has either a TCP address or a pty link")
        self.line: Line = (
            TcpLine(*settings.tcp) if settings.tcp else PtyLine(settings.pty or Path(), stays=settings.serial)
        )
        self.printer = Printer(
            settings.model,
            Typeface.load(settings.font),
            roll_mm=settings.roll_mm,
            near_end_mm=settings.near_end_mm,
            speed_mm_s=settings.speed_mm_s,
        )
        self.recorder = LabelRecorder(settings.out, settings.model.width_dots, pictures=settings.pictures)
        self.drop_after_bytes: int | None = None
        """The line drops when so many further bytes have come."""
        self._settings = settings
        self._terminal = terminal
        self._words: WordSocket | None = None
        self._asked: deque[tuple[str, Future[str]]] = deque()
        self._waiting: list[tuple[Callable[[PrinterServer], bool], Future[None]]] = []
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        self._stopping = False
        self._unplugged = False
        self._was_connected = False
        self._known_findings = 0
        self._now = 0.0
        """The last look at the clock: what the printer does, it does after it."""

    # From other threads

    def stop(self) -> None:
        """Ends ``run`` soon."""
        self._stopping = True
        self._wake()

    def ask(self, line: str) -> Future[str]:
        """Has the loop carry out a line of control words."""
        answer: Future[str] = Future()
        self._asked.append((line, answer))
        self._wake()
        return answer

    def when(self, condition: Callable[["PrinterServer"], bool]) -> Future[None]:
        """Done as soon as the loop finds the condition true."""
        met: Future[None] = Future()
        self._waiting.append((condition, met))
        self._wake()
        return met

    def _wake(self) -> None:
        with contextlib.suppress(BlockingIOError):  # full: it is going to wake up anyway
            os.write(self._wake_write, b"\0")

    # The loop

    def open(self) -> None:
        """Opens the line and the control socket. Raises OSError, with nothing left open."""
        try:
            self.line.open()
            self._words = WordSocket(self._settings.control, self.answer, terminal=self._terminal)
        except OSError:
            self.close()
            raise

    def run(self) -> None:
        """Serves until ``stop``."""
        while not self._stopping:
            self.step()

    def close(self) -> None:
        """Closes all."""
        self.line.close()
        if self._words is not None:
            self._words.close()
        self.recorder.close()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def answer(self, line: str) -> str:
        """Carries out one line of control words; one line of answer."""
        answer = words.execute(self, line, self._look_at_clock())
        self._settle()
        return answer

    def step(self) -> None:
        """Waits for whatever comes first, and deals with it."""
        limit = self.printer.receivable_bytes()
        poller = select.poll()
        lines = self.line.watched(reading=limit > 0)
        controls = self._words.watched() if self._words else []
        for fd, events in (*lines, *controls, (self._wake_read, select.POLLIN)):
            poller.register(fd, events)
        for fd, events in poller.poll(self._timeout_ms()):
            if fd == self._wake_read:
                self._woken()
            elif fd in dict(lines):
                self._serve_line(fd, events, limit)
            elif self._words is not None:
                self._words.handle(fd)
        self.printer.advance(self._look_at_clock())
        self._settle()

    def _look_at_clock(self) -> float:
        self._now = time.monotonic()
        return self._now

    def _timeout_ms(self) -> float | None:
        deadline = self.printer.next_deadline()
        return None if deadline is None else max(0.0, (deadline - time.monotonic()) * 1000)

    def _woken(self) -> None:
        os.read(self._wake_read, 4096)
        while self._asked:
            line, answer = self._asked.popleft()
            answer.set_result(self.answer(line))

    def _serve_line(self, fd: int, events: int, limit: int) -> None:
        if self.drop_after_bytes is not None:
            limit = min(limit, self.drop_after_bytes)
        data = self.line.handle(fd, events, limit)
        self._settle()
        if not data:
            return
        self.printer.receive(data, self._look_at_clock())
        if self.drop_after_bytes is not None:
            self.drop_after_bytes -= len(data)
            if self.drop_after_bytes <= 0:
                self.drop_line()

    def drop_line(self) -> None:
        """The connection is cut, now."""
        self.drop_after_bytes = None
        self.line.drop()
        self._settle()

    def unplug(self) -> None:
        """The cable is out: the printer works on, and nobody hears it."""
        self._unplugged = True
        self.line.close()
        self._settle()

    def plug_in(self) -> None:
        """The cable is in again."""
        self._unplugged = False
        self._settle()

    def _settle(self) -> None:
        """Brings line, paper and waiting threads up to what the printer has become."""
        if self.line.connected and not self.printer.powered and not self.line.stays:
            self.line.close()
        elif self.printer.powered and not self._unplugged:
            self.line.open()
        if (connected := self.line.connected and self.printer.powered) != self._was_connected:
            self._was_connected = connected
            (self.printer.line_opened if self._was_connected else self.printer.line_closed)()
        # Paper before words: what a reply says of a label is on record when the host hears it.
        for label in self.printer.take_labels():
            self.recorder.write(label, datetime.now(UTC).isoformat(timespec="milliseconds"), self._now)
        if replies := self.printer.take_replies():
            self.line.write(replies)
        self._log_findings()
        for waiting in list(self._waiting):
            condition, met = waiting
            if condition(self):
                self._waiting.remove(waiting)
                met.set_result(None)

    def _log_findings(self) -> None:
        findings = self.printer.findings
        if len(findings) > self._known_findings:
            for finding in list(findings)[self._known_findings :]:
                _log.warning("printer: %s (byte %d of all)", finding, self.printer.executed_bytes)
            self._known_findings = len(findings)


class EmulatedPrinter:
    """An emulated printer in a thread, for tests: ``with EmulatedPrinter(Settings(...)) as printer``."""

    def __init__(self, settings: Settings) -> None:
        self._server = PrinterServer(settings)
        self._thread = threading.Thread(target=self._server.run, name="emulated printer", daemon=True)

    def __enter__(self) -> Self:
        """Opens the line and starts serving. Raises OSError."""
        self._server.open()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stops and closes; what is not cut off stays unwritten."""
        self._server.stop()
        self._thread.join(_START_TIMEOUT_S)
        self._server.close()

    @property
    def address(self) -> tuple[str, int]:
        """Host and real port of a printer on TCP."""
        host, _, port = self._server.line.address.removeprefix("tcp=").rpartition(":")
        return host, int(port)

    def control(self, line: str, timeout_s: float = 5) -> str:
        """Does what a line of words.WORDS says. Raises ValueError for words that do not exist."""
        answer = self._server.ask(line).result(timeout_s)
        if answer.startswith("error"):
            raise ValueError(answer)
        return answer

    def wait_until(self, condition: Callable[[Printer], bool], timeout_s: float = 5) -> None:
        """Returns when the condition holds. Raises TimeoutError. It is called in the printer's own thread."""
        self._server.when(lambda server: condition(server.printer)).result(timeout_s)

    def wait_for_labels(self, count: int, timeout_s: float = 5) -> list[LabelRecord]:
        """The records of this run, once there are at least so many. Raises TimeoutError."""
        records = self._server.recorder.records
        self._server.when(lambda _: len(records) >= count).result(timeout_s)
        return list(records)

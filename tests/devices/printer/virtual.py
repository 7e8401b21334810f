"""The conversation and the emulated printer face to face, in virtual time: no thread, no socket, no waiting."""

import math
from collections.abc import Callable

from station.bench.core.devices import PrinterChanged, PrinterEvent, PrinterState
from station.devices.printer.boundary import Limits
from station.devices.printer.commands import CLEAR_BUFFERS, process_ids
from station.devices.printer.conversation import Conversation
from station.devices.printer.expectation import Expectation
from station.emulator.model import Model
from station.emulator.paper import Label
from station.emulator.printer import Printer
from station.emulator.text import Typeface

LIMITS = Limits(write_s=5, confirm_s=30, status_interval_s=1, answer_s=1, silence_s=math.inf)
ROW_BYTES = 72
BAND_ROWS = 200
PIECE = 64
"""A wire carries so many bytes at a time here, so that a job and what happens meanwhile interleave."""


def stripes(rows: int) -> bytes:
    """A raster in which every missing or shifted row shows."""
    return b"".join(bytes([0xAA if row % 2 else 0x55]) * ROW_BYTES for row in range(rows))


def label(rows: int = 800) -> bytes:
    """A job as the label encoder makes it: ESC @, ASB on, raster in bands, a cut with feed."""
    heights = [min(BAND_ROWS, rows - top) for top in range(0, rows, BAND_ROWS)]
    bands = (b"\x1dv0\x00" + bytes([ROW_BYTES, 0, *divmod(height, 256)[::-1]]) + stripes(height) for height in heights)
    return b"\x1b@\x1da\xff" + b"".join(bands) + b"\x1dVB\x00"


def is_whole(paper: Label, rows: int = 800) -> bool:
    """Whether a label of so many rows, and nothing else, is on this piece of paper."""
    return paper.rows.strip(b"\0") == stripes(rows)


class Talk:
    """One host and one printer, connected. Times are seconds."""

    def __init__(
        self,
        printer: Printer | None = None,
        *,
        knows_process_id: bool | None = None,
        knows_clearing: bool = True,
        expected: Expectation | None = None,
    ) -> None:
        self.now_s = 0.0
        self.printer = printer or new_printer()
        self.wire = bytearray()
        """All that the host has sent, on all connections."""
        self.events: list[PrinterEvent] = []
        self._ids = process_ids(0)
        self._expected = expected or Expectation(process_id=knows_process_id)
        self._knows_clearing = knows_clearing
        self.connect()

    def connect(self) -> None:
        """A new connection, and so a new conversation."""
        self.printer.line_closed()
        self.printer.line_opened()
        self.host = Conversation(LIMITS, self._ids, expected=self._expected, now_s=self.now_s)

    def lose_line(self, reason: str = "the line broke") -> None:
        """The connection breaks."""
        self.printer.line_closed()
        self.host.lost(reason)
        self.events += self.host.take_events()

    def print(self, grant: str, job: bytes) -> None:
        self.host.print(grant, job, self.now_s)

    def clear(self) -> None:
        if self.host.job_unsettled:  # as the owner does
            self.lose_line("given up")
            self.connect()
        self.host.clear(self.now_s)

    def run(self, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
        """Let both work; when neither has anything to do, the clock jumps to when one has."""
        end_s = self.now_s + seconds
        while not until():
            if self._exchange():
                continue
            next_s = min(self.host.deadline_s(), self.printer.next_deadline() or end_s)
            if next_s >= end_s:
                self.now_s = end_s
                return
            self.now_s = max(self.now_s, next_s)

    def run_until_sent(self, count: int) -> None:
        """Let both work until the host has sent so many more bytes."""
        target = len(self.wire) + count
        self.run(60, until=lambda: len(self.wire) >= target)
        assert len(self.wire) >= target

    @property
    def states(self) -> list[PrinterState]:
        """The states reported, in order."""
        return [event.state for event in self.events if isinstance(event, PrinterChanged)]

    @property
    def outcomes(self) -> list[PrinterEvent]:
        """What else was reported, in order."""
        return [event for event in self.events if not isinstance(event, PrinterChanged)]

    def _exchange(self) -> bool:
        self.printer.advance(self.now_s)
        self.host.tick(self.now_s)
        data = bytes(self.host.to_send()[: min(PIECE, self.printer.receivable_bytes())])
        self.wire += data
        self.host.sent(len(data), self.now_s)
        self.printer.receive(data if self._knows_clearing else data.replace(CLEAR_BUFFERS, b""), self.now_s)
        replies = self.printer.take_replies()
        self.host.received(replies, self.now_s)
        self.events += self.host.take_events()
        return bool(data or replies)


def new_printer(model: Model | None = None, *, speed_mm_s: float = 150) -> Printer:
    """A printer that is on, with a roll that does not end."""
    return Printer(model or Model(), Typeface.load(), speed_mm_s=speed_mm_s)

"""Whether a printer reads commands, or would take the next bytes for the image of a job that was cut off.

On a new connection a printer may still hold an earlier job, broken off in the middle of a raster. GS r 1 is answered
only at a command boundary, and when all before it is developed: so the printer is asked that, and not cleared
unasked, because a whole label may be coming out, and the packer is being asked for it. Without that answer the
buffers have to be cleared (DLE DC4 function 8) before the next job.

Clearing leaves what is printed already under the head and uncut: half of a label, or all of it but the cut. It is
ejected, and the printer is clear only when that lies on the table: else it would come out as the upper half of the
next label's paper, be it another order's, and after somebody was told that this one is stopped.

A printer that does not answer the clearing gets no padding with NULs instead: the height and width of a raster
allow 4 GB of it, padding pushes a piece of the old label out, and no manual says that NULs left over are
ignored. It is asked GS r 1 again. When that fails too, switching it off and on is what helps.

At a boundary a printer can also be asked for its model's name, and tried for process IDs: one that answers a GS r 1
after the request for one, and that alone, does not know them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from station.devices.printer import commands

PRINT_BUFFER_S = 0.5
"""From GS r's answer, which says developed, until what is developed is on paper and cut: at 100 mm/s, 50 mm."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long is waited for what on one connection, in seconds."""

    write_s: float
    """The line takes no byte. Also how long bytes that it took may be underway to the printer."""
    confirm_s: float
    status_interval_s: float
    answer_s: float
    """An answer on an idle line."""
    silence_s: float
    """No answer at all, without a job: then the line is opened anew. Infinite where that cannot help."""


class _Owed(Enum):
    """An answer that the printer owes in its turn; one at a time."""

    BOUNDARY = auto()
    NAME = auto()
    PROCESS_ID = auto()
    CLEARING = auto()
    BOUNDARY_INSTEAD = auto()
    """It left the clearing unanswered: perhaps it does not know that command."""
    EJECTING = auto()


class Boundary:
    """What is known of where one printer stands. Methods that return bytes leave it to the caller to send them."""

    def __init__(self, limits: Limits, process_ids: Iterator[bytes], *, knows_process_id: bool | None) -> None:
        """``knows_process_id``: None to find out. Times are seconds of any steady clock."""
        self.reached = False
        """The printer reads commands and holds nothing unfinished."""
        self.asked = False
        """`ask` has been tried on this connection."""
        self.name: str | None = None
        """The model's name: empty where the printer does not tell it, None before it was asked."""
        self.knows_process_id = knows_process_id
        self._limits = limits
        self._process_ids = process_ids
        self._owed: _Owed | None = None
        self._owed_until_s = 0.0
        self._paper_answers_owed = 0
        self._probe = b""
        self._probe_passed = False
        self._cleared: bool | None = None

    @property
    def waiting(self) -> bool:
        """An answer is owed: what depends on it has to wait."""
        return self._owed is not None

    @property
    def clearing(self) -> bool:
        """A clearing is sent, and not answered yet."""
        return self._owed is _Owed.CLEARING

    @property
    def quiet(self) -> bool:
        """Nothing may be sent before the answer to the clearing (Epson's reference, DLE DC4), and no status be asked
        for within a name, whose characters look like one."""
        return self._owed in (_Owed.CLEARING, _Owed.NAME)

    @property
    def deadline_s(self) -> float | None:
        """When `expire` has something to do."""
        return self._owed_until_s if self._owed else None

    # What can be asked of a printer.

    def ask(self, now_s: float) -> bytes:
        """Find out whether it reads commands; and switch ASB on if it does."""
        self.asked = True
        return self._ask(_Owed.BOUNDARY, now_s)

    def ask_name(self, now_s: float) -> bytes:
        """Find out which model it is. Only at a boundary."""
        request = commands.REQUEST_NAME + self.request_paper_status()
        return self._owe(_Owed.NAME, request, now_s + self._limits.answer_s)

    def probe(self, now_s: float) -> bytes:
        """Find out whether it knows process IDs. Only at a boundary."""
        return self._owe(_Owed.PROCESS_ID, self._request_proof(), now_s + self._limits.answer_s)

    def clear(self, now_s: float) -> bytes:
        """Have it drop what it holds. What comes of it: `take_clearing`."""
        self.reached = False
        return self._owe(_Owed.CLEARING, commands.CLEAR_BUFFERS, now_s + self._limits.write_s)

    def request_paper_status(self) -> bytes:
        """GS r 1, counted: its answers come in the order of the requests and look all alike."""
        self._paper_answers_owed += 1
        return commands.REQUEST_PAPER_STATUS

    def forget(self) -> None:
        """The printer may have been switched off and on, or a job has come to nothing in it."""
        self.reached = False
        self._paper_answers_owed = 0

    def start_over(self) -> None:
        """It may be another printer by now."""
        self.forget()
        self.asked = False
        self.name = None

    # What it answers.

    def take_paper_status(self) -> bool:
        """Whether this answers the newest request: everything before that is developed."""
        self._paper_answers_owed = max(0, self._paper_answers_owed - 1)
        return not self._paper_answers_owed

    def take_reached(self, now_s: float, *, newest: bool) -> bytes:
        """A GS r 1 was answered while there was no job."""
        match self._owed:
            case _Owed.BOUNDARY_INSTEAD:
                return self._eject(now_s)
            case _Owed.BOUNDARY:
                self._owed = None
            case _Owed.NAME if newest:
                self._take_name("")
            case _Owed.PROCESS_ID | _Owed.EJECTING if newest:
                self._probe_passed = True
                self._owed_until_s = now_s + PRINT_BUFFER_S
        self.reached = True
        return b""

    def take_process_id(self, process_id: bytes) -> bool:
        """Whether it is the answer to `probe` or to the ejection, also a late one."""
        if process_id != self._probe:
            return False
        self.knows_process_id = True
        match self._owed:
            case _Owed.PROCESS_ID:
                self._owed = None
            case _Owed.EJECTING:
                self._end_clearing(cleared=True)
        return True

    def take_information(self, text: str) -> None:
        """Its name, where that was asked."""
        if self._owed is _Owed.NAME:
            self._take_name(text)

    def take_clear_response(self, now_s: float) -> bytes:
        """The clearing is answered, if one was sent."""
        if self._owed not in (_Owed.CLEARING, _Owed.BOUNDARY_INSTEAD):
            return b""
        self._paper_answers_owed = int(self._owed is _Owed.BOUNDARY_INSTEAD)
        return self._eject(now_s)

    def expire(self, now_s: float) -> bytes:
        """Conclude from an answer that has not come in its time."""
        if self._owed is None or now_s < self._owed_until_s:
            return b""
        owed, self._owed = self._owed, None
        match owed:
            case _Owed.NAME:
                self._take_name("")
            case _Owed.PROCESS_ID if self._probe_passed:
                self.knows_process_id = False
            case _Owed.CLEARING if self.reached:  # GS r 1 was answered late
                return self._eject(now_s)
            case _Owed.CLEARING:
                return self._ask(_Owed.BOUNDARY_INSTEAD, now_s)
            case _Owed.BOUNDARY_INSTEAD:
                self._end_clearing(cleared=False)
            case _Owed.EJECTING:  # proved by GS r 1 alone, or without paper: then it comes off when there is some
                self._end_clearing(cleared=True)
        return b""

    def take_clearing(self) -> bool | None:
        """Once after each clearing has ended: whether the printer holds nothing of an earlier job any more."""
        cleared, self._cleared = self._cleared, None
        return cleared

    def _take_name(self, name: str) -> None:
        self._owed = None
        self.name = name

    def _end_clearing(self, *, cleared: bool) -> None:
        self._owed = None
        self._cleared = self.reached = cleared
        self.asked = True

    def _eject(self, now_s: float) -> bytes:
        """The printer holds no data any more; off with the paper that hangs out."""
        request = commands.ENABLE_STATUS_BACK + commands.EJECT + self._request_proof()
        return self._owe(_Owed.EJECTING, request, now_s + self._limits.answer_s)

    def _request_proof(self) -> bytes:
        """That all before it is on paper, by process ID where the printer may know them; and GS r 1 behind it."""
        self._probe, self._probe_passed = next(self._process_ids), False
        request = b"" if self.knows_process_id is False else commands.request_process_id(self._probe)
        return request + self.request_paper_status()

    def _ask(self, owed: _Owed, now_s: float) -> bytes:
        request = commands.ENABLE_STATUS_BACK + self.request_paper_status()
        return self._owe(owed, request, now_s + self._limits.answer_s)

    def _owe(self, owed: _Owed, command: bytes, until_s: float) -> bytes:
        self._owed, self._owed_until_s = owed, until_s
        return command

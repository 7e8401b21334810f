"""What is said to a printer on one connection, and what may be concluded from its answers.

Knows no thread, clock or device. The owner hands in bytes received, how many bytes the line took, and the time,
and takes out bytes to send and events. Three things go on side by side:

**Status**, kept by `watch`. DLE EOT may not stand inside another command (Citizen's manual: it "cannot be
interleaved into the code string of another command"), so while a job is being sent ASB alone reports.

**The boundary.** On a new connection the printer may still hold an earlier job, cut off in the middle of a raster:
the next bytes would become its image data. Whether it reads commands is asked with GS r 1, which is answered
only at a command boundary and when all before it is developed. It is not cleared unasked: a whole label may be
coming out, and the packer is being asked for it. Without that answer the buffers are cleared (DLE DC4
function 8) when the next job comes, for by then the earlier one is settled, or when `clear` is called.
A printer that does not answer the clearing gets no padding with NULs instead: the height and width of a raster
allow 4 GB of it, padding pushes a piece of the old label out, and no manual says that NULs left over are
ignored. It gets GS r 1 again, and when that fails too, what helps is said: switching it off and on.

**One job**, proved by its process ID, or, where the printer has none, by GS r 1 and a status without an error
after it. While the printer names a cause (no paper, open cover) it is waited for, however long: the printer keeps
the job and goes on by itself. A job is never sent twice.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from station.bench.core.devices import (
    BuffersCleared,
    ClearFailed,
    PrintConfirmed,
    PrinterChanged,
    PrinterEvent,
    PrinterState,
    PrintFailed,
    Proof,
)
from station.devices.printer import commands
from station.devices.printer.line import LineLostError
from station.devices.printer.replies import (
    AutomaticStatus,
    ClearResponse,
    CutCount,
    PaperStatus,
    PowerOnNotice,
    ProcessIdReturned,
    RealTimeStatus,
    Reply,
    ReplyParser,
)
from station.devices.printer.watch import StatusWatch

_PREAMBLE = commands.INITIALIZE + commands.ENABLE_STATUS_BACK
"""Before every job: a printer that was switched off and on unnoticed has forgotten ASB."""

_PRINT_BUFFER_S = 0.5
"""From GS r's answer, which says developed, until what is developed is on paper and cut: at 100 mm/s, 50 mm."""

_PATIENCE_RUNS = (PrinterState.READY, PrinterState.NO_ANSWER)
"""In other states the printer names a cause for its standstill, and a person can remove it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long is waited for what, in seconds."""

    write_s: float
    """The line takes no byte. Also how long bytes taken may be underway to the printer."""
    confirm_s: float
    status_interval_s: float
    answer_s: float
    """An answer on an idle line."""
    silence_s: float
    """No answer at all, without a job: then the line is opened anew. Infinite where that cannot help."""


class _Owed(Enum):
    """An answer that the printer owes in its turn; one at a time."""

    BOUNDARY = auto()
    PROCESS_ID = auto()
    """Whether it knows process IDs at all: it does not if it answers the GS r 1 that follows, and that alone."""
    CLEARING = auto()
    BOUNDARY_INSTEAD = auto()
    """It left the clearing unanswered: perhaps it does not know that command."""


@dataclass(slots=True)
class _Job:
    grant: str
    wire: bytes
    """Preamble, the job itself, the request for its proof."""
    process_id: bytes | None
    patience_from_s: float
    """The last progress, or the last time that a person removed a cause."""
    sent: int = 0
    on_paper_s: float = math.inf
    """Without process ID: when what GS r said to be developed should be on paper."""

    @property
    def begun(self) -> bool:
        return self.sent > len(_PREAMBLE)

    @property
    def written(self) -> bool:
        return self.sent == len(self.wire)


class Conversation:
    """The talk on one connection. Call `tick` after everything, and when `deadline_s` has passed."""

    def __init__(
        self, limits: Limits, process_ids: Iterator[bytes], *, knows_process_id: bool | None, now_s: float
    ) -> None:
        """``process_ids`` must not repeat within a printer's memory, across connections and restarts too.

        ``knows_process_id``: None to find out. Times are seconds of any steady clock.
        """
        self._limits = limits
        self._process_ids = process_ids
        self._knows_process_id = knows_process_id
        self._parser = ReplyParser()
        self._heard_s = now_s
        self._watch = StatusWatch(limits.status_interval_s, now_s)
        self._reported: PrinterChanged | None = None
        self._events: list[PrinterEvent] = []
        self._commands = bytearray()

        self._owed: _Owed | None = None
        self._owed_until_s = 0.0
        self._paper_answers_owed = 0
        self._boundary_asked = False
        self._at_boundary = False
        self._probe = b""
        self._probe_passed = False
        self._clear_wanted = False

        self._queued: tuple[str, bytes] | None = None
        self._job: _Job | None = None

    # What the station asks for.

    def print(self, grant: str, job: bytes, now_s: float) -> None:
        """Send a job, once. Refused, not begun, where the printer is not ready or has another job."""
        if self._job or self._queued:
            self._refuse(grant, "another job is not settled yet")
            return
        self._queued = (grant, job)
        self._advance(now_s)

    def clear(self, now_s: float) -> None:
        """Have the printer drop what it holds.

        Not while a job is underway: what the line has taken of it stands before the clearing, and a printer without
        paper and with a full buffer takes no more. The line has to be opened anew for that.
        """
        if self._job:
            raise ValueError("a job is underway on this line")
        self._give_up("given up: the printer's buffers are being cleared")
        self._clear_wanted = True
        if self._owed is not _Owed.CLEARING:
            self._begin_clearing(now_s)

    # What the owner of the line reports.

    def received(self, data: bytes, now_s: float) -> None:
        """Bytes from the printer, cut anyhow. Raises LineLostError when they say that it restarted in a job."""
        for reply in self._parser.feed(data):
            self._watch.heard()
            self._heard_s = now_s
            self._take(reply, now_s)
        self._advance(now_s)

    def sent(self, count: int, now_s: float) -> None:
        """The line took so many bytes of `to_send`."""
        if self._commands:
            del self._commands[:count]
        elif self._job and count:
            self._job.sent += count
            self._job.patience_from_s = now_s
            if self._job.written:
                self._watch.restart(now_s + self._limits.status_interval_s)

    def tick(self, now_s: float) -> None:
        """Time has passed. Raises LineLostError when the line has stood still for too long."""
        if self._watch.expire(now_s, self._answer_s):
            self._take_silence(now_s)
        if self._owed and now_s >= self._owed_until_s:
            self._unanswered(now_s)
        self._check_patience(now_s)
        self._advance(now_s)
        if self._may_ask:
            self._commands += self._watch.request(now_s)

    def lost(self, reason: str, *, last_write_uncertain: bool = False) -> None:
        """The line is gone, and this conversation with it."""
        sending_job = not self._commands
        self._give_up(reason, begun_perhaps=last_write_uncertain and sending_job)
        if self._clear_wanted:
            self._clear_wanted = False
            self._events.append(ClearFailed(reason))

    # What the owner of the line takes.

    def to_send(self) -> memoryview:
        """What the line has to take next; empty when there is nothing."""
        if self._commands:
            return memoryview(bytes(self._commands))
        if self._job:
            return memoryview(self._job.wire)[self._job.sent :]
        return memoryview(b"")

    def take_events(self) -> list[PrinterEvent]:
        """What has happened since the last call, in order."""
        events, self._events = self._events, []
        return events

    def deadline_s(self) -> float:
        """When `tick` has something to do at the latest."""
        deadlines = [
            self._watch.deadline_s(self._answer_s, may_ask=self._may_ask),
            self._owed_until_s if self._owed else None,
            self._patience_until_s(),
        ]
        return min((deadline for deadline in deadlines if deadline is not None), default=float("inf"))

    @property
    def job_unsettled(self) -> bool:
        """Whether a job is on its way to paper."""
        return self._job is not None

    @property
    def unknown_bytes(self) -> int:
        """Bytes received that belong to no reply."""
        return self._parser.unknown_bytes

    # Status.

    @property
    def _ready(self) -> bool:
        return self._reported is not None and self._reported.state is PrinterState.READY

    @property
    def _patience_runs(self) -> bool:
        return self._reported is not None and self._reported.state in _PATIENCE_RUNS

    @property
    def _may_ask(self) -> bool:
        """Not inside a job; and nothing may follow a clearing before its answer (Epson, DLE DC4)."""
        writing = self._job is not None and not self._job.written
        return not (writing or self._commands or self._owed is _Owed.CLEARING)

    @property
    def _answer_s(self) -> float:
        """A request stands behind what the line has taken of a job, and is answered only once it arrives."""
        return self._limits.answer_s + (self._limits.write_s if self._job else 0)

    def _take_silence(self, now_s: float) -> None:
        if self._job and not self._patience_runs:
            return  # no paper and a full buffer: the request does not get in, and the printer's last word stands
        self._watch.take_silence()
        self._concluded(now_s)
        if not self._job and now_s >= self._heard_s + self._limits.silence_s:
            raise LineLostError(f"no answer for {self._limits.silence_s:g} s")

    def _concluded(self, now_s: float) -> None:
        """The watch has a new view of the printer, perhaps the same as before."""
        before, after = self._reported, self._watch.condition
        if after is None:
            return
        if after != before:
            self._reported = after
            self._events.append(after)
            self._changed(before, after, now_s)
        if self._job and self._ready and now_s >= self._job.on_paper_s:
            self._confirm(Proof.STATUS)

    def _changed(self, before: PrinterChanged | None, after: PrinterChanged, now_s: float) -> None:
        if before is None:
            return
        if self._job and before.state not in _PATIENCE_RUNS and after.state in _PATIENCE_RUNS:
            self._job.patience_from_s = now_s
        if before.state is PrinterState.NO_ANSWER and not self._job:
            self._forget_boundary()  # it may have been switched off and on: no ASB, and nobody knows where it stands

    # Replies.

    def _take(self, reply: Reply, now_s: float) -> None:
        match reply:
            case AutomaticStatus():
                self._watch.take_automatic(reply, now_s)
                self._concluded(now_s)
            case RealTimeStatus(value):
                if self._watch.take_answer(value, now_s):
                    self._concluded(now_s)
            case PaperStatus():
                self._take_paper_status(now_s)
            case ProcessIdReturned(process_id):
                self._take_process_id(process_id)
            case ClearResponse():
                if self._owed in (_Owed.CLEARING, _Owed.BOUNDARY_INSTEAD):
                    self._paper_answers_owed = int(self._owed is _Owed.BOUNDARY_INSTEAD)
                    self._cleared()
                    self._commands += commands.ENABLE_STATUS_BACK
            case PowerOnNotice():
                self._restarted(now_s)
            case CutCount():
                pass

    def _take_paper_status(self, now_s: float) -> None:
        """GS r answers come in the order of the requests: a late one must not pass for the job's own."""
        self._paper_answers_owed = max(0, self._paper_answers_owed - 1)
        if self._job:
            if self._job.written and self._job.process_id is None and not self._paper_answers_owed:
                self._job.on_paper_s = now_s + _PRINT_BUFFER_S
                self._watch.restart(self._job.on_paper_s)
            return
        self._at_boundary = True
        if self._owed is _Owed.BOUNDARY:
            self._owed = None
        elif self._owed is _Owed.BOUNDARY_INSTEAD:
            self._cleared()
        elif self._owed is _Owed.PROCESS_ID and not self._paper_answers_owed:
            self._probe_passed = True
            self._owed_until_s = now_s + _PRINT_BUFFER_S

    def _take_process_id(self, process_id: bytes) -> None:
        if process_id == self._probe:
            self._knows_process_id = True
            if self._owed is _Owed.PROCESS_ID:
                self._owed = None
        elif self._job and self._job.written and process_id == self._job.process_id:
            self._confirm(Proof.PROCESS_ID)

    def _restarted(self, now_s: float) -> None:
        if self._job:
            # What the line still carries of the job would be printed as text.
            raise LineLostError("the printer was switched off and on while it had the job")
        self._forget_boundary()
        self._watch.restart(now_s)

    # The boundary.

    def _owe(self, owed: _Owed, command: bytes, until_s: float) -> None:
        self._owed, self._owed_until_s = owed, until_s
        self._commands += command

    def _advance(self, now_s: float) -> None:
        """Take the next step that waits for nothing."""
        if self._owed or self._job:
            return
        if self._queued:
            self._advance_queued(*self._queued, now_s)
        elif self._ready and not self._boundary_asked:
            self._boundary_asked = True
            self._ask_boundary(_Owed.BOUNDARY, now_s)
        elif self._ready and self._at_boundary and self._knows_process_id is None:
            self._begin_probe(now_s)

    def _advance_queued(self, grant: str, job: bytes, now_s: float) -> None:
        if not self._ready:
            self._queued = None
            state = self._reported.state if self._reported else "not known yet"
            self._refuse(grant, f"the printer is not ready: {state}")
        elif not self._at_boundary:
            self._begin_clearing(now_s)
        elif self._knows_process_id is None:
            self._begin_probe(now_s)
        else:
            self._queued = None
            self._begin_job(grant, job, now_s)

    def _ask_boundary(self, owed: _Owed, now_s: float) -> None:
        self._paper_answers_owed += 1
        command = commands.ENABLE_STATUS_BACK + commands.REQUEST_PAPER_STATUS
        self._owe(owed, command, now_s + self._limits.answer_s)

    def _begin_probe(self, now_s: float) -> None:
        self._probe, self._probe_passed = next(self._process_ids), False
        self._paper_answers_owed += 1
        command = commands.request_process_id(self._probe) + commands.REQUEST_PAPER_STATUS
        self._owe(_Owed.PROCESS_ID, command, now_s + self._limits.answer_s)

    def _begin_clearing(self, now_s: float) -> None:
        self._at_boundary = False
        self._owe(_Owed.CLEARING, commands.CLEAR_BUFFERS, now_s + self._limits.write_s)

    def _cleared(self) -> None:
        self._owed = None
        self._boundary_asked = self._at_boundary = True
        if self._clear_wanted:
            self._clear_wanted = False
            self._events.append(BuffersCleared())

    def _unanswered(self, now_s: float) -> None:
        owed, self._owed = self._owed, None
        match owed:
            case _Owed.PROCESS_ID if self._probe_passed:
                self._knows_process_id = False
            case _Owed.CLEARING if self._at_boundary:
                self._cleared()
            case _Owed.CLEARING:
                self._ask_boundary(_Owed.BOUNDARY_INSTEAD, now_s)
            case _Owed.BOUNDARY_INSTEAD:
                self._clearing_failed()

    def _clearing_failed(self) -> None:
        reason = "the printer may hold an unfinished job and does not answer the clearing: switch it off and on"
        if self._clear_wanted:
            self._clear_wanted = False
            self._events.append(ClearFailed(reason))
        if self._queued:
            (grant, _), self._queued = self._queued, None
            self._refuse(grant, reason)

    def _forget_boundary(self) -> None:
        self._boundary_asked = self._at_boundary = False
        self._paper_answers_owed = 0

    # The job.

    def _begin_job(self, grant: str, job: bytes, now_s: float) -> None:
        process_id = next(self._process_ids) if self._knows_process_id else None
        if process_id is None:
            self._paper_answers_owed += 1
            proof = commands.REQUEST_PAPER_STATUS
        else:
            proof = commands.request_process_id(process_id)
        self._at_boundary = False
        self._job = _Job(grant, _PREAMBLE + job + proof, process_id, now_s)

    def _confirm(self, proof: Proof) -> None:
        if self._job:
            self._events.append(PrintConfirmed(self._job.grant, proof))
            self._job = None
            self._at_boundary = True

    def _patience_until_s(self) -> float | None:
        job = self._job
        if job is None or not self._patience_runs:
            return None
        return job.patience_from_s + (self._limits.confirm_s if job.written else self._limits.write_s)

    def _check_patience(self, now_s: float) -> None:
        until_s, job = self._patience_until_s(), self._job
        if until_s is None or job is None or now_s < until_s:
            return
        if not job.written:
            raise LineLostError(f"the printer has taken no byte for {self._limits.write_s:g} s")
        state = self._reported.state if self._reported else ""
        self._give_up(f"no proof of print within {self._limits.confirm_s:g} s; the printer's state is {state}")

    def _give_up(self, reason: str, *, begun_perhaps: bool = False) -> None:
        """End whatever job there is without proof. What it left in the printer is not known."""
        if self._job:
            begun = self._job.begun or begun_perhaps
            self._events.append(PrintFailed(self._job.grant, begun, reason))
            self._job = None
            self._paper_answers_owed = 0
        if self._queued:
            (grant, _), self._queued = self._queued, None
            self._refuse(grant, reason)

    def _refuse(self, grant: str, reason: str) -> None:
        self._events.append(PrintFailed(grant, begun=False, reason=reason))

"""What is said to a printer on one connection, and what may be concluded from its answers.

Knows no thread, clock or device. The owner hands in bytes received, how many bytes the line took, and the time,
and takes out bytes to send and events. Three things go on side by side:

**Status**, in `watch`. DLE EOT may not stand inside another command (Citizen's manual: it "cannot be interleaved
into the code string of another command"), so while a job is being sent ASB alone reports.

**Where the printer stands**, in `boundary`: whether the next job's first bytes would become image data of an
earlier one, which model it says it is, and whether it knows process IDs. Of a printer whose model matters nothing is
told as ready before that is known, and never of the wrong one.

**One job**, here. It is proved by its process ID, or, where the printer has none, by GS r 1 and a status without
an error after it. While the printer names a cause (no paper, open cover) it is waited for, however long: the
printer keeps the job and goes on by itself. A job is never sent twice.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

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
from station.devices.printer.boundary import PRINT_BUFFER_S, Boundary, Limits
from station.devices.printer.expectation import Expectation
from station.devices.printer.line import LineLostError
from station.devices.printer.replies import (
    AutomaticStatus,
    ClearResponse,
    Information,
    PaperStatus,
    PowerOnNotice,
    ProcessIdReturned,
    RealTimeStatus,
    Reply,
    ReplyParser,
)
from station.devices.printer.watch import StatusWatch

_PATIENCE_RUNS = (PrinterState.READY, PrinterState.NO_ANSWER)
"""In other states the printer names a cause for its standstill, and a person can remove it."""

_UNCLEAR = "the printer may hold an unfinished job and does not answer the clearing: switch it off and on"


@dataclass(slots=True)
class _Job:
    grant: str
    wire: bytes
    """The job itself, and the request for its proof."""
    process_id: bytes | None
    patience_from_s: float
    """The last progress, or the last time that a person removed a cause."""
    sent: int = 0
    on_paper_s: float = math.inf
    """Without process ID: when what GS r said to be developed should be on paper."""

    @property
    def begun(self) -> bool:
        return self.sent > 0

    @property
    def written(self) -> bool:
        return self.sent == len(self.wire)


class Conversation:
    """The talk on one connection. Call `tick` after everything, and when `deadline_s` has passed."""

    def __init__(self, limits: Limits, process_ids: Iterator[bytes], *, expected: Expectation, now_s: float) -> None:
        """``process_ids`` must not repeat within a printer's memory, across connections and restarts too.

        Times are seconds of any steady clock.
        """
        self._limits = limits
        self._process_ids = process_ids
        self._parser = ReplyParser()
        self._watch = StatusWatch(limits.status_interval_s, now_s)
        self._boundary = Boundary(limits, process_ids, knows_process_id=expected.process_id)
        self._expected = expected
        self._reported: PrinterChanged | None = None
        self._was_silent = False
        self._cleared: bool | None = None
        self._heard_s = now_s
        self._events: list[PrinterEvent] = []
        self._commands = bytearray()
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
        if self._refusal:
            self._events.append(ClearFailed(self._refusal))
            return
        self._clear_wanted = True
        if not self._boundary.clearing:
            self._commands += self._boundary.clear(now_s)

    # What the owner of the line reports.

    def received(self, data: bytes, now_s: float) -> None:
        """Bytes from the printer, cut anyhow. Raises LineLostError when they say that it restarted in a job."""
        for reply in self._parser.feed(data):
            self._watch.heard()
            self._heard_s = now_s
            self._take(reply, now_s)
        self._advance(now_s)

    @property
    def beginning(self) -> str:
        """The grant whose first byte is the next to be sent; empty where none is."""
        return self._job.grant if self._job and not self._job.sent and not self._commands else ""

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
        self._commands += self._boundary.expire(now_s)
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
        deadlines = (
            self._watch.deadline_s(self._answer_s, may_ask=self._may_ask),
            self._boundary.deadline_s,
            self._patience_until_s(),
        )
        return min((deadline for deadline in deadlines if deadline is not None), default=math.inf)

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
    def _refusal(self) -> str:
        """Why this printer is the wrong one."""
        return self._expected.refusal(self._boundary.name)

    @property
    def _name_wanted(self) -> bool:
        return self._boundary.name is None and self._expected.asks_for_name

    @property
    def _patience_runs(self) -> bool:
        return self._reported is not None and self._reported.state in _PATIENCE_RUNS

    @property
    def _may_ask(self) -> bool:
        writing = self._job is not None and not self._job.written
        return not (writing or self._commands or self._boundary.quiet)

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
        silent = self._watch.condition is not None and self._watch.condition.state is PrinterState.NO_ANSWER
        if self._was_silent and not silent and not self._job:
            self._boundary.start_over()  # it may have been switched off and on
        self._was_silent = silent
        self._report(now_s)
        if self._job and self._ready and now_s >= self._job.on_paper_s:
            self._confirm(Proof.STATUS)

    def _report(self, now_s: float) -> None:
        before, after = self._reported, self._view()
        if after is None or after == before:
            return
        self._reported = after
        self._events.append(after)
        if self._job and before and before.state not in _PATIENCE_RUNS and after.state in _PATIENCE_RUNS:
            self._job.patience_from_s = now_s

    def _view(self) -> PrinterChanged | None:
        """The printer's state as the station should see it; None while it is not known whether this is its printer."""
        condition = self._watch.condition
        if condition is None or condition.state is PrinterState.NO_ANSWER or self._job:
            return condition
        if self._refusal:
            return PrinterChanged(PrinterState.WRONG_MODEL, condition.paper_near_end, self._refusal)
        if condition.state is not PrinterState.READY:
            return condition
        if self._name_wanted and (not self._boundary.asked or self._boundary.waiting or self._boundary.reached):
            return None
        return replace(condition, detail=self._expected.difference(self._boundary.name))

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
                self._commands += self._boundary.take_clear_response(now_s)
            case PowerOnNotice():
                self._take_power_on(now_s)
            case Information(text):
                self._take_information(text)

    def _take_paper_status(self, now_s: float) -> None:
        newest = self._boundary.take_paper_status()
        if self._job is None:
            self._commands += self._boundary.take_reached(now_s, newest=newest)
        elif newest and self._job.written and self._job.process_id is None:
            self._job.on_paper_s = now_s + PRINT_BUFFER_S
            self._watch.restart(self._job.on_paper_s)

    def _take_process_id(self, process_id: bytes) -> None:
        if self._boundary.take_process_id(process_id):
            return
        if self._job and self._job.written and process_id == self._job.process_id:
            self._confirm(Proof.PROCESS_ID)

    def _take_information(self, text: str) -> None:
        self._boundary.take_information(text)
        if self._boundary.knows_process_id is None:
            self._boundary.knows_process_id = self._expected.knows_process_id(self._boundary.name)

    def _take_power_on(self, now_s: float) -> None:
        if self._job:
            # What the line still carries of the job would be printed as text.
            raise LineLostError("the printer was switched off and on while it had the job")
        self._boundary.start_over()
        self._watch.restart(now_s)

    # The job, and what has to be known before it.

    def _advance(self, now_s: float) -> None:
        """Take the next step that waits for nothing."""
        cleared = self._boundary.take_clearing()
        if cleared is not None:
            self._cleared = cleared
        if not self._boundary.waiting and not self._job and not self._settle_clearing(now_s):
            if self._queued:
                self._advance_queued(*self._queued, now_s)
            elif self._could_print:
                self._advance_idle(now_s)
        self._report(now_s)

    def _settle_clearing(self, now_s: float) -> bool:
        """Whether it first has to be known which printer it was that is clear now. Without paper it cannot say it."""
        if self._cleared is None:
            return False
        if self._cleared and self._name_wanted and self._could_print:
            self._commands += self._boundary.ask_name(now_s)
            return True
        self._end_clearing(cleared=self._cleared)
        self._cleared = None
        return False

    @property
    def _could_print(self) -> bool:
        """The printer is ready, if it is the right one. One that is off line executes no GS r."""
        return self._watch.condition is not None and self._watch.condition.state is PrinterState.READY

    def _advance_idle(self, now_s: float) -> None:
        if not self._boundary.asked:
            self._commands += self._boundary.ask(now_s)
        elif not self._boundary.reached:
            return
        elif self._name_wanted:
            self._commands += self._boundary.ask_name(now_s)
        elif self._boundary.knows_process_id is None and not self._refusal:
            self._commands += self._boundary.probe(now_s)

    def _advance_queued(self, grant: str, job: bytes, now_s: float) -> None:
        if self._refusal or not self._ready:
            self._queued = None
            state = self._reported.state if self._reported else "not known yet"
            self._refuse(grant, f"the printer is not ready: {self._refusal or state}")
        elif not self._boundary.reached:  # whatever is in there, it is settled: else no job would come
            self._commands += self._boundary.clear(now_s)
        elif self._name_wanted:
            self._commands += self._boundary.ask_name(now_s)
        elif self._boundary.knows_process_id is None:
            self._commands += self._boundary.probe(now_s)
        else:
            self._queued = None
            self._begin(grant, job, now_s)

    def _end_clearing(self, *, cleared: bool) -> None:
        reason = self._refusal or ("" if cleared else _UNCLEAR)
        if self._clear_wanted:
            self._clear_wanted = False
            self._events.append(ClearFailed(reason) if reason else BuffersCleared())
        if self._queued and reason:
            (grant, _), self._queued = self._queued, None
            self._refuse(grant, reason)

    def _begin(self, grant: str, job: bytes, now_s: float) -> None:
        if self._boundary.knows_process_id:
            process_id = next(self._process_ids)
            proof = commands.request_process_id(process_id)
        else:
            process_id = None
            proof = self._boundary.request_paper_status()
        self._boundary.reached = False
        self._job = _Job(grant, job + proof, process_id, now_s)

    def _confirm(self, proof: Proof) -> None:
        if self._job:
            self._events.append(PrintConfirmed(self._job.grant, proof))
            self._job = None
            self._boundary.reached = True

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
            self._events.append(PrintFailed(self._job.grant, self._job.begun or begun_perhaps, reason))
            self._job = None
            self._boundary.forget()
        if self._queued:
            (grant, _), self._queued = self._queued, None
            self._refuse(grant, reason)

    def _refuse(self, grant: str, reason: str) -> None:
        self._events.append(PrintFailed(grant, begun=False, reason=reason))

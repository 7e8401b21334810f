"""The printer as a machine: what comes in waits in the receive buffer, is developed, and moves paper in time.

    line --> real-time commands, at once
        \\--> receive buffer --> interpreter --> print buffer (motions) --> paper

Everything after the receive buffer stands still while the printer is offline (paper out, cover open, error),
and goes on where it stopped. Time enters as ``now`` in seconds of any clock that only goes forward.
Who owns a Printer hands it what the line brings, calls ``advance`` at ``next_deadline``, and fetches replies
and labels after each call.
"""

from collections import Counter
from collections.abc import Callable

from station.emulator import status
from station.emulator.identity import told_of
from station.emulator.interpreter import Interpreter
from station.emulator.mechanism import Mechanism
from station.emulator.model import Model
from station.emulator.operations import (
    Cut,
    Finding,
    ReportCounter,
    ReportIdentity,
    ReportPaper,
    ReportProcess,
    Request,
    WatchStatus,
)
from station.emulator.paper import Label
from station.emulator.realtime import RealTimeScanner
from station.emulator.text import Typeface

_HEADROOM_BYTES = 128
_READY_BYTES = 256
"""Busy from when the remaining space drops to 128 bytes until it is 256 again (TM-L90 manual, 4.2.2.4)."""
_AHEAD_ROWS = 24
"""How far the printer develops ahead of the print head: about a line of text."""
_COUNTER_SAVED_EVERY_S = 180
"""Maintenance counters go to non-volatile memory now and then: a power cut loses the newest cuts."""
_DISTINCT_FINDINGS = 200
CLEAR_RESPONSE = b"\x37\x25\x00"
POWER_ON_NOTICE = b"\x3b\x31\x00"


class Printer:
    """One emulated printer, without line and clock. Lengths of paper are in mm, speed in mm/s (0: at once)."""

    def __init__(
        self,
        model: Model,
        typeface: Typeface,
        *,
        roll_mm: float | None = None,
        near_end_mm: float = 1000,
        speed_mm_s: float = 150,
    ) -> None:
        self.model = model
        self.powered = True
        self.silent = False
        self.stalled = False
        self.received_bytes = 0
        self.executed_bytes = 0
        self.lost_bytes = 0
        self.findings: Counter[str] = Counter()
        self._typeface = typeface
        self._roll_rows = None if roll_mm is None else model.rows(roll_mm)
        self._near_end_rows = model.rows(near_end_mm)
        self._mechanism = Mechanism(model, self._roll_rows, speed_mm_s)
        self._cover_open = False
        self._switched_offline = False
        self._unrecoverable = False
        self._overheated = False
        self._cutter_jammed = False
        self._jam_at_cut = False
        self._power_off_at: int | None = None
        self._interrupted = False
        self.acts_at_cut: dict[bool, Callable[[], object]] = {}
        """What happens to the printer once: just before the next cut (True), just after it (False)."""
        self._line_open = self._notice_due = False
        self._replies = bytearray()
        self._cuts_forgotten = 0
        self._cuts_saved, self._cuts_saved_at = 0, 0.0
        self._start()

    def _start(self) -> None:
        """The state after power on."""
        self._interpreter = Interpreter(self.model, self._typeface)
        self._scanner = RealTimeScanner()
        self._buffer = bytearray()
        self._busy = False
        self._grace_bytes = 0
        self._watch_mask = 0
        self._reported = b""
        self._process_response = b""
        self._cutter_error = self._cutter_jammed

    # State

    @property
    def condition(self) -> status.Condition:
        """What the sensors see now."""
        paper = self._mechanism.paper
        return status.Condition(
            cover_open=self._cover_open,
            paper_out=paper.out,
            paper_near_end=paper.rows_left is not None and paper.rows_left <= self._near_end_rows,
            cutter_error=self._cutter_error,
            overheated=self._overheated,
            unrecoverable_error=self._unrecoverable,
            switched_offline=self._switched_offline,
        )

    @property
    def works(self) -> bool:
        """It is on and online: it develops and prints."""
        return self.powered and not self.stalled and not self.condition.offline

    @property
    def buffered_bytes(self) -> int:
        """Received and not developed yet."""
        return len(self._buffer)

    @property
    def buffered_rows(self) -> int:
        """Developed and not printed yet."""
        return self._mechanism.rows

    @property
    def waits_for_image(self) -> bool:
        """The next byte of a job would be taken for image data."""
        return self._interpreter.waits_for_image

    @property
    def watch_mask(self) -> int:
        """What GS a enabled."""
        return self._watch_mask

    @property
    def cut_counter(self) -> int:
        """What GS g 2 tells."""
        return self._mechanism.paper.cuts - self._cuts_forgotten

    @property
    def paper_left_mm(self) -> float | None:
        """Until the roll's end; None for a roll without end."""
        rows = self._mechanism.paper.rows_left
        return None if rows is None else self.model.millimetres(rows)

    @property
    def strip_hangs_out(self) -> bool:
        """Paper stands out that is not cut off yet."""
        return self._mechanism.paper.hangs_out

    @property
    def speed_mm_s(self) -> float:
        """How fast paper moves; 0 is at once."""
        return self._mechanism.speed_mm_s

    def take_labels(self) -> list[Label]:
        """The pieces of paper that came off since the last call."""
        return self._mechanism.paper.take_labels()

    # The line

    def line_opened(self) -> None:
        """A host connected. It cannot know of busy yet, so its first bytes are read in any case."""
        self._line_open = True
        self._grace_bytes = _HEADROOM_BYTES
        response, self._process_response = self._process_response, b""
        self._answer(response + (POWER_ON_NOTICE if self._notice_due else b""))
        self._notice_due = False

    def line_closed(self) -> None:
        """The host is gone; everything in the printer stays."""
        self._line_open = False
        self._replies.clear()

    def receivable_bytes(self) -> int:
        """How much the line may deliver now; 0 is busy: the transport stops reading.

        Busy means a full receive buffer and nothing else (TM-L90, memory switch 1-3 on).
        """
        if not self.powered:
            return 0
        capacity = self.model.receive_buffer_bytes
        headroom = min(_HEADROOM_BYTES, capacity // 4)
        ready = min(_READY_BYTES, capacity // 2)
        space = capacity - len(self._buffer)
        self._busy = space < ready if self._busy else space <= headroom
        return self._grace_bytes if self._busy else space - headroom

    def receive(self, data: bytes, now: float) -> None:
        """Bytes from the line. Real-time commands in them act at once, the rest waits for its turn.

        A real-time command is also stored, as in real printers ("after executing, they are stored in the
        receive buffer and then discarded": RP-U420 manual), so that image data stay whole. Except while busy:
        a host that polls does not shut itself out.
        """
        if not self.powered:
            return
        self.received_bytes += len(data)
        self.advance(now)
        stored = 0
        for command in self._scanner.find(data):
            self._store(data[stored : max(stored, command.start) if self._busy else command.end], now)
            stored = command.end
            self._act(command.code, now)
        self._store(data[stored:], now)

    def _store(self, data: bytes, now: float) -> None:
        if self._busy:
            self._grace_bytes = max(0, self._grace_bytes - len(data))
        while data and self.powered:
            space = self.model.receive_buffer_bytes - len(self._buffer)
            if not space:
                # "The printer ignores the data received when the remaining space is 0 bytes" (TM-L90).
                self.lost_bytes += len(data)
                return
            self._buffer += data[:space]
            data = data[space:]
            self.advance(now)

    def take_replies(self) -> bytes:
        """What the printer says to the host since the last call."""
        replies = bytes(self._replies)
        self._replies.clear()
        return replies

    def _answer(self, reply: bytes) -> None:
        if self.powered and self._line_open and not self.silent:
            self._replies += reply

    # Real-time commands

    def _act(self, code: bytes, now: float) -> None:
        if code[1] == 0x04:  # DLE EOT
            self._answer(status.real_time_status(self.condition, code[2]))
        elif code[1] == 0x14:  # DLE DC4 function 8; recovers like DLE ENQ 2 (TM-T81)
            if self.model.clear_buffers:
                self._clear()
                self._recover(now)
                self._answer(CLEAR_RESPONSE)
        elif self._cutter_error:  # DLE ENQ 1 and 2 are for recoverable errors
            if code[2] == 2:
                self._clear()
            self._recover(now)

    def _clear(self) -> None:
        """Receive buffer and print buffer and the process IDs in them are gone; paper and settings stay."""
        self._buffer.clear()
        self._mechanism.clear()
        self._interpreter.abandon()
        self._process_response = b""
        self._busy = False

    def _recover(self, now: float) -> None:
        """Ends a recoverable error whose cause is removed."""
        self._cutter_error = self._cutter_jammed
        self._changed(now)

    # Work

    def next_deadline(self) -> float | None:
        """When ``advance`` has something to do by itself."""
        return self._mechanism.next_deadline() if self.works else None

    def advance(self, now: float) -> None:
        """Develops and prints as far as time, paper and data reach."""
        if self._interrupted:
            return
        if not self._mechanism.rows or not self.works:
            self._mechanism.stand_still(now)
        while self.works and (self._move(now) or self._develop()):
            pass
        if now - self._cuts_saved_at >= _COUNTER_SAVED_EVERY_S:
            self._cuts_saved, self._cuts_saved_at = self.cut_counter, now
        limit = self._power_off_at
        if limit is not None and self.executed_bytes >= limit and (self._mechanism.idle or not self.works):
            self.power_off()

    def _move(self, now: float) -> bool:
        """Lets the mechanism go on; whether it did."""
        if self._mechanism.cuts_next:
            if act := self.acts_at_cut.pop(True, None):
                self._have_done(act)
                return self.works
            self._cutter_jammed |= self._jam_at_cut
            self._jam_at_cut = False
            self._cutter_error |= self._cutter_jammed
            self._report_changes()
            if self._cutter_error:
                return False
        done = self._mechanism.step(now)
        if isinstance(done, ReportProcess):
            self._report_process(b"\x37\x22" + done.identifier + b"\x00")
        self._report_changes()
        if isinstance(done, Cut) and (act := self.acts_at_cut.pop(False, None)):
            self._have_done(act)
        return done is not None

    def _have_done(self, act: Callable[[], object]) -> None:
        self._interrupted = True  # whatever is done now advances the printer, which is in the middle of it
        act()
        self._interrupted = False

    def _develop(self) -> bool:
        """Develops the next command, unless enough is developed ahead; whether there was one."""
        if not self._buffer or self._mechanism.rows >= _AHEAD_ROWS or not self.works:
            return False
        data = bytes(self._buffer)
        if self._power_off_at is not None:
            data = data[: max(0, self._power_off_at - self.executed_bytes)]
        used, operations = self._interpreter.take(data)
        del self._buffer[:used]
        self.executed_bytes += used
        for operation in operations:
            if isinstance(operation, Request):
                self._serve(operation)
            else:
                self._mechanism.add(operation)
        return used > 0

    def _report_process(self, response: bytes) -> None:
        """While no host can receive, "the printer transmits the latest process ID only" (TM-L90, GS ( H)."""
        if self._line_open:
            self._answer(response)
        else:
            self._process_response = response

    def _serve(self, request: Request) -> None:
        match request:
            case ReportPaper():
                self._answer(status.paper_status(self.condition))
            case ReportCounter(number) if number in self.model.cut_counters:
                self._answer(b"\x5f%d\x00" % self.cut_counter)
            case ReportCounter(number):
                self._note(f"unsupported: GS g 2, counter {number}")
            case ReportIdentity(which):
                told = told_of(self.model, which)
                self._answer(told)
                if not told:
                    self._note(f"unsupported: GS I {which}")
            case WatchStatus(mask):
                self._watch_mask = mask
                self._reported = b""
                self._report_changes()
            case Finding(flaw, what):
                self._note(f"{flaw}: {what}")

    def _note(self, finding: str) -> None:
        known = finding in self.findings or len(self.findings) < _DISTINCT_FINDINGS
        self.findings[finding if known else "others"] += 1

    def _report_changes(self) -> None:
        """Automatic status back: four bytes whenever something that is watched changes."""
        if self._watch_mask & 0x0F:
            now = status.automatic_status(self.condition)
            seen = status.watched(now, self._watch_mask)
            if seen != self._reported:
                self._reported = seen
                self._answer(now)

    # What people and chance do to a printer

    def _changed(self, now: float) -> None:
        self._report_changes()
        self.advance(now)

    def load_paper(self, now: float, left_mm: float | None = None) -> None:
        """Puts in a new roll, as long as the first one, or ``left_mm`` long."""
        self._mechanism.stand_still(now)
        self._mechanism.paper.rows_left = self._roll_rows if left_mm is None else self.model.rows(left_mm)
        self._changed(now)

    def take_paper_out(self, now: float) -> None:
        """The roll has ended; what is printed stays where it is."""
        self.advance(now)
        self._mechanism.paper.rows_left = 0
        self._changed(now)

    def set_cover(self, now: float, *, is_open: bool) -> None:
        """Opens or closes the cover."""
        self.advance(now)
        self._cover_open = is_open
        self._changed(now)

    def set_online(self, now: float, *, online: bool) -> None:
        """Switches the printer off line, or back."""
        self.advance(now)
        self._switched_offline = not online
        self._changed(now)

    def set_unrecoverable(self, now: float, *, error: bool) -> None:
        """An error that no command ends."""
        self.advance(now)
        self._unrecoverable = error
        self._changed(now)

    def set_overheated(self, now: float, *, hot: bool) -> None:
        """The print head is too hot, or has cooled down: an error that ends by itself."""
        self.advance(now)
        self._overheated = hot
        self._changed(now)

    def jam_cutter(self, now: float, *, at_cut: bool = False) -> None:
        """Blocks the blade: at once, or when it is to cut next."""
        self.advance(now)
        self._jam_at_cut = at_cut
        if not at_cut:
            self._cutter_jammed = self._cutter_error = True
        self._changed(now)

    def free_cutter(self, now: float) -> None:
        """Removes the jam. The error stands until DLE ENQ, DLE DC4 function 8 or power on (TM-L90)."""
        self._jam_at_cut = self._cutter_jammed = False
        self._changed(now)

    def set_speed(self, now: float, speed_mm_s: float) -> None:
        """How fast paper moves from now on."""
        self.advance(now)
        self._mechanism.speed_mm_s = speed_mm_s
        self.advance(now)

    def power_off_after(self, now: float, executed_bytes: int) -> None:
        """Cuts the power once so many further bytes are developed and what they print is on paper."""
        self._power_off_at = self.executed_bytes + executed_bytes
        self.advance(now)

    def power_off(self) -> None:
        """Everything is lost that is not on paper, and the cuts that were counted since the last saving."""
        if not self.powered:
            return
        self.powered = False
        self._power_off_at = None
        self._mechanism.clear()
        self._cuts_forgotten = self._mechanism.paper.cuts - self._cuts_saved
        self._line_open = False
        self._replies.clear()
        self._start()

    def power_on(self, now: float) -> None:
        """Starts anew. What hangs out half printed is torn off by whoever switches it on."""
        if not self.powered:
            self.powered = True
            self._notice_due = self.model.power_on_notice
            self._mechanism.paper.tear()
            self.advance(now)

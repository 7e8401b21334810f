"""Plays one fault: the edge and the emulated printer are real, the bench decides, and a packer looks at the paper."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from station.bench.core.cards import Card
from station.bench.core.devices import (
    ClearFailed,
    PrintConfirmed,
    PrinterChanged,
    PrinterEvent,
    PrinterState,
    PrintFailed,
)
from station.bench.core.effects import ClearPrinter, Prepare, SendToPrinter
from station.bench.core.events import LabelsDrawn, LinkUp
from station.bench.core.notices import Key
from station.bench.core.screen import Screen, screen
from station.bench.core.state import Asking, Doubting, Idle, Packing, Printing, Settling, Withdrawing
from station.devices.printer import PrinterEdge
from station.protocol.request import NotPrinted, Printed
from tests.bench.driver import Driver, order
from tests.devices.printer.faults.rig import Rig, is_whole
from tests.devices.printer.virtual import label
from tests.devices.printer.wires import Inbox

ROWS = 1000
"""More than a serial line and its buffers take in: 72 kB."""
MID_RASTER_BYTES = 5_000
SLOW_MM_S = 30
ANSWER_S = 0.3
PATIENCE_S = 10.0
MOMENT_S = 0.15
"""Long enough for an edge to say something that it should not."""


class Moment(StrEnum):
    """When it happens."""

    BEFORE_FIRST_BYTE = "before the first byte"
    MID_RASTER = "in mid-raster"
    BEFORE_CUT = "before the cut"
    AFTER_CUT = "after the cut, before the confirmation"


class Said(StrEnum):
    """What the edge says of the label."""

    WAITS = "nothing: it waits"
    CONFIRMED = "confirmed"
    NOT_BEGUN = "not begun"
    UNKNOWN = "begun, and not confirmed"


class Paper(StrEnum):
    """What came out of the label that was asked for."""

    NONE = "none"
    PART = "part"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Seen:
    """What could be seen at one point of a run."""

    state: PrinterState
    near_end: bool
    said: Said
    paper: Paper
    words: Key
    reason: str = ""


@dataclass(slots=True)
class Run:
    """One run on one connector. `play` first, `mend` then, `finish` last."""

    rig: Rig
    edge: PrinterEdge
    inbox: Inbox
    bench: Driver = field(default_factory=Driver)
    changed: PrinterChanged = field(default_factory=lambda: PrinterChanged(PrinterState.DISCONNECTED))
    outcomes: list[PrinterEvent] = field(default_factory=list)
    _unheard: list[PrinterEvent] = field(default_factory=list)
    _wishes_done: int = 0

    def begin(self) -> None:
        """A station that is ready, with an order whose items all match: permission is asked for."""
        self.rig.control("speed 0")
        self._wait(lambda: self.changed.state is PrinterState.READY)
        self.bench.happens(LinkUp())
        self.bench.welcome()
        self.bench.pack(order("A-1"))

    def play(self, moment: Moment, words: tuple[str, ...], state: PrinterState) -> None:
        """The label is printed, and at this moment something is done to the printer, which then is in this state."""
        first, *others = words
        if moment is Moment.BEFORE_FIRST_BYTE:
            self.mend(words)
            time.sleep(MOMENT_S)
            # The edge knows; the station has asked, has not heard of it, and the desk's answer comes.
            self._wait(lambda: self.changed.state is state, unheard=True)
            self._print()
            return
        if moment is Moment.MID_RASTER:
            self._print_slowly(first)
        else:
            self.rig.control(f"{'before' if moment is Moment.BEFORE_CUT else 'after'} cut: {first}")
            self._print()
            self.rig.wait_until(lambda printer: not printer.acts_at_cut)
        for each in others:
            self.rig.control(each)

    def seen(self, expected_state: PrinterState, expected: Said) -> Seen:
        """What there is to see, once the expected has happened; it fails where that does not come."""
        for _ in range(2):  # a printer that is switched off and on may pass the state on its way
            self._wait(lambda: self.changed.state is expected_state and self._said is expected)
            time.sleep(MOMENT_S)
            self._pump()
        return Seen(
            self.changed.state, self.changed.paper_near_end, self._said, self._paper, self.bench.notice, self._reason
        )

    def _print_slowly(self, words: str) -> None:
        self.rig.control(f"speed {SLOW_MM_S}")
        self._print()
        self.rig.wait_until(lambda printer: printer.executed_bytes > MID_RASTER_BYTES)
        self.rig.control(words)
        self.rig.control("speed 0")

    def mend(self, words: tuple[str, ...]) -> None:
        """Somebody removes the cause."""
        for each in words:
            self.rig.control(each)
        if words:  # nobody looks before the printer stands still
            time.sleep(MOMENT_S)
            self.rig.wait_until(
                lambda printer: not printer.works or not (printer.buffered_bytes or printer.buffered_rows)
            )

    def finish(self) -> list[str]:
        """The packer does as the screen says, until the order is done, and packs the next one. How it went."""
        steps: list[str] = []
        end_s = time.monotonic() + 2 * PATIENCE_S
        while not (isinstance(self.bench.bench.session, Idle) and not self.bench.bench.outbox):
            assert time.monotonic() < end_s, (steps, self.bench.session, self.bench.notice, self.inbox.seen)
            step = self._step()
            if step and (not steps or steps[-1] != step):
                steps.append(step)
        return steps

    def next_order(self) -> None:
        """Another order, on the same station, without anything being restarted."""
        self._wait(lambda: self.changed.state is PrinterState.READY)
        self.bench.pack(order("B-2"))
        self._print()
        self._wait(lambda: isinstance(self.bench.bench.session, Idle))

    @property
    def whole_labels(self) -> int:
        """Whole labels that came out."""
        return sum(is_whole(piece, ROWS) for piece in self.rig.pieces())

    @property
    def screen(self) -> Screen:
        """What the packer reads."""
        return screen(self.bench.bench, "station-1")

    @property
    def proofs(self) -> list[str]:
        """The proofs on the shipment records."""
        return [record.proof for record in self.bench.records if isinstance(record, Printed)]

    def _step(self) -> str:
        self._pump()
        session = self.bench.bench.session
        if self.bench.bench.outbox:
            self.bench.keep()
            return ""
        match session:
            case Withdrawing():
                self.bench.answer_kept(NotPrinted)
                return "it is given back to the desk"
            case Packing() if self.changed.state is PrinterState.READY:
                self.bench.passes(self.bench.rules.retry_s + 1)
            case Asking(packed=packed):
                self._print(packed.reprint)
                return "it is printed again, marked" if packed.reprint else "it is printed"
            case Doubting(clearing=False):
                return self._look()
            case Packing() | Printing() | Doubting() | Settling():
                time.sleep(0.01)
        return ""

    def _look(self) -> str:
        """A packer who is asked whether the label came out looks at the paper."""
        if self.whole_labels:
            self.bench.scan("123456789010")
            return "the packer scans the label that came out"
        if self.changed.state in (PrinterState.NO_ANSWER, PrinterState.DISCONNECTED):
            time.sleep(0.01)
            return ""
        failed = any(isinstance(outcome, ClearFailed) for outcome in self.outcomes)
        if failed:
            self.outcomes = [outcome for outcome in self.outcomes if not isinstance(outcome, ClearFailed)]
            self.rig.control("power off")
            self.rig.control("power on")
            self._wait(lambda: self.changed.state is PrinterState.READY)
        self.bench.scan(Card.NO_LABEL)
        self._carry_out()
        return "the packer scans the card; the printer is cleared"

    def _print(self, reprint: int = 0) -> None:
        self.bench.granted(reprint=reprint)
        self._carry_out()

    def _carry_out(self) -> None:
        drawn: list[LabelsDrawn] = []
        for wish in self.bench.wishes[self._wishes_done :]:
            match wish:
                case SendToPrinter(grant):
                    self.edge.print(grant.grant, label(ROWS))
                case ClearPrinter():
                    self.edge.clear()
                case Prepare(order=name, revision=revision, reprint=reprint):
                    drawn.append(LabelsDrawn(name, revision, reprint))
        self._wishes_done = len(self.bench.wishes)
        for event in drawn:
            self.bench.happens(event)

    def _pump(self, *, unheard: bool = False) -> None:
        for event in self.inbox.drain():
            if isinstance(event, PrinterChanged):
                self.changed = event
            else:
                self.outcomes.append(event)
            self._unheard.append(event)
        if not unheard:
            for event in self._unheard:
                self.bench.happens(event)
            self._unheard.clear()
            self._carry_out()

    def _wait(self, until: Callable[[], bool], *, unheard: bool = False) -> None:
        end_s = time.monotonic() + PATIENCE_S
        self._pump(unheard=unheard)
        while not until():
            assert time.monotonic() < end_s, (self.changed, self.outcomes, self.bench.notice, self.inbox.seen)
            time.sleep(0.005)
            self._pump(unheard=unheard)

    @property
    def _said(self) -> Said:
        match self.outcomes:
            case [PrintConfirmed(), *_]:
                return Said.CONFIRMED
            case [PrintFailed(begun=begun), *_]:
                return Said.UNKNOWN if begun else Said.NOT_BEGUN
            case _:
                return Said.WAITS

    @property
    def _reason(self) -> str:
        match self.outcomes:
            case [PrintConfirmed(proof=proof), *_]:
                return str(proof)
            case [PrintFailed(reason=reason), *_]:
                return reason
            case _:
                return self.changed.detail

    @property
    def _paper(self) -> Paper:
        if self.whole_labels:
            return Paper.WHOLE
        hangs_out: list[bool] = []
        self.rig.wait_until(lambda printer: hangs_out.append(printer.strip_hangs_out) or True)  # type: ignore[func-returns-value]
        return Paper.PART if hangs_out[0] or self.rig.pieces() else Paper.NONE

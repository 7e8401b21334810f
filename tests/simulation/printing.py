"""A bench's printer, and the paper that comes out of it: the truth that everybody's words are judged by."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

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
from tests.promises.labels import LabelSet
from tests.simulation.faults import Faults
from tests.simulation.schedule import Happening

PRINT_S = 0.3
CONFIRM_TIMEOUT_S = 30.0
"""As the station waits for the proof by default."""


@dataclass
class Printer:
    """Prints one job at a time; fails in every way that a printer fails."""

    faults: Faults
    station: str
    came_out: Callable[[LabelSet], None]
    """Told of every single label, at the moment when it lies there."""
    state: PrinterState = PrinterState.READY
    sets: list[LabelSet] = field(default_factory=list)
    """All that this printer ever began."""
    in_hand: LabelSet | None = None
    """What it holds and has not printed; it may still come out."""
    _when_mended: Happening | None = None
    """What becomes of it when a person comes."""
    post: Callable[[PrinterEvent], None] = lambda _event: None
    """To the program that is connected now; a power cut of the station changes it."""

    def connect(self, post: Callable[[PrinterEvent], None]) -> None:
        """A program opens the line."""
        self.post = post
        post(PrinterChanged(self.state))

    def print(self, label_set: LabelSet) -> None:
        """Take a job."""
        post, chance = self.post, self.faults.chance
        if self.state is PrinterState.DISCONNECTED or self.faults.strikes("printer fails before the first byte"):
            self._later(0.05, lambda: post(PrintFailed(label_set.grant, begun=False, reason="no line")))
            return
        self.sets.append(label_set)
        self.in_hand = label_set
        if self.faults.strikes("printer loses power in the label"):
            self._later(PRINT_S, partial(self._emerge, label_set, chance.randrange(len(label_set.tracking_numbers))))
            self._later(PRINT_S + 0.1, self._lose_power)
            self._later(PRINT_S + 0.2, lambda: post(PrintFailed(label_set.grant, begun=True, reason="power")))
        elif self.faults.strikes("printer's confirmation is lost"):
            self._later(PRINT_S, partial(self._emerge, label_set, len(label_set.tracking_numbers)))
            self._later(PRINT_S + 0.5, lambda: post(PrintFailed(label_set.grant, begun=True, reason="timeout")))
        elif self.state is PrinterState.PAPER_OUT or self.faults.strikes("paper runs out in the label"):
            self._when_mended = partial(self._finish, label_set, post)
            self._change(PrinterState.PAPER_OUT)
            if self.faults.strikes("line lost with paper out"):
                self._later(0.2, partial(self._change, PrinterState.DISCONNECTED))
                self._later(0.3, lambda: post(PrintFailed(label_set.grant, begun=True, reason="line lost")))
        elif self.faults.strikes("printer jams in the label"):
            self._when_mended = partial(self._finish, label_set, post)
            self._later(PRINT_S, partial(self._jam, label_set, chance.randrange(len(label_set.tracking_numbers))))
        elif self.faults.strikes("printer is slow"):
            self._take_its_time(label_set, post, chance.uniform(1.0, 2 * CONFIRM_TIMEOUT_S))
        elif self.faults.strikes("printer falls silent in the label"):
            self._later(PRINT_S, partial(self._change, PrinterState.NO_ANSWER))
            self._later(PRINT_S + 1.0, lambda: post(PrintFailed(label_set.grant, begun=True, reason="silent")))
            self._when_mended = partial(self._emerge, label_set, len(label_set.tracking_numbers))
            if chance.random() < 0.5:
                self._later(PRINT_S + chance.uniform(0.0, 3.0), self._when_mended)
        else:
            self._later(PRINT_S, partial(self._finish, label_set, post))

    def clear(self) -> None:
        """Forget what is held, if the printer listens."""
        post = self.post
        deaf = self.state in (PrinterState.DISCONNECTED, PrinterState.NO_ANSWER)
        if deaf or self.faults.strikes("printer does not clear"):
            self._later(0.1, lambda: post(ClearFailed("no answer")))
            return
        self.in_hand, self._when_mended = None, None
        self._later(0.1, lambda: post(BuffersCleared()))

    def mend(self) -> None:
        """A person loads paper, frees what is jammed, plugs it in again. What it still holds it prints now, unless it
        was switched off and on for that."""
        post = self.post
        if self.state in (PrinterState.CUTTER_FAULT, PrinterState.NO_ANSWER) and self.faults.chance.random() < 0.5:
            if self.state is PrinterState.CUTTER_FAULT and (lost := self.in_hand) is not None:
                post(PrintFailed(lost.grant, begun=True, reason="switched off"))
            self._lose_power()
        if self._when_mended is not None:
            self._later(PRINT_S, self._when_mended)
        self._when_mended = None
        self._change(PrinterState.READY)

    def lose_power(self) -> None:
        """As a power cut of the whole bench."""
        self._lose_power()

    def _jam(self, label_set: LabelSet, out: int) -> None:
        self._emerge(label_set, out)
        if self.in_hand is label_set:
            self._change(PrinterState.CUTTER_FAULT)

    def _take_its_time(self, label_set: LabelSet, post: Callable[[PrinterEvent], None], seconds: float) -> None:
        """Slower than the station waits, maybe: then it is in doubt, and comes out all the same."""
        if seconds > CONFIRM_TIMEOUT_S:
            self._later(CONFIRM_TIMEOUT_S, lambda: post(PrintFailed(label_set.grant, begun=True, reason="no proof")))
            self._later(seconds, partial(self._emerge, label_set, len(label_set.tracking_numbers)))
        else:
            self._later(seconds, partial(self._finish, label_set, post))

    def _finish(self, label_set: LabelSet, post: Callable[[PrinterEvent], None]) -> None:
        if self.in_hand is label_set:
            self._emerge(label_set, len(label_set.tracking_numbers))
            post(PrintConfirmed(label_set.grant, Proof.PROCESS_ID))

    def _emerge(self, label_set: LabelSet, out: int) -> None:
        if self.in_hand is not label_set:
            return
        while label_set.out < out:
            label_set.out += 1
            self.came_out(label_set)
        if out == len(label_set.tracking_numbers):
            self.in_hand = None

    def _lose_power(self) -> None:
        self.in_hand, self._when_mended = None, None
        self._change(PrinterState.DISCONNECTED)

    def _change(self, state: PrinterState) -> None:
        if state is not self.state:
            self.state = state
            self.faults.tell(self.station, f"printer {state}")
            self.post(PrinterChanged(state))

    def _later(self, delay_s: float, happening: Callable[[], None]) -> None:
        self.faults.schedule.after(delay_s, happening)
